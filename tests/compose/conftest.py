"""Uma pilha por comando do compose que a máquina tem: construir e iniciar é o que custa."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.compose.pilha import SERVICOS, Pilha, comandos_compose, motor_responde


@pytest.fixture(scope="session", params=comandos_compose() or [["docker", "compose"]], ids=" ".join)
def pilha(request: pytest.FixtureRequest) -> Iterator[Pilha]:
    if not motor_responde():
        pytest.fail("Nenhum motor do Docker responde (`docker info`). Inicie-o e repita.", pytrace=False)
    nova = Pilha(request.param)
    try:
        nova.compose("build", *SERVICOS)
        nova.subir()
        yield nova
    finally:
        nova.desfazer()
