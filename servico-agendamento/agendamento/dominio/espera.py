"""A fila de quem quer um horário tomado: quem espera há mais tempo o recebe primeiro, e por um prazo só seu."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from agendamento.dominio.grade import Intervalo


class EstadoEspera(StrEnum):
    ESPERANDO = "esperando"
    OFERECIDA = "oferecida"
    ATENDIDA = "atendida"
    EXPIRADA = "expirada"


@dataclass(frozen=True, slots=True)
class Espera:
    id: int
    cientista_id: int
    telescopio_id: int
    telescopio_slug: str
    intervalo: Intervalo
    oferecida_ate: datetime | None
    atendida_em: datetime | None
    criado_em: datetime

    @property
    def inicio(self) -> datetime:
        return self.intervalo.inicio

    @property
    def fim(self) -> datetime:
        return self.intervalo.fim

    def estado(self, agora: datetime) -> EstadoEspera:
        """Expira a oferta que ninguém usou, e o horário que começou sem vagar; nada precisa ser gravado."""
        if self.atendida_em is not None:
            return EstadoEspera.ATENDIDA
        if agora >= (self.oferecida_ate or self.intervalo.inicio):
            return EstadoEspera.EXPIRADA
        return EstadoEspera.ESPERANDO if self.oferecida_ate is None else EstadoEspera.OFERECIDA

    def em_aberto(self, agora: datetime) -> bool:
        return self.estado(agora) in (EstadoEspera.ESPERANDO, EstadoEspera.OFERECIDA)
