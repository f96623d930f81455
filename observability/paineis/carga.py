"""Carga k6: o que o cliente contou ao lado do que os serviços contaram."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import Dashboard, QueryVariable, Row
from grafana_foundation_sdk.models.dashboard import VariableRefresh
from identidades import CARGA, INVESTIGAR, TRAVAS, VISAO_GERAL
from modelo import (
    AGENDAR,
    AMARELO,
    HISTORIA,
    PROMETHEUS,
    VERDE,
    VERMELHO,
    ZERO_OU_FALHA,
    Consulta,
    linhas_do_loki,
    numero,
    serie,
    tabela,
)
from quadro import quadro

MEU = 'testid=~"$testid"'
PEDIDO = f'{MEU}, name="POST /agendamentos"'
#: Partes de um pedido visto pelo cliente, na ordem em que acontecem.
FASES = {
    "blocked": "à espera de conexão",
    "connecting": "conectando",
    "sending": "enviando",
    "waiting": "à espera da resposta",
    "receiving": "recebendo",
}


def contados(metrica: str) -> str:
    """O total que o k6 empurrou: um valor, não uma taxa, porque uma corrida cabe num empurrão só."""
    return f"sum(last_over_time({metrica}{{{MEU}}}[$__range]))"


def carga() -> Dashboard:
    """O que o k6 sentiu, ao lado do que os serviços mediram."""
    return quadro(
        CARGA,
        "Sob carga, o que o cliente conta bate com o que os serviços contam?",
        [
            Row("O que precisava valer"),
            numero(
                "Agendamentos criados (201)",
                "Quantos pedidos desta execução viraram agendamento?",
                "none",
                Consulta(contados("k6_sctec_criados_total") + " or vector(0)"),
                adiante=VISAO_GERAL,
                contagem=True,
            ),
            numero(
                "Recusas por disputa (409)",
                "Quantos perderam para outra pessoa?",
                "none",
                Consulta(contados("k6_sctec_recusados_total") + " or vector(0)"),
                adiante=TRAVAS,
                limiares=((None, AMARELO),),
                contagem=True,
            ),
            numero(
                "Falhas do servidor",
                "Quantos receberam 5xx ou resposta nenhuma (precisa ser zero)?",
                "none",
                Consulta(contados("k6_sctec_falhas_do_servidor_total") + " or vector(0)"),
                adiante=INVESTIGAR,
                limiares=ZERO_OU_FALHA,
                contagem=True,
            ),
            numero(
                "Respostas inesperadas",
                "Quantos receberam outro 4xx (precisa ser zero)?",
                "none",
                Consulta(contados("k6_sctec_inesperados_total") + " or vector(0)"),
                adiante=INVESTIGAR,
                limiares=ZERO_OU_FALHA,
                contagem=True,
            ),
            numero(
                "Iterações interrompidas",
                "Quantas ficaram pelo meio quando o prazo acabou (precisa ser zero)?",
                "none",
                Consulta(contados("k6_sctec_interrompidas_total") + " or vector(0)"),
                adiante=INVESTIGAR,
                limiares=ZERO_OU_FALHA,
                contagem=True,
            ),
            numero(
                "Verificações que passaram",
                "As verificações do roteiro passaram?",
                "percentunit",
                Consulta(f"min(last_over_time(k6_checks_rate{{{MEU}}}[$__range]))"),
                adiante=INVESTIGAR,
                limiares=((None, VERMELHO), (1, VERDE)),
                contagem=True,
                vazio="sem verificações",
            ),
            Row("Lado a lado"),
            tabela(
                "Pedidos de agendamento, contados pelos dois lados",
                "O k6 e o serviço contaram o mesmo (escolha o período da execução)?",
                Consulta(f"sum by (status) (last_over_time(k6_http_reqs_total{{{PEDIDO}}}[$__range]))"),
                Consulta(
                    "label_replace(round(sum by (http_response_status_code) (increase("
                    f"http_server_request_duration_seconds_count{{{AGENDAR}}}[$__range]))) > 0, "
                    '"status", "$1", "http_response_status_code", "(.+)")'
                ),
                transformar=[("joinByField", {"byField": "status", "mode": "outer"})],
                colunas={"status": "Resposta", "Value #A": "k6", "Value #B": "serviço"},
                adiante=VISAO_GERAL,
            ),
            tabela(
                "Quem venceu",
                "Que pedidos receberam o horário, e qual é a história de cada um?",
                linhas_do_loki(
                    '{service_name="servico-agendamento"} |= `Resposta 201 para POST /agendamentos` '
                    '| request_id=~"$testid.*" | json ms="duracao_ms"',
                    200,
                ),
                transformar=[
                    ("extractFields", {"source": "labels", "format": "auto"}),
                    ("sortBy", {"sort": [{"field": "Time", "desc": True}]}),
                ],
                colunas={"Time": "Quando", "trace_id": "Traço", "request_id": "Pedido", "ms": "Demora (ms)"},
                ligacoes={"Traço": ("História", HISTORIA)},
                adiante=INVESTIGAR,
                vazio="ninguém, nesta execução e período",
            ),
            serie(
                "Requisições por segundo, vistas pelo cliente",
                "Que códigos o k6 recebeu, e a que ritmo?",
                "reqps",
                Consulta(
                    f"sum by (status) (rate(k6_http_reqs_total{{{PEDIDO}}}[$__rate_interval]))", "{{status}}"
                ),
                adiante=VISAO_GERAL,
                empilhada=True,
            ),
            serie(
                "Requisições por segundo, vistas pelo serviço",
                "O serviço contou o mesmo?",
                "reqps",
                Consulta(
                    "sum by (http_response_status_code) (rate("
                    f"http_server_request_duration_seconds_count{{{AGENDAR}}}[$__rate_interval]))",
                    "{{http_response_status_code}}",
                ),
                adiante=VISAO_GERAL,
                empilhada=True,
            ),
            Row("Demora"),
            serie(
                "Demora vista pelo cliente",
                "Quanto o cliente esperou?",
                "s",
                Consulta(f"max(k6_http_req_duration_p95{{{PEDIDO}}})", "percentil 95"),
                Consulta(f"max(k6_http_req_duration_p99{{{PEDIDO}}})", "percentil 99"),
                adiante=INVESTIGAR,
            ),
            serie(
                "Demora vista pelo serviço",
                "A diferença para o cliente é rede ou fila de conexões?",
                "s",
                *(
                    Consulta(
                        f"histogram_quantile({q}, sum by (le) (rate("
                        f"http_server_request_duration_seconds_bucket{{{AGENDAR}}}[$__rate_interval])))",
                        f"percentil {nome}",
                    )
                    for q, nome in ((0.95, "95"), (0.99, "99"))
                ),
                adiante=INVESTIGAR,
                exemplares=True,
            ),
            serie(
                "Em que o cliente gastou o tempo",
                "A demora é conexão, envio ou espera da resposta (percentil 95 de cada parte)?",
                "s",
                *(Consulta(f"max(k6_http_req_{fase}_p95{{{PEDIDO}}})", nome) for fase, nome in FASES.items()),
                adiante=INVESTIGAR,
            ),
            serie(
                "Cientistas virtuais e iterações por segundo",
                "Como a carga subiu e desceu?",
                "none",
                Consulta(f"max by (testid) (k6_vus{{{MEU}}})", "cientistas {{testid}}"),
                Consulta(
                    f"sum by (testid) (rate(k6_iterations_total{{{MEU}}}[$__rate_interval]))",
                    "iterações/s {{testid}}",
                ),
                adiante=TRAVAS,
            ),
        ],
        variaveis=[
            QueryVariable("testid")
            .label("execução")
            .datasource(PROMETHEUS)
            .query("label_values(k6_http_reqs_total, testid)")
            .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
            .include_all(True)
            .all_value(".+")
            .multi(True)
        ],
        periodo="now-30m",
    )
