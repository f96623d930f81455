"""Monta um painel inteiro: as peças na ordem dada e as anotações que todos têm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from grafana_foundation_sdk.builders import dashboard as db
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import dashboard as md
from modelo import PROMETHEUS


class Anotacao(md.AnnotationQuery, Builder[md.AnnotationQuery]):
    """Marca no tempo; o SDK não conhece o título nem os rótulos que a fonte Prometheus mostra."""

    def __init__(self, nome: str, cor: str, expressao: str, titulo: str) -> None:
        super().__init__(name=nome, datasource=PROMETHEUS, icon_color=cor, expr=expressao)
        self.titulo = titulo

    def build(self) -> Anotacao:
        """Já está pronta."""
        return self

    def to_json(self) -> dict[str, object]:
        """O que o SDK escreve, e o título."""
        return {
            **super().to_json(),
            "titleFormat": self.titulo,
            "textFormat": "{{job}}",
            "tagKeys": "gravidade",
        }


def quadro(
    identidade: tuple[str, str],
    pergunta: str,
    pecas: Sequence[Any],
    *,
    variaveis: Sequence[Any] = (),
    periodo: str = "now-1h",
) -> db.Dashboard:
    """Monta o painel com as peças e os títulos de seção (`db.Row`) na ordem dada, que os numera."""
    uid, titulo = identidade
    feito = (
        db.Dashboard(titulo)
        .uid(uid)
        .description(pergunta)
        .tags(["sctec"])
        .timezone("utc")
        .tooltip(md.DashboardCursorSync.CROSSHAIR)
        .time(periodo, "now")
        .refresh("10s")
        .readonly()
        .link(
            db.DashboardLink("Painéis do SCTEC")
            .type(md.DashboardLinkType.DASHBOARDS)
            .tags(["sctec"])
            .as_dropdown(True)
            .keep_time(True)
        )
        .annotation(Anotacao("Alertas", "red", 'ALERTS{alertstate="firing"}', "{{alertname}}"))
        .annotation(Anotacao("k6", "blue", "max by (testid) (k6_vus) > 0", "k6 {{testid}}"))
    )
    for variavel in variaveis:
        feito = feito.with_variable(variavel)
    for indice, peca in enumerate(pecas, 1):
        por = feito.with_row if isinstance(peca, db.Row) else feito.with_panel
        feito = por(peca.id(indice))
    return feito
