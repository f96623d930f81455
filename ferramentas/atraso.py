"""Proxy TCP que atrasa cada conexão, para pôr distância entre dois processos desta máquina. Só para testar.

    with Atraso(servicos.agendamento.porta) as rede:
        longe = rede.caminho(ida_s=0.120, volta_s=0.130)            # http://127.0.0.1:PORTA
        perto = rede.caminho(ida_s=0.002, volta_s=0.003, origem="127.8.1.7")
        requests.get(f"{longe}/time")

Cada caminho é uma porta própria em 127.0.0.1. Os bytes de um sentido saem na ordem em que entraram, cada
bloco ``ida_s`` ou ``volta_s`` depois; conectar-se não espera, porque o cliente fala com a ponta de cá.
``origem`` é o endereço de loopback com que se chega ao serviço: dois caminhos podem parecer redes diferentes.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

_BLOCO = 65_536


class Atraso:
    """
    Args:
        porta: a do serviço em 127.0.0.1.
        variacao: dá, a cada bloco, segundos a somar ao atraso (≥ 0); por omissão, nenhum.
    """

    def __init__(self, porta: int, variacao: Callable[[], float] = lambda: 0.0) -> None:
        self._porta = porta
        self._variacao = variacao
        self._laco = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._laco.run_forever, name="atraso", daemon=True)
        self._servidores: list[asyncio.Server] = []
        self._tarefas: set[asyncio.Task[None]] = set()

    def caminho(self, *, ida_s: float, volta_s: float, origem: str = "127.0.0.1") -> str:
        """Abre um caminho e devolve o endereço HTTP da ponta de cá."""
        if not ipaddress.ip_address(origem).is_loopback:
            raise ValueError(f"{origem} não é desta máquina")

        async def abrir() -> int:
            servidor = await asyncio.start_server(
                lambda r, w: self._atender(r, w, ida_s, volta_s, origem), "127.0.0.1", 0, backlog=1024
            )
            self._servidores.append(servidor)
            return int(servidor.sockets[0].getsockname()[1])

        porta = asyncio.run_coroutine_threadsafe(abrir(), self._laco).result(10)
        return f"http://127.0.0.1:{porta}"

    async def _atender(
        self,
        do_cliente: asyncio.StreamReader,
        ao_cliente: asyncio.StreamWriter,
        ida_s: float,
        volta_s: float,
        origem: str,
    ) -> None:
        tarefa = asyncio.current_task()
        assert tarefa is not None
        self._tarefas.add(tarefa)
        tarefa.add_done_callback(self._tarefas.discard)
        try:
            do_servico, ao_servico = await asyncio.open_connection(
                "127.0.0.1", self._porta, local_addr=(origem, 0)
            )
        except OSError:
            ao_cliente.close()
            return
        try:
            async with asyncio.TaskGroup() as sentidos:
                sentidos.create_task(self._levar(do_cliente, ao_servico, ida_s))
                sentidos.create_task(self._levar(do_servico, ao_cliente, volta_s))
        except* (OSError, asyncio.CancelledError):
            pass
        finally:
            for ponta in (ao_servico, ao_cliente):
                ponta.close()

    async def _levar(self, de: asyncio.StreamReader, para: asyncio.StreamWriter, atraso_s: float) -> None:
        """Repassa até o fim, e o fim também chega atrasado."""
        fila: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def entregar() -> None:
            while True:
                quando, bloco = await fila.get()
                await asyncio.sleep(quando - self._laco.time())
                if not bloco:
                    with contextlib.suppress(OSError):
                        para.write_eof()
                    return
                para.write(bloco)
                await para.drain()

        async with asyncio.TaskGroup() as grupo:
            grupo.create_task(entregar())
            while True:
                bloco = await de.read(_BLOCO)
                await fila.put((self._laco.time() + atraso_s + self._variacao(), bloco))
                if not bloco:
                    break

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, tipo: type[BaseException] | None, erro: BaseException | None, rastro: TracebackType | None
    ) -> None:
        async def fechar() -> None:
            for servidor in self._servidores:
                servidor.close()
            for tarefa in list(self._tarefas):
                tarefa.cancel()
            await asyncio.gather(*self._tarefas, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(fechar(), self._laco).result(10)
        self._laco.call_soon_threadsafe(self._laco.stop)
        self._thread.join(5)
        self._laco.close()
