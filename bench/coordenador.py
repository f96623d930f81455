"""Pares lock+unlock/s do coordenador ao lado de um Express que só diz olá: relatado, não é meta."""

from __future__ import annotations

import statistics
from pathlib import Path

from bench.carga import CONEXOES, executar, gerar, programa
from bench.relatorio import Medida
from ferramentas.caminhos import NODE
from ferramentas.portas import porta_livre
from ferramentas.servicos import Servicos

TRECHO = 5000
RODADAS = 5
_OLA = {"metodo": "GET", "caminho": "/", "cabecalhos": {}}


def medir() -> list[Medida]:
    porta = porta_livre()
    olas, pares = [], []
    comando = [str(NODE), str(Path(__file__).with_name("ola.mjs")), str(porta)]
    with Servicos(capturar=False) as servicos, programa(comando, f"http://127.0.0.1:{porta}/"):
        plano = {"porta": servicos.coordenador.porta, "segredo": servicos.segredo, "conexoes": CONEXOES}
        for _ in range(RODADAS):
            olas.append(gerar(porta, [_OLA] * TRECHO).por_segundo)
            par = executar({**plano, "pares": TRECHO}).exigir({"200": 2 * TRECHO})
            pares.append(par.por_segundo / 2)
    razao = statistics.median(ola / par for ola, par in zip(olas, pares, strict=True))
    detalhe = f"{statistics.median(olas):.0f}/s ÷ {statistics.median(pares):.0f}/s, {CONEXOES} conexões"
    return [Medida("Express olá/s ÷ pares lock+unlock/s", razao, detalhe)]
