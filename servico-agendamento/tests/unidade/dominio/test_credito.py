"""O crédito: quem está longe o recebe inteiro; quem finge estar gasta a reserva e acaba na norma."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agendamento.aplicacao.creditos import MAIS_PESSOAS, MAIS_POR_REDE, MAIS_REDES, Creditos, rede_de
from agendamento.dominio.credito import (
    NORMA_INICIAL_MS,
    TOLERANCIA_MS,
    Norma,
    Politica,
    Saldo,
    conceder,
    norma_de,
)

POLITICA = Politica()
RTT = st.floats(0, 5000)


class Relogio:
    def __init__(self) -> None:
        self.s = 0.0

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def relogio() -> Relogio:
    return Relogio()


@given(RTT, st.floats(0, 300), st.floats(0, 300), st.floats(0, 1000))
def test_nunca_passa_da_metade_nem_do_maximo_nem_do_teto(
    rtt: float, norma: float, folga: float, saldo: float
) -> None:
    c = conceder(rtt, Norma(norma, norma + folga), Saldo(saldo, 0), POLITICA)
    assert 0 <= c.credito_ms <= min(rtt / 2, POLITICA.maximo_ms, norma + folga) + 1e-9
    assert 0 <= c.gasto_ms <= saldo


@given(RTT, st.floats(0, 300), st.floats(0, 1000))
def test_ate_a_norma_e_de_graca_e_a_reserva_vazia_nao_recusa(rtt: float, norma: float, saldo: float) -> None:
    vazia = conceder(rtt, Norma(norma, POLITICA.maximo_ms), Saldo(0, 0), POLITICA)
    assert vazia.credito_ms == min(rtt / 2, POLITICA.maximo_ms, norma)
    if rtt / 2 <= norma:
        assert conceder(rtt, Norma(norma, 1e9), Saldo(saldo, 0), POLITICA).gasto_ms == 0


def test_a_reserva_se_repoe_devagar_e_ate_o_maximo() -> None:
    assert Saldo(0, 0).em(3600, POLITICA).ms == POLITICA.reposicao_ms_h
    assert Saldo(900, 0).em(36_000, POLITICA).ms == POLITICA.reserva_ms
    assert Saldo(500, 100).em(50, POLITICA).ms == 500


def test_norma_da_rede_e_a_inicial() -> None:
    assert norma_de([100, 120], POLITICA).credito_ms == 55 + TOLERANCIA_MS
    assert norma_de([100], POLITICA) == norma_de([], POLITICA) == Norma(NORMA_INICIAL_MS, POLITICA.maximo_ms)


def test_rede_honesta_e_distante_nao_gasta_nada(relogio: Relogio) -> None:
    creditos = Creditos(POLITICA, relogio)
    for volta in range(200):
        for pessoa in range(5):
            c = creditos.conceder(pessoa, "200.17.3", 250 + pessoa)
            if volta:
                assert c.credito_ms == pytest.approx(125 + pessoa / 2)
                assert c.gasto_ms == 0


def test_quem_finge_numa_rede_conhecida_ganha_pouco_e_por_pouco_tempo(relogio: Relogio) -> None:
    creditos = Creditos(POLITICA, relogio)
    ganhos = []
    for _ in range(300):
        for pessoa in range(4):
            creditos.conceder(pessoa, "10.0.0", 20)
        ganhos.append(creditos.conceder(9, "10.0.0", 120).credito_ms - 10)
    assert max(ganhos[1:]) <= TOLERANCIA_MS + POLITICA.folga_ms
    assert ganhos[-1] == TOLERANCIA_MS
    # Sem as duas contenções, o mesmo fingimento rende sempre 50 ms: é delas que vem a proteção.
    solto = Creditos(Politica(reserva_ms=0), relogio)
    assert [solto.conceder(9, "10.0.0", 120).credito_ms - 10 for _ in range(300)] == [50] * 300


def test_isolado_e_distante_gasta_reserva_e_depois_recebe_a_norma(relogio: Relogio) -> None:
    creditos = Creditos(POLITICA, relogio)
    recebidos = [creditos.conceder(1, "200.17.3", 300).credito_ms for _ in range(30)]
    assert recebidos[0] == 150
    assert recebidos[-1] == NORMA_INICIAL_MS
    relogio.s += 3600
    assert creditos.conceder(1, "200.17.3", 300).credito_ms == 150


def test_quem_finge_sozinho_nao_vive_da_distancia_dos_outros(relogio: Relogio) -> None:
    """Muita gente honesta e distante noutras redes não aumenta o que se dá de graça numa rede desconhecida."""
    creditos = Creditos(POLITICA, relogio)
    ganhos = []
    for _ in range(100):
        for pessoa in range(20):
            creditos.conceder(pessoa, f"200.{pessoa // 5}.1", 250)
        ganhos.append(creditos.conceder(99, "10.0.0", 110).credito_ms)
    assert ganhos[0] == 55
    assert ganhos[-1] == NORMA_INICIAL_MS


def test_sem_disputa_a_reserva_volta(relogio: Relogio) -> None:
    creditos = Creditos(POLITICA, relogio)
    for _ in range(100):
        c = creditos.conceder(1, "200.17.3", 300)
        assert c.credito_ms == 150
        creditos.acertar(1, c, disputado=False)
    assert creditos.totais() == (0, 0, 0)
    creditos.acertar(1, c, disputado=True)
    assert creditos.totais() == (1, 150, c.gasto_ms)


def test_a_memoria_tem_tamanho_fixo(relogio: Relogio) -> None:
    creditos = Creditos(POLITICA, relogio)
    for pessoa in range(MAIS_PESSOAS + 50):
        creditos.conceder(pessoa, f"10.{pessoa % 250}.{pessoa // 250}", 20)
    assert len(creditos._saldos) == MAIS_PESSOAS
    assert len(creditos._redes) <= MAIS_REDES
    assert all(len(daqui) <= MAIS_POR_REDE for daqui in creditos._redes.values())


@pytest.mark.parametrize(
    ("endereco", "rede"),
    [
        ("192.0.2.77", "192.0.2"),
        ("::ffff:192.0.2.77", "192.0.2"),
        ("2001:db8:1:2::5", "20010db80001"),
        ("fe80::1%eth0", "fe8000000000"),
        (None, ""),
        ("unix:", ""),
    ],
)
def test_rede_de(endereco: str | None, rede: str) -> None:
    assert rede_de(endereco) == rede
