"""Troca por valores fixos o que muda de uma execução para outra: horas, identificadores, segredos."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

DIA_DO_EXEMPLO = date(2026, 12, 1)
AGORA = "2026-11-24T12:00:00.000Z"

_INSTANTE = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d(?:\.\d+)?)Z")
_DIA = re.compile(r"\b\d{4}-\d\d-\d\d\b")
_SHA256 = re.compile(r"\b[0-9a-f]{64}\b")
_TRACO = re.compile(r"\b[0-9a-f]{32}\b")
_CODIGO = re.compile(r"\b[0-9a-f]{16}\b")
_UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_CHAVE = re.compile(r"\bsctec_[\w-]{43}")
_BILHETE = re.compile(r"bilhete=[\w-]{20,}")
_CURSOR = re.compile(r"depois=[\w%=-]{20,}")
_POR_NOME: dict[str, Any] = {
    "agora_ms": 1795521600000,
    "bilhete": "AQAAUS1Q0Eka4ZV3OAAGYPptHWwv",
    "efetivo_ms": 1.25,
    "rtt_min_ms": 11.75,
}


class Estavel:
    """``dia``, o dos horários pedidos, aparece como 1 de dezembro de 2026, e os outros em relação a ele."""

    def __init__(self, dia: date, enderecos: dict[str, str]) -> None:
        self._desvio = DIA_DO_EXEMPLO - dia
        self._enderecos = enderecos
        self._codigos: dict[str, str] = {}

    def json(self, valor: Any, nome: str = "") -> Any:
        """O mesmo documento com valores fixos; as chaves e os tipos não mudam."""
        if isinstance(valor, dict):
            return {chave: self.json(dentro, chave) for chave, dentro in valor.items()}
        if isinstance(valor, list):
            return [self.json(dentro, nome) for dentro in valor]
        fixo = _POR_NOME.get(nome)
        if fixo is not None and valor is not None:
            return fixo
        return self.texto(valor) if isinstance(valor, str) else valor

    def texto(self, texto: str) -> str:
        for real, fixo in self._enderecos.items():
            texto = texto.replace(real, fixo)
        texto = _CHAVE.sub("sctec_…", texto)
        texto = _BILHETE.sub("bilhete=" + _POR_NOME["bilhete"], texto)
        texto = _CURSOR.sub("depois=MjAyNi0xMi0wMVQwMzowMDowMCswMDowMHwx", texto)
        texto = _SHA256.sub("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", texto)
        texto = _TRACO.sub("4bf92f3577b34da6a3ce929d0e0e4736", texto)
        texto = _UUID.sub("3f0c7f5e-4a53-4d0e-9c4f-6f1f0a8d2b11", texto)
        texto = _CODIGO.sub(lambda a: self._codigo(a[0]), texto)
        # Primeiro os instantes: o de agora não está na grade; o de um slot desloca-se com o dia.
        texto = _INSTANTE.sub(lambda a: self._instante(a[1], a[2]), texto)
        return texto if _INSTANTE.search(texto) else _DIA.sub(lambda a: self._dia(a[0]), texto)

    def _codigo(self, real: str) -> str:
        return self._codigos.setdefault(real, f"c0d160{len(self._codigos) + 1:010x}")

    def _instante(self, dia: str, hora: str) -> str:
        na_grade = float(hora[6:]) == 0
        return f"{self._dia(dia)}T{hora}Z" if na_grade else AGORA

    def _dia(self, dia: str) -> str:
        return str(date.fromisoformat(dia) + self._desvio)


def dia_dos_exemplos() -> datetime:
    """A meia-noite UTC de daqui a sete dias: dentro do horizonte, longe do que a semeadura usa."""
    hoje = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return hoje + timedelta(days=7)


def esqueleto(markdown: str) -> list[str]:
    """A página sem os valores: cada bloco JSON vira os nomes e tipos que tem; o resto fica como é.

    >>> esqueleto('a\\n```json\\n{"id": 3, "nomes": ["x", "y"]}\\n```')
    ['a', '```json', '.id: número', '.nomes[]: texto', '```']
    """
    linhas: list[str] = []
    bloco: list[str] | None = None
    for linha in markdown.splitlines():
        if bloco is None:
            linhas.append(linha)
            bloco = [] if linha == "```json" else None
        elif linha == "```":
            linhas += sorted(set(_caminhos(json.loads("\n".join(bloco)))))
            linhas.append(linha)
            bloco = None
        else:
            bloco.append(linha)
    return linhas


def _caminhos(valor: Any, ate_aqui: str = "") -> list[str]:
    if isinstance(valor, dict):
        dentro = [c for chave, v in valor.items() for c in _caminhos(v, f"{ate_aqui}.{chave}")]
        return dentro or [f"{ate_aqui}: objeto vazio"]
    if isinstance(valor, list):
        dentro = [c for v in valor for c in _caminhos(v, f"{ate_aqui}[]")]
        return dentro or [f"{ate_aqui}: lista vazia"]
    return [f"{ate_aqui}: {_tipo(valor)}"]


def _tipo(valor: Any) -> str:
    # 0 e 0.5 são o mesmo tipo em JSON.
    nomes = {type(None): "nulo", bool: "lógico", int: "número", float: "número", str: "texto"}
    return nomes[type(valor)]
