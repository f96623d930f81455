"""A tabela de docs/DESEMPENHO.md entre as marcas ``medidas``; o resto do documento é escrito à mão."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

DOCUMENTO = Path(__file__).resolve().parents[1] / "docs" / "DESEMPENHO.md"
_INICIO, _FIM = "<!-- medidas: make bench -->", "<!-- fim das medidas -->"


@dataclass(frozen=True, slots=True)
class Medida:
    """Uma razão e a sua meta: ``minima`` ou ``maxima`` (só uma delas)."""

    nome: str
    razao: float
    detalhe: str
    minima: float | None = None
    maxima: float | None = None

    @property
    def alcancada(self) -> bool:
        if self.minima is not None:
            return self.razao >= self.minima
        return self.maxima is None or self.razao <= self.maxima

    @property
    def meta(self) -> str:
        if self.minima is not None:
            return f"≥ {numero(self.minima)}"
        return f"≤ {numero(self.maxima)}" if self.maxima is not None else "—"

    def linha(self) -> str:
        sinal = "✔" if self.alcancada else "✘"
        return f"| {self.nome} | {numero(self.razao)} | {self.meta} | {sinal} | {self.detalhe} |"


def numero(valor: float) -> str:
    return f"{valor:.2f}".replace(".", ",")


def escrever(medidas: list[Medida], maquina: str) -> None:
    texto = DOCUMENTO.read_text(encoding="utf-8")
    antes, resto = texto.split(_INICIO)
    depois = resto.split(_FIM)[1]
    linhas = "\n".join(m.linha() for m in medidas)
    titulo = "| medida | razão | meta | | como se compõe |\n|---|---|---|---|---|"
    tabela = f"\n\nMedido em: {maquina}.\n\n{titulo}\n{linhas}\n\n"
    DOCUMENTO.write_text(f"{antes}{_INICIO}{tabela}{_FIM}{depois}", encoding="utf-8")
