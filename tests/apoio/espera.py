"""Esperar por um fato, nunca por um tempo."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def esperar(condicao: Callable[[], T | None], que: str, *, prazo_s: float = 20) -> T:
    """Sonda até a condição valer, e a devolve.

    Raises:
        TimeoutError: não valeu no prazo; ``que`` diz o que se esperava.
    """
    fim = time.monotonic() + prazo_s
    respiro = threading.Event()
    while not (valor := condicao()):
        if time.monotonic() > fim:
            raise TimeoutError(f"{que}: não aconteceu em {prazo_s:g} s")
        respiro.wait(0.01)
    return valor
