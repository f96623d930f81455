"""O que o cliente manda, e o que faz quando a resposta se perde. O servidor é de verdade; só as respostas, postas."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from sctec_cliente import Cliente, cliente

RAIZ = {
    "_links": {
        "tempo": {"href": "/time", "method": "GET"},
        "agendar": {"href": "/agendamentos", "method": "POST"},
    }
}
AGENDAMENTO = {
    "id": 7,
    "_links": {
        "self": {"href": "/agendamentos/7", "method": "GET"},
        "remarcar": {"href": "/agendamentos/7", "method": "PUT"},
        "cancelar": {"href": "/agendamentos/7", "method": "DELETE"},
    },
}
EM_CURSO = {"type": "http://sctec.exemplo/erros/idempotencia-em-curso", "status": 409}
INICIO = "2026-12-01T03:00:00Z"


@dataclass
class Pedido:
    metodo: str
    caminho: str
    cabecalhos: dict[str, str]
    corpo: bytes


@dataclass
class Servidor:
    """Responde, na ordem, o que está em ``respostas``: (status, corpo), ou ``None`` para fechar sem responder."""

    url: str = ""
    pedidos: list[Pedido] = field(default_factory=list)
    respostas: list[tuple[int, Any] | None] = field(default_factory=list)


@pytest.fixture
def servidor(monkeypatch: pytest.MonkeyPatch) -> Iterator[Servidor]:
    monkeypatch.setattr(cliente, "_ESPERAS_S", (0, 0, 0))
    estado = Servidor()

    class Atende(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _atender(self) -> None:
            corpo = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.path == "/":
                return self._responder(200, RAIZ)
            estado.pedidos.append(Pedido(self.command, self.path, dict(self.headers), corpo))
            resposta = estado.respostas.pop(0)
            if resposta is None:
                self.close_connection = True
                return None
            return self._responder(*resposta)

        def _responder(self, status: int, corpo: Any) -> None:
            bruto = json.dumps(corpo).encode()
            self.send_response(status)
            self.send_header("ETag", '"7-3"')
            self.send_header("Content-Length", str(len(bruto)))
            self.end_headers()
            self.wfile.write(bruto)

        do_GET = do_POST = do_PUT = do_DELETE = _atender  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Atende) as http:
        threading.Thread(target=http.serve_forever).start()
        estado.url = f"http://127.0.0.1:{http.server_port}/"
        yield estado
        http.shutdown()


@pytest.fixture
def sctec(servidor: Servidor) -> Iterator[Cliente]:
    novo = Cliente(servidor.url, "sctec_x")
    yield novo
    novo.sessao.close()


def test_cada_pedido_leva_uma_chave_idempotente_e_um_traco_seus(servidor: Servidor, sctec: Cliente) -> None:
    servidor.respostas = [(201, AGENDAMENTO)] * 3
    for idempotencia in (None, None, "minha"):
        assert sctec.agendar("hubble-acad", INICIO, idempotencia=idempotencia).status_code == 201
    chaves = [p.cabecalhos["Idempotency-Key"] for p in servidor.pedidos]
    tracos = [p.cabecalhos["traceparent"] for p in servidor.pedidos]
    assert len(set(chaves)) == len(set(tracos)) == 3
    assert chaves[2] == "minha"
    assert all(re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-01", traco) for traco in tracos)


@pytest.mark.parametrize("perdida", [None, (409, EM_CURSO)])
def test_resposta_perdida_repete_o_mesmo_pedido(
    servidor: Servidor, sctec: Cliente, perdida: tuple[int, Any] | None
) -> None:
    servidor.respostas = [perdida, perdida, (201, AGENDAMENTO)]
    assert sctec.agendar("hubble-acad", INICIO).status_code == 201
    assert len({(p.cabecalhos["Idempotency-Key"], p.corpo) for p in servidor.pedidos}) == 1
    assert len(servidor.pedidos) == 3


def test_desiste_depois_de_tres_repeticoes(servidor: Servidor, sctec: Cliente) -> None:
    servidor.respostas = [None] * 10
    with pytest.raises(requests.ConnectionError):
        sctec.agendar("hubble-acad", INICIO)
    assert len(servidor.pedidos) == 4


@pytest.mark.parametrize("status", [409, 422, 503])
def test_uma_recusa_nao_e_repetida(servidor: Servidor, sctec: Cliente, status: int) -> None:
    servidor.respostas = [(status, {"type": "outro"})]
    assert sctec.agendar("hubble-acad", INICIO).status_code == status
    assert len(servidor.pedidos) == 1


def test_remarcar_leva_o_etag_da_resposta_ou_o_que_se_le(servidor: Servidor, sctec: Cliente) -> None:
    servidor.respostas = [(201, AGENDAMENTO), *[(200, AGENDAMENTO)] * 4]
    criado = sctec.agendar("hubble-acad", INICIO)
    sctec.seguir(criado, "remarcar", {"horario_inicio_utc": INICIO})
    sctec.seguir(AGENDAMENTO, "remarcar", {"horario_inicio_utc": INICIO})
    sctec.seguir(criado, "cancelar")
    feitos = [(p.metodo, p.cabecalhos.get("If-Match")) for p in servidor.pedidos[1:]]
    assert feitos == [("PUT", '"7-3"'), ("GET", None), ("PUT", '"7-3"'), ("DELETE", None)]


def test_itens_segue_as_paginas(servidor: Servidor, sctec: Cliente) -> None:
    primeira = {"_embedded": {"x": [{"n": 1}]}, "_links": {"next": {"href": "/x?cursor=2"}}}
    servidor.respostas = [(200, primeira), (200, {"_embedded": {"x": [{"n": 2}]}, "_links": {}})]
    assert [item["n"] for item in sctec.itens("/x", estado="ATIVO")] == [1, 2]
    assert [p.caminho for p in servidor.pedidos] == ["/x?estado=ATIVO", "/x?cursor=2"]
