"""Braços no ar ao mesmo tempo, medidos em trechos alternados: vale a mediana das razões de cada rodada.

Assim o que mais rode na máquina pesa igual em todos.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.carga import SEM_LIMITES, Cliente, Resultado
from bench.relatorio import numero
from ferramentas.servicos import Servicos

TRECHO = 400
"""Reservas por trecho, e no aquecimento."""


@dataclass(slots=True)
class Braco:
    """Algo que se mede: ``trecho(n)`` faz n reservas; ``pids`` são os processos que as atendem, por nome."""

    nome: str
    trecho: Callable[[int], Resultado]
    pids: Mapping[str, int]
    medidos: list[Resultado] = field(default_factory=list)
    cpu_ms: dict[str, list[float]] = field(default_factory=dict)

    def medir(self) -> None:
        antes = {nome: cpu_s(pid) for nome, pid in self.pids.items()}
        self.medidos.append(self.trecho(TRECHO))
        for nome, pid in self.pids.items():
            self.cpu_ms.setdefault(nome, []).append((cpu_s(pid) - antes[nome]) * 1000 / TRECHO)

    @property
    def por_segundo(self) -> float:
        return statistics.median(m.por_segundo for m in self.medidos)

    @property
    def p99_ms(self) -> float:
        return statistics.median(m.p99_ms for m in self.medidos)

    def sobre(self, base: Braco) -> float:
        """A mediana das razões das reservas/s, rodada a rodada."""
        pares = zip(self.medidos, base.medidos, strict=True)
        return statistics.median(nosso.por_segundo / dele.por_segundo for nosso, dele in pares)

    def detalhe(self, base: Braco) -> str:
        gastos = ", ".join(f"{n} {numero(statistics.median(v))} ms" for n, v in self.cpu_ms.items())
        return f"{self.por_segundo:.0f}/s ÷ {base.por_segundo:.0f}/s; CPU por reserva: {gastos}"


def alternar(bracos: Sequence[Braco], rodadas: int) -> None:
    for braco in bracos:
        braco.trecho(TRECHO)
    for rodada in range(rodadas):
        # Ida e volta: nenhum braço fica sempre com o mesmo vizinho.
        for braco in bracos if rodada % 2 == 0 else reversed(bracos):
            braco.medir()


@contextmanager
def sctec(nome: str, ambiente: Mapping[str, str] | None = None) -> Iterator[Braco]:
    """Os dois serviços, sem limites nem janela, e com ``ambiente``."""
    with Servicos({**SEM_LIMITES, **(ambiente or {})}, capturar=False) as servicos:
        pids = {"agendamento": servicos.agendamento.pid, "coordenador": servicos.coordenador.pid}
        yield Braco(nome, Cliente.de(servicos).agendar, pids)


def cpu_s(pid: int) -> float:
    """CPU já gasta pelo processo e pelos seus filhos, em segundos."""
    total = 0
    for cada in [str(pid), *Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]:
        campos = Path(f"/proc/{cada}/stat").read_text().rpartition(")")[2].split()
        total += int(campos[11]) + int(campos[12])
    return total / os.sysconf("SC_CLK_TCK")
