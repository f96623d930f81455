"""A corrida de demonstração: quem clica primeiro não perde num empate, e nada fica quando ela se interrompe."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from agendamento.api import corrida
from tests.apoio import HUBBLE
from tests.conftest import Montar


@pytest.fixture
def porta_muda() -> Iterator[int]:
    """Uma porta em que ninguém atende, e que ninguém mais toma durante o teste."""
    with socket.socket() as reservada:
        reservada.bind(("127.0.0.1", 0))
        yield reservada.getsockname()[1]


def test_os_dois_primeiros_cliques_distam_mais_que_um_empate(montar: Montar) -> None:
    bancada = montar(SCTEC_DEMO="1")
    tau_ms = bancada.coordenador.justica()["parametros"]["tau_ms"]
    with bancada.app.test_request_context():
        for _ in range(50):
            primeiro, segundo, *outros = sorted(c.clique_ms for c in corrida._concorrentes())
            assert segundo - primeiro > 2 * tau_ms
            assert len(outros) == 8


def test_sem_resposta_e_503_e_nada_fica(montar: Montar, porta_muda: int) -> None:
    bancada = montar(SCTEC_DEMO="1", PORTA_AGENDAMENTO=str(porta_muda))
    resposta = bancada.pedir("POST", "/demo/corrida", {"telescopio": HUBBLE}, quem=None)
    assert (resposta.status_code, resposta.json["motivo"]) == (503, "CORRIDA_INTERROMPIDA")
    assert resposta.headers["Retry-After"]
    assert bancada.sql("SELECT id FROM agendamentos WHERE estado = 'ATIVO'") == []


def test_o_que_um_concorrente_salvou_e_desfeito_ainda_que_a_resposta_se_perca(
    montar: Montar, monkeypatch: pytest.MonkeyPatch
) -> None:
    bancada = montar(SCTEC_DEMO="1")

    def salvar_e_cair(pista: corrida.Pista, quem: corrida.Concorrente) -> corrida.Chegou:
        if quem.clique_ms == 0:
            corpo = {**pista._corpo, "objeto_celeste": corrida.ALVO}
            feito = bancada.pedir("POST", "/agendamentos", corpo, Authorization=f"Bearer {quem.chave}")
            assert feito.status_code == 201
        raise corrida.requests.ConnectionError

    monkeypatch.setattr(corrida.Pista, "correr", salvar_e_cair)
    resposta = bancada.pedir("POST", "/demo/corrida", {"telescopio": HUBBLE}, quem=None)
    assert resposta.status_code == 503
    assert [e for (e,) in bancada.sql("SELECT estado FROM agendamentos")] == ["CANCELADO"]
