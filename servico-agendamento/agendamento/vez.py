"""Quantas requisições executam Python ao mesmo tempo; as outras esperam a vez, fora do interpretador.

Com centenas de threads prontas, cada passo que solta o GIL (um comando do SQLite, um socket) paga a fila
inteira para retomá-lo: a que chegou primeiro anda tão devagar quanto a última, e numa disputa todas
chegam ao lock antes que a vencedora salve. Com poucas de cada vez, quem chegou antes termina antes, e as
seguintes já encontram o horário tomado. Quem espera a rede ou a confirmação no banco cede a vez.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

SIMULTANEAS = 8


class Vez:
    """``simultaneas`` lugares, passados de mão em mão: primeiro a quem retoma, depois a quem chega."""

    def __init__(self, simultaneas: int = SIMULTANEAS) -> None:
        self._livres = simultaneas
        self._mutex = threading.Lock()
        self._retomando: deque[threading.Lock] = deque()
        self._chegando: deque[threading.Lock] = deque()
        self._local = threading.local()

    def entrar(self) -> None:
        """Espera a vez desta thread, por ordem de chegada."""
        self._esperar(self._chegando)

    def _esperar(self, fila: deque[threading.Lock]) -> None:
        self._local.tem = True
        with self._mutex:
            if self._livres:
                self._livres -= 1
                return
            aviso = threading.Lock()
            aviso.acquire()
            fila.append(aviso)
        aviso.acquire()

    def sair(self) -> None:
        """Passa a vez, se esta thread a tem."""
        if not getattr(self._local, "tem", False):
            return
        self._local.tem = False
        with self._mutex:
            fila = self._retomando or self._chegando
            if fila:
                fila.popleft().release()
            else:
                self._livres += 1

    @property
    def esperando(self) -> int:
        """Quantas esperam a vez agora."""
        return len(self._retomando) + len(self._chegando)

    @contextmanager
    def cedida(self) -> Iterator[None]:
        """Cede a vez durante uma espera, e a retoma depois, à frente de quem ainda não começou."""
        if not getattr(self._local, "tem", False):
            yield
            return
        self.sair()
        try:
            yield
        finally:
            self._esperar(self._retomando)


vez = Vez()
