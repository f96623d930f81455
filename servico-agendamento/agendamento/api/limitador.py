"""O saldo de requisições de cada chave."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

_MAIOR_NUMERO_DE_BALDES = 10_000


class RequisicoesDemais(Exception):
    """O balde da chave está vazio (429). ``esperar_s`` ≥ 1."""

    def __init__(self, esperar_s: int) -> None:
        super().__init__(f"Esta chave passou do limite; tente de novo em {esperar_s} s.")
        self.esperar_s = esperar_s


class Limitador:
    """Balde de fichas por chave (token bucket): ``por_segundo`` de vazão e de rajada; 0 = sem limite."""

    def __init__(self, por_segundo: int, relogio: Callable[[], float] = time.monotonic) -> None:
        self.por_segundo = por_segundo
        self._relogio = relogio
        self._baldes: dict[int, tuple[float, float]] = {}
        self._mutex = threading.Lock()

    def gastar(self, quem: int) -> dict[str, str]:
        """Gasta uma ficha e devolve os cabeçalhos RateLimit-*.

        Raises:
            RequisicoesDemais: não há ficha.
        """
        if not self.por_segundo:
            return {}
        with self._mutex:
            instante = self._relogio()
            if len(self._baldes) > _MAIOR_NUMERO_DE_BALDES:
                self._baldes.clear()
            fichas, antes = self._baldes.get(quem, (float(self.por_segundo), instante))
            fichas = min(self.por_segundo, fichas + (instante - antes) * self.por_segundo)
            if fichas < 1:
                self._baldes[quem] = (fichas, instante)
                raise RequisicoesDemais(max(1, math.ceil((1 - fichas) / self.por_segundo)))
            self._baldes[quem] = (fichas - 1, instante)
        return {
            "RateLimit-Limit": str(self.por_segundo),
            "RateLimit-Remaining": str(int(fichas - 1)),
            "RateLimit-Reset": str(math.ceil((self.por_segundo - fichas + 1) / self.por_segundo)),
        }
