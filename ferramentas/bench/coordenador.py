"""Pares lock+unlock/s do coordenador contra um Express que só diz olá (servico-coordenador/bench)."""

from __future__ import annotations

import json
import subprocess

from ferramentas.bench.relatorio import Medida
from ferramentas.preparar import COORDENADOR, NODE


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
    return [
        Medida(
            "Express olá/s ÷ pares lock+unlock/s",
            float(lido["razao_ola_por_par"]),
            f"{lido['ola_por_segundo']:.0f}/s ÷ {lido['pares_por_segundo']:.0f}/s, 50 conexões",
            maxima=2.4,
        )
    ]
