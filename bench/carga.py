"""Chama o gerador de carga e prepara os pedidos que ele manda."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
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
CONEXOES = 50


@dataclass(frozen=True, slots=True)
class Resultado:
    """Tempos em ms, salvo ``segundos``; ``estados`` conta as respostas por código HTTP."""

    segundos: float
    por_segundo: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    estados: dict[str, int]

    def exigir(self, estados: Mapping[str, int]) -> Resultado:
        """Ele mesmo, se as respostas foram estas: medir outra coisa não valeria."""
        if self.estados != estados:
            raise RuntimeError(f"respostas inesperadas: {self.estados}, e não {dict(estados)}")
        return self


def gerar(porta: int, pedidos: Iterable[dict[str, Any]], *, conexoes: int = CONEXOES) -> Resultado:
    """Manda cada pedido uma vez a 127.0.0.1 e devolve o que mediu."""
    return executar({"porta": porta, "conexoes": conexoes, "pedidos": list(pedidos)})


def executar(plano: Mapping[str, Any]) -> Resultado:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as arquivo:
        json.dump(plano, arquivo)
        arquivo.flush()
        feito = subprocess.run(
            [str(NODE), str(GERADOR), arquivo.name],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=300,
        )
    return Resultado(**json.loads(feito.stdout))


@contextmanager
def programa(comando: list[str], url: str, ambiente: Mapping[str, str] | None = None) -> Iterator[int]:
    """Uma referência no ar enquanto durar o ``with``, já respondendo em ``url``; dá o seu pid."""
    processo = subprocess.Popen(comando, env=ambiente, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        prazo = time.monotonic() + 30
        while True:
            try:
                requests.get(url, timeout=1)
                break
            except requests.RequestException:
                if time.monotonic() > prazo:
                    raise TimeoutError(f"{comando[0]} não respondeu em 30 s") from None
                time.sleep(0.05)
        yield processo.pid
    finally:
        processo.terminate()
        processo.wait(15)


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

    def agendar(self, quantas: int, *, conexoes: int = CONEXOES) -> Resultado:
        """``quantas`` reservas de slots livres, todas aceitas."""
        feito = gerar(self.servicos.agendamento.porta, self._reservas(quantas), conexoes=conexoes)
        return feito.exigir({"201": quantas})

    def _reservas(self, quantas: int) -> Iterator[dict[str, Any]]:
        amanha = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        for i in range(self.usados, self.usados + quantas):
            telescopio, passo = self.telescopios[i % len(self.telescopios)], i // len(self.telescopios)
            yield self.reserva(telescopio, amanha + timedelta(minutes=5 * passo), i)
        self.usados += quantas

    def reserva(self, telescopio: str, inicio: datetime, indice: int) -> dict[str, Any]:
        return {
            "metodo": "POST",
            "caminho": "/agendamentos",
            "cabecalhos": {"Authorization": f"Bearer {self.chaves[indice % len(self.chaves)]}"},
            "corpo": {
                "telescopio": telescopio,
                "horario_inicio_utc": inicio.isoformat(),
                "objeto_celeste": "M31",
            },
        }
