"""Visão geral: a primeira tela de quem opera."""

from __future__ import annotations

from typing import Any

from grafana_foundation_sdk.builders.dashboard import Dashboard, Row
from identidades import CARGA, INVESTIGAR, ROTEIROS, TELEMETRIA, TRAVAS, VISAO_GERAL
from modelo import (
    AGENDAR,
    AMARELO,
    VERDE,
    VERMELHO,
    ZERO_OU_FALHA,
    Consulta,
    calor,
    numero,
    serie,
    tabela,
)
from quadro import quadro

PEDIDOS = "http_server_request_duration_seconds"
DISPUTA = 'sctec_agendamentos_total{resultado=~"recurso_ocupado|preterido|conflito_horario"}'


def no_periodo(series: str) -> str:
    """Quantos no período da tela, em números inteiros."""
    return f"round(sum(increase({series}[$__range])))"


def visao_geral() -> Dashboard:
    """A primeira tela: está tudo bem? Se não, onde olhar?"""
    return quadro(
        VISAO_GERAL,
        "O SCTEC está atendendo, quanto, com que demora e com que desfechos?",
        [Row("Agora"), *_agora(), Row("Disputa"), *_disputa(), Row("Saturação"), *_saturacao(),
         Row("Processo"), *_processo()],
    )  # fmt: skip


def _agora() -> list[Any]:
    return [
        tabela(
            "Alertas disparados",
            "Há algo errado agora, desde quando, e o que fazer?",
            Consulta('(time() - ALERTS_FOR_STATE) and ignoring (alertstate) ALERTS{alertstate="firing"}'),
            colunas={
                "alertname": "Alerta", "gravidade": "Gravidade", "job": "Onde", "Value": "Há",
                "roteiro": "Roteiro",
            },
            ligacoes={
                "Alerta": (
                    "O que fazer",
                    f"/d/{ROTEIROS[0]}/roteiros?viewPanel=panel-${{__data.fields.Roteiro}}&${{__url_time_range}}",
                )
            },
            unidades={"Há": "dtdurations"},
            adiante=ROTEIROS,
            vazio="Nenhum alerta: tudo em ordem",
        ),
        numero(
            "Serviços no ar",
            "Os dois serviços respondem?",
            "none",
            Consulta('count(up{job=~"servico-.+"} == 1) or vector(0)'),
            adiante=TELEMETRIA,
            limiares=((None, VERMELHO), (1, AMARELO), (2, VERDE)),
            contagem=True,
        ),
        numero(
            "Agendamentos criados",
            "Quantas observações foram marcadas no período?",
            "none",
            Consulta(no_periodo('sctec_agendamentos_total{resultado="criado"}')),
            adiante=INVESTIGAR,
            contagem=True,
        ),
        numero(
            "Recusas por disputa (409)",
            "Quantos pedidos perderam para outra pessoa no período?",
            "none",
            Consulta(no_periodo(DISPUTA)),
            adiante=TRAVAS,
            limiares=((None, AMARELO),),
            contagem=True,
        ),
        numero(
            "Falhas nossas (5xx)",
            "Quantos pedidos de agendamento não pudemos atender no período?",
            "none",
            Consulta(
                no_periodo(f'{PEDIDOS}_count{{{AGENDAR}, http_response_status_code=~"5.."}}')
                + " or vector(0)"
            ),
            adiante=INVESTIGAR,
            limiares=ZERO_OU_FALHA,
            contagem=True,
        ),
        numero(
            "Parcela de 409",
            "De cada cem pedidos no período, quantos perderam uma disputa?",
            "percentunit",
            Consulta(
                f"sum(increase({DISPUTA}[$__range])) "
                "/ (sum(increase(sctec_agendamentos_total[$__range])) > 0)"
            ),
            adiante=TRAVAS,
            limiares=((None, AMARELO),),
            contagem=True,
            vazio="sem pedidos",
        ),
        numero(
            "Orçamento de erros, 1 h",
            "Quantas vezes mais depressa que o permitido o orçamento de erros queima?",
            "none",
            Consulta("sctec:erros:razao_1h / 0.001"),
            adiante=ROTEIROS,
            limiares=((None, VERDE), (1, AMARELO), (14.4, VERMELHO)),
            vazio="sem pedidos",
        ),
        tabela(
            "Última corrida",
            "O que o k6 contou na execução mais recente do período?",
            Consulta(
                "sum by (testid, status) (last_over_time("
                'k6_http_reqs_total{name="POST /agendamentos"}[$__range])) '
                "and on (testid) topk(1, max by (testid) (last_over_time(k6_sctec_inicio[$__range])))"
            ),
            colunas={"testid": "Execução", "status": "Resposta", "Value": "Pedidos"},
            ligacoes={
                "Execução": (
                    "Ver a carga",
                    f"/d/{CARGA[0]}/carga?var-testid=${{__value.raw}}&${{__url_time_range}}",
                )
            },
            adiante=CARGA,
            vazio="nenhuma execução do k6 no período",
            altura=6,
        ),
        tabela(
            "Desfechos no período",
            "O que saiu de cada pedido de agendamento?",
            Consulta("round(sum by (resultado) (increase(sctec_agendamentos_total[$__range]))) > 0"),
            colunas={"resultado": "Desfecho", "Value": "Pedidos"},
            adiante=TRAVAS,
            vazio="nenhum pedido no período",
            altura=6,
        ),
    ]  # fmt: skip


