"""As entidades como o resto do sistema as vê: registros imutáveis, sem banco e sem HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from agendamento.dominio.erros import EstadoImpede
from agendamento.dominio.grade import Grade, Intervalo, formatar


class Estado(StrEnum):
    ATIVO = "ATIVO"
    CANCELADO = "CANCELADO"


class Papel(StrEnum):
    CIENTISTA = "CIENTISTA"
    OPERADOR = "OPERADOR"


class EstadoTelescopio(StrEnum):
    ATIVO = "ATIVO"
    INATIVO = "INATIVO"


@dataclass(frozen=True, slots=True)
class Telescopio:
    id: int
    slug: str
    nome: str
    prefixo_recurso: str
    descricao: str
    duracao_slot: timedelta
    horizonte: timedelta
    janela_ms: int | None
    """Janela de justiça deste telescópio, em ms; ``None`` = a da configuração."""
    estado: EstadoTelescopio
    versao: int

    @property
    def duracao_slot_s(self) -> int:
        return int(self.duracao_slot.total_seconds())

    @property
    def horizonte_dias(self) -> int:
        return self.horizonte.days

    @property
    def grade(self) -> Grade:
        return Grade(self.duracao_slot, self.horizonte)

    def recurso(self, slot: datetime) -> str:
        """Nome do slot para o coordenador: ``Hubble-Acad_2026-12-01T03:00:00Z``."""
        return f"{self.prefixo_recurso}_{slot.strftime('%Y-%m-%dT%H:%M:%SZ')}"

    def recursos(self, intervalo: Intervalo) -> list[str]:
        return [self.recurso(slot) for slot in self.grade.slots(intervalo)]


@dataclass(frozen=True, slots=True)
class Cientista:
    id: int
    nome: str
    email: str
    instituicao: str | None
    pais: str | None
    papel: Papel
    criado_em: datetime
    versao: int

    @property
    def operador(self) -> bool:
        return self.papel is Papel.OPERADOR


@dataclass(frozen=True, slots=True)
class Agendamento:
    id: int
    telescopio_id: int
    telescopio_slug: str
    cientista_id: int
    intervalo: Intervalo
    objeto_celeste: str | None
    observacoes: str | None
    estado: Estado
    token: int
    versao: int
    criado_em: datetime
    atualizado_em: datetime
    motivo_cancelamento: str | None = None
    clique: dict[str, Any] | None = None
    """O instante efetivo do clique que o obteve, com o que o explica; ``None`` se não foi por um clique."""

    @property
    def inicio(self) -> datetime:
        return self.intervalo.inicio

    @property
    def fim(self) -> datetime:
        return self.intervalo.fim

    def pode_mudar(self, agora: datetime) -> bool:
        """Cancelar e remarcar só enquanto está ativo e não começou."""
        return self.estado is Estado.ATIVO and agora < self.intervalo.inicio

    def exigir_mudavel(self, agora: datetime) -> None:
        """
        Raises:
            EstadoImpede: já cancelado, ou já começou.
        """
        if self.estado is Estado.CANCELADO:
            raise EstadoImpede("Este agendamento já foi cancelado.", "JA_CANCELADO")
        if agora >= self.intervalo.inicio:
            raise EstadoImpede(
                f"Esta observação já começou, em {formatar(self.intervalo.inicio)}.", "JA_INICIADO"
            )

    def pertence_a(self, cientista: Cientista) -> bool:
        return self.cientista_id == cientista.id or cientista.operador


@dataclass(frozen=True, slots=True)
class Indisponibilidade:
    id: int
    telescopio_id: int
    intervalo: Intervalo
    motivo: str
    criado_em: datetime

    @property
    def inicio(self) -> datetime:
        return self.intervalo.inicio

    @property
    def fim(self) -> datetime:
        return self.intervalo.fim
