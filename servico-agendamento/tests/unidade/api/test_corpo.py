"""O JSON do corpo: lido de um jeito só, ou recusado."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agendamento.api.corpo import CorpoMalformado, ler_json

valores_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda filhos: st.lists(filhos, max_size=4) | st.dictionaries(st.text(), filhos, max_size=4),
    max_leaves=20,
)


@given(valores_json)
def test_le_todo_json_valido(valor: Any) -> None:
    assert ler_json(json.dumps(valor).encode()) == valor


@given(st.binary(max_size=200))
def test_qualquer_byte_e_lido_ou_recusado(bruto: bytes) -> None:
    with contextlib.suppress(CorpoMalformado):
        ler_json(bruto)


@pytest.mark.parametrize(
    ("bruto", "frase"),
    [
        (b"", "linha 1, coluna 1"),
        (b'{"telescopio": "hubble', "linha 1"),
        (b'{"a": 1,}', "linha 1"),
        (b"{'a': 1}", "linha 1"),
        (b'{"a": 1} {"b": 2}', "linha 1"),
        (b"NaN", "NaN não existe"),
        (b'{"a": -Infinity}', "-Infinity não existe"),
        (b'{"a": 1, "a": 2}', "“a” aparece mais de uma vez"),
        (b'[{"x": {"b": 1, "c": 2, "b": 3}}]', "“b” aparece mais de uma vez"),
        (b'{"a": 1, "\\u0061": 2}', "“a” aparece mais de uma vez"),
        (b'\xff\xfe{"a": 1}', "UTF-8"),
        (b'{"a": "\xe9"}', "UTF-8"),
        (b'\xef\xbb\xbf{"a": 1}', ""),
        (b"[" * 60_000, "aninhado demais"),
        (b'{"a":' * 10_000, "aninhado demais"),
        (b"9" * 5000, "grande demais"),
    ],
)
def test_recusa_e_diz_por_que(bruto: bytes, frase: str) -> None:
    with pytest.raises(CorpoMalformado) as recusa:
        ler_json(bruto)
    assert frase in str(recusa.value)


@pytest.mark.parametrize("chave", ["\\ud800", "a\\u0000b", "\\u001b[31m"])
def test_chave_repetida_e_citada_so_com_o_que_se_pode_mostrar(chave: str) -> None:
    with pytest.raises(CorpoMalformado) as recusa:
        ler_json(f'{{"{chave}": 1, "{chave}": 2}}'.encode())
    assert str(recusa.value).isprintable()
    str(recusa.value).encode()


def test_chave_repetida_muito_longa_e_cortada() -> None:
    nome = "x" * 10_000
    with pytest.raises(CorpoMalformado) as recusa:
        ler_json(f'{{"{nome}": 1, "{nome}": 2}}'.encode())
    assert len(str(recusa.value)) < 200
