"""Ciclos semestrais e limites por cientista."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agendamento.dominio.cota import Cota, ciclo_de
from agendamento.dominio.erros import LimiteExcedido
from agendamento.dominio.grade import Intervalo
from tests.apoio import AGORA, instantes


def _pedido(minutos: int) -> Intervalo:
    return Intervalo(AGORA + timedelta(hours=1), AGORA + timedelta(hours=1, minutes=minutos))


@given(instante=instantes(1950, 2900))
def test_todo_instante_esta_no_seu_ciclo_e_so_nele(instante: datetime) -> None:
    ciclo = ciclo_de(instante)
    assert ciclo.intervalo.inicio <= instante < ciclo.intervalo.fim
    assert ciclo_de(ciclo.intervalo.inicio) == ciclo
    # Os ciclos se encostam: o que vem depois começa onde este termina.
    seguinte = ciclo_de(ciclo.intervalo.fim)
    assert seguinte.intervalo.inicio == ciclo.intervalo.fim
    assert seguinte.nome != ciclo.nome


@pytest.mark.parametrize(
    ("instante", "nome"),
    [
        (datetime(2026, 1, 1, tzinfo=UTC), "2026A"),
        (datetime(2026, 6, 30, 23, 59, 59, tzinfo=UTC), "2026A"),
        (datetime(2026, 7, 1, tzinfo=UTC), "2026B"),
        (datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), "2026B"),
    ],
)
def test_o_ciclo_vira_em_janeiro_e_em_julho(instante: datetime, nome: str) -> None:
    assert ciclo_de(instante).nome == nome


def test_o_ultimo_ativo_permitido_entra_e_o_seguinte_nao() -> None:
    cota = Cota(ativos=3, horas_ciclo=0)
    cota.conferir(_pedido(5), ativos=2, horas_no_ciclo=0)
    with pytest.raises(LimiteExcedido, match="o limite é 3") as recusa:
        cota.conferir(_pedido(5), ativos=3, horas_no_ciclo=0)
    assert recusa.value.campo == "cientista_id"
    assert recusa.value.remedio


def test_as_horas_se_esgotam_sem_sobra() -> None:
    cota = Cota(ativos=0, horas_ciclo=1)
    cota.conferir(_pedido(20), ativos=99, horas_no_ciclo=40 / 60)
    with pytest.raises(LimiteExcedido) as recusa:
        cota.conferir(_pedido(25), ativos=0, horas_no_ciclo=40 / 60)
    assert recusa.value.campo == "horario_fim_utc"


def test_as_horas_vem_com_virgula_decimal() -> None:
    with pytest.raises(LimiteExcedido) as recusa:
        Cota(ativos=0, horas_ciclo=1.5).conferir(_pedido(15), ativos=0, horas_no_ciclo=1.5 - 0.125)
    assert str(recusa.value) == "O pedido de 0,25 h passa das 1,5 h do ciclo 2026B; restam 0,12 h."


def test_nunca_restam_horas_negativas() -> None:
    with pytest.raises(LimiteExcedido, match="restam 0,00 h"):
        Cota(ativos=0, horas_ciclo=1).conferir(_pedido(5), ativos=0, horas_no_ciclo=7)


@given(ativos=st.integers(0, 10**6), horas=st.floats(0, 10**6))
def test_zero_e_sem_limite(ativos: int, horas: float) -> None:
    Cota(ativos=0, horas_ciclo=0).conferir(_pedido(700), ativos, horas)
