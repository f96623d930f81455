"""Spans em OTLP/JSON: o que ``tracos`` abre, numa forma barata de criar e de codificar.

Amostragem, recurso e lotes são do SDK do OpenTelemetry. O span e a codificação são daqui: os dele custam, cada um,
dez vezes mais, e na thread que exporta seguram o GIL de quem atende (decisão 0025).
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, cast

import orjson
import urllib3
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import SpanContext, TraceFlags
from opentelemetry.util.re import parse_env_headers

INTERNO, SERVIDOR, CLIENTE = 1, 2, 3
"""Os números de SpanKind no OTLP."""
_PRAZO_PADRAO_S: Final = 10.0

Atributos = Mapping[str, str | int | float | bool]


@dataclass(slots=True)
class Span:
    """Um span amostrado. Ids em hexadecimal (``pai`` vazio na raiz); instantes em ns desde 1970."""

    context: ClassVar[SpanContext] = SpanContext(1, 1, False, TraceFlags(TraceFlags.SAMPLED))
    """Só para quem junta os lotes, que pergunta se o span foi amostrado."""

    nome: str
    especie: int
    trace_id: str
    pai: str
    span_id: str
    inicio: int = field(default_factory=time.time_ns)
    atributos: dict[str, Any] = field(default_factory=dict)
    ligados: Sequence[tuple[str, str]] = ()
    """(trace_id, span_id) dos outros spans a que este se liga."""
    falhou: bool = False
    fim: int = 0


def codificar(spans: Sequence[Span], recurso: Mapping[str, Any], escopo: Mapping[str, str]) -> bytes:
    """O corpo de ``POST /v1/traces`` (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding)."""
    de_escopo = {"scope": escopo, "spans": [_em_otlp(span) for span in spans]}
    de_recurso = {"resource": {"attributes": _atributos(recurso)}, "scopeSpans": [de_escopo]}
    return orjson.dumps({"resourceSpans": [de_recurso]})


def _em_otlp(span: Span) -> dict[str, Any]:
    codificado: dict[str, Any] = {
        "traceId": span.trace_id,
        "spanId": span.span_id,
        "parentSpanId": span.pai,
        "name": span.nome,
        "kind": span.especie,
        "startTimeUnixNano": str(span.inicio),
        "endTimeUnixNano": str(span.fim),
        "attributes": _atributos(span.atributos),
    }
    if span.ligados:
        codificado["links"] = [{"traceId": t, "spanId": s} for t, s in span.ligados]
    if span.falhou:
        codificado["status"] = {"code": 2}
    return codificado


_TIPOS: Final = {str: "stringValue", int: "intValue", bool: "boolValue", float: "doubleValue"}


def _atributos(valores: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "key": nome,
            "value": {tipo: valor} if (tipo := _TIPOS.get(type(valor))) else {"stringValue": str(valor)},
        }
        for nome, valor in valores.items()
    ]


class ExportadorJSON(SpanExporter):
    """Manda os lotes a quem as variáveis ``OTEL_EXPORTER_OTLP_…`` dizem; o que não se entrega é descartado."""

    def __init__(self, recurso: Resource, escopo: Mapping[str, str]) -> None:
        self._recurso = {nome: valor for nome, valor in recurso.attributes.items() if type(valor) in _TIPOS}
        self._escopo = escopo
        self._url = _da_especie("ENDPOINT") or f"{_geral('ENDPOINT').rstrip('/')}/v1/traces"
        cabecalhos = parse_env_headers(_da_especie("HEADERS") or _geral("HEADERS"), liberal=True)
        self._cabecalhos = {**cabecalhos, "Content-Type": "application/json"}
        prazo_s = float(_da_especie("TIMEOUT") or _geral("TIMEOUT") or _PRAZO_PADRAO_S)
        self._conexoes = urllib3.PoolManager(maxsize=1, retries=False, timeout=prazo_s)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        corpo = codificar(cast(Sequence[Span], spans), self._recurso, self._escopo)
        try:
            resposta = self._conexoes.request("POST", self._url, body=corpo, headers=self._cabecalhos)
        except urllib3.exceptions.HTTPError:
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS if resposta.status < 300 else SpanExportResult.FAILURE


def ha_destino() -> bool:
    """Falso também com ``OTEL_SDK_DISABLED=true``."""
    desligado = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    return not desligado and bool(_da_especie("ENDPOINT") or _geral("ENDPOINT"))


def _da_especie(nome: str) -> str:
    return os.environ.get(f"OTEL_EXPORTER_OTLP_TRACES_{nome}", "")


def _geral(nome: str) -> str:
    return os.environ.get(f"OTEL_EXPORTER_OTLP_{nome}", "")
