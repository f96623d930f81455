"""A grade de slots de um telescópio e os intervalos semiabertos ``[início, fim)`` alinhados a ela."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from agendamento.dominio.erros import DadosInvalidos, ErroDeCampo

DURACAO_MAXIMA = timedelta(hours=12)
SLOTS_MAXIMOS = 256
"""Metade dos recursos que um lock aceita: remarcar tranca os slots velhos e os novos de uma vez."""


def formatar(instante: datetime) -> str:
    """RFC 3339 em UTC, com ``Z`` e milissegundos: ``2026-12-01T03:00:00.000Z``."""
    return instante.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def numero(valor: float, forma: str = "g") -> str:
    """O número como se escreve em pt-BR, com vírgula decimal."""
    return format(valor, forma).replace(".", ",")


@dataclass(frozen=True, slots=True)
class Intervalo:
    """Intervalo semiaberto ``[inicio, fim)`` em UTC; ``inicio < fim``."""

    inicio: datetime
    fim: datetime

    def sobrepoe(self, outro: Intervalo) -> bool:
        """Dois semiabertos se sobrepõem se cada um começa antes do fim do outro; os adjacentes não."""
        return self.inicio < outro.fim and outro.inicio < self.fim

    @property
    def duracao(self) -> timedelta:
        return self.fim - self.inicio

    @property
    def horas(self) -> float:
        return self.duracao.total_seconds() / 3600


@dataclass(frozen=True, slots=True)
class Grade:
    """Slots de ``duracao_slot`` contados da meia-noite UTC (a duração divide o dia), até ``horizonte``."""

    duracao_slot: timedelta
    horizonte: timedelta

    @property
    def duracao_maxima(self) -> timedelta:
        """O maior agendamento: 12 h ou 256 slots, o que for menor, e nunca menos que um slot."""
        return max(self.duracao_slot, min(DURACAO_MAXIMA, SLOTS_MAXIMOS * self.duracao_slot))

    def alinhado(self, instante: datetime) -> bool:
        meia_noite = instante.replace(hour=0, minute=0, second=0, microsecond=0)
        return (instante - meia_noite) % self.duracao_slot == timedelta(0)

    def slot_em(self, instante: datetime) -> datetime:
        """Início do slot que contém o instante."""
        meia_noite = instante.replace(hour=0, minute=0, second=0, microsecond=0)
        return instante - (instante - meia_noite) % self.duracao_slot

    def slots(self, intervalo: Intervalo) -> Iterator[datetime]:
        """Inícios dos slots que o intervalo toca, em ordem."""
        atual = self.slot_em(intervalo.inicio)
        while atual < intervalo.fim:
            yield atual
            atual += self.duracao_slot

    def abertura(self, slot: datetime) -> datetime:
        """Instante em que o slot passa a aceitar agendamento: um horizonte antes de começar."""
        return slot - self.horizonte

    def validar(self, intervalo: Intervalo, agora: datetime) -> None:
        """Recusa o que a grade não permite.

        Raises:
            DadosInvalidos: fim não depois do início, fora da grade, no passado, além do horizonte ou longo
                demais; uma entrada por campo, com remédio.
        """
        erros = list(self._erros(intervalo, agora))
        if erros:
            raise DadosInvalidos(*erros)

    def _erros(self, intervalo: Intervalo, agora: datetime) -> Iterator[ErroDeCampo]:
        minutos = self.duracao_slot.total_seconds() / 60
        for campo, instante in (
            ("horario_inicio_utc", intervalo.inicio),
            ("horario_fim_utc", intervalo.fim),
        ):
            if not self.alinhado(instante):
                antes = self.slot_em(instante)
                yield ErroDeCampo(
                    campo,
                    f"fora da grade de slots de {numero(minutos)} min deste telescópio.",
                    f"Use {formatar(antes)} ou {formatar(antes + self.duracao_slot)}.",
                )
        if intervalo.fim <= intervalo.inicio:
            yield ErroDeCampo(
                "horario_fim_utc",
                "o fim não vem depois do início.",
                "Envie um fim posterior ao início, ou omita o campo para agendar um slot.",
            )
        elif intervalo.duracao > self.duracao_maxima:
            yield ErroDeCampo(
                "horario_fim_utc",
                f"o intervalo passa de {numero(self.duracao_maxima.total_seconds() / 3600)} h.",
                "Divida a observação em agendamentos menores.",
            )
        if intervalo.inicio <= agora:
            yield ErroDeCampo(
                "horario_inicio_utc",
                "este horário já passou.",
                f"Escolha um início depois de {formatar(agora)}.",
            )
        elif self.abertura(intervalo.inicio) > agora:
            yield ErroDeCampo(
                "horario_inicio_utc",
                f"além do horizonte de {self.horizonte.days} dias.",
                f"Este slot abre para agendamento em {formatar(self.abertura(intervalo.inicio))}.",
            )


def primeiras_livres(
    grade: Grade, tomados: Sequence[Intervalo], duracao: timedelta, busca: Intervalo, agora: datetime
) -> Iterator[Intervalo]:
    """As janelas livres de ``duracao`` (arredondada para cima, em slots) dentro da busca, uma após a outra.

    Args:
        tomados: em ordem de início; podem se sobrepor e não estar alinhados à grade.
    """
    slots = -(-duracao // grade.duracao_slot)
    tamanho = slots * grade.duracao_slot

    def alinhar(instante: datetime) -> datetime:
        slot = grade.slot_em(instante)
        return slot if slot == instante else slot + grade.duracao_slot

    inicio = max(alinhar(busca.inicio), grade.slot_em(agora) + grade.duracao_slot)
    proximo = 0
    while inicio + tamanho <= busca.fim and grade.abertura(inicio) <= agora:
        while proximo < len(tomados) and tomados[proximo].inicio < inicio + tamanho:
            # Um tomado curto, dentro de outro já visto, termina antes: não faz voltar.
            inicio = max(inicio, alinhar(tomados[proximo].fim))
            proximo += 1
        if inicio + tamanho <= busca.fim and grade.abertura(inicio) <= agora:
            yield Intervalo(inicio, inicio + tamanho)
            inicio += tamanho


def livres_mais_proximos(
    grade: Grade,
    pedido: Intervalo,
    ocupados: set[datetime],
    agora: datetime,
    alcance: timedelta,
    quantos: int,
) -> list[Intervalo]:
    """Intervalos livres da mesma duração, os mais próximos do pedido primeiro; empate: o mais cedo.

    Args:
        ocupados: inícios dos slots não livres em ``[pedido.inicio − alcance, pedido.fim + alcance)``.
        alcance: até onde procurar para cada lado.
    """
    n = max(1, round(pedido.duracao / grade.duracao_slot))
    achados: list[Intervalo] = []
    passos = int(alcance / grade.duracao_slot)
    for passo in range(1, passos + 1):
        for deslocamento in (-passo, passo):
            inicio = pedido.inicio + deslocamento * grade.duracao_slot
            if inicio <= agora or grade.abertura(inicio) > agora:
                continue
            if all(inicio + k * grade.duracao_slot not in ocupados for k in range(n)):
                achados.append(Intervalo(inicio, inicio + n * grade.duracao_slot))
                if len(achados) == quantos:
                    return achados
    return achados