def _disputa() -> list[Any]:
    return [
        serie(
            "Desfechos dos pedidos de agendamento",
            "De cada pedido, o que saiu: criado, 409 por qual motivo, recusa, 503?",
            "reqps",
            Consulta(
                "sum by (resultado) (rate(sctec_agendamentos_total[$__rate_interval]))", "{{resultado}}"
            ),
            adiante=TRAVAS,
            empilhada=True,
        ),
        serie(
            "Respostas por código",
            "Que códigos o POST /agendamentos devolve?",
            "reqps",
            Consulta(
                f"sum by (http_response_status_code) (rate({PEDIDOS}_count{{{AGENDAR}}}[$__rate_interval]))",
                "{{http_response_status_code}}",
            ),
            adiante=INVESTIGAR,
            empilhada=True,
        ),
        calor(
            "Demora para agendar",
            "Quanto esperam as pessoas que agendam, da mais rápida à mais lenta?",
            "s",
            Consulta(f"sum by (le) (rate({PEDIDOS}_bucket{{{AGENDAR}}}[$__rate_interval]))"),
            adiante=INVESTIGAR,
        ),
        serie(
            "Demora para agendar, percentis",
            "A demora está dentro do prometido (0,5 s)?",
            "s",
            *(
                Consulta(
                    f"histogram_quantile({q}, sum by (le) "
                    f"(rate({PEDIDOS}_bucket{{{AGENDAR}}}[$__rate_interval])))",
                    nome,
                )
                for q, nome in ((0.5, "mediana"), (0.99, "percentil 99"))
            ),
            adiante=INVESTIGAR,
            exemplares=True,
            limite=0.5,
        ),
    ]


def _saturacao() -> list[Any]:
    return [
        serie(
            "Threads ocupadas e pedidos à espera",
            "Quantas das 640 threads atendem, e quantos pedidos esperam a vez?",
            "none",
            Consulta("sum(sctec_requests_in_progress)", "em atendimento"),
            Consulta("sum(sctec_requests_waiting)", "à espera da vez"),
            adiante=INVESTIGAR,
            largura=8,
            contagem=True,
        ),
        serie(
            "Espera até ser atendido, percentil 99",
            "Quanto um pedido inteiro espera por uma thread e pela vez?",
            "s",
            Consulta(
                "histogram_quantile(0.99, sum by (le) "
                "(rate(sctec_request_wait_seconds_bucket[$__rate_interval])))",
                "percentil 99",
            ),
            adiante=INVESTIGAR,
            largura=8,
            exemplares=True,
            limite=0.1,
        ),
        serie(
            "Gravação no banco, percentil 99",
            "A fila do escritor e o commit cabem no tempo prometido?",
            "s",
            *(
                Consulta(
                    "histogram_quantile(0.99, sum by (le) "
                    f"(rate(sctec_db_{qual}_seconds_bucket[$__rate_interval])))",
                    nome,
                )
                for qual, nome in (("writer_wait", "na fila do escritor"), ("transaction", "na transação"))
            ),
            adiante=INVESTIGAR,
            largura=8,
            exemplares=True,
            limite=0.5,
        ),
        serie(
            "Locks vivos e na fila",
            "A fila se esvazia depois de cada disputa?",
            "none",
            Consulta("sum(sctec_locks_held)", "vivos"),
            Consulta("max(sctec_lock_queue_length_peak)", "pico da fila"),
            adiante=TRAVAS,
            largura=8,
            contagem=True,
        ),
        serie(
            "Fila do escritor e conexões de leitura",
            "Quantas gravações esperam, e quantas das 32 conexões estão emprestadas?",
            "none",
            Consulta("sum(sctec_db_writer_queue_length)", "gravações na fila"),
            Consulta("sum(sctec_db_pool_in_use)", "conexões emprestadas"),
            adiante=INVESTIGAR,
            largura=8,
            contagem=True,
        ),
        serie(
            "WAL do SQLite",
            "O registro de escrita antecipada cresce sem parar?",
            "bytes",
            Consulta("sum(sctec_db_wal_bytes)", "WAL"),
            adiante=TELEMETRIA,
            largura=8,
        ),
        serie(
            "Atraso do laço de eventos",
            "O coordenador está ocupado demais para responder na hora?",
            "s",
            Consulta("nodejs_eventloop_lag_p99_seconds", "percentil 99"),
            adiante=TELEMETRIA,
            largura=8,
        ),
        serie(
            "Linhas e spans que os serviços perderam",
            "O que um serviço quis contar e não pôde?",
            "none",
            Consulta(
                "round(sum by (job) (increase(sctec_log_lines_dropped_total[$__rate_interval])))",
                "linhas, {{job}}",
            ),
            Consulta(
                "round(sum by (job) (increase(sctec_spans_lost_total[$__rate_interval])))", "spans, {{job}}"
            ),
            adiante=TELEMETRIA,
            largura=8,
            contagem=True,
        ),
    ]


