"""Um assinante de GET /eventos que lê evento por evento."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

PRAZO_S = 20


@dataclass(frozen=True)
class Evento:
    id: str
    tipo: str
    dados: dict[str, Any]


class Assinatura:
    """Os eventos de um fluxo já aberto, em ordem."""

    def __init__(self, resposta: http.client.HTTPResponse) -> None:
        self._resposta = resposta
        self.cabecalhos = resposta.headers

    def proximo(self) -> Evento:
        """O próximo, sem contar os pulsos.

        Raises:
            TimeoutError: nada veio no prazo.
        """
        limite = time.monotonic() + PRAZO_S
        campos: dict[str, str] = {}
        while time.monotonic() < limite:
            linha = self._resposta.readline().decode().rstrip("\r\n")
            if not linha:
                if "data" in campos and campos["event"] != "pulso":
                    return Evento(campos.get("id", ""), campos["event"], json.loads(campos["data"]))
                campos = {}
                continue
            nome, _, valor = linha.partition(":")
            campos[nome] = valor.removeprefix(" ")
        raise TimeoutError("só pulsos")


@contextmanager
def assinar(porta: int, ultimo_visto: str | None = None) -> Iterator[Assinatura]:
    """Abre o fluxo; ``ultimo_visto`` vai no ``Last-Event-ID``."""
    conexao = http.client.HTTPConnection("127.0.0.1", porta, timeout=PRAZO_S)
    try:
        conexao.request("GET", "/eventos", headers={"Last-Event-ID": ultimo_visto} if ultimo_visto else {})
        resposta = conexao.getresponse()
        assert resposta.status == 200
        yield Assinatura(resposta)
        resposta.close()
    finally:
        conexao.close()
