"""Quantos comandos o banco recebe por pedido, da chave ao COMMIT: cada um custa uma ida e volta, e o GIL.

BEGIN, COMMIT e SAVEPOINT não contam. A chave é sempre desconhecida: a autenticação também é contada.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from agendamento.aplicacao.portas import LockNegado, PedidoDeLock
from tests.apoio import Bancada
from tests.conftest import Montar
from tests.postgresql import nos_dois_bancos

pytestmark = nos_dois_bancos

MAIS_COMANDOS = 10
ADA = 1
TRES, QUATRO = "2026-12-01T03:00:00Z", "2026-12-01T04:00:00Z"
_DE_TRANSACAO = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


@pytest.fixture
def com_limites(montar: Montar) -> Bancada:
    return montar(SCTEC_JANELA_JUSTICA_MS="150", SCTEC_LIMITE_ATIVOS="5", SCTEC_LIMITE_HORAS_CICLO="10")


@contextmanager
def _contados(bancada: Bancada) -> Iterator[list[str]]:
    """Os comandos que o banco recebeu dentro do bloco, inclusive os que ninguém espera."""
    bancada.app.extensions["sctec"].cientistas._esquecer()
    comandos: list[str] = []

    def anotar(_con: Any, _cursor: Any, comando: str, *_: Any) -> None:
        if not comando.startswith(_DE_TRANSACAO):
            comandos.append(" ".join(comando.split()))

    bancada.esperar_escritas()
    event.listen(bancada.engine, "before_cursor_execute", anotar)
    try:
        yield comandos
        bancada.esperar_escritas()
    finally:
        event.remove(bancada.engine, "before_cursor_execute", anotar)
    if comandos and "auditoria_cabeca" in comandos[-1] and comandos[-1].startswith("SELECT"):
        # A da operação vazia com que se esperou.
        comandos.pop()


def _negar(_: PedidoDeLock) -> None:
    raise LockNegado("RECURSO_OCUPADO")


def _recusado(bancada: Bancada) -> Any:
    bancada.coordenador.ao_adquirir = _negar
    return bancada.agendar(TRES)


def _tomado(bancada: Bancada) -> Any:
    return bancada.agendar("2026-12-02T03:00:00Z", quem="beatriz")


def _remarcar(bancada: Bancada) -> Any:
    return bancada.pedir("PUT", "/agendamentos/1", {"horario_inicio_utc": QUATRO}, If_Match='"1-1"')


CAMINHOS: dict[str, tuple[Callable[[Bancada], Any], int]] = {
    "agendar um slot": (lambda b: b.agendar(TRES), 201),
    "agendar seis slots": (lambda b: b.agendar(TRES, "2026-12-01T03:30:00Z"), 201),
    "com Idempotency-Key": (lambda b: b.agendar(TRES, Idempotency_Key="k1"), 201),
    "pela operação": (lambda b: b.agendar(TRES, corpo={"cientista_id": ADA}, quem="operacao"), 201),
    "lock negado": (_recusado, 409),
    "já tomado": (_tomado, 409),
    "remarcar": (_remarcar, 200),
    "cancelar": (lambda b: b.pedir("DELETE", "/agendamentos/1"), 200),
}


@pytest.mark.parametrize("caminho", CAMINHOS)
def test_no_maximo_dez_comandos(com_limites: Bancada, caminho: str) -> None:
    # Com chave: a faxina das respostas vencidas, de hora em hora, não é da reserva que se vai contar.
    criado = com_limites.agendar("2026-12-02T03:00:00Z", Idempotency_Key="k0")
    assert (criado.status_code, criado.headers["ETag"]) == (201, '"1-1"')
    assert criado.json["cientista_id"] == ADA
    fazer, esperado = CAMINHOS[caminho]
    with _contados(com_limites) as comandos:
        assert fazer(com_limites).status_code == esperado
    assert comandos
    assert len(comandos) <= MAIS_COMANDOS, "\n".join(comandos)


def test_a_conta_percebe_um_comando_a_mais(com_limites: Bancada) -> None:
    """Controle negativo: o mesmo pedido feito duas vezes passa do limite."""
    with _contados(com_limites) as comandos:
        assert com_limites.agendar(TRES).status_code == 201
        assert com_limites.agendar(QUATRO).status_code == 201
    assert len(comandos) > MAIS_COMANDOS
