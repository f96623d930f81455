"""Visão geral: a primeira tela de quem opera."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import Dashboard
from identidades import INVESTIGAR, ROTEIROS, TELEMETRIA, TRAVAS, VISAO_GERAL
from modelo import (
    AMARELO,
    VERDE,
    VERMELHO,
    ZERO_OU_FALHA,
    Consulta,
    calor,
    numero,
    serie,
)
from quadro import quadro


def visao_geral() -> Dashboard:
    """A primeira tela: está tudo bem? Se não, onde olhar?"""
    agendar = (
        'http_server_request_duration_seconds_count{job="servico-agendamento", '
        'http_route="/agendamentos", http_request_method="POST"'
    )
    return quadro(
        VISAO_GERAL,
        "O SCTEC está atendendo, quanto, com que demora e com que desfechos?",
        [
            numero(
                "Alertas disparados",
                "Há algo errado agora?",
                "short",
                Consulta('count(ALERTS{alertstate="firing"}) or vector(0)'),
                adiante=ROTEIROS,
                limiares=ZERO_OU_FALHA,
            ),
            numero(
                "Serviços no ar",
                "Os dois serviços respondem?",
                "short",
                Consulta('sum(up{job=~"servico-.+"})'),
                adiante=TELEMETRIA,
                limiares=((None, VERMELHO), (1, AMARELO), (2, VERDE)),
            ),
            numero(
                "Agendamentos criados (1 h)",
                "Quantas observações foram marcadas na última hora?",
                "short",
                Consulta('sum(increase(sctec_agendamentos_total{resultado="criado"}[1h]))'),
                adiante=INVESTIGAR,
            ),
            numero(
                "Exclusão violada",
                "A exclusão mútua falhou alguma vez desde que o coordenador iniciou?",
                "short",
                Consulta("sum(sctec_lock_exclusion_violations_total)"),
                adiante=TRAVAS,
                limiares=ZERO_OU_FALHA,
            ),
            numero(
                "Orçamento de erros, 1 h",
                "Quantas vezes mais depressa que o permitido o orçamento de erros queima?",
                "none",
                Consulta("sctec:erros:razao_1h / 0.001"),
                adiante=ROTEIROS,
                limiares=((None, VERDE), (1, AMARELO), (14.4, VERMELHO)),
            ),
            numero(
                "Trilha de auditoria",
                "Até que número vai a trilha encadeada?",
                "none",
                Consulta("max(sctec_auditoria_seq)"),
                adiante=INVESTIGAR,
            ),
            serie(
                "Tráfego",
                "Quantas requisições por segundo cada rota recebe?",
                "reqps",
                Consulta('sctec:requisicoes:taxa_1m{job="servico-agendamento"} > 0', "{{http_route}}"),
                Consulta('sum(sctec:requisicoes:taxa_1m{job="servico-coordenador"})', "coordenador"),
                adiante=INVESTIGAR,
                empilhada=True,
            ),
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
            calor(
                "Demora para agendar",
                "Quanto esperam as pessoas que agendam, da mais rápida à mais lenta?",
                "s",
                Consulta(
                    "sum by (le) (rate(http_server_request_duration_seconds_bucket"
                    '{job="servico-agendamento", http_route="/agendamentos"}[$__rate_interval]))'
                ),
                adiante=INVESTIGAR,
            ),
            serie(
                "Demora no percentil 99",
                "A demora está dentro do prometido (0,5 s)?",
                "s",
                Consulta("sctec:requisicoes:p99_1m", "{{job}}"),
                adiante=INVESTIGAR,
                exemplares=True,
                limite=0.5,
            ),
            serie(
                "Respostas por código",
                "Que códigos o POST /agendamentos devolve?",
                "reqps",
                Consulta(f"sum by (http_response_status_code) (rate({agendar}}}[$__rate_interval]))"),
                adiante=INVESTIGAR,
                largura=8,
                empilhada=True,
            ),
            serie(
                "Ritmo de queima do orçamento de erros",
                "O objetivo de 99,9 % sobrevive ao mês neste ritmo (1 = no limite)?",
                "none",
                Consulta("sctec:erros:razao_5m / 0.001", "5 min"),
                Consulta("sctec:erros:razao_30m / 0.001", "30 min"),
                Consulta("sctec:erros:razao_1h / 0.001", "1 h"),
                Consulta("sctec:erros:razao_6h / 0.001", "6 h"),
                adiante=ROTEIROS,
                largura=8,
                limite=1,
            ),
            serie(
                "Gravação no banco, percentil 99",
                "A fila do escritor e o commit cabem no tempo prometido?",
                "s",
                Consulta(
                    "histogram_quantile(0.99, sum by (operacao, le) "
                    "(rate(sctec_db_transaction_seconds_bucket[$__rate_interval])))",
                    "{{operacao}}",
                ),
                adiante=INVESTIGAR,
                largura=8,
                exemplares=True,
                limite=0.5,
            ),
            serie(
                "CPU",
                "Algum processo está sem CPU (1 = um núcleo inteiro)?",
                "none",
                Consulta('rate(process_cpu_seconds_total{job=~"servico-.+"}[$__rate_interval])', "{{job}}"),
                Consulta("nodejs_eventloop_lag_p99_seconds", "atraso do laço de eventos (s)"),
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
                "short",
                Consulta('process_open_fds{job=~"servico-.+"}', "{{job}}"),
                adiante=TELEMETRIA,
                largura=8,
            ),
            serie(
                "Chamadas entre serviços",
                "Quem chama quem, segundo os traços?",
                "reqps",
                Consulta(
                    "sum by (client, server) (rate(traces_service_graph_request_total[$__rate_interval]))",
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
                    "(rate(traces_spanmetrics_duration_seconds_bucket[$__rate_interval]))))",
                    "{{service_name}} {{span_name}}",
                ),
                adiante=INVESTIGAR,
                largura=8,
                exemplares=True,
            ),
            serie(
                "Spans com erro",
                "Que trechos falham?",
                "reqps",
                Consulta(
                    "sum by (service_name, span_name) "
                    '(rate(traces_spanmetrics_calls_total{status_code="STATUS_CODE_ERROR"}[$__rate_interval]))',
                    "{{service_name}} {{span_name}}",
                ),
                adiante=INVESTIGAR,
                largura=8,
            ),
        ],
    )
