"""docs/MODELOS.md diz toda tabela, coluna, tipo, chave e índice dos modelos, e o nome de cada coluna em JSON."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import BigInteger, Column, Integer, LargeBinary, String, Table, Text
from sqlalchemy.types import JSON

from agendamento.persistencia.modelos import Base, InstanteUTC
from tests.apoio import Bancada

PAGINA = (Path(__file__).parents[3] / "docs" / "MODELOS.md").read_text(encoding="utf-8")
_SECAO = re.compile(r"^### `(\w+)`\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
_COLUNA = re.compile(r"^\| `(\w+)` \|(.*?)\|(.*?)\|(.*?)\|(.*?)\|", re.MULTILINE)
_INDICE = re.compile(r"^- `((?:ix|uq|ck)_\w+)`", re.MULTILINE)
# O mais específico primeiro: BigInteger é um Integer, e Text é uma String.
_TIPOS = (
    (InstanteUTC, "instante"), (JSON, "JSON"), (Text, "texto"), (String, "texto({0.length})"),
    (BigInteger, "inteiro de 64 bits"), (Integer, "inteiro"), (LargeBinary, "bytes"),
)  # fmt: skip
RECURSOS = {
    "telescopios": "/telescopios/{slug}",
    "cientistas": "/cientistas/{id_}",
    "agendamentos": "/agendamentos/{id_}",
}
CALCULADOS = {"_links", "uso"}
"""O que a API responde e não é coluna."""


class Coluna(NamedTuple):
    tipo: str
    nulo: bool
    chave: str


def documentado(texto: str) -> dict[str, tuple[dict[str, Coluna], set[str]]]:
    """Tabela → (colunas, índices e restrições com nome próprio)."""
    return {
        nome: (
            {c: Coluna(t.strip(), n.strip() == "sim", k.strip()) for c, t, n, k, _ in _COLUNA.findall(secao)},
            set(_INDICE.findall(secao)),
        )
        for nome, secao in _SECAO.findall(texto)
    }


def existente() -> dict[str, tuple[dict[str, Coluna], set[str]]]:
    return {
        nome: ({c.name: _coluna(c) for c in tabela.columns}, _indices(tabela))
        for nome, tabela in Base.metadata.tables.items()
    }


def _coluna(coluna: Column[Any]) -> Coluna:
    tipo = next(nome.format(coluna.type) for classe, nome in _TIPOS if isinstance(coluna.type, classe))
    chaves = ["PK"] if coluna.primary_key else []
    chaves += [f"FK `{estrangeira.column.table.name}`" for estrangeira in coluna.foreign_keys]
    chaves += ["única"] if coluna.unique else []
    return Coluna(tipo, bool(coluna.nullable), ", ".join(chaves))


def _indices(tabela: Table) -> set[str]:
    nomes = {str(indice.name) for indice in tabela.indexes}
    restricoes = {str(restricao.name) for restricao in tabela.constraints if restricao.name is not None}
    return nomes | {nome for nome in restricoes if nome.startswith(("uq_", "ck_"))}


def em_json(texto: str, tabela: str) -> set[str]:
    secao = dict(_SECAO.findall(texto))[tabela]
    return {nome.strip().strip("`") for *_, nome in _COLUNA.findall(secao)} - {""}


def test_a_pagina_diz_tudo_e_so_o_que_existe() -> None:
    assert documentado(PAGINA) == existente()


@pytest.mark.parametrize(("tabela", "caminho"), RECURSOS.items())
def test_os_nomes_em_json_sao_os_da_api(bancada_do_modulo: Bancada, tabela: str, caminho: str) -> None:
    openapi = bancada_do_modulo.pedir("GET", "/openapi.json", quem=None).json
    esquema = openapi["paths"][caminho]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    if referencia := esquema.get("$ref"):
        esquema = openapi["components"]["schemas"][referencia.rpartition("/")[2]]
    saem = {nome for nome, p in esquema["properties"].items() if not p.get("writeOnly")}
    assert em_json(PAGINA, tabela) == saem - CALCULADOS


def test_o_desenho_mostra_toda_tabela() -> None:
    desenho = PAGINA.split("```")[1]
    assert {nome for nome in Base.metadata.tables if nome not in desenho} == set()


@pytest.mark.parametrize(
    ("de", "para"),
    [
        ("| `token` |", "| token |"),
        ("### `fencing_tokens`", "### fencing_tokens"),
        ("| texto(64) |", "| texto(65) |"),
        ("| FK `telescopios` |", "| |"),
        ("| instante | sim |", "| instante | |"),
        ("- `uq_telescopios_slug`", "- uq_telescopios_slug"),
    ],
)
def test_controle_o_que_falta_ou_difere_e_percebido(de: str, para: str) -> None:
    assert de in PAGINA
    assert documentado(PAGINA.replace(de, para, 1)) != existente()
