"""Um sistema com todas as proteções, comum aos módulos que não precisam de um só seu."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.apoio.conexao import montar, pedir
from tests.apoio.sistema import Sistema
from tests.conftest import Fabrica

JANELAS_MS = (0, 50, 150, 500)


@pytest.fixture(scope="package")
def sistema(fabrica: Fabrica) -> Iterator[Sistema]:
    with fabrica({"SCTEC_JANELA_JUSTICA_MS": "50", "SCTEC_LEASE_MS": "10000"}) as sistema:
        yield sistema


@pytest.fixture(scope="package")
def arbitrado(fabrica: Fabrica) -> Iterator[Sistema]:
    """Um sistema de lease curto, para os módulos que disputam em várias janelas."""
    # Reserva de sobra: repetir um clique que a máquina atrasou não muda o crédito de ninguém.
    with fabrica({"SCTEC_LEASE_MS": "600", "SCTEC_CREDITO_RESERVA_MS": "10000"}) as sistema:
        yield sistema


@pytest.fixture(scope="package")
def telescopios(arbitrado: Sistema) -> dict[int, str]:
    """Um telescópio por janela: ela é dele, e não de quem pede."""
    autorizacao = {"Authorization": f"Bearer {arbitrado.operador.chave}"}
    for ms in JANELAS_MS:
        corpo = {
            "slug": f"janela-{ms}",
            "nome": f"Janela {ms}",
            "prefixo_recurso": f"Janela-{ms}",
            "janela_ms": ms,
        }
        assert pedir(arbitrado.porta, montar("POST", "/telescopios", corpo, autorizacao)).status == 201
    return {ms: f"janela-{ms}" for ms in JANELAS_MS}
