"""Um destino OTLP/HTTP local que recebe spans, para que exportar seja de verdade num teste ou numa medição.

with Sumidouro() as sumidouro:
    with Servicos({"OTEL_EXPORTER_OTLP_ENDPOINT": sumidouro.url}) as s: …
    sumidouro.spans()
"""

from __future__ import annotations

import base64
import gzip
import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped]
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from werkzeug import Request, Response
from werkzeug.serving import WSGIRequestHandler, make_server


@dataclass(frozen=True, slots=True)
class Span:
    """Um span recebido; ids em hexadecimal, ``pai`` vazio na raiz, instantes em ns desde 1970."""

    servico: str
    escopo: str
    """Quem o criou: a biblioteca de instrumentação, ou nós."""
    nome: str
    especie: str
    trace_id: str
    span_id: str
    pai: str
    atributos: Mapping[str, Any]
    inicio_ns: int
    fim_ns: int
    ligados: tuple[str, ...]
    """Os ``span_id`` a que ele se liga."""
    falhou: bool
    recurso: Mapping[str, Any]
    eventos: tuple[tuple[str, int], ...] = ()
    """Nome e instante (ns) de cada um, na ordem em que ocorreram."""


class _Calado(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """A saída é de quem testa ou mede."""


ESPECIES = ("", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER")
_ERRO = 2


class Sumidouro:
    """Servidor em 127.0.0.1 que guarda os corpos e só os interpreta quando se pergunta."""

    def __init__(self) -> None:
        self._corpos: list[tuple[str, bytes]] = []

        @Request.application
        def receber(pedido: Request) -> Response:
            corpo = pedido.get_data()
            if pedido.headers.get("Content-Encoding") == "gzip":
                corpo = gzip.decompress(corpo)
            self._corpos.append((pedido.mimetype, corpo))
            return Response(status=200)

        self._servidor = make_server("127.0.0.1", 0, receber, threaded=True, request_handler=_Calado)
        self._thread = threading.Thread(target=self._servidor.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._servidor.port}"

    @property
    def bytes_recebidos(self) -> int:
        return sum(len(corpo) for _, corpo in self._corpos)

    def spans(self) -> list[Span]:
        """Tudo o que chegou até agora."""
        return [span for tipo, corpo in list(self._corpos) for span in _interpretar(tipo, corpo)]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, tipo: type[BaseException] | None, erro: BaseException | None, rastro: TracebackType | None
    ) -> None:
        self._servidor.shutdown()
        self._servidor.server_close()
        self._thread.join()


def _interpretar(tipo: str, corpo: bytes) -> Iterable[Span]:
    if tipo == "application/json":
        lido = json.loads(corpo)
    else:
        lido = MessageToDict(ExportTraceServiceRequest.FromString(corpo))
    em_hexa = (lambda id_: id_) if tipo == "application/json" else _de_base64
    for recurso in lido["resourceSpans"]:
        do_recurso = _atributos(recurso["resource"].get("attributes", []))
        for escopo in recurso["scopeSpans"]:
            for cru in escopo["spans"]:
                especie = cru["kind"]
                yield Span(
                    servico=do_recurso["service.name"],
                    escopo=escopo["scope"]["name"],
                    nome=cru["name"],
                    especie=ESPECIES[especie]
                    if isinstance(especie, int)
                    else especie.removeprefix("SPAN_KIND_"),
                    trace_id=em_hexa(cru["traceId"]),
                    span_id=em_hexa(cru["spanId"]),
                    pai=em_hexa(cru.get("parentSpanId", "")),
                    atributos=_atributos(cru.get("attributes", [])),
                    inicio_ns=int(cru["startTimeUnixNano"]),
                    fim_ns=int(cru["endTimeUnixNano"]),
                    ligados=tuple(em_hexa(ligado["spanId"]) for ligado in cru.get("links", [])),
                    falhou=cru.get("status", {}).get("code", 0) in (_ERRO, "STATUS_CODE_ERROR"),
                    recurso=do_recurso,
                    eventos=tuple((e["name"], int(e["timeUnixNano"])) for e in cru.get("events", [])),
                )


def _de_base64(texto: str) -> str:
    return base64.b64decode(texto).hex()


def _atributos(crus: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    lidos = {}
    for cru in crus:
        ((tipo, valor),) = cru["value"].items()
        lidos[cru["key"]] = int(valor) if tipo == "intValue" else valor
    return lidos
