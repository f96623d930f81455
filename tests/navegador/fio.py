"""Um fio entre o navegador e um serviço, que se corta e se emenda."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self

_BLOCO = 65_536


class Fio:
    """Repassa TCP de uma porta própria em 127.0.0.1 para ``alvo`` (definida quando o serviço a tiver)."""

    def __init__(self) -> None:
        self.alvo = 0
        self.conexoes_abertas = 0
        self._ligado = True
        self._falando = threading.Event()
        self._falando.set()
        self._trava = threading.Lock()
        self._pontas: set[socket.socket] = set()
        self._escuta = socket.create_server(("127.0.0.1", 0))
        self.porta: int = self._escuta.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.porta}"
        self._thread = threading.Thread(target=self._aceitar, name="fio", daemon=True)
        self._thread.start()

    def cortar(self) -> None:
        """Derruba o que passa e recusa o que vier, até ``ligar``."""
        with self._trava:
            self._ligado = False
            pontas = list(self._pontas)
        for ponta in pontas:
            with contextlib.suppress(OSError):
                ponta.shutdown(socket.SHUT_RDWR)

    def calar(self) -> None:
        """Nada mais passa, e ninguém é avisado: as conexões continuam abertas, até ``ligar``."""
        self._falando.clear()

    def ligar(self) -> None:
        self._ligado = True
        self._falando.set()

    def _aceitar(self) -> None:
        while True:
            try:
                cliente, _ = self._escuta.accept()
            except OSError:
                return
            if not self._ligado:
                cliente.close()
                continue
            try:
                servico = socket.create_connection(("127.0.0.1", self.alvo), timeout=5)
            except OSError:
                cliente.close()
                continue
            servico.settimeout(None)
            self.conexoes_abertas += 1
            with self._trava:
                self._pontas |= {cliente, servico}
            for de, para in ((cliente, servico), (servico, cliente)):
                threading.Thread(target=self._levar, args=(de, para), daemon=True).start()

    def _levar(self, de: socket.socket, para: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while bloco := de.recv(_BLOCO):
                self._falando.wait()
                para.sendall(bloco)
        for ponta in (de, para):
            with contextlib.suppress(OSError):
                ponta.shutdown(socket.SHUT_RDWR)
        with self._trava:
            self._pontas.discard(de)
        de.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, tipo: type[BaseException] | None, erro: BaseException | None, rastro: TracebackType | None
    ) -> None:
        self.cortar()
        self._falando.set()
        # Só fechar não acorda o accept() de outra thread; o shutdown acorda.
        with contextlib.suppress(OSError):
            self._escuta.shutdown(socket.SHUT_RDWR)
        self._escuta.close()
        self._thread.join(5)
