"""Carga k6: o que o cliente sente ao lado do que os serviços medem."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import Dashboard, QueryVariable
from grafana_foundation_sdk.models.dashboard import VariableRefresh
from identidades import CARGA, INVESTIGAR, TRAVAS, VISAO_GERAL
from modelo import (
    PROMETHEUS,
    VERDE,
    VERMELHO,
    Consulta,
    numero,
    serie,
)
from quadro import quadro


def carga() -> Dashboard:
    """O que o k6 sentiu, ao lado do que os serviços mediram."""
    meu = '{testid=~"$testid"}'
    return quadro(
        CARGA,
        "Sob carga, o que o cliente sente bate com o que os serviços medem?",
        [
            numero(
                "Requisições do k6",
                "Quantas requisições esta execução fez?",
                "short",
                Consulta(f"sum(k6_http_reqs_total{meu})"),
                adiante=VISAO_GERAL,
                largura=8,
            ),
            numero(
                "Verificações que passaram",
                "As verificações do roteiro passaram?",
                "percentunit",
                Consulta(f"min(k6_checks_rate{meu})"),
                adiante=INVESTIGAR,
                largura=8,
                limiares=((None, VERMELHO), (1, VERDE)),
            ),
            numero(
                "Cientistas virtuais",
                "Quantos disputam ao mesmo tempo?",
                "short",
                Consulta(f"max(k6_vus{meu})"),
                adiante=TRAVAS,
                largura=8,
            ),
            serie(
                "Requisições por segundo, vistas pelo cliente",
                "Que códigos o k6 recebeu, e a que ritmo?",
                "reqps",
                Consulta(f"sum by (status) (rate(k6_http_reqs_total{meu}[$__rate_interval]))", "{{status}}"),
                adiante=VISAO_GERAL,
                empilhada=True,
            ),
            serie(
                "Requisições por segundo, vistas pelo serviço",
                "O serviço contou o mesmo?",
                "reqps",
                Consulta(
                    "sum by (http_response_status_code) (rate("
                    'http_server_request_duration_seconds_count{job="servico-agendamento", '
                    'http_route="/agendamentos"}[$__rate_interval]))',
                    "{{http_response_status_code}}",
                ),
                adiante=VISAO_GERAL,
                empilhada=True,
            ),
            serie(
                "Demora vista pelo cliente",
                "Quanto o cliente esperou?",
                "s",
                Consulta(f"max by (name) (k6_http_req_duration_p95{meu})", "p95 {{name}}"),
                Consulta(f"max by (name) (k6_http_req_duration_p99{meu})", "p99 {{name}}"),
                adiante=INVESTIGAR,
            ),
            serie(
                "Demora vista pelo serviço",
                "A diferença para o cliente é rede ou fila de conexões?",
                "s",
                Consulta('sctec:requisicoes:p99_1m{job="servico-agendamento"}', "p99"),
                adiante=INVESTIGAR,
                exemplares=True,
            ),
            serie(
                "Cientistas virtuais e iterações",
                "Como a carga subiu e desceu?",
                "short",
                Consulta(f"max by (testid) (k6_vus{meu})", "cientistas {{testid}}"),
                Consulta(
                    f"sum by (testid) (rate(k6_iterations_total{meu}[$__rate_interval]))",
                    "iterações/s {{testid}}",
                ),
                adiante=TRAVAS,
            ),
            serie(
                "Espera por lock durante a carga",
                "A disputa aparece como espera no coordenador?",
                "s",
                Consulta("sctec:espera_lock:p99_1m", "{{resultado}}"),
                adiante=TRAVAS,
                exemplares=True,
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
