"""O que os testes do clique e os da arbitragem têm em comum: um serviço com janela e bilhetes feitos à mão."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import pytest

from agendamento.aplicacao.cronometragem import Cronometragem
from agendamento.aplicacao.portas import PedidoDeLock
from agendamento.dominio.bilhete import Bilheteria, HoraLida
from tests.apoio import AGORA, Bancada, RelogioVirtual
from tests.conftest import Montar


class RelogioQueAnda(RelogioVirtual):
    """Anda com o relógio monotônico de verdade; ``avancar`` é um salto do relógio de parede."""

    def __init__(self) -> None:
        super().__init__()
        self._de = time.monotonic()

    def agora(self) -> datetime:
        return self.instante + timedelta(seconds=time.monotonic() - self._de)


@pytest.fixture
def relogio() -> RelogioQueAnda:
    return RelogioQueAnda()


@pytest.fixture
def com_janela(montar: Montar, relogio: RelogioQueAnda) -> Bancada:
    return montar(relogio, SCTEC_JANELA_JUSTICA_MS="150")


def cronometragem(bancada: Bancada) -> Cronometragem:
    da_casa: Cronometragem = bancada.app.extensions["sctec"].cronometragem
    return da_casa


def pedido(bancada: Bancada) -> PedidoDeLock:
    """O último que foi ao coordenador."""
    return bancada.coordenador.pedidos[-1]


def assinar(segredo: bytes, origem: bytes, atras_s: float = 0) -> str:
    """Um bilhete de 300 ms de ida e volta, emitido há ``atras_s`` segundos."""
    bilheteria = Bilheteria(segredo, origem)
    mono = time.monotonic_ns() // 1000 - int(atras_s * 1e6)
    parede = int(AGORA.timestamp() * 1e6)
    texto, _ = bilheteria.emitir(None, HoraLida(mono, parede))
    return bilheteria.emitir(texto, HoraLida(mono + 300_000, parede + 300_000))[0]
