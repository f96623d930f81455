"""O que se exporta é OTLP/JSON: o protobuf oficial o lê, e nada se perde no caminho."""

from __future__ import annotations

import base64
import json
from enum import StrEnum
from typing import Any, cast

import pytest
from google.protobuf.json_format import ParseDict, ParseError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult

from agendamento.observabilidade.exportacao import (
    CLIENTE,
    SERVIDOR,
    ExportadorJSON,
    Span,
    codificar,
    ha_destino,
)

TRACE, PAI, FILHO, OUTRO = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", "1" * 16, "2" * 16


class Motivo(StrEnum):
    UM = "um"


def _em_base64(no: Any) -> Any:
    """O OTLP/JSON escreve os ids em hexadecimal; o JSON do protobuf os espera em base64."""
    if isinstance(no, dict):
        ids = ("traceId", "spanId", "parentSpanId")
        return {
            nome: base64.b64encode(bytes.fromhex(valor)).decode() if nome in ids else _em_base64(valor)
            for nome, valor in no.items()
        }
    return [_em_base64(item) for item in no] if isinstance(no, list) else no


def _ler(*spans: Span) -> Any:
    corpo = codificar(spans, {"service.name": "servico-agendamento"}, {"name": "agendamento", "version": "1"})
    return ParseDict(_em_base64(json.loads(corpo)), ExportTraceServiceRequest())


def _span(**campos: Any) -> Span:
    return Span(
        **{"nome": "COMMIT", "especie": CLIENTE, "trace_id": TRACE, "pai": PAI, "span_id": FILHO} | campos
    )


def test_o_protobuf_oficial_le_tudo() -> None:
    atributos = {"s": "á", "i": 2**53 - 1, "f": 0.5, "b": True, "enum": Motivo.UM}
    lido = _ler(_span(inicio=1_700_000_000_000_000_001, fim=1_700_000_000_000_000_009, atributos=atributos))
    (recurso,) = lido.resource_spans
    assert recurso.resource.attributes[0].value.string_value == "servico-agendamento"
    (escopo,) = recurso.scope_spans
    assert (escopo.scope.name, escopo.scope.version) == ("agendamento", "1")
    (span,) = escopo.spans
    assert (span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex()) == (TRACE, FILHO, PAI)
    assert (span.name, span.kind) == ("COMMIT", CLIENTE)
    assert span.end_time_unix_nano - span.start_time_unix_nano == 8
    valores = {a.key: getattr(a.value, a.value.WhichOneof("value")) for a in span.attributes}
    assert valores == {**atributos, "enum": "um"}
    assert span.status.code == span.status.STATUS_CODE_UNSET


def test_erro_ligacoes_e_raiz() -> None:
    lido = _ler(_span(especie=SERVIDOR, pai="", fim=2, falhou=True, ligados=[(TRACE, OUTRO)]))
    (span,) = lido.resource_spans[0].scope_spans[0].spans
    assert span.status.code == span.status.STATUS_CODE_ERROR
    assert span.parent_span_id == b""
    assert [ligado.span_id.hex() for ligado in span.links] == [OUTRO]


@pytest.mark.parametrize("errado", ["nome_inventado", "startTime"])
def test_o_leitor_recusa_o_que_nao_e_otlp(errado: str) -> None:
    """Controle: a leitura oficial não aceita qualquer coisa."""
    corpo = json.loads(codificar([_span(fim=2)], {}, {}))
    corpo["resourceSpans"][0]["scopeSpans"][0]["spans"][0][errado] = "1"
    with pytest.raises(ParseError, match=errado):
        ParseDict(_em_base64(corpo), ExportTraceServiceRequest())


@pytest.mark.parametrize(
    ("ambiente", "esperado"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_SDK_DISABLED": "true"}, False),
    ],
)
def test_so_exporta_se_o_ambiente_diz_para_onde(
    monkeypatch: pytest.MonkeyPatch, ambiente: dict[str, str], esperado: bool
) -> None:
    for nome in ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_SDK_DISABLED"):
        monkeypatch.delenv(nome, raising=False)
    for nome, valor in ambiente.items():
        monkeypatch.setenv(nome, valor)
    assert ha_destino() is esperado


def test_destino_fora_do_ar_e_silencio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9/")
    exportador = ExportadorJSON(Resource({"service.name": "x"}), {"name": "agendamento"})
    assert exportador.export([cast(ReadableSpan, _span(fim=2))]) is SpanExportResult.FAILURE
