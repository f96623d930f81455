"""O cliente de referência diante do serviço de verdade."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from sctec_cliente import Cliente
from tests.apoio.sistema import Sistema

pytestmark = pytest.mark.calendario


class Perde(HTTPAdapter):
    """Uma rede que entrega o primeiro POST e perde a resposta dele."""

    perdidas: int = 0

    def send(self, request: requests.PreparedRequest, **opcoes: Any) -> requests.Response:  # type: ignore[override]
        resposta = super().send(request, **opcoes)
        if request.method == "POST" and not self.perdidas:
            self.perdidas += 1
            resposta.close()
            raise requests.ConnectionError("a resposta se perdeu")
        return resposta


@pytest.fixture
def cliente(sistema: Sistema) -> Iterator[Cliente]:
    novo = Cliente(sistema.servicos.agendamento.url, sistema.pessoas[0].chave)
    yield novo
    novo.sessao.close()


def test_resposta_perdida_nao_agenda_duas_vezes(sistema: Sistema, cliente: Cliente) -> None:
    rede = Perde()
    cliente.sessao.mount("http://", rede)
    inicio = sistema.horario()
    resposta = cliente.agendar("hubble-acad", inicio.isoformat())
    assert (resposta.status_code, rede.perdidas) == (201, 1)
    assert resposta.headers["Idempotent-Replayed"] == "true"
    assert sistema.banco.cobrem(inicio) == [resposta.json()["id"]]


def test_remarca_com_a_versao_que_leu(sistema: Sistema, cliente: Cliente) -> None:
    inicio, outro = sistema.horario(), sistema.horario()
    criado = cliente.agendar("hubble-acad", inicio.isoformat())
    remarcado = cliente.seguir(criado, "remarcar", {"horario_inicio_utc": outro.isoformat()})
    assert remarcado.status_code == 200, remarcado.text
    # A versão de antes já não vale; a que se lê de novo, sim.
    assert cliente.seguir(criado, "remarcar", {"horario_inicio_utc": inicio.isoformat()}).status_code == 412
    volta = cliente.seguir(remarcado.json(), "remarcar", {"horario_inicio_utc": inicio.isoformat()})
    assert volta.status_code == 200, volta.text


def test_o_servico_continua_o_traco_que_o_cliente_mandou(sistema: Sistema, cliente: Cliente) -> None:
    resposta = cliente.agendar("hubble-acad", sistema.horario().isoformat())
    enviado = str(resposta.request.headers["traceparent"])
    assert resposta.headers["X-Trace-Id"] == enviado.split("-")[1]
