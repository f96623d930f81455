"""O banco ocupado por outro processo, e o disco cheio: 503, nada pela metade, e de volta quando passa."""

from __future__ import annotations

import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from tests.apoio.conexao import Largada, Resposta, montar, pedir
from tests.apoio.espera import esperar
from tests.apoio.sistema import Sistema
from tests.falhas.conftest import com_uma_janela_basta

pytestmark = com_uma_janela_basta


def esvaziar_wal(arquivo: Path) -> bool:
    with closing(sqlite3.connect(arquivo)) as con:
        ocupado, *_ = con.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not ocupado


@contextmanager
def disco_cheio(sistema: Sistema, folga: int) -> Iterator[None]:
    """O WAL, esvaziado, não passa de ``folga`` bytes; 0 = nem um byte mais em arquivo algum."""
    mestre = sistema.servicos.agendamento.pid
    filhos = Path(f"/proc/{mestre}/task/{mestre}/children").read_text().split()
    esperar(lambda: esvaziar_wal(sistema.banco.arquivo), "o WAL vazio")
    _, teto = resource.prlimit(mestre, resource.RLIMIT_FSIZE)
    for pid in filhos:
        resource.prlimit(int(pid), resource.RLIMIT_FSIZE, (folga, teto))
    try:
        yield
    finally:
        for pid in filhos:
            resource.prlimit(int(pid), resource.RLIMIT_FSIZE, (teto, teto))


def conferir_503(resposta: Resposta) -> None:
    assert resposta.status == 503
    assert int(resposta.cabecalhos["Retry-After"]) >= 1
    assert resposta.json["motivo"] == "BANCO_INDISPONIVEL"
    assert "sqlite" not in resposta.corpo.decode().lower()


def de_uma_vez(sistema: Sistema, horarios: list[datetime]) -> list[Resposta]:
    with Largada([sistema.porta] * len(horarios)) as largada:
        return largada.disparar([sistema.pedido(inicio) for inicio in horarios])


@pytest.mark.parametrize(
    "impedimento",
    [lambda sistema: sistema.banco.ocupado(), lambda sistema: disco_cheio(sistema, 0)],
    ids=["banco ocupado", "disco cheio"],
)
def test_nao_se_pode_gravar(
    sistema: Sistema, impedimento: Callable[[Sistema], AbstractContextManager[None]]
) -> None:
    horarios = [sistema.horario() for _ in range(5)]
    antes = sistema.banco.agendamentos()
    with impedimento(sistema):
        for resposta in de_uma_vez(sistema, horarios):
            conferir_503(resposta)
        assert pedir(sistema.porta, montar("GET", "/telescopios/hubble-acad/agenda")).status == 200
    assert sistema.banco.agendamentos() == antes
    assert [sistema.insistir(inicio).status for inicio in horarios] == [201] * 5
    sistema.banco.conferir_inteiro()


@pytest.mark.parametrize(("folga", "cabem"), [(3_000, False), (400_000, True)])
def test_disco_que_enche_no_meio(sistema: Sistema, folga: int, cabem: bool) -> None:
    """O limite cai no meio de uma transação: ou ela valeu inteira e foi respondida, ou não existiu."""
    antes = set(sistema.banco.agendamentos())
    horarios = [sistema.horario() for _ in range(60)]
    with disco_cheio(sistema, folga):
        respostas = [r for i in range(0, 60, 6) for r in de_uma_vez(sistema, horarios[i : i + 6])]
    assert {r.status for r in respostas} == ({201, 503} if cabem else {503})
    criados = {r.json["id"] for r in respostas if r.status == 201}
    assert set(sistema.banco.agendamentos()) - antes == criados
    recusados = [inicio for inicio, r in zip(horarios, respostas, strict=True) if r.status == 503]
    assert {sistema.insistir(inicio).status for inicio in recusados} == {201}
    sistema.conferir()
