"""Monta um painel inteiro: arruma as peças na tela e põe as anotações que todos têm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from grafana_foundation_sdk.builders import dashboard as db
from grafana_foundation_sdk.models import dashboard as md
from modelo import LARGURA_TELA, PROMETHEUS, Peca


def quadro(
    identidade: tuple[str, str],
    pergunta: str,
    pecas: Sequence[Peca],
    *,
    variaveis: Sequence[Any] = (),
    periodo: str = "now-1h",
) -> db.Dashboard:
    """Monta o painel: arruma as peças em linhas de 24 colunas e numera-as na ordem dada."""
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
        .annotation(
            db.AnnotationQuery()
            .name("Alertas disparados")
            .datasource(PROMETHEUS)
            .enable(True)
            .icon_color("red")
            .expr('ALERTS{alertstate="firing"}')
        )
        .annotation(
            db.AnnotationQuery()
            .name("Execuções do k6")
            .datasource(PROMETHEUS)
            .enable(True)
            .icon_color("blue")
            .expr("max by (testid) (k6_vus) > 0")
        )
    )
    for variavel in variaveis:
        feito = feito.with_variable(variavel)
    x = y = altura_da_linha = 0
    for indice, peca in enumerate(pecas, 1):
        if x + peca.largura > LARGURA_TELA:
            x, y, altura_da_linha = 0, y + altura_da_linha, 0
        lugar = md.GridPos(x=x, y=y, w=peca.largura, h=peca.altura)
        feito = feito.with_panel(peca.construtor.id(indice).grid_pos(lugar))
        x, altura_da_linha = x + peca.largura, max(altura_da_linha, peca.altura)
    return feito
