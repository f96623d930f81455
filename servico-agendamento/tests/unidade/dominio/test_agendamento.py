"""O que as entidades sabem de si: quando podem mudar, de quem são, como se chamam para o coordenador."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from agendamento.dominio.agendamento import (
    Agendamento,
    Cientista,
    Estado,
    EstadoTelescopio,
    Papel,
    Telescopio,
)
from agendamento.dominio.erros import EstadoImpede
from agendamento.dominio.grade import Intervalo
from tests.apoio import AGORA

HORA = timedelta(hours=1)
TELESCOPIO = Telescopio(
    1, "hubble-acad", "Hubble", "Hubble-Acad", "", timedelta(minutes=5), timedelta(days=180), None,
    EstadoTelescopio.ATIVO, 1,
)  # fmt: skip
AGENDAMENTO = Agendamento(
    1, 1, "hubble-acad", 7, Intervalo(AGORA + HORA, AGORA + 2 * HORA), None, None, Estado.ATIVO, 1, 1, AGORA,
    AGORA,
)  # fmt: skip
CIENTISTA = Cientista(7, "Ada", "a", None, None, Papel.CIENTISTA, AGORA, 1)


def test_o_recurso_tem_o_nome_do_contrato() -> None:
    slot = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)
    assert TELESCOPIO.recurso(slot) == "Hubble-Acad_2026-12-01T03:00:00Z"


def test_um_intervalo_pede_um_recurso_por_slot() -> None:
    inicio = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)
    assert TELESCOPIO.recursos(Intervalo(inicio, inicio + timedelta(minutes=15))) == [
        "Hubble-Acad_2026-12-01T03:00:00Z",
        "Hubble-Acad_2026-12-01T03:05:00Z",
        "Hubble-Acad_2026-12-01T03:10:00Z",
    ]


def test_muda_ate_comecar() -> None:
    ultimo = AGENDAMENTO.intervalo.inicio - timedelta(microseconds=1)
    AGENDAMENTO.exigir_mudavel(ultimo)
    assert AGENDAMENTO.pode_mudar(ultimo)
    with pytest.raises(EstadoImpede) as recusa:
        AGENDAMENTO.exigir_mudavel(AGENDAMENTO.intervalo.inicio)
    assert recusa.value.motivo == "JA_INICIADO"
    assert not AGENDAMENTO.pode_mudar(AGENDAMENTO.intervalo.inicio)


def test_cancelado_nao_muda() -> None:
    cancelado = replace(AGENDAMENTO, estado=Estado.CANCELADO)
    assert not cancelado.pode_mudar(AGORA)
    with pytest.raises(EstadoImpede) as recusa:
        cancelado.exigir_mudavel(AGORA)
    assert recusa.value.motivo == "JA_CANCELADO"


def test_e_da_dona_e_da_operacao() -> None:
    outra = replace(CIENTISTA, id=8)
    assert AGENDAMENTO.pertence_a(CIENTISTA)
    assert not AGENDAMENTO.pertence_a(outra)
    assert AGENDAMENTO.pertence_a(replace(outra, papel=Papel.OPERADOR))
