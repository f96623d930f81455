"""Traços: contexto W3C (https://www.w3.org/TR/trace-context/) em todo pedido, spans só se há a quem mandá-los.

Sem ``OTEL_EXPORTER_OTLP_ENDPOINT`` nada é montado: os ids existem, para os logs, as respostas e o coordenador.
Com ele, o SDK do OpenTelemetry amostra (``OTEL_TRACES_SAMPLER``) e exporta em lotes, numa thread sua. São poucos
spans por pedido, abertos à mão: a instrumentação automática custava de 32 a 57 % das reservas por segundo.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from random import getrandbits

from opentelemetry import context as contexto_otel
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from agendamento import __version__
from agendamento.observabilidade import logs

_TRACEPARENT = re.compile(r"^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$")

Atributos = Mapping[str, str | int | float | bool]


class _Estado:
    """O que ``configurar`` liga; sem ele, nenhum span é aberto."""

    rastreador: trace.Tracer | None = None


def configurar() -> None:
    """Liga a exportação, se o ambiente diz para onde; coletor ausente é silêncio, nunca erro."""
    if not any(os.environ.get(f"OTEL_EXPORTER_OTLP_{nome}ENDPOINT") for nome in ("", "TRACES_")):
        return
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL + 1)
    recurso = Resource.create({"service.name": logs.SERVICO, "service.version": __version__})
    provedor = TracerProvider(resource=recurso)
    provedor.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    _Estado.rastreador = provedor.get_tracer("agendamento", __version__)


def novo_id(bits: int) -> str:
    """Identificador aleatório em hexadecimal. Não é segredo: dispensa a entropia do sistema, que é cara."""
    return f"{getrandbits(bits) or 1:0{bits // 4}x}"


@dataclass(frozen=True, slots=True)
class Traco:
    """``trace_id`` de 32 e ``span_id`` de 16 algarismos hexadecimais."""

    trace_id: str
    span_id: str
    marcas: str = "01"

    @property
    def traceparent(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{self.marcas}"


def continuar(traceparent: str | None) -> Traco:
    """Continua o traço de quem chamou; sem cabeçalho válido, começa outro."""
    achado = _TRACEPARENT.match(traceparent or "")
    span_id = novo_id(64)
    if achado is None or set(achado[1]) == {"0"} or set(achado[2]) == {"0"}:
        return Traco(novo_id(128), span_id)
    return Traco(achado[1], span_id, achado[3])


@dataclass(slots=True)
class PedidoRastreado:
    """O span do servidor de um pedido; ``encerrar`` deve ser chamado uma vez, na mesma thread."""

    traco: Traco
    _span: trace.Span | None
    _ficha: object | None

    @property
    def amostrado(self) -> bool:
        return self._span is not None and self._span.is_recording()

    def encerrar(self, rota: str, status: int) -> None:
        if self._span is None:
            return
        self._span.update_name(f"{self._span.name} {rota}")  # type: ignore[attr-defined]
        self._span.set_attributes({"http.route": rota, "http.response.status_code": status})
        if status >= 500:
            self._span.set_status(Status(StatusCode.ERROR))
        self._span.end()
        contexto_otel.detach(self._ficha)  # type: ignore[arg-type]


def receber(metodo: str, traceparent: str | None) -> PedidoRastreado:
    """Abre o span do servidor, filho do de quem chamou se ele se identificou."""
    if _Estado.rastreador is None:
        return PedidoRastreado(continuar(traceparent), None, None)
    achado = _TRACEPARENT.match(traceparent or "")
    pai = None
    if achado is not None:
        remoto = SpanContext(int(achado[1], 16), int(achado[2], 16), True, TraceFlags(int(achado[3], 16)))
        pai = trace.set_span_in_context(NonRecordingSpan(remoto), contexto_otel.Context())
    span = _Estado.rastreador.start_span(
        metodo,
        context=pai or contexto_otel.Context(),
        kind=SpanKind.SERVER,
        attributes={"http.request.method": metodo},
    )
    ficha = contexto_otel.attach(trace.set_span_in_context(span))
    return PedidoRastreado(_traco(span), span, ficha)


def _traco(span: trace.Span) -> Traco:
    atual = span.get_span_context()
    return Traco(f"{atual.trace_id:032x}", f"{atual.span_id:016x}", f"{int(atual.trace_flags):02x}")


@contextmanager
def trecho(nome: str, atributos: Atributos | None = None, *, cliente: bool = False) -> Iterator[None]:
    """Span filho em volta de um trecho; as linhas de log e a chamada ao coordenador levam o id dele."""
    if _Estado.rastreador is None or not trace.get_current_span().is_recording():
        yield
        return
    especie = SpanKind.CLIENT if cliente else SpanKind.INTERNAL
    with _Estado.rastreador.start_as_current_span(nome, kind=especie, attributes=atributos) as span:
        antes = logs.contexto.get()
        logs.contexto.set({**antes, "span_id": _traco(span).span_id})
        try:
            yield
        finally:
            logs.contexto.set(antes)


def anotar(prefixo: str, valores: Mapping[str, str | float | None]) -> None:
    """Acrescenta atributos ao span em curso, se há quem o registre; os ausentes ficam de fora."""
    span = trace.get_current_span()
    if span.is_recording():
        span.set_attributes({f"{prefixo}.{nome}": v for nome, v in valores.items() if v is not None})
