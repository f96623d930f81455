"""Contexto de traço W3C: continua o que veio bem formado, e só isso."""

from __future__ import annotations

import pytest

from agendamento.observabilidade.tracos import continuar

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"


def test_continua_o_traco_com_um_span_novo() -> None:
    traco = continuar(f"00-{TRACE}-{SPAN}-01")
    assert traco.trace_id == TRACE
    assert traco.span_id != SPAN
    assert traco.traceparent == f"00-{TRACE}-{traco.span_id}-01"


@pytest.mark.parametrize(
    "cabecalho",
    [
        None,
        "",
        "lixo",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}",
        f"ff-{TRACE}-{SPAN}-01",
    ],
)
def test_comeca_outro_se_nao_veio_um_que_preste(cabecalho: str | None) -> None:
    traco = continuar(cabecalho)
    assert traco.trace_id != TRACE
    assert len(traco.trace_id) == 32
    assert len(traco.span_id) == 16
    assert int(traco.trace_id, 16)
    assert int(traco.span_id, 16)


def test_cada_pedido_tem_o_seu() -> None:
    assert len({continuar(None).trace_id for _ in range(1000)}) == 1000
