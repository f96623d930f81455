"""O horário que uma remarcação deixou é de quem o pede, ainda que o lock dela não tenha sido devolvido."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.apoio.conexao import montar
from tests.apoio.espera import esperar
from tests.apoio.sistema import SLOT, Sistema, em_paralelo
from tests.conftest import Fabrica


@pytest.fixture(scope="module")
def sem_janela(fabrica: Fabrica) -> Iterator[Sistema]:
    with fabrica({"SCTEC_JANELA_JUSTICA_MS": "0", "SCTEC_LEASE_MS": "10000"}) as sistema:
        yield sistema


def pedir_o_deixado(sistema: Sistema, porta: int) -> int:
    """Pede o slot velho entre o COMMIT da remarcação e a devolução do lock; o status de quem o pediu."""
    dona, outra = sistema.pessoas[:2]
    velho, novo = sistema.horario(), sistema.horario()
    criado = sistema.agendar(velho, pessoa=dona)
    assert criado.status == 201
    cabecalhos = {
        "Authorization": f"Bearer {dona.chave}",
        "If-Match": f'"{criado.json["id"]}-1"',
        "SCTEC-Falha": "depois_do_commit=1500",
    }
    corpo = {"horario_inicio_utc": novo.isoformat(), "horario_fim_utc": (novo + SLOT).isoformat()}
    mudanca = montar("PUT", f"/agendamentos/{criado.json['id']}", corpo, cabecalhos)
    (remarcado,) = em_paralelo(porta, [mudanca])
    esperar(lambda: not sistema.banco.cobrem(velho + SLOT / 2), "a remarcação confirmada")
    pedido = sistema.agendar_depois(velho, pessoa=outra)
    esperar(sistema.esperando_lock, "o pedido à espera do lock")
    assert remarcado.result(30).status == 200
    return pedido.result(30).status


def test_o_deixado_e_de_quem_o_pede(sem_janela: Sistema) -> None:
    assert pedir_o_deixado(sem_janela, sem_janela.porta) == 201
    sem_janela.conferir()


def test_controle_sem_dizer_o_que_ficou_a_recusa_e_falsa(sem_janela: Sistema) -> None:
    with sem_janela.mutante("sem_dizer_o_que_ficou_ocupado") as porta:
        assert pedir_o_deixado(sem_janela, porta) == 409
