"""Programa dos testes de log: uma app com o registro do processo ligado, um 201, um 409 e um lock negado.

Roda em processo à parte porque ``logs.configurar`` liga o stdout de verdade e vale para o processo todo.
"""

from __future__ import annotations

import sys
from pathlib import Path

from agendamento.aplicacao.portas import LockNegado, PedidoDeLock
from agendamento.app import create_app
from tests.apoio import Bancada, CoordenadorGravador, RelogioVirtual, config_de_teste


def _negar(_: PedidoDeLock) -> None:
    raise LockNegado("RECURSO_OCUPADO")


def principal(pasta: Path, formato: str) -> None:
    config = config_de_teste(
        pasta, SCTEC_LOG_FORMATO=formato, SCTEC_LOG_ARQUIVO=str(pasta / "log" / "app.log")
    )
    relogio, coordenador = RelogioVirtual(), CoordenadorGravador()
    bancada = Bancada(
        create_app(config, relogio=relogio, coordenador=coordenador), config, relogio, coordenador
    )
    bancada.agendar("2026-12-01T03:00:00Z", X_Request_Id="criado")
    bancada.agendar("2026-12-01T03:00:00Z", quem="beatriz", X_Request_Id="conflito")
    coordenador.ao_adquirir = _negar
    bancada.agendar("2026-12-01T04:00:00Z", "2026-12-01T04:10:00Z", X_Request_Id="negado")
    bancada.pedir(
        "GET", "/cientistas/fulana@exemplo.org/sctec_" + "k" * 43, X_Request_Id="segredo-no-caminho"
    )
    bancada.app.extensions["sctec-fechar"]()


if __name__ == "__main__":
    principal(Path(sys.argv[1]), sys.argv[2])
