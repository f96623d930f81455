"""Em que núcleo este processo roda: preso a um enquanto há folga na máquina, solto quando não há.

O GIL só deixa executar uma thread, e a cada troca de núcleo ele custa mais: preso, o mesmo trabalho gasta menos CPU
(decisão 0012). Mas com mais processos prontos que núcleos, quem está preso não pode ir para onde há lugar.
"""

from __future__ import annotations

import contextlib
import os
import random
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

RITMO_S: Final = 3.0
_TIQUES_S: Final = os.sysconf("SC_CLK_TCK")
PRONTOS_POR_NUCLEO: Final = 1.5
"""Acima disto, na média do último minuto, o escalonador é quem sabe."""
GANHO: Final = 0.25
"""Quanto outro núcleo precisa ser menos usado pelos outros, em fração dele, para valer a mudança."""


def escolher(atual: set[int], uso: Mapping[int, float], prontos: float) -> set[int]:
    """Onde rodar daqui em diante.

    Args:
        atual: onde se roda agora.
        uso: de cada núcleo permitido, a fração que os outros processos usaram há pouco (0 a 1).
        prontos: processos prontos na máquina.
    """
    if prontos > PRONTOS_POR_NUCLEO * len(uso):
        return set(uso)
    # O sorteio desempata: réplicas que começam juntas não escolhem todas o mesmo.
    melhor = min(uso, key=lambda nucleo: (round(uso[nucleo], 1), random.random()))
    if len(atual) == 1 and uso.get(next(iter(atual)), 1.0) - uso[melhor] < GANHO:
        return atual
    return {melhor}


def acompanhar() -> None:
    """Começa a escolher, numa thread própria, para o processo inteiro; onde o sistema não deixa, nada faz."""
    if hasattr(os, "sched_setaffinity") and len(os.sched_getaffinity(0)) > 1:
        threading.Thread(target=_acompanhar, name="nucleo", daemon=True).start()


def _acompanhar() -> None:
    permitidos = os.sched_getaffinity(0)
    atual, antes = permitidos, _ler(permitidos)
    while True:
        # Cada réplica no seu ritmo: juntas, iriam todas para o mesmo núcleo livre.
        time.sleep(RITMO_S * random.uniform(0.5, 1.5))
        agora = _ler(permitidos)
        atual = escolher(atual, _dos_outros(antes, agora, atual), os.getloadavg()[0])
        antes = agora
        for thread in Path("/proc/self/task").iterdir():
            # A que acabou entre listar e mover não faz falta.
            with contextlib.suppress(OSError):
                os.sched_setaffinity(int(thread.name), atual)


@dataclass(frozen=True, slots=True)
class _Amostra:
    """Em segundos desde o início: o que cada núcleo trabalhou, e este processo ao todo."""

    trabalho: Mapping[int, float]
    proprio: float
    instante: float


def _ler(permitidos: set[int]) -> _Amostra:
    trabalho = {}
    for linha in Path("/proc/stat").read_text().splitlines():
        nome, *campos = linha.split()
        if nome[:3] == "cpu" and nome[3:].isdecimal() and int(nome[3:]) in permitidos:
            # Ver proc_stat(5): user, nice, system, idle, iowait, irq, softirq, steal.
            user, nice, system, _, _, irq, softirq, steal = map(int, campos[:8])
            trabalho[int(nome[3:])] = (user + nice + system + irq + softirq + steal) / _TIQUES_S
    return _Amostra(trabalho, time.process_time(), time.monotonic())


def _dos_outros(antes: _Amostra, agora: _Amostra, atual: set[int]) -> dict[int, float]:
    decorrido = agora.instante - antes.instante
    meu = (agora.proprio - antes.proprio) / len(atual)
    return {
        nucleo: max(0.0, feito - antes.trabalho[nucleo] - (meu if nucleo in atual else 0.0)) / decorrido
        for nucleo, feito in agora.trabalho.items()
    }
