"""Peças dos painéis: cada uma nasce com pergunta, unidade (as do Grafana), fonte e um caminho adiante.

A tela tem 24 colunas, que cada linha de peças preenche.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grafana_foundation_sdk.builders import common as comuns
from grafana_foundation_sdk.builders import dashboard as db
from grafana_foundation_sdk.builders import (
    heatmap,
    logs,
    loki,
    prometheus,
    stat,
    table,
    tempo,
    text,
    timeseries,
)
from grafana_foundation_sdk.models import common as mc
from grafana_foundation_sdk.models import dashboard as md
from grafana_foundation_sdk.models import heatmap as mh
from grafana_foundation_sdk.models import prometheus as mp
from grafana_foundation_sdk.models import text as mt

PROMETHEUS = md.DataSourceRef(type_val="prometheus", uid="prometheus")
LOKI = md.DataSourceRef(type_val="loki", uid="loki")
TEMPO = md.DataSourceRef(type_val="tempo", uid="tempo")

VERDE, AMARELO, VERMELHO, CINZA = "green", "orange", "red", "text"
ZERO_OU_FALHA = ((None, VERDE), (1, VERMELHO))
#: Seletor de fluxos do Loki: as linhas dos dois serviços.
SERVICOS = 'service_name=~"servico-.+"'
#: Os pedidos de agendamento, e só eles: coletas, exames de saúde e leituras não os diluem.
AGENDAR = 'job="servico-agendamento", http_route="/agendamentos", http_request_method="POST"'
#: Cor de cada série, pelo nome: verde o que deu certo, âmbar a disputa, vermelho a falha nossa.
CORES = {
    "/^(2..|criado|concedido|salvo)$/": VERDE,
    "/^(409|recurso_ocupado)$/": AMARELO,
    "/^preterido$/": "dark-orange",
    "/^conflito_horario$/": "light-orange",
    "/^(4(?!09)..|invalido|limite|desistencia|ja_e_seu|repetido|simulado)$/": "blue",
    "/^(5..|0|indisponivel|erro)$/": VERMELHO,
}
#: Explorar um pedido pelo seu traço; as outras caixas se esvaziam.
HISTORIA = (
    "/d/sctec-investigar/investigar?var-agendamento=&var-recurso=&var-request=&var-trace=${__value.raw}"
    "&${__url_time_range}"
)


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
        feita = feita.format(mp.PromQueryFormat.HEATMAP)
    return feita.instant() if agora else feita.range()


def _fixa(cor: str) -> list[md.DynamicConfigValue]:
    return [md.DynamicConfigValue(id_val="color", value={"mode": "fixed", "fixedColor": cor})]


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
    contagem: bool = False,
) -> Any:
    """Curvas no tempo; `limite` desenha a linha a partir da qual algo está errado; `contagem`: inteiros."""
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
    por_desfecho = any(re.search("resultado|status|fim", c.legenda) for c in consultas)
    for nome, cor in CORES.items() if por_desfecho else ():
        peca = peca.override_by_regexp(nome, _fixa(cor))
    if contagem:
        peca = peca.decimals(0)
    if empilhada:
        peca = peca.stacking(comuns.StackingConfig().mode(mc.StackingMode.NORMAL))
    if limite is not None:
        peca = peca.thresholds(_limiares([(None, VERDE), (limite, VERMELHO)])).thresholds_style(
            comuns.GraphThresholdsStyleConfig().mode(mc.GraphThresholdsStyleMode.LINE)
        )
    return peca.span(largura).height(altura)


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
    contagem: bool = False,
    vazio: str = "sem dados",
) -> Any:
    """Um número; `contagem`: do período inteiro, sem curva ao fundo. `vazio`: o que mostra sem dado."""
    peca = (
        stat.Panel()
        .title(titulo)
        .description(pergunta)
        .unit(unidade)
        .no_value(vazio)
        .datasource(PROMETHEUS)
        .with_target(_promql(consulta, 0, agora=contagem))
        .thresholds(_limiares(limiares))
        .graph_mode(mc.BigValueGraphMode.NONE if contagem else mc.BigValueGraphMode.AREA)
        .color_mode(mc.BigValueColorMode.VALUE)
        .reduce_options(comuns.ReduceDataOptions().calcs(["lastNotNull"]))
        .links([ir_para(*adiante)])
    )
    return (peca.decimals(0) if contagem and unidade == "none" else peca).span(largura).height(altura)


def tabela(
    titulo: str,
    pergunta: str,
    *consultas: Any,
    colunas: Mapping[str, str],
    adiante: tuple[str, str],
    transformar: Sequence[tuple[str, Mapping[str, Any]]] = (),
    ligacoes: Mapping[str, tuple[str, str]] | None = None,
    unidades: Mapping[str, str] | None = None,
    vazio: str = "nada no período",
    largura: int = 12,
    altura: int = 8,
) -> Any:
    """Tabela com só as `colunas` (campo → título); `ligacoes`: título → (rótulo, URL) do clique."""
    quadro = (
        table.Panel()
        .title(titulo)
        .description(pergunta)
        .unit("none")
        .no_value(vazio)
        .datasource(LOKI if isinstance(consultas[0], loki.Dataquery) else PROMETHEUS)
        .links([ir_para(*adiante)])
    )
    for indice, consulta in enumerate(consultas):
        if isinstance(consulta, Consulta):
            consulta = _promql(consulta, indice, agora=True).format(mp.PromQueryFormat.TABLE)
        quadro = quadro.with_target(consulta)
    ordem = {"indexByName": {campo: lugar for lugar, campo in enumerate(colunas)}}
    nomes = {"renameByName": dict(colunas), "includeByName": dict.fromkeys(colunas, True)}
    for id_, opcoes in (*transformar, ("organize", {**ordem, **nomes})):
        quadro = quadro.with_transformation(md.DataTransformerConfig(id_val=id_, options=opcoes))
    for titulo_coluna, (rotulo, url) in (ligacoes or {}).items():
        valor = [{"title": rotulo, "url": url, "targetBlank": False}]
        quadro = quadro.override_by_name(titulo_coluna, [md.DynamicConfigValue(id_val="links", value=valor)])
    for titulo_coluna, unidade in (unidades or {}).items():
        quadro = quadro.override_by_name(titulo_coluna, [md.DynamicConfigValue(id_val="unit", value=unidade)])
    return quadro.span(largura).height(altura)


def linhas_do_loki(expressao: str, maximo: int = 1000) -> loki.Dataquery:
    """As linhas que a expressão LogQL acha no período."""
    return loki.Dataquery().expr(expressao).ref_id("A").query_type("range").max_lines(maximo).datasource(LOKI)


def calor(
    titulo: str,
    pergunta: str,
    unidade: str,
    consulta: Consulta,
    *,
    adiante: tuple[str, str],
    largura: int = 12,
    altura: int = 8,
    exemplares: bool = True,
) -> Any:
    """Distribuição de um histograma no tempo; a consulta agrupa por `le`."""
    return (
        heatmap.Panel()
        .title(titulo)
        .description(pergunta)
        .unit("short")
        .datasource(PROMETHEUS)
        .with_target(_promql(Consulta(consulta.expressao, "{{le}}"), 0, calor=True).exemplar(exemplares))
        .calculate(False)
        .color(heatmap.HeatmapColorOptions().mode(mh.HeatmapColorMode.SCHEME).scheme("Viridis").steps(64))
        .y_axis(heatmap.YAxisConfig().unit(unidade))
        .cell_values(heatmap.CellValues().unit("short"))
        .show_y_histogram()
        .exemplars_color("rgba(255,120,0,0.9)")
        .links([ir_para(*adiante)])
        .span(largura)
        .height(altura)
    )


def linhas(titulo: str, pergunta: str, expressao: str, *, adiante: tuple[str, str], altura: int = 12) -> Any:
    """Linhas de log em ordem de acontecimento, na largura toda."""
    return (
        logs.Panel()
        .title(titulo)
        .description(pergunta)
        .unit("short")
        .datasource(LOKI)
        .with_target(linhas_do_loki(expressao))
        .show_time(True)
        .wrap_log_message(True)
        .enable_log_details(True)
        .sort_order(mc.LogsSortOrder.ASCENDING)
        .dedup_strategy(mc.LogsDedupStrategy.NONE)
        .links([ir_para(*adiante)])
        .span(24)
        .height(altura)
    )


def serie_de_linhas(
    titulo: str,
    pergunta: str,
    consulta: Consulta,
    *,
    adiante: tuple[str, str],
    largura: int = 12,
    altura: int = 8,
) -> Any:
    """Contagem de linhas de log no tempo (LogQL)."""
    alvo = loki.Dataquery().expr(consulta.expressao).legend_format(consulta.legenda).ref_id("A")
    return (
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
        .links([ir_para(*adiante)])
        .span(largura)
        .height(altura)
    )


def arvore(titulo: str, pergunta: str, busca: str, *, adiante: tuple[str, str], altura: int = 14) -> Any:
    """A árvore de spans de um traço, na largura toda; `busca` é um trace id."""
    alvo = tempo.TempoQuery().query_type("traceql").query(busca).ref_id("A").datasource(TEMPO)
    return (
        db.Panel()
        .type("traces")
        .title(titulo)
        .description(pergunta)
        .unit("short")
        .datasource(TEMPO)
        .with_target(alvo)
        .links([ir_para(*adiante)])
        .span(24)
        .height(altura)
    )


def texto(
    titulo: str, pergunta: str, conteudo: str, *, adiante: tuple[str, str], largura: int, altura: int
) -> Any:
    """Texto em Markdown."""
    return (
        text.Panel()
        .title(titulo)
        .description(pergunta)
        .unit("short")
        .mode(mt.TextMode.MARKDOWN)
        .content(conteudo)
        .links([ir_para(*adiante)])
        .span(largura)
        .height(altura)
    )
