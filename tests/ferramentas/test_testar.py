"""A soma de ``make test`` lê o que pytest e node dizem, e nunca deixa um erro passar por sucesso."""

from __future__ import annotations

import pytest

from ferramentas.testar import contar


@pytest.mark.parametrize(
    ("saida", "codigo", "linha"),
    [
        (["3 passed, 1 skipped in 0.1s"], 0, "3 passed, 0 failed, 1 skipped"),
        (["\x1b[32m=== 3 passed, 2 errors in 0.1s ===\x1b[0m"], 1, "3 passed, 2 failed"),
        (["1 failed, 3 passed in 61.00s (0:01:01)"], 1, "3 passed, 1 failed"),
        (["ℹ pass 2", "ℹ fail 0", "ℹ skipped 0"], 0, "2 passed, 0 failed"),
        (["# pass 2", "# fail 1", "# cancelled 1"], 1, "2 passed, 2 failed"),
        (["quebrou antes de testar"], 4, "0 passed, 1 failed"),
        (["3 passed in 0.1s"], 1, "3 passed, 1 failed"),
    ],
)
def test_contagem(saida: list[str], codigo: int, linha: str) -> None:
    assert contar(saida, codigo).linha() == linha
