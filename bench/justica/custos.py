"""O que a justiça custa: a decisão com 500 disputantes, as reservas por segundo e a ordenação pura."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from bench.carga import SEM_LIMITES, Cliente
from bench.justica.cenario import cadastrar
from bench.justica.contas import percentil
from ferramentas.caminhos import NODE
from ferramentas.servicos import Servicos

JANELA_MS = 150
DISPUTANTES = 500
AQUECIMENTO = 5
RODADAS = 120
CONEXOES = 200
RESERVAS = 1500
VOLTAS = 3


def _node(*argumentos: str) -> Any:
    feito = subprocess.run([str(NODE), *argumentos], capture_output=True, text=True, check=True, timeout=300)
    return json.loads(feito.stdout)


def decisao() -> dict[str, Any]:
    """500 pedidos de lock juntos, no coordenador: da partida à concessão, e até a última resposta."""
    with Servicos(SEM_LIMITES, capturar=False) as servicos:
        plano = {
            "porta": servicos.coordenador.porta,
            "segredo": servicos.segredo,
            "disputantes": DISPUTANTES,
            "aquecimento": AQUECIMENTO,
            "rodadas": RODADAS,
            "janelaMs": JANELA_MS,
        }
        medido = _node(str(Path(__file__).with_name("decisao.mjs")), json.dumps(plano))
    return {
        "disputantes": DISPUTANTES,
        "janela_ms": JANELA_MS,
        "rodadas": RODADAS,
        "concessao_p50_ms": round(percentil(medido["concedidas"], 0.5), 1),
        "concessao_p99_ms": round(percentil(medido["concedidas"], 0.99), 1),
        "resposta_p99_ms": round(percentil(medido["todas"], 0.99), 1),
    }


def vazao() -> dict[str, Any]:
    """Reservas/s em slots distintos, 200 pessoas com uma conexão cada: W = 150 ÷ W = 0, voltas alternadas."""
    ritmos: dict[int, list[float]] = {0: [], JANELA_MS: []}
    for _ in range(VOLTAS):
        for janela, obtidos in ritmos.items():
            with Servicos(
                {**SEM_LIMITES, "SCTEC_JANELA_JUSTICA_MS": str(janela)}, capturar=False
            ) as servicos:
                cliente = Cliente.de(servicos)
                cliente.chaves = [cadastrar(servicos.agendamento.url, n)["chave"] for n in range(CONEXOES)]
                cliente.agendar(300, conexoes=CONEXOES)
                obtidos.append(cliente.agendar(RESERVAS, conexoes=CONEXOES).por_segundo)
    sem, com = (sorted(ritmos[j])[VOLTAS // 2] for j in (0, JANELA_MS))
    return {
        "conexoes": CONEXOES,
        "sem_janela_por_s": round(sem, 1),
        "com_janela_por_s": round(com, 1),
        "razao": round(com / sem, 3),
    }


def ordenacao() -> dict[str, Any]:
    """A ordenação pura do coordenador, em tempo de CPU."""
    medido: dict[str, Any] = _node(str(Path(__file__).with_name("ordem.mjs")))
    return medido
