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
ESCRITAS_RECUSADAS = Counter(
    "sctec_db_writes_rejected",
    "Escritas que não foram tentadas: fila cheia ao chegar, ou espera demais.",
    ["motivo"],
    registry=REGISTRO,
)
_BALDES_CAMINHO = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0)
RELOGIO_DESVIO = Histogram(
    "sctec_clock_offset_seconds",
    "Quanto o instante declarado do clique difere do que o caminho faz supor, já corrigido pelo cliente.",
    ["sentido"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 60.0),
    registry=REGISTRO,
)
RELOGIO_CORRECAO = Histogram(
    "sctec_clock_correction_seconds",
    "Quanto o cliente diz ter corrigido o próprio relógio.",
    ["sentido"],
    buckets=(0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 60.0, 3600.0, 86400.0),
    registry=REGISTRO,
)
RELOGIO_IDA_E_VOLTA = Histogram(
    "sctec_clock_round_trip_seconds",
    "Ida e volta mínima provada pelo bilhete de tempo.",
    buckets=_BALDES_CAMINHO,
    registry=REGISTRO,
)
RELOGIO_ERRO = Histogram(
    "sctec_clock_error_bound_seconds",
    "Quanto o instante efetivo pode estar errado.",
    buckets=_BALDES_CAMINHO,
    registry=REGISTRO,
)
RELOGIO_SINCRONIA = Counter(
    "sctec_clock_sync",
    "Pedidos de agendamento, pelo que se pôde aproveitar do relógio do cliente.",
    ["resultado"],
    registry=REGISTRO,
)
AUDITORIA_SEQ = Gauge(
    "sctec_auditoria_seq", "Número do último registro da trilha de auditoria.", registry=REGISTRO
)
ESPERA_DO_ESCRITOR = Histogram(
    "sctec_db_writer_wait_seconds",
    "Espera de uma gravação na fila do escritor único.",
    buckets=BALDES_LATENCIA,
    registry=REGISTRO,
)
NA_FILA_DO_ESCRITOR = Gauge(
    "sctec_db_writer_queue_length", "Gravações à espera do escritor único.", registry=REGISTRO
)
CONEXOES = Gauge("sctec_db_pool_in_use", "Conexões de leitura emprestadas.", registry=REGISTRO)
WAL = Gauge("sctec_db_wal_bytes", "Tamanho do WAL do SQLite.", registry=REGISTRO)
EM_ATENDIMENTO = Gauge(
    "sctec_requests_in_progress", "Pedidos em atendimento: cada um ocupa uma thread.", registry=REGISTRO
)
A_ESPERA = Gauge(
    "sctec_requests_waiting", "Pedidos já numa thread, à espera da vez de executar.", registry=REGISTRO
)
ESPERA = Histogram(
    "sctec_request_wait_seconds",
    "Espera de um pedido já inteiro nesta máquina até começar a ser atendido.",
    buckets=BALDES_LATENCIA,
    registry=REGISTRO,
)
SPANS_PERDIDOS = Counter(
    "sctec_spans_lost", "Spans que não puderam ser entregues ao coletor.", registry=REGISTRO
)
LINHAS_PERDIDAS = Counter(
    "sctec_log_lines_dropped", "Linhas de log que não puderam ser escritas.", registry=REGISTRO
)
VERSAO = Gauge("sctec_build_info", "Versão em execução; o valor é sempre 1.", ["version"], registry=REGISTRO)
VERSAO.labels(__version__).set(1)

# Toda série conhecida nasce em zero: a primeira ocorrência já é um aumento.
for _resultado in (
    "criado", "recurso_ocupado", "preterido", "conflito_horario", "ja_e_seu", "repetido", "simulado", "invalido",
    "limite", "indisponivel", "erro",
):  # fmt: skip
    AGENDAMENTOS.labels(_resultado)
for _resultado in (
    "sem_bilhete", "so_bilhete", "instante", "limitado", "adiantado", "outra_origem", "vencido", "invalido"
):  # fmt: skip
    RELOGIO_SINCRONIA.labels(_resultado)
for _sentido in ("atrasado", "adiantado"):
    RELOGIO_DESVIO.labels(_sentido)
    RELOGIO_CORRECAO.labels(_sentido)
for _codigo in ("201", "409", "422", "503"):
    REQUISICOES.labels("POST", "/agendamentos", _codigo)
for _operacao in ("agendar", "cancelar", "remarcar"):
    TRANSACOES.labels(_operacao)
for _motivo in ("fila_cheia", "demora", "prazo", "perdida"):
    ESCRITAS_RECUSADAS.labels(_motivo)
