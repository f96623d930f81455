"""Contexto de traço W3C: continua o que veio bem formado, e só isso; o que sai fora do pedido liga-se a ele."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

from agendamento.observabilidade import instrumentacao, logs, tracos

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"


@pytest.fixture(scope="module")
def cliente() -> FlaskClient:
    """Uma app que responde com os identificadores do pedido; sem destino, nada é exportado."""
    app = Flask("tracos")
    instrumentacao.ligar(app)

    @app.get("/<path:caminho>")
    def ids(caminho: str) -> ResponseReturnValue:  # noqa: ARG001
        return dict(logs.identificadores())

    return app.test_client()


def _ids(
    cliente: FlaskClient, traceparent: str | None = None, caminho: str = "/telescopios"
) -> dict[str, str]:
    lidos: dict[str, str] = cliente.get(
        caminho, headers={"traceparent": traceparent} if traceparent else {}
    ).json
    return lidos


def test_continua_o_traco_com_um_span_novo(cliente: FlaskClient) -> None:
    ids = _ids(cliente, f"00-{TRACE}-{SPAN}-01")
    assert ids["trace_id"] == TRACE
    assert ids["span_id"] != SPAN


@pytest.mark.parametrize(
    "cabecalho",
    [
        None,
        "lixo",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}",
        f"ff-{TRACE}-{SPAN}-01",
    ],
)
def test_comeca_outro_se_nao_veio_um_que_preste(cliente: FlaskClient, cabecalho: str | None) -> None:
    ids = _ids(cliente, cabecalho)
    assert ids["trace_id"] != TRACE
    assert len(ids["trace_id"]) == 32
    assert len(ids["span_id"]) == 16
    assert int(ids["trace_id"], 16)
    assert int(ids["span_id"], 16)


def test_cada_pedido_tem_o_seu_e_nada_fica_para_o_seguinte(cliente: FlaskClient) -> None:
    assert len({_ids(cliente)["trace_id"] for _ in range(100)}) == 100
    assert logs.identificadores() == {}


@pytest.mark.parametrize("caminho", ["/saude/vivo", "/metrics", "/estatico/abc/app.js"])
def test_sondas_coletas_e_arquivos_nao_tem_span(cliente: FlaskClient, caminho: str) -> None:
    assert _ids(cliente, caminho=caminho) == {}
    # O nome noutro lugar do endereço não cala ninguém.
    assert "trace_id" in _ids(cliente, caminho=f"/telescopios?de={caminho}")
    assert "trace_id" in _ids(cliente, caminho=f"/telescopios{caminho}")


@pytest.mark.usefixtures("cliente")
def test_sem_destino_nada_e_amostrado_e_nenhum_exemplar_aponta_para_o_vazio() -> None:
    with trace.use_span(trace.get_tracer("teste").start_span("um")):
        assert tracos.exemplar() is None


@pytest.mark.parametrize(
    ("ambiente", "esperado"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_TRACES_EXPORTER": "none"}, False),
    ],
)
def test_so_exporta_se_o_ambiente_diz_para_onde(
    monkeypatch: pytest.MonkeyPatch, ambiente: dict[str, str], esperado: bool
) -> None:
    for nome in (
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "OTEL_TRACES_EXPORTER",
    ):
        monkeypatch.delenv(nome, raising=False)
    for nome, valor in ambiente.items():
        monkeypatch.setenv(nome, valor)
    assert instrumentacao.ha_destino() is esperado


class TestEntrega:
    @pytest.fixture
    def guardados(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
        destino, provedor = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
        provedor.add_span_processor(SimpleSpanProcessor(destino))
        monkeypatch.setattr(tracos, "_rastreador", provedor.get_tracer("teste"))
        yield destino
        provedor.shutdown()

    @staticmethod
    def _origem(n: int, *, amostrada: bool = True) -> SpanContext:
        return SpanContext(n, n, False, TraceFlags(TraceFlags.SAMPLED if amostrada else 0))

    def test_raiz_ligada_aos_amostrados(self, guardados: InMemorySpanExporter) -> None:
        origens = [self._origem(1), self._origem(2, amostrada=False), self._origem(3)]
        with trace.use_span(NonRecordingSpan(self._origem(9))), tracos.entrega("carteiro", origens):
            pass
        (span,) = guardados.get_finished_spans()
        assert span.parent is None
        assert [ligado.context.trace_id for ligado in span.links] == [1, 3]

    def test_sem_nenhum_amostrado_nao_ha_span_e_quem_atende_ouve_que_nao_ha(
        self, guardados: InMemorySpanExporter
    ) -> None:
        with tracos.entrega("carteiro", [self._origem(2, amostrada=False)]):
            atual = trace.get_current_span().get_span_context()
        assert (atual.trace_id, atual.trace_flags.sampled) == (2, False)
        assert guardados.get_finished_spans() == ()

    def test_um_erro_num_trecho_nao_o_marca(self, guardados: InMemorySpanExporter) -> None:
        """Perder uma disputa é resposta certa; falha é o que ``falhou`` diz."""
        spans: tuple[ReadableSpan, ...]
        with pytest.raises(ValueError, match="perdeu"), tracos.trecho("um", {}):
            raise ValueError("perdeu")
        with tracos.trecho("outro", {}):
            tracos.falhou("TimeoutError")
        spans = guardados.get_finished_spans()
        assert [span.status.is_ok for span in spans] == [True, False]
        assert [len(span.events) for span in spans] == [0, 0]
