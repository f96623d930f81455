"""Traços: contexto W3C (https://www.w3.org/TR/trace-context/) em todo pedido, spans só se há a quem mandá-los.

Sem ``OTEL_EXPORTER_OTLP_ENDPOINT`` nada é montado: os ids existem, para os logs, as respostas e o coordenador.
Com ele, o SDK do OpenTelemetry amostra (``OTEL_TRACES_SAMPLER``) e exporta em lotes, numa thread sua. São poucos
spans por pedido, abertos à mão com os atributos das convenções semânticas (decisão 0025): quem quiser outros
abre um ``trecho``.
"""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar, Token
from dataclasses import dataclass
from random import getrandbits
from typing import Final

from opentelemetry import context as contexto_otel
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from agendamento import __version__
from agendamento.observabilidade import logs

_TRACEPARENT: Final = re.compile(r"^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$")
_SEM_CONTEXTO: Final = contexto_otel.Context()
_marcas: ContextVar[str] = ContextVar("marcas", default="01")
"""As marcas W3C do pedido em curso: quem atende adiante amostra o que aqui se amostrou."""

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
    _ficha: Token[contexto_otel.Context] | None

    def encerrar(self, rota: str | None, status: int) -> None:
        """``rota`` é a declarada, nunca o caminho pedido; ``None``: nenhuma atende a ele."""
        if self._span is None or self._ficha is None:
            return
        if self._span.is_recording():
            atributos: dict[str, str | int] = {"http.response.status_code": status}
            if rota is not None:
                self._span.update_name(f"{self._span.name} {rota}")  # type: ignore[attr-defined]
                atributos["http.route"] = rota
            if status >= 500:
                atributos["error.type"] = str(status)
                self._span.set_status(Status(StatusCode.ERROR))
            self._span.set_attributes(atributos)
            self._span.end()
        contexto_otel.detach(self._ficha)


def receber(metodo: str, caminho: str, servidor: str, traceparent: str | None) -> PedidoRastreado:
    """Abre o span do servidor, filho do de quem chamou se ele se identificou.

    Args:
        caminho: o pedido, sem a query (que pode levar um bilhete).
        servidor: o cabeçalho ``Host``.
    """
    if _Estado.rastreador is None:
        traco = continuar(traceparent)
        _marcas.set(traco.marcas)
        return PedidoRastreado(traco, None, None)
    pai = _ponto(traceparent)
    span = _Estado.rastreador.start_span(
        metodo,
        context=_SEM_CONTEXTO if pai is None else _como_pai(pai),
        kind=SpanKind.SERVER,
        attributes={
            "http.request.method": metodo,
            "url.scheme": "http",
            "url.path": logs.sem_sigilo(caminho),
            **_endereco(servidor),
        },
    )
    ficha = contexto_otel.attach(trace.set_span_in_context(span))
    traco = _traco(span)
    _marcas.set(traco.marcas)
    return PedidoRastreado(traco, span, ficha)


def _endereco(servidor: str) -> dict[str, str | int]:
    nome, _, porta = servidor.rpartition(":")
    if porta.isdecimal() and nome:
        return {"server.address": logs.sem_sigilo(nome), "server.port": int(porta)}
    return {"server.address": logs.sem_sigilo(servidor)}


def _ponto(traceparent: str | None) -> SpanContext | None:
    achado = _TRACEPARENT.match(traceparent or "")
    if achado is None:
        return None
    return SpanContext(int(achado[1], 16), int(achado[2], 16), True, TraceFlags(int(achado[3], 16)))


def _como_pai(remoto: SpanContext) -> contexto_otel.Context:
    return trace.set_span_in_context(NonRecordingSpan(remoto), _SEM_CONTEXTO)


def _traco(span: trace.Span) -> Traco:
    atual = span.get_span_context()
    return Traco(f"{atual.trace_id:032x}", f"{atual.span_id:016x}", f"{int(atual.trace_flags):02x}")


def cabecalhos() -> dict[str, str]:
    """O que acompanha uma chamada ao coordenador, para que as duas histórias se juntem."""
    atual = origem()
    possiveis = {"X-Request-Id": atual.identidade.get("request_id"), "traceparent": atual.traceparent}
    return {nome: valor for nome, valor in possiveis.items() if valor is not None}


def exemplar() -> dict[str, str] | None:
    """Rótulos que ligam uma medida ao traço em curso; ``None`` se ele não é exportado."""
    span = trace.get_current_span()
    return {"trace_id": logs.contexto.get()["trace_id"]} if span.is_recording() else None


