"""Sob a libfaketime 0.9.10, ``time.sleep`` com o relógio monotônico verdadeiro dá EINVAL; um evento, não."""

import threading
import time


def _esperar(segundos: float) -> None:
    threading.Event().wait(segundos)


time.sleep = _esperar  # type: ignore[assignment]
