"""Traços: contexto W3C (https://www.w3.org/TR/trace-context/) em todo pedido, spans só se há a quem mandá-los.

Sem ``OTEL_EXPORTER_OTLP_ENDPOINT`` nada é montado: os ids existem, para os logs, as respostas e o coordenador.
Com ele, o SDK do OpenTelemetry amostra (``OTEL_TRACES_SAMPLER``) e exporta em lotes, numa thread sua. São poucos
spans por pedido, abertos à mão com os atributos das convenções semânticas (decisão 0025): quem quiser outros
abre um ``trecho``.
"""

from __future__ import annotations

import atexit
import logging
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from random import getrandbits
from typing import Final, cast

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import Decision, Sampler
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, TraceFlags

from agendamento import __version__
from agendamento.observabilidade import logs
from agendamento.observabilidade.exportacao import (
    CLIENTE,
    INTERNO,
    SERVIDOR,
    Atributos,
    ExportadorJSON,
    Span,
    ha_destino,
)

_TRACEPARENT: Final = re.compile(r"^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$")
_marcas: ContextVar[str] = ContextVar("marcas", default="01")
"""As marcas W3C do pedido em curso: quem atende adiante amostra o que aqui se amostrou."""
_atual: ContextVar[Span | None] = ContextVar("span", default=None)


class _Estado:
    """O que ``configurar`` liga; sem ele, nenhum span é aberto."""

    amostrador: Sampler | None = None
    processador: SpanProcessor


def configurar() -> None:
    """Liga a exportação, se o ambiente diz para onde; coletor ausente é silêncio, nunca erro."""
    if not ha_destino():
        return
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL + 1)
    recurso = Resource.create({"service.name": logs.SERVICO, "service.version": __version__})
    exportador = ExportadorJSON(recurso, {"name": "agendamento", "version": __version__})
    _Estado.processador = BatchSpanProcessor(exportador)
    _Estado.amostrador = TracerProvider().sampler
    atexit.register(_Estado.processador.shutdown)


def novo_id(bits: int) -> str:
    """Identificador aleatório em hexadecimal. Não é segredo: dispensa a entropia do sistema, que é cara."""
    return f"{getrandbits(bits) or 1:0{bits // 4}x}"


