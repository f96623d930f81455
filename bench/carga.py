"""Chama o gerador de carga e prepara os pedidos que ele manda."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from ferramentas.caminhos import NODE
from ferramentas.servicos import Servicos

GERADOR = Path(__file__).with_name("carga.mjs")
SEM_LIMITES = {
    "SCTEC_LIMITE_ATIVOS": "0",
    "SCTEC_LIMITE_HORAS_CICLO": "0",
    "SCTEC_LIMITE_REQUISICOES_S": "0",
    "SCTEC_JANELA_JUSTICA_MS": "0",
}


@dataclass(frozen=True, slots=True)
class Resultado:
    """Tempos em ms, salvo ``segundos``; ``estados`` conta as respostas por código HTTP."""

    segundos: float
    por_segundo: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    estados: dict[str, int]


def gerar(
    porta: int, pedidos: Iterable[dict[str, Any]], *, conexoes: int = 50, simultaneo: bool = False
) -> Resultado:
    """Manda os pedidos a 127.0.0.1 e devolve o que mediu."""
    plano = {"porta": porta, "conexoes": conexoes, "simultaneo": simultaneo, "pedidos": list(pedidos)}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as arquivo:
        json.dump(plano, arquivo)
        arquivo.flush()
        saida = subprocess.run(
            [str(NODE), str(GERADOR), arquivo.name], capture_output=True, text=True, check=True, timeout=300
        ).stdout
    return Resultado(**json.loads(saida))


@dataclass(slots=True)
class Cliente:
    """Chaves, telescópios e uma fonte de slots que não se repetem."""

    servicos: Servicos
    chaves: list[str]
    telescopios: list[str]
    usados: int = 0

    @classmethod
    def de(cls, servicos: Servicos) -> Cliente:
        url = servicos.agendamento.url
        pessoas = requests.get(f"{url}/demo", timeout=10).json()["cientistas"]
        telescopios = requests.get(f"{url}/telescopios", timeout=10).json()["_embedded"]["telescopios"]
        return cls(
            servicos,
            [p["chave"] for p in pessoas if p["papel"] == "CIENTISTA"],
            [t["slug"] for t in telescopios],
        )

    def cabecalhos(self, indice: int) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.chaves[indice % len(self.chaves)]}"}

    def reservas(self, quantas: int) -> list[dict[str, Any]]:
        """POSTs de slots distintos e ainda não pedidos, espalhados pelos telescópios."""
        amanha = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        pedidos = []
        for i in range(self.usados, self.usados + quantas):
            telescopio, passo = self.telescopios[i % len(self.telescopios)], i // len(self.telescopios)
            inicio = amanha + timedelta(minutes=5 * passo)
            pedidos.append(self.reserva(telescopio, inicio, i))
        self.usados += quantas
        return pedidos

    def reserva(self, telescopio: str, inicio: datetime, indice: int) -> dict[str, Any]:
        corpo = {"telescopio": telescopio, "horario_inicio_utc": inicio.isoformat(), "objeto_celeste": "M31"}
        return {
            "metodo": "POST",
            "caminho": "/agendamentos",
            "cabecalhos": self.cabecalhos(indice),
            "corpo": corpo,
        }
