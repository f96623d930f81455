"""Réplicas se espalham pelos núcleos, ainda que em contêineres iguais; com a máquina cheia, ficam soltas."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter

import pytest

from agendamento.nucleo import escolher

NUCLEOS = {0, 1}


class Maquina:
    """Dois núcleos e réplicas com a mesma demanda, todas com o mesmo número de processo e o mesmo início."""

    def __init__(self, replicas: int, demanda: float) -> None:
        self.onde = [set(NUCLEOS) for _ in range(replicas)]
        self.demanda = demanda

    def uso_dos_outros(self, replica: int) -> dict[int, float]:
        soma = dict.fromkeys(NUCLEOS, 0.0)
        for outra, nucleos in enumerate(self.onde):
            for nucleo in nucleos if outra != replica else ():
                soma[nucleo] += self.demanda / len(nucleos)
        return {nucleo: min(1.0, total) for nucleo, total in soma.items()}

    def rodada(self, prontos: float) -> None:
        for replica, atual in enumerate(self.onde):
            self.onde[replica] = escolher(atual, self.uso_dos_outros(replica), prontos)


@pytest.mark.parametrize("demanda", [0.3, 0.6])
def test_quatro_replicas_iguais_se_dividem(demanda: float) -> None:
    maquina = Maquina(4, demanda)
    for _ in range(10):
        maquina.rodada(prontos=4 * demanda)
    assert Counter(map(frozenset, maquina.onde)) == {frozenset({0}): 2, frozenset({1}): 2}


def test_por_numero_de_processo_ficariam_todas_no_mesmo() -> None:
    """Controle: o que se fazia antes. Em contêineres, o número é o mesmo."""
    numeros_de_processo = [8, 8, 8, 8]
    assert len({sorted(NUCLEOS)[pid % 2] for pid in numeros_de_processo}) == 1


def test_com_mais_prontos_que_nucleos_fica_solta_e_volta_quando_ha_folga() -> None:
    cheia = escolher({0}, {0: 1.0, 1: 1.0}, prontos=3.5)
    assert cheia == NUCLEOS
    assert escolher(cheia, {0: 0.9, 1: 0.1}, prontos=1.0) == {1}


def test_so_muda_se_valer_a_pena() -> None:
    assert escolher({0}, {0: 0.3, 1: 0.2}, prontos=1.0) == {0}
    assert escolher({0}, {0: 0.8, 1: 0.2}, prontos=1.0) == {1}


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="só o Linux deixa escolher o núcleo")
def test_num_processo_de_verdade_todas_as_threads_vao_junto() -> None:
    programa = """
import os, threading, time
from pathlib import Path
from agendamento import nucleo
nucleo.RITMO_S, nucleo.PRONTOS_POR_NUCLEO = 0.05, 1e9
parada = threading.Event()
threading.Thread(target=parada.wait, daemon=True).start()
nucleo.acompanhar()
prazo = time.monotonic() + 30
def onde():
    return {frozenset(os.sched_getaffinity(int(t.name))) for t in Path('/proc/self/task').iterdir()}
while any(len(n) > 1 for n in onde()) and time.monotonic() < prazo:
    time.sleep(0.01)
print(max(len(n) for n in onde()))
"""
    feito = subprocess.run(
        [sys.executable, "-c", programa], capture_output=True, text=True, check=True, timeout=60
    )
    assert feito.stdout.strip() == "1"
