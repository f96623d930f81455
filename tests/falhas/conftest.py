"""Um sistema de lease curto, comum aos módulos: cada teste o devolve são."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.apoio.sistema import Sistema
from tests.conftest import Fabrica

LEASE_CURTO = {"SCTEC_LEASE_MS": "1000"}

com_uma_janela_basta = pytest.mark.parametrize("_compartilhado", ["50"], ids=["W50"], indirect=True)
"""Para os módulos em que a exclusão não está em causa."""


@pytest.fixture(scope="package", params=["0", "50", "150", "500"], ids="W{}".format)
def _compartilhado(request: pytest.FixtureRequest, fabrica: Fabrica) -> Iterator[Sistema]:
    with fabrica(LEASE_CURTO, {"SCTEC_JANELA_JUSTICA_MS": request.param}) as sistema:
        yield sistema


@pytest.fixture
def sistema(_compartilhado: Sistema) -> Iterator[Sistema]:
    """Ao fim de cada teste: os dois serviços de pé, e nenhum horário trancado além do lease."""
    sistema = _compartilhado
    yield sistema
    for processo in sistema.servicos.processos[:2]:
        processo.descongelar()
        if not processo.vivo:
            processo.iniciar()
    sistema.esperar_sem_locks()
