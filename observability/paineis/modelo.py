"""Peças dos painéis: cada uma nasce com pergunta, unidade (as do Grafana), fonte e um caminho adiante."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from grafana_foundation_sdk.builders import common as comuns
from grafana_foundation_sdk.builders import dashboard as db
from grafana_foundation_sdk.builders import heatmap, logs, loki, prometheus, stat, tempo, text, timeseries
from grafana_foundation_sdk.models import common as mc
from grafana_foundation_sdk.models import dashboard as md
from grafana_foundation_sdk.models import heatmap as mh
from grafana_foundation_sdk.models import prometheus as mp
from grafana_foundation_sdk.models import text as mt

PROMETHEUS = md.DataSourceRef(type_val="prometheus", uid="prometheus")
LOKI = md.DataSourceRef(type_val="loki", uid="loki")
TEMPO = md.DataSourceRef(type_val="tempo", uid="tempo")
LARGURA_TELA = 24

VERDE, AMARELO, VERMELHO = "green", "yellow", "red"
ZERO_OU_FALHA = ((None, VERDE), (1, VERMELHO))
#: Seletor de fluxos do Loki: as linhas dos dois serviços.
SERVICOS = 'service_name=~"servico-.+"'


@dataclass(frozen=True)
class Peca:
    """Um painel por montar e o espaço que ocupa (a tela tem 24 colunas)."""

    construtor: Any
    largura: int
    altura: int


@dataclass(frozen=True)
class Consulta:
    """Uma consulta com a legenda que suas séries mostram."""

    expressao: str
    legenda: str = ""


def ir_para(uid: str, titulo: str) -> db.DashboardLink:
    """Ligação para outro painel, levando o período."""
    return db.DashboardLink(titulo).type(md.DashboardLinkType.LINK).url(f"/d/{uid}?${{__url_time_range}}")


def _limiares(passos: Sequence[tuple[float | None, str]]) -> db.ThresholdsConfig:
    return (
        db.ThresholdsConfig()
        .mode(md.ThresholdsMode.ABSOLUTE)
        .steps([md.Threshold(value=valor, color=cor) for valor, cor in passos])
    )


def _promql(
    consulta: Consulta, indice: int, *, agora: bool = False, calor: bool = False
) -> prometheus.Dataquery:
    feita = (
        prometheus.Dataquery()
        .expr(consulta.expressao)
        .legend_format(consulta.legenda or "__auto")
        .ref_id("ABCDEFGH"[indice])
        .datasource(PROMETHEUS)
    )
    if calor:
        feita = feita.format(mp.PromQueryFormat.HEATMAP).exemplar(True)
    return feita.instant() if agora else feita.range()


def serie(
    titulo: str,
    pergunta: str,
    unidade: str,
    *consultas: Consulta,
    adiante: tuple[str, str],
    largura: int = 12,
    altura: int = 8,
    empilhada: bool = False,
    exemplares: bool = False,
    limite: float | None = None,
) -> Peca:
    """Curvas no tempo; `limite` desenha a linha a partir da qual algo está errado."""
    peca = (
        timeseries.Panel()
        .title(titulo)
        .description(pergunta)
        .unit(unidade)
        .min(0)
        .datasource(PROMETHEUS)
        .legend(
            comuns.VizLegendOptions()
            .display_mode(mc.LegendDisplayMode.TABLE)
            .placement(mc.LegendPlacement.BOTTOM)
            .show_legend(True)
            .calcs(["lastNotNull", "max"])
        )
        .tooltip(comuns.VizTooltipOptions().mode(mc.TooltipDisplayMode.MULTI).sort(mc.SortOrder.DESCENDING))
        .fill_opacity(30 if empilhada else 8)
        .links([ir_para(*adiante)])
    )
    for indice, consulta in enumerate(consultas):
        peca = peca.with_target(_promql(consulta, indice).exemplar(exemplares))
    if empilhada:
        peca = peca.stacking(comuns.StackingConfig().mode(mc.StackingMode.NORMAL))
    if limite is not None:
        peca = peca.thresholds(_limiares([(None, VERDE), (limite, VERMELHO)])).thresholds_style(
            comuns.GraphThresholdsStyleConfig().mode(mc.GraphThresholdsStyleMode.LINE)
        )
    return Peca(peca, largura, altura)


def numero(
    titulo: str,
    pergunta: str,
    unidade: str,
    consulta: Consulta,
    *,
    adiante: tuple[str, str],
    limiares: Sequence[tuple[float | None, str]] = ((None, VERDE),),
    largura: int = 4,
    altura: int = 4,
) -> Peca:
    """Um número com a sua curva ao fundo."""
    return Peca(
        stat.Panel()
        .title(titulo)
        .description(pergunta)
        .unit(unidade)
        .datasource(PROMETHEUS)
        .with_target(_promql(consulta, 0))
        .thresholds(_limiares(limiares))
        .graph_mode(mc.BigValueGraphMode.AREA)
        .color_mode(mc.BigValueColorMode.VALUE)
        .reduce_options(comuns.ReduceDataOptions().calcs(["lastNotNull"]))
        .links([ir_para(*adiante)]),
        largura,
        altura,
    )


def calor(
    titulo: str,
    pergunta: str,
    unidade: str,
    consulta: Consulta,
    *,
    adiante: tuple[str, str],
    largura: int = 12,
    altura: int = 8,
) -> Peca:
    """Distribuição de um histograma no tempo, com exemplares; a consulta agrupa por `le`."""
    return Peca(
        heatmap.Panel()
        .title(titulo)
        .description(pergunta)
        .unit("short")
        .datasource(PROMETHEUS)
        .with_target(_promql(Consulta(consulta.expressao, "{{le}}"), 0, calor=True))
        .calculate(False)
        .color(heatmap.HeatmapColorOptions().mode(mh.HeatmapColorMode.SCHEME).scheme("Viridis").steps(64))
        .y_axis(heatmap.YAxisConfig().unit(unidade))
        .cell_values(heatmap.CellValues().unit("short"))
        .show_y_histogram()
        .exemplars_color("rgba(255,120,0,0.9)")
        .links([ir_para(*adiante)]),
        largura,
        altura,
    )


def linhas(titulo: str, pergunta: str, expressao: str, *, adiante: tuple[str, str], altura: int = 12) -> Peca:
    """Linhas de log em ordem de acontecimento, na largura toda."""
    return Peca(
        logs.Panel()
        .title(titulo)
        .description(pergunta)
        .unit("short")
        .datasource(LOKI)
        .with_target(
            loki.Dataquery().expr(expressao).ref_id("A").query_type("range").max_lines(1000).datasource(LOKI)
        )
        .show_time(True)
        .wrap_log_message(True)
        .enable_log_details(True)
        .sort_order(mc.LogsSortOrder.ASCENDING)
        .dedup_strategy(mc.LogsDedupStrategy.NONE)
        .links([ir_para(*adiante)]),
        LARGURA_TELA,
        altura,
    )


def serie_de_linhas(
    titulo: str,
    pergunta: str,
    consulta: Consulta,
    *,
    adiante: tuple[str, str],
    largura: int = 12,
    altura: int = 8,
) -> Peca:
    """Contagem de linhas de log no tempo (LogQL)."""
    alvo = loki.Dataquery().expr(consulta.expressao).legend_format(consulta.legenda).ref_id("A")
    return Peca(
        timeseries.Panel()
        .title(titulo)
        .description(pergunta)
        .unit("short")
        .min(0)
        .datasource(LOKI)
        .with_target(alvo.query_type("range").datasource(LOKI))
        .draw_style(mc.GraphDrawStyle.BARS)
        .fill_opacity(60)
        .stacking(comuns.StackingConfig().mode(mc.StackingMode.NORMAL))
        .links([ir_para(*adiante)]),
        largura,
        altura,
    )


def arvore(titulo: str, pergunta: str, busca: str, *, adiante: tuple[str, str], altura: int = 14) -> Peca:
    """A árvore de spans de um traço, na largura toda; `busca` é um trace id."""
    alvo = tempo.TempoQuery().query_type("traceql").query(busca).ref_id("A").datasource(TEMPO)
    return Peca(
        db.Panel()
        .type("traces")
        .title(titulo)
        .description(pergunta)
        .unit("short")
        .datasource(TEMPO)
        .with_target(alvo)
        .links([ir_para(*adiante)]),
        LARGURA_TELA,
        altura,
    )


def texto(
    titulo: str, pergunta: str, conteudo: str, *, adiante: tuple[str, str], largura: int, altura: int
) -> Peca:
    """Texto em Markdown."""
    return Peca(
        text.Panel()
        .title(titulo)
        .description(pergunta)
        .unit("short")
        .mode(mt.TextMode.MARKDOWN)
        .content(conteudo)
        .links([ir_para(*adiante)]),
        largura,
        altura,
    )
