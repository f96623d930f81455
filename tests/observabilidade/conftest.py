"""Os geradores da telemetria são scripts, não um pacote: os testes os importam pela pasta."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ferramentas.servicos import Servicos
from ferramentas.sumidouro_otlp import Sumidouro
from tests.apoio.mundo import Mundo

RAIZ = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(RAIZ / "observability"), str(RAIZ / "observability" / "paineis")]


@pytest.fixture(scope="session")
def mundo() -> Iterator[Mundo]:
    with Sumidouro() as sumidouro:
        ambiente = {"OTEL_EXPORTER_OTLP_ENDPOINT": sumidouro.url, "OTEL_BSP_SCHEDULE_DELAY": "200"}
        with Servicos(ambiente) as servicos:
            yield Mundo(servicos, sumidouro)
