"""Uma pilha só para todos os testes da telemetria: subir e descer custa mais que perguntar."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.compose.telemetria import regras_rapidas
from tests.compose.telemetria.pilha import TELESCOPIO, Observatorio, pedir


@pytest.fixture(scope="session")
def pilha() -> Iterator[Observatorio]:
    with tempfile.TemporaryDirectory(prefix="sctec-regras-") as pasta:
        Path(pasta).chmod(0o755)
        regras = regras_rapidas.escrever(Path(pasta) / "regras")
        no_ar = Observatorio({"REGRAS_PROMETHEUS": str(regras)})
        try:
            no_ar.compose("build")
            no_ar.compose("up", "-d")
            no_ar.pronta()
            yield no_ar
        finally:
            no_ar.desfazer()


@pytest.fixture(scope="session")
def chave(pilha: Observatorio) -> str:
    """Chave de um cientista da demonstração."""
    chave = pedir("GET", f"{pilha.url}/demo").corpo["cientistas"][0]["chave"]
    assert isinstance(chave, str)
    return chave


@pytest.fixture(scope="session")
def horarios(pilha: Observatorio) -> Iterator[str]:
    """Horários livres, um diferente a cada `next`."""
    agenda = pedir("GET", f"{pilha.url}/telescopios/{TELESCOPIO}/agenda?de=2027-01-10T00:00:00Z").corpo
    return iter([slot["inicio_utc"] for slot in agenda["slots"] if slot["estado"] == "livre"])
