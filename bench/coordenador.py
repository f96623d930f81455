"""Pares lock+unlock/s do coordenador contra um Express que só diz olá (servico-coordenador/bench)."""

from __future__ import annotations

import json
import subprocess

from bench.relatorio import Medida
from ferramentas.caminhos import COORDENADOR, NODE


def medir() -> list[Medida]:
    saida = subprocess.run(
        [str(NODE), "bench/pares.js"],
        cwd=COORDENADOR,
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    ).stdout
    lido = json.loads(saida)
    ola = lido["ola"]["por_segundo"]
    return [
        Medida(
            f"Express olá/s ÷ pares lock+unlock/s, {como}",
            float(lido[modo]["razao"]),
            f"{ola:.0f}/s ÷ {lido[modo]['por_segundo']:.0f}/s, 50 conexões",
            maxima=2.4,
        )
        for modo, como in (
            ("lotes", "unlocks em lotes, como o agendamento os manda"),
            ("pares", "um unlock por requisição"),
        )
    ]
