"""Leituras: agenda, horários livres próximos, listas, uso da cota."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from agendamento.aplicacao.acesso import agendamento_visivel, cientista_visivel, exigir_operador
from agendamento.aplicacao.portas import (
    Banco,
    Conferencia,
    FiltroAgendamentos,
    Leitura,
    RegistroAuditoria,
    Relogio,
)
from agendamento.aplicacao.telescopios import telescopio_existente
from agendamento.dominio.agendamento import (
    Agendamento,
    Cientista,
    Estado,
    EstadoTelescopio,
    Indisponibilidade,
    Telescopio,
)
from agendamento.dominio.cota import Ciclo, Cota, ciclo_de
from agendamento.dominio.erros import DadosInvalidos, ErroDeCampo, Proibido
from agendamento.dominio.grade import Intervalo, livres_mais_proximos

MAIOR_AGENDA = timedelta(days=7)
MAIOR_HISTORICO = 500
ALCANCES = (timedelta(hours=1), timedelta(hours=12), timedelta(days=3))
"""Até onde procurar horários livres para cada lado: perto primeiro, longe só se perto está tudo cheio."""
QUANTAS_ALTERNATIVAS = 4
VALIDADE_ALTERNATIVAS = timedelta(milliseconds=250)
"""Numa disputa, centenas de recusas do mesmo horário repetem a mesma sugestão em vez de recalculá-la."""


Sugestao = tuple[Telescopio, list[Intervalo]]


class EstadoSlot(StrEnum):
    LIVRE = "livre"
    OCUPADO = "ocupado"
    INDISPONIVEL = "indisponivel"


@dataclass(frozen=True, slots=True)
class Slot:
    """``motivo`` só quando indisponível: ``passado``, ``horizonte``, ``manutencao`` ou ``inativo``."""

    inicio: datetime
    estado: EstadoSlot
    motivo: str | None = None
    agendamento_id: int | None = None
    """Só preenchido para a dona da observação e para a operação."""


@dataclass(frozen=True, slots=True)
class Agenda:
    telescopio: Telescopio
    intervalo: Intervalo
    agora: datetime
    slots: list[Slot]


@dataclass(frozen=True, slots=True)
class Uso:
    """Quanto da cota foi usado; limites 0 = sem limite."""

    ciclo: Ciclo
    ativos: int
    horas_ciclo: float
    cota: Cota


class Consultar:
    def __init__(self, banco: Banco, relogio: Relogio, cota: Cota) -> None:
        self._banco = banco
        self._relogio = relogio
        self._cota = cota
        self._sugestoes: dict[tuple[int, Intervalo], tuple[datetime, Sugestao]] = {}

    def agenda(self, slug: str, de: datetime | None, ate: datetime | None, quem: Cientista | None) -> Agenda:
        """Estado de cada slot em ``[de, ate)``; por omissão, o dia UTC de hoje, ou as 24 h depois de ``de``.

        Raises:
            NaoEncontrado: não há o telescópio.
            DadosInvalidos: intervalo vazio ou maior que sete dias.
        """
        agora = self._relogio.agora()
        inicio = de or agora.replace(hour=0, minute=0, second=0, microsecond=0)
        fim = ate or inicio + timedelta(days=1)
        if not timedelta(0) < fim - inicio <= MAIOR_AGENDA:
            raise DadosInvalidos(
                ErroDeCampo("ate", "deve vir depois de “de”, e em até 7 dias.", "Corrija o intervalo.")
            )
        with self._banco.ler() as leitura:
            telescopio = telescopio_existente(leitura, slug)
            intervalo = Intervalo(telescopio.grade.slot_em(inicio), fim)
            ocupados = {o.slot: o for o in leitura.ocupados(telescopio.id, intervalo)}
            paradas = leitura.indisponibilidades(telescopio.id, intervalo)
            ofertas = leitura.ofertas(telescopio.id, intervalo, agora)
        de_outros = {
            slot
            for oferta in ofertas
            if quem is None or oferta.cientista_id != quem.id
            for slot in telescopio.grade.slots(oferta.intervalo)
        }
        slots = []
        for slot in telescopio.grade.slots(intervalo):
            ocupacao = ocupados.get(slot)
            if ocupacao is not None:
                seu = quem is not None and (quem.operador or quem.id == ocupacao.cientista_id)
                slots.append(Slot(slot, EstadoSlot.OCUPADO, None, ocupacao.agendamento_id if seu else None))
                continue
            if slot in de_outros and slot > agora:
                slots.append(Slot(slot, EstadoSlot.OCUPADO))
                continue
            motivo = _impedimento(telescopio, slot, paradas, agora)
            estado = EstadoSlot.LIVRE if motivo is None else EstadoSlot.INDISPONIVEL
            slots.append(Slot(slot, estado, motivo))
        return Agenda(telescopio, intervalo, agora, slots)

    def alternativas(self, telescopio_id: int, pedido: Intervalo) -> Sugestao:
        """Os intervalos livres da mesma duração mais próximos do pedido, vistos há no máximo 250 ms."""
        agora = self._relogio.agora()
        quando, sugestao = self._sugestoes.get((telescopio_id, pedido), (None, None))
        if quando is not None and sugestao is not None and abs(agora - quando) < VALIDADE_ALTERNATIVAS:
            return sugestao
        sugestao = self._procurar(telescopio_id, pedido, agora)
        if len(self._sugestoes) >= 1000:
            self._sugestoes.clear()
        self._sugestoes[telescopio_id, pedido] = (agora, sugestao)
        return sugestao

    def _procurar(self, telescopio_id: int, pedido: Intervalo, agora: datetime) -> Sugestao:
        with self._banco.ler() as leitura:
            telescopio = leitura.telescopio_por_id(telescopio_id)
            assert telescopio is not None
            for alcance in ALCANCES:
                regiao = Intervalo(pedido.inicio - alcance, pedido.fim + alcance + pedido.duracao)
                fechados = _nao_livres(leitura, telescopio, regiao, agora)
                livres = livres_mais_proximos(
                    telescopio.grade, pedido, fechados, agora, alcance, QUANTAS_ALTERNATIVAS
                )
                if len(livres) == QUANTAS_ALTERNATIVAS:
                    break
        return telescopio, livres

    def telescopios(self) -> list[Telescopio]:
        with self._banco.ler() as leitura:
            return leitura.telescopios()

    def telescopio(self, slug: str) -> Telescopio:
        with self._banco.ler() as leitura:
            return telescopio_existente(leitura, slug)

    def indisponibilidades(self, slug: str, intervalo: Intervalo) -> list[Indisponibilidade]:
        with self._banco.ler() as leitura:
            return leitura.indisponibilidades(telescopio_existente(leitura, slug).id, intervalo)

    def agendamento(self, id_: int, quem: Cientista) -> Agendamento:
        with self._banco.ler() as leitura:
            return agendamento_visivel(leitura.agendamento(id_), quem)

    def historico(self, id_: int, quem: Cientista) -> list[RegistroAuditoria]:
        """O que se fez com um agendamento, do mais velho ao mais novo: por quem é dono dele e pelos outros."""
        with self._banco.ler() as leitura:
            agendamento_visivel(leitura.agendamento(id_), quem)
            registros = leitura.auditoria(0, MAIOR_HISTORICO, agendamento_id=id_)
        return [registro for registro in registros if registro.evento.startswith("AGENDAMENTO_")]

    def agendamentos(
        self,
        quem: Cientista,
        *,
        telescopio: str | None,
        cientista_id: int | None,
        de: datetime | None,
        ate: datetime | None,
        estado: Estado | None,
        depois: tuple[datetime, int] | None,
        limite: int,
    ) -> list[Agendamento]:
        """Uma página, com um a mais que ``limite`` se houver outra. Quem não é da operação vê só os seus."""
        if not quem.operador:
            if cientista_id not in (None, quem.id):
                raise Proibido("Só a operação vê os agendamentos de outra pessoa; omita “cientista”.")
            cientista_id = quem.id
        with self._banco.ler() as leitura:
            telescopio_id = telescopio_existente(leitura, telescopio).id if telescopio else None
            return leitura.agendamentos(
                FiltroAgendamentos(telescopio_id, cientista_id, de, ate, estado, depois, limite + 1)
            )

    def cientista(self, id_: int, quem: Cientista) -> Cientista:
        with self._banco.ler() as leitura:
            return cientista_visivel(leitura, id_, quem)

    def uso(self, cientista_id: int) -> Uso:
        agora = self._relogio.agora()
        ciclo = ciclo_de(agora)
        with self._banco.ler() as leitura:
            return Uso(ciclo, *leitura.uso(cientista_id, agora, ciclo.intervalo), self._cota)

    def auditoria(
        self, quem: Cientista, depois: int, limite: int, evento: str | None, agendamento_id: int | None
    ) -> list[RegistroAuditoria]:
        exigir_operador(quem)
        with self._banco.ler() as leitura:
            return leitura.auditoria(depois, limite + 1, evento=evento, agendamento_id=agendamento_id)

    def ultimo_seq(self, quem: Cientista) -> int:
        exigir_operador(quem)
        with self._banco.ler() as leitura:
            return leitura.ultimo_seq()

    def conferir_auditoria(self, quem: Cientista) -> Conferencia:
        exigir_operador(quem)
        return self._banco.conferir_auditoria()

    def banco_pronto(self) -> bool:
        with self._banco.ler() as leitura:
            return leitura.esquema_atual()


def _impedimento(
    telescopio: Telescopio, slot: datetime, paradas: list[Indisponibilidade], agora: datetime
) -> str | None:
    if slot <= agora:
        return "passado"
    if telescopio.estado is not EstadoTelescopio.ATIVO:
        return "inativo"
    if telescopio.grade.abertura(slot) > agora:
        return "horizonte"
    if paradas and any(
        p.intervalo.sobrepoe(Intervalo(slot, slot + telescopio.duracao_slot)) for p in paradas
    ):
        return "manutencao"
    return None


def _nao_livres(
    leitura: Leitura, telescopio: Telescopio, regiao: Intervalo, agora: datetime
) -> set[datetime]:
    fechados: set[datetime] = set()
    for _, tomado in leitura.tomados([telescopio.id], regiao, agora):
        dentro = Intervalo(max(tomado.inicio, regiao.inicio), min(tomado.fim, regiao.fim))
        fechados.update(telescopio.grade.slots(dentro))
    return fechados
