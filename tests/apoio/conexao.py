"""HTTP/1.1 por tomadas cruas: conexões preparadas antes, e uma largada em que todos partem juntos."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

PRAZO_S = 60.0
"""Nenhum teste espera uma resposta por mais que isto; é rede de segurança, não medida."""


class SemResposta(Exception):
    """A conexão foi recusada ou caiu antes de vir qualquer resposta."""


@dataclass(frozen=True)
class Resposta:
    status: int
    cabecalhos: Mapping[str, str]
    corpo: bytes

    @property
    def json(self) -> dict[str, Any]:
        lido = json.loads(self.corpo)
        assert isinstance(lido, dict), self.corpo
        return lido


def montar(
    metodo: str, caminho: str, corpo: object = None, cabecalhos: Mapping[str, str] | None = None
) -> bytes:
    """Os bytes de uma requisição; ``corpo`` vira JSON, se houver."""
    conteudo = b"" if corpo is None else json.dumps(corpo).encode()
    linhas = [f"{metodo} {caminho} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(conteudo)}"]
    if corpo is not None:
        linhas.append("Content-Type: application/json")
    linhas += [f"{nome}: {valor}" for nome, valor in (cabecalhos or {}).items()]
    return "\r\n".join(linhas).encode() + b"\r\n\r\n" + conteudo


class Conexao:
    """Uma conexão persistente com 127.0.0.1.

    Raises:
        SemResposta: ninguém escuta na porta.
    """

    def __init__(self, porta: int) -> None:
        try:
            self._tomada = socket.create_connection(("127.0.0.1", porta), timeout=PRAZO_S)
        except OSError as erro:
            raise SemResposta(f"conexão recusada na porta {porta}") from erro
        self._tomada.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def enviar(self, pedaco: bytes) -> None:
        """
        Raises:
            SemResposta: o outro lado já fechou.
        """
        try:
            self._tomada.sendall(pedaco)
        except OSError as erro:
            raise SemResposta(str(erro)) from erro

    def ler(self) -> Resposta:
        """
        Raises:
            SemResposta: a conexão caiu sem um byte de resposta. Uma resposta pela metade é outro erro.
        """
        resposta = http.client.HTTPResponse(self._tomada)
        try:
            resposta.begin()
            corpo = resposta.read()
        except (ConnectionError, http.client.RemoteDisconnected) as erro:
            raise SemResposta(str(erro)) from erro
        finally:
            resposta.close()
        return Resposta(resposta.status, dict(resposta.getheaders()), corpo)

    def pedir(self, pedido: bytes) -> Resposta:
        self.enviar(pedido)
        return self.ler()

    def fechar(self) -> None:
        self._tomada.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, tipo: type[BaseException] | None, erro: BaseException | None, rastro: TracebackType | None
    ) -> None:
        self.fechar()


class Largada:
    """Conexões já aceitas e aquecidas, uma por concorrente.

    Cada requisição vai inteira menos o último byte; o servidor a lê, autentica, e espera. Os últimos bytes
    partem então um atrás do outro, sem nada entre eles: é a barreira, e vale para qualquer número.
    """

    def __init__(self, portas: Sequence[int]) -> None:
        self._conexoes = [Conexao(porta) for porta in portas]
        for conexao in self._conexoes:
            conexao.enviar(montar("GET", "/saude/vivo"))
        for conexao in self._conexoes:
            assert conexao.ler().status == 200

    def disparar(self, pedidos: Sequence[bytes]) -> list[Resposta]:
        """As respostas, na ordem dos pedidos."""
        usadas = list(zip(self._conexoes, pedidos, strict=False))
        assert len(usadas) == len(pedidos), "há mais pedidos que conexões"
        for conexao, pedido in usadas:
            conexao.enviar(pedido[:-1])
        for conexao, pedido in usadas:
            conexao.enviar(pedido[-1:])
        return [conexao.ler() for conexao, _ in usadas]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, tipo: type[BaseException] | None, erro: BaseException | None, rastro: TracebackType | None
    ) -> None:
        for conexao in self._conexoes:
            conexao.fechar()


def pedir(porta: int, pedido: bytes) -> Resposta:
    """Uma requisição numa conexão só dela."""
    with Conexao(porta) as conexao:
        return conexao.pedir(pedido)
