"""Confere consultas PromQL contra o catálogo: série, rótulo e valor de rótulo citados precisam existir nele.

O PromQL é lido por um analisador de verdade; variáveis do Grafana ($__rate_interval, $testid…) são antes
trocadas por valores que as representam.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import promql_parser

#: Série → rótulo → valores que ele pode ter; ``None``: conjunto aberto.
Series = Mapping[str, Mapping[str, frozenset[str] | None]]

_VARIAVEIS = {
    "$__rate_interval": "1m",
    "$__interval": "1m",
    "$__range": "1h",
}
_VARIAVEL_QUALQUER = re.compile(r"\$\{?\w+(:\w+)?\}?")


def sem_variaveis(expressao: str) -> str:
    """Troca as variáveis do Grafana por valores: intervalos por durações, as outras por `.+`."""
    for variavel, valor in _VARIAVEIS.items():
        expressao = expressao.replace(variavel, valor)
    return _VARIAVEL_QUALQUER.sub(".+", expressao)


def fora_do_catalogo(expressao: str, permitidas: Series) -> list[str]:
    """Queixas sobre a expressão (lista vazia se tudo que ela cita está no catálogo).

    Raises:
        ValueError: a expressão não é PromQL.
    """
    queixas: list[str] = []
    _visitar(promql_parser.parse(sem_variaveis(expressao)), permitidas, queixas)
    return queixas


def _visitar(no: Any, permitidas: Series, queixas: list[str]) -> frozenset[str]:
    """Devolve os rótulos que podem existir no resultado do nó e anota as queixas no caminho."""
    if isinstance(no, promql_parser.MatrixSelector):
        return _visitar(no.vector_selector, permitidas, queixas)
    if isinstance(no, promql_parser.VectorSelector):
        return _seletor(no, permitidas, queixas)
    rotulos: frozenset[str] = frozenset().union(
        *(_visitar(filho, permitidas, queixas) for filho in _filhos(no)), frozenset()
    )
    if isinstance(no, promql_parser.Call) and no.func.name in {"label_replace", "label_join"}:
        rotulos |= {no.args[1].val}
    citados = [nome for grupo in _agrupamentos(no) for nome in grupo]
    queixas += [f"rótulo {nome} não existe aqui" for nome in citados if nome not in rotulos]
    return rotulos


def _seletor(no: Any, permitidas: Series, queixas: list[str]) -> frozenset[str]:
    nome = no.name or next((m.value for m in no.matchers.matchers if m.name == "__name__"), "")
    if nome not in permitidas:
        queixas.append(f"métrica {nome} não está no catálogo")
        return frozenset()
    rotulos = permitidas[nome]
    for filtro in no.matchers.matchers:
        if filtro.name not in rotulos:
            queixas.append(f"{nome} não tem o rótulo {filtro.name}")
        else:
            valores = rotulos[filtro.name]
            queixas += [f"{nome}: {filtro.name} nunca é {v}" for v in _impossiveis(filtro.value, valores)]
    return frozenset(rotulos)


def _impossiveis(procurado: str, valores: frozenset[str] | None) -> list[str]:
    """As alternativas do filtro (``a|b``) que não casam com nenhum valor possível."""
    if valores is None:
        return []
    return [a for a in procurado.split("|") if not any(re.fullmatch(a, valor) for valor in valores)]


def _filhos(no: Any) -> Iterator[Any]:
    for atributo in ("expr", "lhs", "rhs"):
        filho = getattr(no, atributo, None)
        if filho is not None:
            yield filho
    if isinstance(no, promql_parser.Call):
        yield from no.args


def _agrupamentos(no: Any) -> Iterator[list[str]]:
    modificador = getattr(no, "modifier", None)
    if isinstance(no, promql_parser.AggregateExpr) and modificador is not None:
        yield modificador.labels
    if isinstance(no, promql_parser.BinaryExpr) and modificador is not None and modificador.matching:
        yield modificador.matching.labels
