"""Desliga ou troca uma parte da telemetria do agendamento, só numa medição (PYTHONPATH aponta para cá).

BRACO_SEM=logs,metricas desliga o que nomeia; BRACO_AUTOMATICA=1 troca os spans abertos à mão pelos da
instrumentação automática: Flask, urllib3 e sqlite3 (os comandos do banco vão direto ao driver, e a do
SQLAlchemy não os vê). O serviço em si não sabe de nada disto.
"""

from __future__ import annotations

import logging
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any


def _nada(*_: object, **__: object) -> None:
    """No lugar do que esta medição desliga."""


def _do_servico(modulo: str) -> Any:
    return import_module(f"agendamento.observabilidade.{modulo}")


def _sem_logs() -> None:
    structlog, logs = import_module("structlog"), _do_servico("logs")
    calado = structlog.make_filtering_bound_logger(logging.CRITICAL)
    logs.configurar = lambda *_: structlog.configure(wrapper_class=calado)


def _sem_metricas() -> None:
    cliente = import_module("prometheus_client")
    cliente.metrics.MetricWrapperBase.labels = lambda medida, *_, **__: medida
    cliente.Counter.inc = cliente.Gauge.set = cliente.Histogram.observe = _nada


def _automatica() -> None:
    def instrumentador(modulo: str, nome: str) -> Any:
        return getattr(import_module(f"opentelemetry.instrumentation.{modulo}"), nome)()

    instrumentador("flask", "FlaskInstrumentor").instrument()
    instrumentador("urllib3", "URLLib3Instrumentor").instrument()
    instrumentador("sqlite3", "SQLite3Instrumentor").instrument()
    tracos = _do_servico("tracos")

    def configurar() -> None:
        sdk = import_module("opentelemetry.sdk.trace")
        exportador = import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
        em_lotes = import_module("opentelemetry.sdk.trace.export").BatchSpanProcessor
        provedor = sdk.TracerProvider()
        provedor.add_span_processor(em_lotes(exportador.OTLPSpanExporter()))
        import_module("opentelemetry.trace").set_tracer_provider(provedor)

    tracos.configurar = configurar


sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "servico-agendamento"))
for parte in os.environ.get("BRACO_SEM", "").split(","):
    {"logs": _sem_logs, "metricas": _sem_metricas}.get(parte, _nada)()
if os.environ.get("BRACO_AUTOMATICA") == "1":
    _automatica()
