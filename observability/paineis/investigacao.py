"""Investigar um agendamento, Saúde da telemetria e Roteiros."""

from __future__ import annotations

from pathlib import Path

from grafana_foundation_sdk.builders.dashboard import Dashboard, TextBoxVariable
from identidades import INVESTIGAR, ROTEIROS, TELEMETRIA, TRAVAS, VISAO_GERAL
from modelo import (
    SERVICOS,
    VERDE,
    VERMELHO,
    Consulta,
    arvore,
    linhas,
    numero,
    serie,
    serie_de_linhas,
    texto,
)
from quadro import quadro

PASTA_ROTEIROS = Path(__file__).resolve().parents[1] / "runbooks"


def investigar() -> Dashboard:
    """Uma caixa de texto: o que se sabe do agendamento; embaixo, a sua história inteira."""
    return quadro(
        INVESTIGAR,
        "O que aconteceu com este agendamento, do clique à resposta?",
        [
            texto(
                "Como usar",
                "O que posso escrever na caixa?",
                'Cole em **busca** o que tiver: número do agendamento (`"agendamento_id":123`), trace id, '
                "request id ou recurso (`Hubble-Acad_2026-12-01T03:00:00Z`). Abra uma linha e siga "
                "**História**: a busca passa a ser o traço dela e a árvore de spans aparece embaixo.",
                adiante=VISAO_GERAL,
                largura=12,
                altura=6,
            ),
            serie_de_linhas(
                "Linhas no tempo",
                "Quando aconteceu, e em qual serviço?",
                Consulta(
                    f'sum by (service_name) (count_over_time({{{SERVICOS}}} |= "$busca" [$__interval]))',
                    "{{service_name}}",
                ),
                adiante=TRAVAS,
                altura=6,
            ),
            linhas(
                "A história, nos dois serviços",
                "Que passos cada serviço deu, na ordem em que aconteceram?",
                f'{{{SERVICOS}}} |= "$busca"',
                adiante=TRAVAS,
                altura=16,
            ),
            linhas(
                "Trilha de auditoria",
                "O que ficou registrado na trilha encadeada?",
                '{service_name="servico-agendamento"} |= "$busca" | event_type=~".+"',
                adiante=VISAO_GERAL,
                altura=8,
            ),
            linhas(
                "Avisos e erros",
                "Algo saiu do normal nesta história?",
                f'{{{SERVICOS}}} |= "$busca" | level=~"WARN|WARNING|ERROR|CRITICAL|FATAL"',
                adiante=ROTEIROS,
                altura=8,
            ),
            arvore(
                "O traço",
                "Em que trecho, de que serviço, o tempo passou?",
                "$trace",
                adiante=VISAO_GERAL,
            ),
        ],
        variaveis=[
            TextBoxVariable("busca").label("busca").default_value(""),
            TextBoxVariable("trace").label("trace id").default_value(""),
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
                "short",
                Consulta("count(up == 0) or vector(0)"),
                adiante=ROTEIROS,
                largura=6,
                limiares=((None, VERDE), (1, VERMELHO)),
            ),
            numero(
                "Linhas recusadas pelo Loki (1 h)",
                "Alguma linha se perdeu de vez?",
                "short",
                Consulta("sum(increase(loki_discarded_samples_total[1h])) or vector(0)"),
                adiante=ROTEIROS,
                largura=6,
                limiares=((None, VERDE), (1, VERMELHO)),
            ),
            numero(
                "Spans perdidos (1 h)",
                "Algum traço ficou com buracos?",
                "short",
                Consulta(
                    "(sum(increase(otelcol_exporter_send_failed_spans_total[1h])) or vector(0)) "
                    "+ (sum(increase(otelcol_exporter_enqueue_failed_spans_total[1h])) or vector(0))"
                ),
                adiante=ROTEIROS,
                largura=6,
                limiares=((None, VERDE), (1, VERMELHO)),
            ),
            numero(
                "Regras que falharam (1 h)",
                "Os alertas estão sendo avaliados?",
                "short",
                Consulta("sum(increase(prometheus_rule_evaluation_failures_total[1h]))"),
                adiante=ROTEIROS,
                largura=6,
                limiares=((None, VERDE), (1, VERMELHO)),
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
    """Os roteiros de runbooks/, um painel por alerta em ordem alfabética: runbook_url aponta para cá."""
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
            for arquivo in sorted(PASTA_ROTEIROS.glob("*.md"))
        ],
    )
