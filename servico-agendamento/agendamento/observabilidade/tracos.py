"""O que se acrescenta aos spans das bibliotecas (ver ``instrumentacao``): poucos nossos, atributos e eventos.

Um span custa (decisão 0025): o detalhe vai em atributos e eventos dos que já há.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial

from opentelemetry import trace
from opentelemetry.context import Context, attach, detach
from opentelemetry.propagate import extract
from opentelemetry.sdk.trace import Span as SpanAmostrado
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, SpanKind, Status, StatusCode

from agendamento import __version__
from agendamento.observabilidade import logs

Valor = str | int | float | bool

_rastreador = trace.get_tracer("agendamento", __version__)


def limpar_pedido(metodo: str, endereco: str, rota: str | None) -> None:
    """Tira do span do servidor o que pode ser pessoal ou secreto, e o que não tem fim.

    Args:
        endereco: nome do servidor, sem a porta.
        rota: a declarada; sem ela, o caminho pedido não pode dar nome ao span.
    """
    span = trace.get_current_span()
    if not isinstance(span, SpanAmostrado):
        return
    if rota is None:
        span.update_name(metodo)
    atributos = dict(span.attributes or {}) | {"server.address": endereco}
    if "url.query" in atributos:
        # Pode trazer um bilhete ou um token.
        atributos["url.query"] = "…"
    span.set_attributes({nome: logs.sem_sigilo(valor) for nome, valor in atributos.items()})


def identificar_sem_span(traceparent: str) -> Callable[[], None]:
    """Dá ids ao que não deixa span, para as linhas de log e a resposta; devolve como deixar de os dar."""
    contexto = extract({"traceparent": traceparent})
    if not trace.get_current_span(contexto).get_span_context().is_valid:
        ids = RandomIdGenerator()
        novo = SpanContext(ids.generate_trace_id(), ids.generate_span_id(), is_remote=False)
        contexto = trace.set_span_in_context(NonRecordingSpan(novo))
    return partial(detach, attach(contexto))


def exemplar() -> dict[str, str] | None:
    """Rótulos que ligam uma medida ao traço em curso; ``None`` se ele não é exportado."""
    contexto = trace.get_current_span().get_span_context()
    return {"trace_id": trace.format_trace_id(contexto.trace_id)} if contexto.trace_flags.sampled else None


def trecho(nome: str, atributos: Mapping[str, Valor]) -> AbstractContextManager[Span]:
    """Span filho em volta de um trecho; um erro dentro dele só o marca por ``falhou``."""
    return _rastreador.start_as_current_span(
        nome, attributes=atributos, record_exception=False, set_status_on_exception=False
    )


def origem() -> SpanContext:
    """O span em curso, para que um envio feito depois, fora dele, se ligue a ele."""
    return trace.get_current_span().get_span_context()


@contextmanager
def entrega(nome: str, origens: Sequence[SpanContext]) -> Iterator[None]:
    """Span de um envio que leva coisas de muitos pedidos: raiz ligada aos amostrados; sem nenhum, nenhum."""
    ligados = [Link(origem) for origem in origens if origem.trace_flags.sampled]
    if ligados:
        # Sem quem o receba num span, o grafo de serviços o daria a um desconhecido.
        destino = {"peer.service": "servico-coordenador"}
        with _rastreador.start_as_current_span(nome, Context(), SpanKind.PRODUCER, destino, ligados):
            yield
    else:
        with trace.use_span(NonRecordingSpan(origens[0])):
            yield


def falhou(tipo: str) -> None:
    """Marca o span em curso como falho; ``tipo`` é de um conjunto pequeno (o nome da exceção)."""
    span = trace.get_current_span()
    span.set_attribute("error.type", tipo)
    span.set_status(Status(StatusCode.ERROR))


def anotar(prefixo: str, valores: Mapping[str, Valor | None]) -> None:
    """Acrescenta atributos ao span em curso, se há quem o registre; os ausentes ficam de fora."""
    span = trace.get_current_span()
    if span.is_recording():
        span.set_attributes({f"{prefixo}.{nome}": v for nome, v in valores.items() if v is not None})


def evento(nome: str, atributos: Mapping[str, Valor]) -> None:
    """O instante de agora, dentro do span em curso."""
    trace.get_current_span().add_event(nome, atributos)


def confirmado(inicio_ns: int, grupo: int) -> None:
    """No span de uma escrita: quando começou e acabou a confirmação, e quantas escritas ela levou."""
    span = trace.get_current_span()
    if span.is_recording():
        span.add_event("sctec.commit.inicio", timestamp=inicio_ns)
        span.add_event("sctec.commit.fim")
        span.set_attribute("db.operation.batch.size", grupo)
