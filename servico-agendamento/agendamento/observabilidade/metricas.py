"""Métricas deste serviço, em unidades de base e sem rótulo por usuário, slot ou trace (ver contrato)."""

from __future__ import annotations

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    gc_collector,
    platform_collector,
    process_collector,
)

from agendamento import __version__

REGISTRO = CollectorRegistry(auto_describe=True)
process_collector.ProcessCollector(registry=REGISTRO)
platform_collector.PlatformCollector(registry=REGISTRO)
gc_collector.GCCollector(registry=REGISTRO)

BALDES_LATENCIA = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

REQUISICOES = Histogram(
    "http_server_request_duration_seconds",
    "Duração das requisições HTTP atendidas.",
    ["http_request_method", "http_route", "http_response_status_code"],
    buckets=BALDES_LATENCIA,
    registry=REGISTRO,
)
AGENDAMENTOS = Counter(
    "sctec_agendamentos",
    "Pedidos de agendamento, por resultado.",
    ["resultado"],
    registry=REGISTRO,
)
TOKENS_VELHOS = Counter(
    "sctec_lock_stale_token_rejected", "Escritas recusadas por fencing token velho.", registry=REGISTRO
)
TRANSACOES = Histogram(
    "sctec_db_transaction_seconds",
    "Duração da transação que confirmou a operação (um grupo pode confirmar várias).",
    ["operacao"],
    buckets=BALDES_LATENCIA,
    registry=REGISTRO,
)
AUDITORIA_SEQ = Gauge(
    "sctec_auditoria_seq", "Número do último registro da trilha de auditoria.", registry=REGISTRO
)
VERSAO = Gauge("sctec_build_info", "Versão em execução; o valor é sempre 1.", ["version"], registry=REGISTRO)
VERSAO.labels(__version__).set(1)

for _resultado in (
    "criado", "recurso_ocupado", "preterido", "conflito_horario", "invalido", "limite", "indisponivel", "erro"
):  # fmt: skip
    AGENDAMENTOS.labels(_resultado)