@dataclass(frozen=True, slots=True)
class Traco:
    """``trace_id`` de 32 e ``span_id`` de 16 algarismos hexadecimais; ``pai``, o span de quem chamou."""

    trace_id: str
    span_id: str
    marcas: str = "01"
    pai: str = ""

    @property
    def traceparent(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{self.marcas}"


def continuar(traceparent: str | None) -> Traco:
    """Continua o traço de quem chamou; sem cabeçalho válido, começa outro."""
    achado = _TRACEPARENT.match(traceparent or "")
    if achado is None:
        return Traco(novo_id(128), novo_id(64))
    return Traco(achado[1], novo_id(64), achado[3], achado[2])


@dataclass(slots=True)
class PedidoRastreado:
    """O span do servidor de um pedido; ``encerrar`` deve ser chamado uma vez, na mesma thread."""

    traco: Traco
    _span: Span | None

    def encerrar(self, rota: str | None, status: int) -> None:
        """``rota`` é a declarada, nunca o caminho pedido; ``None``: nenhuma atende a ele."""
        # Não se repõe o anterior: um pedido que outro faz na mesma thread não tem a quem devolver o contexto.
        _atual.set(None)
        span = self._span
        if span is None:
            return
        span.atributos["http.response.status_code"] = status
        if rota is not None:
            span.nome = f"{span.nome} {rota}"
            span.atributos["http.route"] = rota
        if status >= 500:
            span.atributos["error.type"] = str(status)
            span.falhou = True
        _encerrar(span)


def receber(metodo: str, caminho: str, servidor: str, traceparent: str | None) -> PedidoRastreado:
    """Abre o span do servidor, filho do de quem chamou se ele se identificou.

    Args:
        caminho: o pedido, sem a query (que pode levar um bilhete).
        servidor: o cabeçalho ``Host``.
    """
    traco, span = continuar(traceparent), None
    if _Estado.amostrador is not None:
        amostrado = _amostrar(_Estado.amostrador, traco, metodo)
        traco = Traco(traco.trace_id, traco.span_id, "01" if amostrado else "00", traco.pai)
        if amostrado:
            span = Span(metodo, SERVIDOR, traco.trace_id, traco.pai, traco.span_id)
            span.atributos = {
                "http.request.method": metodo,
                "url.scheme": "http",
                "url.path": logs.sem_sigilo(caminho),
                **_endereco(servidor),
            }
    _marcas.set(traco.marcas)
    _atual.set(span)
    return PedidoRastreado(traco, span)


def _amostrar(amostrador: Sampler, traco: Traco, nome: str) -> bool:
    pai = None
    if traco.pai:
        remoto = SpanContext(
            int(traco.trace_id, 16), int(traco.pai, 16), True, TraceFlags(int(traco.marcas, 16))
        )
        pai = trace.set_span_in_context(NonRecordingSpan(remoto), Context())
    decidido = amostrador.should_sample(pai or Context(), int(traco.trace_id, 16), nome, SpanKind.SERVER)
    return decidido.decision is Decision.RECORD_AND_SAMPLE


def _endereco(servidor: str) -> dict[str, str | int]:
    nome, _, porta = servidor.rpartition(":")
    if porta.isdecimal() and nome:
        return {"server.address": logs.sem_sigilo(nome), "server.port": int(porta)}
    return {"server.address": logs.sem_sigilo(servidor)}


def _encerrar(span: Span, fim: int | None = None) -> None:
    span.fim = fim or time.time_ns()
    # O SDK só pergunta ao span se foi amostrado; quem o lê é o nosso exportador.
    _Estado.processador.on_end(cast(ReadableSpan, span))


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


def cabecalhos() -> dict[str, str]:
    """O que acompanha uma chamada ao coordenador, para que as duas histórias se juntem."""
    atual = origem()
    possiveis = {"X-Request-Id": atual.identidade.get("request_id"), "traceparent": atual.traceparent}
    return {nome: valor for nome, valor in possiveis.items() if valor is not None}


def exemplar() -> dict[str, str] | None:
    """Rótulos que ligam uma medida ao traço em curso; ``None`` se ele não é exportado."""
    span = _atual.get()
    return None if span is None else {"trace_id": span.trace_id}


class _Trecho:
    """Um span em curso nesta thread: as linhas de log e as chamadas ao coordenador levam o id dele."""

    __slots__ = ("_antes", "_ficha", "_span")

    def __init__(self, span: Span) -> None:
        self._span = span

    def __enter__(self) -> None:
        ids = {"trace_id": self._span.trace_id, "span_id": self._span.span_id}
        self._antes = logs.contexto.set({**logs.contexto.get(), **ids})
        self._ficha = _atual.set(self._span)

    def __exit__(self, *_: object) -> None:
        _atual.reset(self._ficha)
        logs.contexto.reset(self._antes)
        _encerrar(self._span)


def trecho(nome: str, atributos: Atributos, *, cliente: bool = False) -> AbstractContextManager[None]:
    """Span filho em volta de um trecho; um erro dentro dele só o marca por ``falhou``."""
    pai = _atual.get()
    return nullcontext() if pai is None else _Trecho(_filho(pai, nome, atributos, cliente))


def decorrido(
    nome: str, inicio: float, fim: float | None, atributos: Atributos, *, cliente: bool = False
) -> None:
    """Anota como filho um trecho que já passou.

    Args:
        inicio, fim: segundos de ``time.monotonic``; sem ``fim``, o trecho acaba agora.
    """
    pai = _atual.get()
    if pai is None:
        return
    zero = time.time_ns() - time.monotonic_ns()
    span = _filho(pai, nome, atributos, cliente)
    span.inicio = zero + int(inicio * 1e9)
    _encerrar(span, None if fim is None else zero + int(fim * 1e9))


def _filho(pai: Span, nome: str, atributos: Atributos, cliente: bool) -> Span:
    span = Span(nome, CLIENTE if cliente else INTERNO, pai.trace_id, pai.span_id, novo_id(64))
    span.atributos = dict(atributos)
    return span


@contextmanager
def entrega(origens: Sequence[Origem], nome: str, atributos: Atributos) -> Iterator[None]:
    """Span de um envio que leva coisas de um pedido ou de muitos: filho do único, ou raiz ligada a todos."""
    unica = origens[0] if len(origens) == 1 else Origem({}, "01")
    antes, marcas = logs.contexto.set(unica.identidade), _marcas.set(unica.marcas)
    try:
        with _envio(origens, unica, nome, atributos):
            yield
    finally:
        _marcas.reset(marcas)
        logs.contexto.reset(antes)


def _envio(
    origens: Sequence[Origem], unica: Origem, nome: str, atributos: Atributos
) -> AbstractContextManager[None]:
    # Só conta a história de quem a tem: o envio que não leva nada amostrado não é span.
    amostrados = [o.identidade for o in origens if "trace_id" in o.identidade and o.marcas == "01"]
    if _Estado.amostrador is None or not amostrados:
        return nullcontext()
    ids = unica.identidade or {"trace_id": novo_id(128), "span_id": ""}
    span = Span(nome, CLIENTE, ids["trace_id"], ids["span_id"], novo_id(64), atributos=dict(atributos))
    if not unica.identidade:
        span.ligados = [(de["trace_id"], de["span_id"]) for de in amostrados]
    return _Trecho(span)


def falhou(tipo: str) -> None:
    """Marca o span em curso como falho; ``tipo`` é de um conjunto pequeno (o nome da exceção)."""
    span = _atual.get()
    if span is not None:
        span.atributos["error.type"] = tipo
        span.falhou = True


def anotar(prefixo: str, valores: Mapping[str, str | float | None]) -> None:
    """Acrescenta atributos ao span em curso, se há quem o registre; os ausentes ficam de fora."""
    span = _atual.get()
    if span is not None:
        span.atributos.update({f"{prefixo}.{nome}": v for nome, v in valores.items() if v is not None})
