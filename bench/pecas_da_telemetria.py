"""CPU de uma thread que cada peça da telemetria do agendamento custa, e o que custaria no SDK.

Uso: python -m bench.pecas_da_telemetria      (poucos segundos; nada sai deste processo)
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider

from ferramentas.caminhos import AGENDAMENTO

LOTE = 512
ATRIBUTOS: dict[str, str | int] = {
    "db.system.name": "sqlite",
    "db.operation.name": "COMMIT",
    "db.operation.batch.size": 3,
}


class _Guardar(SpanProcessor):
    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    def on_end(self, span: ReadableSpan) -> None:
        self.spans.append(span)


def _us(operacao: Callable[[], object], vezes: int = 5000) -> float:
    operacao()
    inicio = time.thread_time()
    for _ in range(vezes):
        operacao()
    return (time.thread_time() - inicio) / vezes * 1e6


def _do_servico(modulo: str) -> Any:
    return import_module(f"agendamento.observabilidade.{modulo}")


def medir() -> dict[str, float]:
    """Peça → microssegundos."""
    os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:9"
    sys.path.insert(0, str(AGENDAMENTO))
    logs, metricas, tracos, exportacao = map(_do_servico, ("logs", "metricas", "tracos", "exportacao"))
    logs.configurar("json", None)
    tracos.configurar()

    def servidor() -> None:
        tracos.receber("POST", "/agendamentos", "127.0.0.1:5000", None).encerrar("/agendamentos", 201)

    guardados, do_sdk = _Guardar(), TracerProvider()
    do_sdk.add_span_processor(guardados)
    rastreador = do_sdk.get_tracer("bench")
    feitas = {
        "span do servidor": _us(servidor),
        "span no SDK": _us(lambda: rastreador.start_span("COMMIT", Context(), attributes=ATRIBUTOS).end()),
    }
    pedido = tracos.receber("POST", "/agendamentos", "127.0.0.1:5000", None)
    logs.contexto.set({"request_id": "a", "trace_id": pedido.traco.trace_id, "span_id": pedido.traco.span_id})
    medida = metricas.REQUISICOES.labels("POST", "/agendamentos", "201")
    feitas["span à mão"] = _us(lambda: tracos.decorrido("COMMIT", 1.0, 2.0, ATRIBUTOS, cliente=True))
    feitas["linha de log"] = _us(lambda: logs.registro.info("Iniciando verificação de conflito no BD"))
    feitas["medida com exemplar"] = _us(lambda: medida.observe(0.1, tracos.exemplar()))
    spans = [
        exportacao.Span("COMMIT", 3, "1" * 32, "2" * 16, "3" * 16, atributos=ATRIBUTOS) for _ in range(LOTE)
    ]
    do_lote = guardados.spans[:LOTE]
    feitas["codificar à mão"] = _us(lambda: exportacao.codificar(spans, {}, {}), 20) / LOTE
    feitas["codificar no SDK"] = _us(lambda: encode_spans(do_lote).SerializeToString(), 20) / LOTE
    return feitas


def main() -> None:
    resultado = os.dup(1)
    with open(os.devnull, "wb") as nada:  # noqa: PTH123
        os.dup2(nada.fileno(), 1)
    texto = "".join(f"| {peca} | {us:.1f} µs |\n" for peca, us in medir().items())
    os.write(resultado, f"| peça | CPU |\n|---|---|\n{texto}".encode())
    os._exit(0)


if __name__ == "__main__":
    main()
