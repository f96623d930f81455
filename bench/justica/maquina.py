"""Se a máquina era só da medição: a carga antes e depois, e quanto dos núcleos esteve ocupado."""

from __future__ import annotations

import os
from pathlib import Path

_ESTATISTICA = Path("/proc/stat")


def _jiffies() -> tuple[int, int]:
    """(ocupados, todos) desde que a máquina ligou; (0, 0) onde o núcleo não diz."""
    if not _ESTATISTICA.exists():
        return 0, 0
    usuario, gentil, sistema, ocioso, espera, *resto = map(
        int, _ESTATISTICA.read_text().splitlines()[0].split()[1:9]
    )
    ocupados = usuario + gentil + sistema + sum(resto)
    return ocupados, ocupados + ocioso + espera


class Ocupacao:
    """Começa a contar quando é criada."""

    def __init__(self) -> None:
        self._carga = os.getloadavg()[0]
        self._de = _jiffies()

    def ate_agora(self) -> dict[str, float]:
        """Cargas médias de 1 min no começo e agora, e a fração ocupada de todos os núcleos desde o começo."""
        ocupados, todos = _jiffies()
        decorridos = max(todos - self._de[1], 1)
        return {
            "carga_antes": round(self._carga, 2),
            "carga_depois": round(os.getloadavg()[0], 2),
            "ocupacao": round((ocupados - self._de[0]) / decorridos, 2),
        }