def _processo() -> list[Any]:
    return [
        serie(
            "Tráfego por rota",
            "Quantas requisições por segundo cada rota recebe?",
            "reqps",
            Consulta(
                "sum by (http_route) "
                f'(rate({PEDIDOS}_count{{job="servico-agendamento"}}[$__rate_interval])) > 0',
                "{{http_route}}",
            ),
            Consulta(
                f'sum(rate({PEDIDOS}_count{{job="servico-coordenador"}}[$__rate_interval]))', "coordenador"
            ),
            adiante=INVESTIGAR,
            largura=8,
            empilhada=True,
        ),
        serie(
            "CPU",
            "Algum processo está sem CPU (100 % = um núcleo inteiro)?",
            "percentunit",
            Consulta('rate(process_cpu_seconds_total{job=~"servico-.+"}[$__rate_interval])', "{{job}}"),
            adiante=TELEMETRIA,
            largura=8,
        ),
        serie(
            "Memória residente",
            "A memória cresce sem parar?",
            "bytes",
            Consulta('process_resident_memory_bytes{job=~"servico-.+"}', "{{job}}"),
            adiante=TELEMETRIA,
            largura=8,
        ),
        serie(
            "Descritores abertos",
            "Conexões ou arquivos estão vazando?",
            "none",
            Consulta('process_open_fds{job=~"servico-.+"}', "{{job}}"),
            adiante=TELEMETRIA,
            largura=8,
            contagem=True,
        ),
        serie(
            "Ritmo de queima do orçamento de erros",
            "O objetivo de 99,9 % sobrevive ao mês neste ritmo (1 = no limite)?",
            "none",
            *(
                Consulta(f"sctec:erros:razao_{janela} / 0.001", nome)
                for janela, nome in (("5m", "5 min"), ("30m", "30 min"), ("1h", "1 h"), ("6h", "6 h"))
            ),
            adiante=ROTEIROS,
            largura=8,
            limite=1,
        ),
        serie(
            "Chamadas entre serviços",
            "Quem chama quem, segundo os traços?",
            "reqps",
            Consulta(
                "sum by (client, server) (rate("
                'traces_service_graph_request_total{job="coletor-spans"}[$__rate_interval]))',
                "{{client}} → {{server}}",
            ),
            adiante=INVESTIGAR,
            largura=8,
        ),
        serie(
            "Trechos mais demorados",
            "Em que trecho do caminho o tempo passa (percentil 99)?",
            "s",
            Consulta(
                "topk(10, histogram_quantile(0.99, sum by (service_name, span_name, le) "
                '(rate(traces_spanmetrics_duration_seconds_bucket{job="coletor-spans"}[$__rate_interval]))))',
                "{{service_name}} {{span_name}}",
            ),
            adiante=INVESTIGAR,
            exemplares=True,
        ),
        serie(
            "Spans com erro",
            "Que trechos falham?",
            "reqps",
            Consulta(
                "sum by (service_name, span_name) (rate(traces_spanmetrics_calls_total"
                '{job="coletor-spans", status_code="STATUS_CODE_ERROR"}[$__rate_interval]))',
                "{{service_name}} {{span_name}}",
            ),
            adiante=INVESTIGAR,
        ),
    ]
