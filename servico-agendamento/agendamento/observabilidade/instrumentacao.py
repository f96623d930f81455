"""A ligação ao OpenTelemetry: o provedor do SDK, a instrumentação do Flask e a do requests. Só ``app.py`` a faz.

Sem ``OTEL_EXPORTER_OTLP_ENDPOINT`` nada é amostrado nem exportado: os ids existem, para os logs, as respostas e
o coordenador.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from typing import Final
from uuid import uuid4

from flask import Flask
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import Span, Status, StatusCode
from requests import PreparedRequest, Response

from agendamento import __version__
from agendamento.observabilidade import logs
from agendamento.observabilidade.metricas import SPANS_PERDIDOS

SILENCIOSOS: Final = ("/saude/", "/metrics", "/estatico/")
"""Começos de caminho que não deixam span nem linha de log: sondas, coletas e arquivos da página."""


def ligar(app: Flask) -> None:
    """Instrumenta ``app`` e o requests; na primeira vez, monta o provedor deste processo."""
    # Os nomes estáveis das convenções; as instrumentações leem a variável ao serem ligadas.
    os.environ.setdefault("OTEL_SEMCONV_STABILITY_OPT_IN", "http")
    if not isinstance(trace.get_tracer_provider(), TracerProvider):
        trace.set_tracer_provider(_provedor())
        RequestsInstrumentor().instrument(request_hook=_ao_chamar, response_hook=_ao_ouvir)
    caminhos = "|".join(caminho.lstrip("/") for caminho in SILENCIOSOS)
    FlaskInstrumentor().instrument_app(
        app, excluded_urls=rf"^https?://[^/]+/({caminhos})", enable_commenter=False
    )


def _provedor() -> TracerProvider:
    # Coletor ausente é silêncio, nunca erro.
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL + 1)
    nosso = {
        "service.name": logs.SERVICO,
        "service.namespace": "sctec",
        "service.instance.id": str(uuid4()),
        "service.version": __version__,
        "deployment.environment.name": "desenvolvimento",
    }
    recurso = Resource.create(nosso).merge(OTELResourceDetector().detect())
    if not ha_destino():
        return TracerProvider(sampler=ALWAYS_OFF, resource=recurso)
    provedor = TracerProvider(resource=recurso)
    provedor.add_span_processor(BatchSpanProcessor(_Exportador()))
    return provedor


class _Exportador(OTLPSpanExporter):
    """O do SDK, que conta os spans que não entregou."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        resultado = super().export(spans)
        if resultado is not SpanExportResult.SUCCESS:
            SPANS_PERDIDOS.inc(len(spans))
        return resultado


def ha_destino() -> bool:
    """Se o ambiente diz para onde exportar."""
    if os.environ.get("OTEL_TRACES_EXPORTER", "otlp") != "otlp":
        return False
    nomes = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
    return any(os.environ.get(nome) for nome in nomes)


def _ao_chamar(span: Span, chamada: PreparedRequest) -> None:
    # As rotas do coordenador são poucas e fixas: o caminho pode dar nome ao span.
    caminho = chamada.path_url.partition("?")[0]
    span.update_name(f"{chamada.method} {caminho}")
    span.set_attribute("url.template", caminho)


def _ao_ouvir(span: Span, _: PreparedRequest, resposta: Response) -> None:
    if resposta.status_code == 409:
        # É resposta certa a uma disputa, não falha da chamada.
        span.set_status(Status(StatusCode.OK))
