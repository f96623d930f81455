"""schemathesis contra o OpenAPI servido, com todas as verificações, sem rede e com limite de exemplos.

``positive_data_acceptance`` espera também 422 e 412: um corpo que cabe no esquema pode pedir um horário no
passado, fora da grade do telescópio ou além da cota, e um ``If-Match`` bem escrito pode não ser o da versão
atual. São regras que dependem do estado, e JSON Schema não as exprime.
"""

from __future__ import annotations

import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.config import SchemathesisConfig
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.apoio import Bancada, CoordenadorGravador, RelogioVirtual, chave_de
from tests.conftest import desmontar, montar_bancada

ESPERADOS = ["2xx", "304", "401", "403", "404", "409", "412", "422", "428"]
CONFIG = SchemathesisConfig.from_dict(
    {
        "seed": 20261120,
        "checks": {
            "positive_data_acceptance": {"expected-statuses": ESPERADOS},
            "negative_data_rejection": {"expected-statuses": ["4xx"]},
        },
    }
)
LIMITES = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


class _AppDoTeste:
    """A app WSGI da vez: o schemathesis a quer ao coletar os testes, e cada teste tem a sua."""

    def __init__(self) -> None:
        self.vez: Any = None

    def __call__(self, ambiente: Any, responder: Any) -> Any:
        return self.vez(ambiente, responder)

    def ler_esquema(self) -> Any:
        """O OpenAPI, de uma app que só vive enquanto o responde."""
        with tempfile.TemporaryDirectory() as pasta:
            bancada = montar_bancada(Path(pasta), None, RelogioVirtual(), CoordenadorGravador())
            self.vez = bancada.app
            try:
                return schemathesis.openapi.from_wsgi("/openapi.json", self, config=CONFIG)
            finally:
                desmontar(bancada.app)


app = _AppDoTeste()
api = app.ler_esquema()


@pytest.fixture(scope="module")
def vistos() -> Counter[tuple[str, int]]:
    """Quantas vezes cada operação deu cada status."""
    return Counter()


@pytest.fixture(scope="module")
def porta() -> Iterator[int]:
    """A app da vez também por HTTP: a corrida da demonstração fala com o próprio serviço."""
    servidor = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Mudo)
    atendente = threading.Thread(target=servidor.serve_forever)
    atendente.start()
    yield servidor.port
    servidor.shutdown()
    atendente.join()
    servidor.server_close()


class _Mudo(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        """As linhas que interessam são as do serviço."""


@pytest.fixture
def da_vez(montar: Any, porta: int) -> Bancada:
    bancada: Bancada = montar(
        SCTEC_LIMITE_REQUISICOES_S="0",
        SCTEC_LIMITE_ATIVOS="0",
        SCTEC_DEMO="1",
        PORTA_AGENDAMENTO=str(porta),
    )
    # Um id que não se sorteia: os testes removem cientistas, e quem testa não pode remover a si.
    bancada.sql("UPDATE cientistas SET id = 123456789012345678 WHERE papel = 'OPERADOR'")
    app.vez = bancada.app
    return bancada


@api.parametrize()
@LIMITES
@pytest.mark.usefixtures("da_vez")
def test_a_api_cumpre_o_que_documenta(case: Any, vistos: Counter[tuple[str, int]]) -> None:
    resposta = case.call_and_validate(headers={"Authorization": f"Bearer {chave_de('operacao')}"})
    vistos[case.operation.label, resposta.status_code] += 1


def test_o_teste_de_cima_nao_foi_em_vao(vistos: Counter[tuple[str, int]]) -> None:
    for operacao, status in (
        ("POST /agendamentos", 201),
        ("GET /agendamentos", 200),
        ("GET /auditoria", 200),
        ("POST /cientistas", 201),
        ("POST /telescopios", 201),
        ("GET /telescopios", 200),
        ("POST /agendamentos", 422),
    ):
        assert vistos[operacao, status], (operacao, status, vistos)
    assert not [chave for chave in vistos if chave[1] >= 500]
