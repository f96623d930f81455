"""Um sistema com todas as proteções, comum aos módulos que não precisam de um só seu."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.apoio.sistema import Sistema
from tests.conftest import Fabrica


@pytest.fixture(scope="package")
def sistema(fabrica: Fabrica) -> Iterator[Sistema]:
    with fabrica({"SCTEC_JANELA_JUSTICA_MS": "50", "SCTEC_LEASE_MS": "10000"}) as sistema:
        yield sistema
