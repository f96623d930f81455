"""docs/MODELOS.md nomeia toda tabela, coluna e índice dos modelos, e nada que eles não tenham."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy import Table

from agendamento.persistencia.modelos import Base

PAGINA = Path(__file__).parents[3] / "docs" / "MODELOS.md"
_SECAO = re.compile(r"^### `(\w+)`\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
_COLUNA = re.compile(r"^\| `(\w+)` \|", re.MULTILINE)
_INDICE = re.compile(r"^- `((?:ix|uq|ck)_\w+)`", re.MULTILINE)


def documentado(texto: str) -> dict[str, tuple[set[str], set[str]]]:
    """Tabela → (colunas, índices e restrições com nome próprio)."""
    return {
        nome: (set(_COLUNA.findall(secao)), set(_INDICE.findall(secao)))
        for nome, secao in _SECAO.findall(texto)
    }


def existente() -> dict[str, tuple[set[str], set[str]]]:
    return {
        nome: ({c.name for c in tabela.columns}, _indices(tabela))
        for nome, tabela in Base.metadata.tables.items()
    }


def _indices(tabela: Table) -> set[str]:
    nomes = {str(indice.name) for indice in tabela.indexes}
    restricoes = {str(restricao.name) for restricao in tabela.constraints if restricao.name is not None}
    return nomes | {nome for nome in restricoes if nome.startswith(("uq_", "ck_"))}


def test_a_pagina_diz_tudo_e_so_o_que_existe() -> None:
    assert documentado(PAGINA.read_text(encoding="utf-8")) == existente()


def test_controle_uma_coluna_sem_documentacao_e_percebida() -> None:
    texto = PAGINA.read_text(encoding="utf-8")
    assert documentado(texto.replace("| `token` |", "| token |")) != existente()
    assert documentado(texto.replace("### `cercas`", "### cercas")) != existente()
