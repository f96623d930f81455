"""Reservas/s por HTTP, 50 conexões, slots distintos ÷ o menor insert sem lock, nos dois bancos."""

from __future__ import annotations

import importlib.util
import itertools
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.bracos import Braco, alternar, sctec
from bench.carga import CONEXOES, Resultado, gerar, programa
from bench.relatorio import Medida
from ferramentas.caminhos import AGENDAMENTO, VENV
from ferramentas.portas import porta_livre

RODADAS = 7


@contextmanager
def minimo(banco_url: str) -> Iterator[Braco]:
    """O ``minimo.py`` no ar."""
    porta, numeros = porta_livre(), itertools.count()

    def trecho(quantas: int) -> Resultado:
        pedidos = (
            {
                "metodo": "POST",
                "caminho": "/reservas",
                "cabecalhos": {},
                "corpo": {"recurso": f"r{i}", "pessoa": i % 10},
            }
            for i in itertools.islice(numeros, quantas)
        )
        return gerar(porta, pedidos).exigir({"201": quantas})

    comando = [str(VENV / "bin" / "gunicorn"), "-b", f"127.0.0.1:{porta}", "-k", "gthread"]
    comando += ["--threads", str(CONEXOES), "--keep-alive", "75", "--chdir", str(Path(__file__).parent)]
    ambiente = {**os.environ, "BANCO_URL": banco_url}
    with programa([*comando, "minimo:criar()"], f"http://127.0.0.1:{porta}/", ambiente) as pid:
        yield Braco("insert mínimo", trecho, {"insert": pid})


def _postgresql() -> Any:
    """O servidor dos testes do agendamento, ou ``None`` se esta máquina não o tem."""
    arquivo = AGENDAMENTO / "tests" / "postgresql.py"
    especificacao = importlib.util.spec_from_file_location("postgresql", arquivo)
    assert especificacao is not None
    assert especificacao.loader is not None
    modulo = importlib.util.module_from_spec(especificacao)
    especificacao.loader.exec_module(modulo)
    servidor = modulo.ServidorPostgreSQL
    return None if servidor.o_que_falta() else servidor()


def medir() -> list[Medida]:
    with tempfile.TemporaryDirectory() as pasta:
        sqlite = _comparar("SQLite", f"sqlite:///{pasta}/minimo.db", None, 0.7)
    servidor = _postgresql()
    if servidor is None:
        print("  sem PostgreSQL nesta máquina: apt-get install postgresql", flush=True)
        return sqlite
    with servidor:
        return sqlite + _comparar("PostgreSQL", servidor.criar("minimo"), servidor.criar("descartavel"), None)


def _comparar(nome: str, do_minimo: str, do_sctec: str | None, minima: float | None) -> list[Medida]:
    ambiente = {"SCTEC_BANCO_URL": do_sctec} if do_sctec else None
    with minimo(do_minimo) as base, sctec(nome, ambiente) as nosso:
        alternar([base, nosso], RODADAS)
    p99 = f"p99 das reservas, segundos, {nome}"
    return [
        Medida(
            f"reservas/s ÷ insert mínimo sem lock, {nome}",
            nosso.sobre(base),
            f"{nosso.detalhe(base)}; mediana de {RODADAS}",
            minima=minima,
        ),
        Medida(
            p99,
            nosso.p99_ms / 1000,
            f"{CONEXOES} conexões; do insert mínimo, {base.p99_ms:.0f} ms",
            maxima=0.5 if minima else None,
        ),
    ]
