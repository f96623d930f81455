"""O que os testes com serviços reais têm em comum."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from ferramentas.servicos import Servicos
from tests.apoio.sistema import BANCO, Sistema, de_pe

Fabrica = Callable[..., AbstractContextManager[Sistema]]


@pytest.fixture(scope="session")
def modelo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Um banco migrado e semeado uma vez; cada sistema começa de uma cópia."""
    dados = tmp_path_factory.mktemp("modelo")
    servicos = Servicos({"SCTEC_BANCO_URL": f"sqlite:///{dados / BANCO}"}, dados=dados)
    for comando in ("migrar", "semear"):
        feito = servicos.cli(comando)
        assert feito.returncode == 0, feito.stdout + feito.stderr
    return dados / BANCO


@pytest.fixture(scope="session")
def fabrica(modelo: Path, tmp_path_factory: pytest.TempPathFactory) -> Fabrica:
    """``with fabrica({"SCTEC_LEASE_MS": "800"}) as sistema``: os dois serviços prontos, com dados só seus."""
    return lambda *ambientes: de_pe(modelo, tmp_path_factory.mktemp("sistema"), *ambientes)
