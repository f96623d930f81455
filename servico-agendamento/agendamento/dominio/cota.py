"""Limites por cientista: observações futuras ativas e horas por ciclo.

O ciclo é o semestre civil em UTC (A: janeiro a junho, B: julho a dezembro), como nos observatórios que
distribuem tempo por chamada semestral; uma observação conta no ciclo em que começa.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from agendamento.dominio.erros import LimiteExcedido
from agendamento.dominio.grade import Intervalo, numero


@dataclass(frozen=True, slots=True)
class Ciclo:
    """Um semestre: ``nome`` como ``2026B`` e o intervalo semiaberto que cobre."""

    nome: str
    intervalo: Intervalo


def ciclo_de(instante: datetime) -> Ciclo:
    ano = instante.astimezone(UTC).year
    meio = datetime(ano, 7, 1, tzinfo=UTC)
    if instante < meio:
        return Ciclo(f"{ano}A", Intervalo(datetime(ano, 1, 1, tzinfo=UTC), meio))
    return Ciclo(f"{ano}B", Intervalo(meio, datetime(ano + 1, 1, 1, tzinfo=UTC)))


@dataclass(frozen=True, slots=True)
class Cota:
    """Os limites em vigor; 0 = sem limite."""

    ativos: int
    horas_ciclo: float

    def conferir(self, pedido: Intervalo, ativos: int, horas_no_ciclo: float) -> None:
        """Recusa o pedido que ultrapassaria um limite, dados os números de antes dele.

        Raises:
            LimiteExcedido: qual limite, quanto já foi usado e o que fazer.
        """
        if self.ativos and ativos + 1 > self.ativos:
            raise LimiteExcedido(
                f"Já há {ativos} observações futuras ativas, e o limite é {self.ativos}.",
                "Cancele uma observação futura ou espere que uma delas termine.",
            )
        if self.horas_ciclo and horas_no_ciclo + pedido.horas > self.horas_ciclo + 1e-9:
            restam = max(0.0, self.horas_ciclo - horas_no_ciclo)
            raise LimiteExcedido(
                f"O pedido de {numero(pedido.horas, '.2f')} h passa das {numero(self.horas_ciclo)} h do ciclo "
                f"{ciclo_de(pedido.inicio).nome}; restam {numero(restam, '.2f')} h.",
                "Peça um intervalo menor, ou cancele outra observação deste ciclo.",
                campo="horario_fim_utc",
            )
