"""Investigar um agendamento, Saúde da telemetria e Roteiros."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from grafana_foundation_sdk.builders.dashboard import Dashboard, TextBoxVariable
from identidades import INVESTIGAR, ROTEIROS, TELEMETRIA, TRAVAS, VISAO_GERAL
from modelo import (
    HISTORIA,
    SERVICOS,
    ZERO_OU_FALHA,
    Consulta,
    arvore,
    linhas,
    linhas_do_loki,
    numero,
    serie,
    serie_de_linhas,
    tabela,
    texto,
)
from quadro import quadro

import catalogo

PASTA_ROTEIROS = Path(__file__).resolve().parents[1] / "runbooks"


#: O que se digita vai entre crases e cru: aspas e apóstrofos não quebram a consulta. Caixa vazia não filtra.
FILTRO = (
    "|= `${recurso:raw}` |= `${trace:raw}` |= `${request:raw}` |= `${agendamento:raw}` "
    "| label_format procurado=`${agendamento:raw}` | procurado=`` or agendamento_id=`${agendamento:raw}` "
    "| drop procurado"
)
#: Uma linha por acontecimento; o JSON inteiro vem ao abri-la.
LEGIVEL = (
    '| json frase="message", evento="event_type", motivo="motivo", negado="details.motivo", ms="duracao_ms" '
    "| label_format linha=`{{ __line__ }}` "
    '| line_format `{{ printf "%-11s %-5s" (trimPrefix "servico-" .service_name) .level }} '
    "{{ or .frase .evento __line__ }}{{ with or .motivo .negado }} · {{ . }}{{ end }}"
    "{{ with .ms }} · {{ . }} ms{{ end }}` "
    "| drop __error__, __error_details__"
)
RESPOSTAS = (
    '{service_name="servico-agendamento"} |= `Resposta ` |= `para POST /agendamentos` '
    '| json status="status", ms="duracao_ms", motivo="motivo"'
)


def _pedidos(titulo: str, pergunta: str, filtro: str, ordem: str) -> Any:
    return tabela(
        titulo,
        pergunta,
        linhas_do_loki(f"{RESPOSTAS} | {filtro}", 500),
        transformar=[
            ("extractFields", {"source": "labels", "format": "auto"}),
            ("convertFieldType", {"conversions": [{"targetField": "ms", "destinationType": "number"}]}),
            ("sortBy", {"sort": [{"field": ordem, "desc": True}]}),
        ],
        colunas={
            "Time": "Quando", "status": "Resposta", "motivo": "Motivo", "ms": "Demora", "trace_id": "Traço",
        },
        ligacoes={"Traço": ("História", HISTORIA)},
        unidades={"Demora": "ms"},
        adiante=TRAVAS,
    )  # fmt: skip


def investigar() -> Dashboard:
    """Quatro caixas: o que se sabe do agendamento; embaixo, a sua história inteira."""
    return quadro(
        INVESTIGAR,
        "O que aconteceu com este agendamento, do clique à resposta?",
        [
            texto(
                "Como usar",
                "O que posso escrever em cada caixa?",
                "Preencha o que souber: **agendamento** (`123`), **recurso** "
                "(`Hubble-Acad_2026-12-01T03:00:00Z`), **traço** ou **pedido** (o `request_id` da resposta). "
                "Ou clique num pedido das tabelas. Abra uma linha para ver o JSON dela, e siga **História**: "
                "a página passa a ser só daquele traço, com a árvore de spans.",
                adiante=VISAO_GERAL,
                largura=12,
                altura=6,
            ),
            serie_de_linhas(
                "Linhas no tempo",
                "Quando aconteceu, e em qual serviço?",
                Consulta(
                    f"sum by (service_name) (count_over_time({{{SERVICOS}}} {FILTRO} [$__interval]))",
                    "{{service_name}}",
                ),
                adiante=TRAVAS,
                altura=6,
            ),
            _pedidos("Os mais demorados", "Que pedidos passaram do limite?", "ms >= ${lento_ms:raw}", "ms"),
            _pedidos("Os recusados", "Quem não conseguiu, e por quê?", "status >= 400", "Time"),
            linhas(
                "A história, nos dois serviços",
                "Que passos cada serviço deu, na ordem em que aconteceram?",
                f"{{{SERVICOS}}} {FILTRO} {LEGIVEL}",
                adiante=TRAVAS,
                altura=16,
            ),
            linhas(
                "Trilha de auditoria",
                "O que ficou registrado na trilha encadeada?",
                f'{{service_name="servico-agendamento"}} {FILTRO} | event_type=~".+" {LEGIVEL}',
                adiante=VISAO_GERAL,
                altura=8,
            ),
            linhas(
                "Avisos e erros",
                "Algo saiu do normal nesta história?",
                f'{{{SERVICOS}}} {FILTRO} | level=~"WARN|WARNING|ERROR|CRITICAL|FATAL" {LEGIVEL}',
                adiante=ROTEIROS,
                altura=8,
            ),
            arvore(
                "O traço",
                "Em que trecho, de que serviço, o tempo passou?",
                "${trace:raw}",
                adiante=VISAO_GERAL,
            ),
        ],
        variaveis=[
            *(
                TextBoxVariable(nome).label(rotulo).default_value("")
                for nome, rotulo in (
                    ("agendamento", "agendamento nº"),
                    ("recurso", "recurso"),
                    ("trace", "traço (trace id)"),
                    ("request", "pedido (request id)"),
                )
            ),
            TextBoxVariable("lento_ms").label("demorado: a partir de (ms)").default_value("500"),
        ],
        periodo="now-6h",
    )


def telemetria() -> Dashboard:
    """Quem observa o observador: o que chegou, o que esperou, o que se perdeu."""
    return quadro(
        TELEMETRIA,
        "O que os serviços contam chega inteiro até aqui?",
        [
            numero(
                "Alvos fora",
                "Algum alvo deixou de responder à coleta?",
                "none",
                Consulta("count(up == 0) or vector(0)"),
                adiante=ROTEIROS,
                largura=6,
                limiares=ZERO_OU_FALHA,
                contagem=True,
            ),
            numero(
                "Linhas recusadas pelo Loki",
                "Alguma linha se perdeu de vez no período?",
                "none",
                Consulta("round(sum(increase(loki_discarded_samples_total[$__range]))) or vector(0)"),
                adiante=ROTEIROS,
                largura=6,
                limiares=ZERO_OU_FALHA,
                contagem=True,
            ),
            numero(
                "Spans perdidos",
                "Algum traço ficou com buracos no período?",
                "none",
                Consulta(
                    "round((sum(increase(otelcol_exporter_send_failed_spans_total[$__range])) or vector(0)) "
                    "+ (sum(increase(otelcol_exporter_enqueue_failed_spans_total[$__range])) or vector(0)))"
                ),
                adiante=ROTEIROS,
                largura=6,
                limiares=ZERO_OU_FALHA,
                contagem=True,
            ),
            numero(
                "Regras que falharam",
                "Os alertas foram avaliados em todo o período?",
                "none",
                Consulta("round(sum(increase(prometheus_rule_evaluation_failures_total[$__range])))"),
                adiante=ROTEIROS,
                largura=6,
                limiares=ZERO_OU_FALHA,
                contagem=True,
            ),
            serie(
                "Caminho das linhas",
                "As linhas lidas, enviadas e recebidas são tantas quanto as outras?",
                "short",
                Consulta("sum(rate(otelcol_receiver_accepted_log_records_total[$__rate_interval]))", "lidas"),
                Consulta("sum(rate(otelcol_exporter_sent_log_records_total[$__rate_interval]))", "enviadas"),
                Consulta(
                    "sum(rate(loki_distributor_lines_received_total[$__rate_interval]))",
                    "recebidas pelo Loki",
                ),
                Consulta(
                    "sum(rate(otelcol_receiver_refused_log_records_total[$__rate_interval]))", "adiadas"
                ),
                adiante=INVESTIGAR,
            ),
            serie(
                "Caminho dos spans",
                "Os spans recebidos chegam ao depósito?",
                "short",
                Consulta("sum(rate(otelcol_receiver_accepted_spans_total[$__rate_interval]))", "recebidos"),
                Consulta("sum(rate(otelcol_exporter_sent_spans_total[$__rate_interval]))", "entregues"),
                Consulta("sum(rate(otelcol_receiver_refused_spans_total[$__rate_interval]))", "recusados"),
                adiante=INVESTIGAR,
            ),
            serie(
                "Fila em disco do coletor",
                "Algum destino está atrasado, e quanto falta para a fila encher?",
                "percentunit",
                Consulta(
                    "sum by (exporter) (otelcol_exporter_queue_size) "
                    "/ sum by (exporter) (otelcol_exporter_queue_capacity)",
                    "{{exporter}}",
                ),
                adiante=ROTEIROS,
                limite=0.8,
            ),
            serie_de_linhas(
                "Linhas por serviço no Loki",
                "Os dois serviços continuam contando a sua história?",
                Consulta(
                    f"sum by (service_name) (count_over_time({{{SERVICOS}}} [$__interval]))",
                    "{{service_name}}",
                ),
                adiante=INVESTIGAR,
            ),
            serie(
                "Coletas",
                "Quem responde à coleta (1) e quem não (0)?",
                "none",
                Consulta("min by (job) (up)", "{{job}}"),
                adiante=ROTEIROS,
            ),
            serie(
                "Duração das coletas",
                "Alguma coleta se aproxima do prazo de 4 s?",
                "s",
                Consulta("max by (job) (scrape_duration_seconds)", "{{job}}"),
                adiante=VISAO_GERAL,
                limite=4,
            ),
            serie(
                "Séries por alvo",
                "A cardinalidade está parada?",
                "short",
                Consulta("max by (job) (scrape_samples_scraped)", "{{job}}"),
                Consulta("prometheus_tsdb_head_series", "séries vivas no Prometheus"),
                adiante=VISAO_GERAL,
            ),
            serie(
                "Memória do coletor",
                "O coletor acumula sem devolver?",
                "bytes",
                Consulta("otelcol_process_memory_rss_bytes", "residente"),
                adiante=ROTEIROS,
            ),
        ],
    )


def roteiros() -> Dashboard:
    """Os roteiros de runbooks/, um painel por alerta, com o número que o rótulo `roteiro` dele diz."""
    numeros = {r.nome: int(r.rotulos["roteiro"]) for r in catalogo.regras() if r.alerta}
    return quadro(
        ROTEIROS,
        "O alerta disparou: e agora?",
        [
            texto(
                arquivo.stem,
                f"O que fazer quando {arquivo.stem} dispara?",
                arquivo.read_text(encoding="utf-8"),
                adiante=VISAO_GERAL,
                largura=12,
                altura=14,
            )
            for arquivo in sorted(PASTA_ROTEIROS.glob("*.md"), key=lambda a: numeros[a.stem])
        ],
    )