class _Trecho:
    """Um span em curso nesta thread: as linhas de log e as chamadas ao coordenador levam o id dele."""

    __slots__ = ("_antes", "_ficha", "_identidade", "_span")

    def __init__(self, span: trace.Span, identidade: dict[str, str]) -> None:
        self._span = span
        self._identidade = identidade

    def __enter__(self) -> None:
        self._antes = logs.contexto.set(self._identidade)
        self._ficha = contexto_otel.attach(trace.set_span_in_context(self._span))

    def __exit__(self, *_: object) -> None:
        contexto_otel.detach(self._ficha)
        logs.contexto.reset(self._antes)
        self._span.end()


def trecho(
    nome: str, atributos: Atributos | None = None, *, cliente: bool = False
) -> AbstractContextManager[None]:
    """Span filho em volta de um trecho; um erro dentro dele só o marca por ``falhou``."""
    if _Estado.rastreador is None or not trace.get_current_span().is_recording():
        return nullcontext()
    span = _Estado.rastreador.start_span(nome, kind=_especie(cliente), attributes=atributos)
    return _Trecho(span, {**logs.contexto.get(), "span_id": f"{span.get_span_context().span_id:016x}"})


@dataclass(frozen=True, slots=True)
class Origem:
    """O pedido que causou um envio feito depois, fora dele: os campos das suas linhas e as marcas W3C."""

    identidade: Mapping[str, str]
    marcas: str

    @property
    def traceparent(self) -> str | None:
        if "trace_id" not in self.identidade:
            return None
        return f"00-{self.identidade['trace_id']}-{self.identidade['span_id']}-{self.marcas}"


def origem() -> Origem:
    """A do pedido (ou do trecho dele) em curso."""
    return Origem(logs.contexto.get(), _marcas.get())


@contextmanager
def entrega(origens: Sequence[Origem], nome: str, atributos: Atributos) -> Iterator[None]:
    """Span de um envio que leva coisas de um pedido ou de muitos: filho do único, ou raiz ligada a todos."""
    unica = origens[0] if len(origens) == 1 else Origem({}, "01")
    antes, marcas = logs.contexto.set(unica.identidade), _marcas.set(unica.marcas)
    try:
        with _envio(origens, nome, atributos) if _Estado.rastreador else nullcontext():
            yield
    finally:
        _marcas.reset(marcas)
        logs.contexto.reset(antes)


def _envio(origens: Sequence[Origem], nome: str, atributos: Atributos) -> _Trecho:
    assert _Estado.rastreador is not None
    pontos = [ponto for o in origens if (ponto := _ponto(o.traceparent)) is not None]
    span = _Estado.rastreador.start_span(
        nome,
        context=_como_pai(pontos[0]) if len(pontos) == 1 else _SEM_CONTEXTO,
        kind=SpanKind.CLIENT,
        attributes=atributos,
        links=[Link(ponto) for ponto in pontos] if len(pontos) > 1 else None,
    )
    traco = _traco(span)
    _marcas.set(traco.marcas)
    return _Trecho(span, {**logs.contexto.get(), "trace_id": traco.trace_id, "span_id": traco.span_id})


def decorrido(
    nome: str, inicio: float, fim: float | None, atributos: Atributos, *, cliente: bool = False
) -> None:
    """Anota como filho um trecho que já passou.

    Args:
        inicio, fim: segundos de ``time.monotonic``; sem ``fim``, o trecho acaba agora.
    """
    if _Estado.rastreador is None or not trace.get_current_span().is_recording():
        return
    zero = time.time_ns() - time.monotonic_ns()
    span = _Estado.rastreador.start_span(
        nome, kind=_especie(cliente), attributes=atributos, start_time=zero + int(inicio * 1e9)
    )
    span.end(zero + int((time.monotonic() if fim is None else fim) * 1e9))


def _especie(cliente: bool) -> SpanKind:
    return SpanKind.CLIENT if cliente else SpanKind.INTERNAL


def falhou(tipo: str) -> None:
    """Marca o span em curso como falho; ``tipo`` é de um conjunto pequeno (o nome da exceção)."""
    span = trace.get_current_span()
    if span.is_recording():
        span.set_attribute("error.type", tipo)
        span.set_status(Status(StatusCode.ERROR))


def anotar(prefixo: str, valores: Mapping[str, str | float | None]) -> None:
    """Acrescenta atributos ao span em curso, se há quem o registre; os ausentes ficam de fora."""
    span = trace.get_current_span()
    if span.is_recording():
        span.set_attributes({f"{prefixo}.{nome}": v for nome, v in valores.items() if v is not None})
