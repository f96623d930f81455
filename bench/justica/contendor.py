"""Um contendor: uma pessoa com chave, relógio próprio e um caminho de rede até o serviço."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from sctec_cliente import Relogio, Sincronizacao

RECUO = timedelta(hours=1)


class Conexao:
    """HTTP/1.1 numa conexão que fica aberta; um pedido de cada vez."""

    def __init__(self, url: str, chave: str) -> None:
        self._porta = urlsplit(url).port
        self._chave = chave
        self._pontas: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def abrir(self) -> None:
        if self._pontas is None:
            self._pontas = await asyncio.open_connection("127.0.0.1", self._porta)

    async def pedir(self, metodo: str, caminho: str, corpo: Any = None) -> tuple[int, Any]:
        await self.abrir()
        assert self._pontas is not None
        leitor, escritor = self._pontas
        bruto = b"" if corpo is None else json.dumps(corpo).encode()
        escritor.write(
            f"{metodo} {caminho} HTTP/1.1\r\nHost: sctec\r\nAuthorization: Bearer {self._chave}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(bruto)}\r\n\r\n".encode()
            + bruto
        )
        cabecalho = await leitor.readuntil(b"\r\n\r\n")
        status = int(cabecalho.split(b" ", 2)[1])
        tamanho = next(
            int(linha.split(b":")[1])
            for linha in cabecalho.split(b"\r\n")
            if linha.lower().startswith(b"content-length:")
        )
        return status, json.loads(await leitor.readexactly(tamanho))

    def fechar(self) -> None:
        if self._pontas is not None:
            self._pontas[1].close()
            self._pontas = None


@dataclass
class Contendor:
    """
    Attributes:
        rtt_s: ida e volta verdadeira.
        deriva, desvio_s: o cristal e o acerto do computador dele.
        fingir_s: quanto atrasa cada devolução de bilhete para parecer longe; 0 = honesto.
        recua: declara sempre um clique muito anterior ao verdadeiro.
    """

    id: int
    rtt_s: float
    conexao: Conexao
    rede: str = ""
    deriva: float = 0.0
    desvio_s: float = 0.0
    fingir_s: float = 0.0
    recua: bool = False

    def __post_init__(self) -> None:
        # Dezenas de pessoas numa máquina só: o transporte é assíncrono; o relógio, o de referência.
        self._relogio = Relogio("", monotonico=self.local_s)

    def local_s(self) -> float:
        """O relógio monotônico do computador dele, que não é o desta máquina."""
        return time.monotonic() * (1 + self.deriva) + self.desvio_s

    async def sincronizar(self) -> None:
        """As perguntas de um cliente bem feito (ou as de um que finge estar longe)."""
        conversa = Sincronizacao()
        while not conversa.completa:
            antes = self.local_s()
            _, corpo = await self.conexao.pedir("GET", f"/time?{urlencode(conversa.parametros)}")
            conversa.anotar(antes, self.local_s(), corpo)
            if self.fingir_s:
                await asyncio.sleep(self.fingir_s)
        self._relogio.aproveitar(conversa)

    def _clique(self) -> dict[str, Any]:
        campos = self._relogio.declarar()
        if campos and self.recua:
            recuado = datetime.fromisoformat(campos["instante_clique_utc"]) - RECUO
            campos["instante_clique_utc"] = recuado.isoformat(timespec="microseconds")
        return campos

    async def clicar(self, quando_s: float, alvo: dict[str, str]) -> Clique:
        """Espera ``quando_s`` (desta máquina), clica e espera a resposta."""
        await self.conexao.abrir()
        await asyncio.sleep(max(0.0, quando_s - time.monotonic()))
        clicou_s = time.monotonic()
        status, corpo = await self.conexao.pedir("POST", "/agendamentos", {**alvo, **self._clique()})
        return Clique(self, clicou_s, status, corpo, time.monotonic() - clicou_s)


@dataclass(frozen=True)
class Clique:
    """O que houve com um clique. ``clicou_s`` é a verdade, no relógio desta máquina."""

    quem: Contendor
    clicou_s: float
    status: int
    corpo: Any
    espera_s: float

    @property
    def venceu(self) -> bool:
        return self.status == 201
