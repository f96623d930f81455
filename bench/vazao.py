"""Reservas/s por HTTP, 50 conexões, slots distintos, caminho inteiro ÷ o menor insert sem lock."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from bench.carga import SEM_LIMITES, Cliente, Resultado, gerar
from bench.relatorio import Medida
from ferramentas.caminhos import VENV
from ferramentas.portas import porta_livre
from ferramentas.servicos import Servicos

PEDIDOS = 2000
AQUECIMENTO = 300
RODADAS = 3


@contextmanager
def referencia(lock_url: str | None = None, segredo: str = "") -> Iterator[int]:
    """O ``minimo.py`` no ar; com ``lock_url``, o que tranca do jeito ingênuo."""
    porta = porta_livre()
    with tempfile.TemporaryDirectory() as pasta:
        ambiente = {**os.environ, "BANCO": f"{pasta}/minimo.db"}
        if lock_url:
            ambiente |= {"LOCK_URL": lock_url, "SEGREDO": segredo}
        comando = [
            str(VENV / "bin" / "gunicorn"),
            "-b",
            f"127.0.0.1:{porta}",
            "-k",
            "gthread",
            "--threads",
            "50",
        ]
        comando += ["--keep-alive", "75", "--chdir", str(Path(__file__).parent), "minimo:criar()"]
        processo = subprocess.Popen(
            comando, env=ambiente, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            _esperar(porta)
            yield porta
        finally:
            processo.terminate()
            processo.wait(15)


def _esperar(porta: int) -> None:
    prazo = time.monotonic() + 30
    while time.monotonic() < prazo:
        try:
            requests.get(f"http://127.0.0.1:{porta}/", timeout=1)
        except requests.RequestException:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("a referência não respondeu em 30 s")


def _inserts(porta: int) -> Resultado:
    def pedidos(de: int, ate: int) -> list[dict[str, object]]:
        return [
            {
                "metodo": "POST",
                "caminho": "/reservas",
                "cabecalhos": {},
                "corpo": {"recurso": f"r{i}", "pessoa": i % 10},
            }
            for i in range(de, ate)
        ]

    gerar(porta, pedidos(0, AQUECIMENTO))
    return gerar(porta, pedidos(AQUECIMENTO, AQUECIMENTO + PEDIDOS))


def medir() -> list[Medida]:
    """Rodadas alternadas (referência, nosso, referência…); compara-se a mediana de cada lado."""
    bases: list[Resultado] = []
    nossos: list[Resultado] = []
    ingenuos: list[Resultado] = []
    for _ in range(RODADAS):
        with referencia() as porta:
            bases.append(_inserts(porta))
        with Servicos(SEM_LIMITES, capturar=False) as servicos:
            cliente = Cliente.de(servicos)
            gerar(servicos.agendamento.porta, cliente.reservas(AQUECIMENTO))
            nosso = gerar(servicos.agendamento.porta, cliente.reservas(PEDIDOS))
            assert nosso.estados == {"201": PEDIDOS}, nosso.estados
            nossos.append(nosso)
            if not ingenuos:
                with referencia(servicos.coordenador.url, servicos.segredo) as porta:
                    ingenuos.append(_inserts(porta))
    base, nosso = _mediana(bases), _mediana(nossos)
    return [
        Medida(
            "reservas/s ÷ insert mínimo sem lock",
            nosso.por_segundo / base.por_segundo,
            f"{nosso.por_segundo:.0f}/s ÷ {base.por_segundo:.0f}/s, 50 conexões, mediana de {RODADAS}",
            minima=0.8,
        ),
        Medida(
            "lock ingênuo ÷ insert mínimo (para comparar)",
            ingenuos[0].por_segundo / base.por_segundo,
            f"{ingenuos[0].por_segundo:.0f}/s: requests.post para trancar e para devolver",
        ),
        Medida(
            "p99 das reservas ÷ p99 do insert mínimo",
            nosso.p99_ms / base.p99_ms,
            f"{nosso.p99_ms:.0f} ms ÷ {base.p99_ms:.0f} ms",
            maxima=0.5 / 2.3,
        ),
    ]


def _mediana(resultados: list[Resultado]) -> Resultado:
    return sorted(resultados, key=lambda r: r.por_segundo)[len(resultados) // 2]
