"""O balde de fichas por chave, em relógio virtual."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agendamento.api.limitador import Limitador, RequisicoesDemais


class _Relogio:
    def __init__(self) -> None:
        self.agora = 1000.0

    def __call__(self) -> float:
        return self.agora


@pytest.fixture
def relogio() -> _Relogio:
    return _Relogio()


def test_a_rajada_vai_ate_o_limite_e_para(relogio: _Relogio) -> None:
    limitador = Limitador(5, relogio)
    restam = [int(limitador.gastar(1)["RateLimit-Remaining"]) for _ in range(5)]
    assert restam == [4, 3, 2, 1, 0]
    with pytest.raises(RequisicoesDemais) as recusa:
        limitador.gastar(1)
    assert recusa.value.esperar_s >= 1


def test_esperar_o_que_se_disse_basta(relogio: _Relogio) -> None:
    limitador = Limitador(2, relogio)
    limitador.gastar(1)
    limitador.gastar(1)
    with pytest.raises(RequisicoesDemais) as recusa:
        limitador.gastar(1)
    relogio.agora += recusa.value.esperar_s
    limitador.gastar(1)


def test_cada_chave_tem_o_seu_balde(relogio: _Relogio) -> None:
    limitador = Limitador(1, relogio)
    limitador.gastar(1)
    limitador.gastar(2)
    with pytest.raises(RequisicoesDemais):
        limitador.gastar(1)


def test_zero_e_sem_limite_e_sem_cabecalhos(relogio: _Relogio) -> None:
    limitador = Limitador(0, relogio)
    assert [limitador.gastar(1) for _ in range(1000)] == [{}] * 1000


@given(
    por_segundo=st.integers(1, 50),
    passos=st.lists(st.tuples(st.floats(0, 2), st.integers(1, 60)), max_size=20),
)
def test_nunca_passa_da_vazao_mais_a_rajada(por_segundo: int, passos: list[tuple[float, int]]) -> None:
    relogio = _Relogio()
    limitador = Limitador(por_segundo, relogio)
    aceitos, decorrido = 0, 0.0
    for espera, pedidos in passos:
        relogio.agora += espera
        decorrido += espera
        for _ in range(pedidos):
            try:
                cabecalhos = limitador.gastar(1)
            except RequisicoesDemais:
                break
            aceitos += 1
            assert 0 <= int(cabecalhos["RateLimit-Remaining"]) < por_segundo
            assert int(cabecalhos["RateLimit-Reset"]) >= 1
        assert aceitos <= por_segundo * (1 + decorrido) + 1e-6
