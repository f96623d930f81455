"""Os relógios desta máquina: o de parede, e o nome do monotônico que este processo lê."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime
from pathlib import Path

_INICIO = Path("/proc/sys/kernel/random/boot_id")
_ESPACO_DE_TEMPO = Path("/proc/self/ns/time")


class RelogioDoSistema:
    def agora(self) -> datetime:
        return datetime.now(UTC)


def relogio_desta_maquina() -> bytes:
    """8 bytes iguais em todos os processos que leem o mesmo relógio monotônico, e em nenhum outro.

    No Linux, esse relógio é da máquina desde que ligou, salvo em espaços de tempo próprios (time_namespaces(7)).
    Onde não há como saber, cada processo se diz único: os bilhetes de outro valem só pela ida e volta.
    """
    try:
        inicio = _INICIO.read_bytes()
        espaco = _ESPACO_DE_TEMPO.readlink() if _ESPACO_DE_TEMPO.exists() else ""
    except OSError:
        return secrets.token_bytes(8)
    return hashlib.sha256(inicio + str(espaco).encode()).digest()[:8]
