"""Um contendor: uma pessoa com chave, relógio próprio e um caminho de rede até o serviço."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

RODADAS = 8
_EPOCA = datetime(1970, 1, 1, tzinfo=UTC)


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
    _amostras: list[tuple[float, float]] = field(default_factory=list)
    _bilhete: str | None = None

    def local_s(self) -> float:
        """O relógio monotônico do computador dele, que não é o desta máquina."""
        return time.monotonic() * (1 + self.deriva) + self.desvio_s

    async def sincronizar(self) -> None:
        """As 8 perguntas de um cliente bem feito (ou as de um que finge estar longe)."""
        bilhete = None
        amostras: list[tuple[float, float]] = []
        for _ in range(RODADAS):
            caminho = "/time" if bilhete is None else f"/time?bilhete={bilhete}"
            antes = self.local_s()
            _, corpo = await self.conexao.pedir("GET", caminho)
            depois = self.local_s()
            if corpo["amostras"] == 0:
                amostras = []
            amostras.append((depois - antes, corpo["agora_ms"] / 1000 + 0.0005 - (antes + depois) / 2))
            bilhete = corpo["bilhete"]
            if self.fingir_s:
                await asyncio.sleep(self.fingir_s)
        self._amostras, self._bilhete = amostras, bilhete

    def _clique(self) -> dict[str, Any]:
        if self._bilhete is None:
            return {}
        ida_e_volta, adiante = min(self._amostras)
        oficial_s = self.local_s() + adiante - (3600 if self.recua else 0)
        instante = (_EPOCA + timedelta(seconds=oficial_s)).isoformat(timespec="microseconds")
        return {
            "instante_clique_utc": instante.replace("+00:00", "Z"),
            "incerteza_ms": round(ida_e_volta * 500, 3),
            "bilhete_tempo": self._bilhete,
        }

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
