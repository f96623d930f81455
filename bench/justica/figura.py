"""A figura: parte das vitórias por distância, na ordem de chegada e na nossa."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from bench.justica.contas import Estimativa, proporcao

GRUPO = 5
_SERIES = {
    "chegada": ("ordem de chegada", "#b45309", "s"),
    "nossa": ("instante do clique (SCTEC)", "#1d4ed8", "o"),
}


def _pontos(braco: dict[str, Any]) -> list[tuple[float, Estimativa]]:
    """Por grupo de cinco pessoas vizinhas em distância: ida e volta média e parte das vitórias do grupo."""
    pessoas, disputas = braco["por_pessoa"], braco["disputas"]
    grupos = [pessoas[i : i + GRUPO] for i in range(0, len(pessoas), GRUPO)]
    return [(sum(r for r, _ in g) / len(g), proporcao(sum(v for _, v in g), disputas)) for g in grupos]


def desenhar(honestos: dict[str, Any], arquivo: Path) -> None:
    figura = Figure(figsize=(8, 4.4), layout="constrained")
    eixos = figura.subplots()
    for nome, (rotulo, cor, marca) in _SERIES.items():
        distancias, estimativas = zip(*_pontos(honestos[nome]), strict=True)
        barras = (
            [max(0.0, e.valor - e.de) for e in estimativas],
            [max(0.0, e.ate - e.valor) for e in estimativas],
        )
        partes = [e.valor for e in estimativas]
        eixos.errorbar(distancias, partes, yerr=barras, label=rotulo, color=cor, marker=marca, capsize=2)
    justo = GRUPO / len(honestos["nossa"]["por_pessoa"])
    eixos.axhline(justo, color="#6b7280", linestyle="--", label="se a distância não pesasse")
    eixos.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    eixos.set_ylim(bottom=0)
    eixos.set_xlabel("ida e volta até o serviço (ms)")
    eixos.set_title(f"Parte das vitórias de cada grupo de {GRUPO} pessoas (barras: intervalo de 95 %)")
    eixos.grid(color="#e5e7eb")
    eixos.legend()
    # Texto como texto e identificadores fixos: a mesma medição dá o mesmo arquivo.
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "sctec"}):
        figura.savefig(arquivo, metadata={"Date": None})
