"""Quem perde o lock sem saber não grava: coordenador reiniciado, Flask pausado, dono mais lento que o lease.

O lock sozinho não basta em nenhum dos três, e o controle mostra a reserva dupla; com fencing, com unicidade,
ou com as duas, ela não acontece.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest

from tests.apoio.conexao import Resposta
from tests.apoio.espera import esperar
from tests.apoio.sistema import SEM_FENCING, SEM_UNICIDADE, Sistema, recurso
from tests.conftest import Fabrica
from tests.falhas.conftest import LEASE_CURTO

Cenario = Callable[[Sistema, datetime], tuple[Resposta, Resposta]]

_W0 = {"SCTEC_JANELA_JUSTICA_MS": "0"}
_W50 = {"SCTEC_JANELA_JUSTICA_MS": "50"}
PARCIAIS = {"lock-e-fencing": SEM_UNICIDADE | _W50, "lock-e-unicidade": SEM_FENCING | _W0}


@pytest.fixture(scope="module", params=PARCIAIS.values(), ids=list(PARCIAIS))
def parcial(request: pytest.FixtureRequest, fabrica: Fabrica) -> Iterator[Sistema]:
    """O lock e só uma das outras duas."""
    with fabrica(LEASE_CURTO, request.param) as sistema:
        yield sistema


@pytest.fixture(scope="module")
def so_lock(fabrica: Fabrica) -> Iterator[Sistema]:
    with fabrica(LEASE_CURTO, SEM_FENCING, SEM_UNICIDADE, _W50) as sistema:
        yield sistema


def _com_dono_congelado(
    sistema: Sistema, inicio: datetime, enquanto_isso: Callable[[int], object]
) -> tuple[Resposta, Resposta]:
    """O dono para entre conferir e gravar; perde o lock; a outra réplica agenda; e ele volta."""
    outra_porta = sistema.replica().porta
    dono_da_vez, marca = sistema.servicos.agendamento, sistema.servicos.marca()
    dono = sistema.agendar_depois(inicio, falha="antes_do_commit=1000")
    sistema.esperar_falha(marca)
    # Parado no meio de uma escrita de antes (uma recusa na trilha), trancaria o SQLite para os outros.
    with sistema.banco.ocupado():
        dono_da_vez.congelar()
    try:
        enquanto_isso(marca)
        outro = sistema.insistir(inicio, porta=outra_porta, pessoa=sistema.pessoas[1])
    finally:
        dono_da_vez.descongelar()
    return dono.result(30), outro


def coordenador_reiniciado(sistema: Sistema, inicio: datetime) -> tuple[Resposta, Resposta]:
    return _com_dono_congelado(
        sistema, inicio, lambda _: sistema.servicos.coordenador.reiniciar(matando=True)
    )


def flask_pausado_alem_do_lease(sistema: Sistema, inicio: datetime) -> tuple[Resposta, Resposta]:
    vencido = f"Lock para o recurso {recurso(inicio)} expirado"
    return _com_dono_congelado(sistema, inicio, lambda marca: sistema.esperar_frase(vencido, marca))


def dono_mais_lento_que_o_lease(sistema: Sistema, inicio: datetime) -> tuple[Resposta, Resposta]:
    marca = sistema.servicos.marca()
    dono = sistema.agendar_depois(inicio, falha=f"antes_do_commit={2 * sistema.lease_ms}")
    sistema.esperar_falha(marca)
    outro = sistema.insistir(inicio, pessoa=sistema.pessoas[1])
    return dono.result(30), outro


cenarios = pytest.mark.parametrize(
    "cenario", [coordenador_reiniciado, flask_pausado_alem_do_lease, dono_mais_lento_que_o_lease]
)


def conferir_so_um(sistema: Sistema, cenario: Cenario) -> None:
    inicio, marca = sistema.horario(), sistema.servicos.marca()
    dono, outro = cenario(sistema, inicio)
    assert (dono.status, outro.status) == (409, 201)
    assert dono.json["motivo"] == "CONFLITO_HORARIO"
    assert sistema.banco.cobrem(inicio) == [outro.json["id"]]
    assert sistema.banco.sobrepostos() == []
    sistema.banco.conferir_inteiro()

    def tokens() -> list[int]:
        return [
            linha.campos["fencing_token"]
            for linha in sistema.servicos.linhas(marca)
            if linha.mensagem == "Lock adquirido com sucesso" and linha.campos["recurso"] == recurso(inicio)
        ]

    esperar(lambda: len(tokens()) > 1, "as linhas dos dois locks")
    assert tokens() == sorted(set(tokens())), "o fencing token voltou atrás ou se repetiu"
    sistema.esperar_sem_locks()


@cenarios
def test_quem_perdeu_o_lock_nao_grava(sistema: Sistema, cenario: Cenario) -> None:
    conferir_so_um(sistema, cenario)


@cenarios
def test_uma_das_outras_duas_protecoes_basta(parcial: Sistema, cenario: Cenario) -> None:
    conferir_so_um(parcial, cenario)


@cenarios
def test_controle_so_com_o_lock_ha_reserva_dupla(so_lock: Sistema, cenario: Cenario) -> None:
    inicio = so_lock.horario()
    dono, outro = cenario(so_lock, inicio)
    assert (dono.status, outro.status) == (201, 201)
    assert sorted(so_lock.banco.cobrem(inicio)) == sorted([dono.json["id"], outro.json["id"]])
