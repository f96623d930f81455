"""Consultas fora do caminho de uma reserva: modelos e ``select``, numa sessão do SQLAlchemy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text, tuple_
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, scoped_session

from agendamento.aplicacao.portas import FiltroAgendamentos, Ocupacao, RegistroAuditoria
from agendamento.dominio.agendamento import Agendamento, Cientista, Indisponibilidade, Telescopio
from agendamento.dominio.espera import Espera
from agendamento.dominio.grade import Intervalo
from agendamento.persistencia import linhas, livres, reserva
from agendamento.persistencia import modelos as m

_CIENTISTA = select(m.Cientista).where(m.Cientista.removido_em.is_(None))


class LeituraSQL:
    """Cumpre ``portas.Leitura``."""

    def __init__(self, sessao: Session | scoped_session[Any]) -> None:
        self._sessao = sessao

    def cientista_por_chave(self, impressao: str) -> Cientista | None:
        return linhas.cientista(self._sessao.scalar(_CIENTISTA.where(m.Cientista.chave_sha256 == impressao)))

    def cientista(self, id_: int) -> Cientista | None:
        return linhas.cientista(self._sessao.scalar(_CIENTISTA.where(m.Cientista.id == id_)))

    def impressao_da_chave(self, cientista_id: int) -> str | None:
        achada = self._sessao.scalar(_CIENTISTA.where(m.Cientista.id == cientista_id))
        return None if achada is None else achada.chave_sha256

    def telescopio(self, slug: str) -> Telescopio | None:
        achado = self._sessao.scalar(select(m.Telescopio).where(m.Telescopio.slug == slug))
        return None if achado is None else linhas.telescopio(achado)

    def telescopio_por_id(self, id_: int) -> Telescopio | None:
        achado = self._sessao.get(m.Telescopio, id_)
        return None if achado is None else linhas.telescopio(achado)

    def telescopios(self) -> list[Telescopio]:
        todos = self._sessao.scalars(select(m.Telescopio).order_by(m.Telescopio.slug))
        return [linhas.telescopio(t) for t in todos]

    def agendamento(self, id_: int) -> Agendamento | None:
        achado = self._sessao.get(m.Agendamento, id_)
        return None if achado is None else linhas.agendamento(achado)

    def agendamentos(self, filtro: FiltroAgendamentos) -> list[Agendamento]:
        inicio, id_ = m.Agendamento.horario_inicio_utc, m.Agendamento.id
        consulta = select(m.Agendamento).order_by(inicio, id_).limit(filtro.limite)
        if filtro.telescopio_id is not None:
            consulta = consulta.where(m.Agendamento.telescopio_id == filtro.telescopio_id)
        if filtro.cientista_id is not None:
            consulta = consulta.where(m.Agendamento.cientista_id == filtro.cientista_id)
        if filtro.estado is not None:
            consulta = consulta.where(m.Agendamento.estado == filtro.estado.value)
        if filtro.de is not None:
            # Pelo índice: o que toca o intervalo começa, no máximo, o maior agendamento antes dele.
            consulta = consulta.where(
                inicio > filtro.de - reserva.MAIOR_AGENDAMENTO, m.Agendamento.horario_fim_utc > filtro.de
            )
        if filtro.ate is not None:
            consulta = consulta.where(inicio < filtro.ate)
        if filtro.depois is not None:
            # A primeira condição repete a segunda para que o índice por início sirva.
            consulta = consulta.where(inicio >= filtro.depois[0], tuple_(inicio, id_) > filtro.depois)
        return [linhas.agendamento(a) for a in self._sessao.scalars(consulta)]

    def agendamentos_que_tocam(self, telescopio_id: int, intervalo: Intervalo) -> list[Agendamento]:
        slots = select(m.SlotOcupado.agendamento_id).where(*_slots_em(telescopio_id, intervalo))
        consulta = select(m.Agendamento).where(m.Agendamento.id.in_(slots))
        return [
            linhas.agendamento(a)
            for a in self._sessao.scalars(consulta.order_by(m.Agendamento.horario_inicio_utc))
        ]

    def ocupados(self, telescopio_id: int, intervalo: Intervalo) -> list[Ocupacao]:
        consulta = select(
            m.SlotOcupado.slot_inicio_utc, m.SlotOcupado.agendamento_id, m.SlotOcupado.cientista_id
        ).where(*_slots_em(telescopio_id, intervalo))
        return [Ocupacao(*linha) for linha in self._sessao.execute(consulta)]

    def tomados(
        self, telescopios: Sequence[int], intervalo: Intervalo, agora: datetime
    ) -> list[tuple[int, Intervalo]]:
        achados = self._sessao.execute(livres.tomados(telescopios, intervalo, agora))
        return [(id_, Intervalo(inicio, fim)) for id_, inicio, fim in achados]

    def ofertas(self, telescopio_id: int, intervalo: Intervalo, agora: datetime) -> list[Espera]:
        achadas = self._sessao.scalars(livres.ofertas(telescopio_id, intervalo, agora))
        return [linhas.espera(e) for e in achadas]

    def esperas(self, cientista_id: int) -> list[Espera]:
        suas = select(m.Espera).where(m.Espera.cientista_id == cientista_id)
        return [linhas.espera(e) for e in self._sessao.scalars(suas.order_by(m.Espera.id.desc()).limit(100))]

    def indisponibilidades(self, telescopio_id: int, intervalo: Intervalo) -> list[Indisponibilidade]:
        parada = m.Indisponibilidade
        consulta = select(parada).where(
            parada.telescopio_id == telescopio_id,
            parada.fim_utc > intervalo.inicio,
            parada.inicio_utc < intervalo.fim,
        )
        return [
            linhas.indisponibilidade(p) for p in self._sessao.scalars(consulta.order_by(parada.inicio_utc))
        ]

    def indisponibilidade(self, telescopio_id: int, id_: int) -> Indisponibilidade | None:
        achada = self._sessao.get(m.Indisponibilidade, id_)
        if achada is None or achada.telescopio_id != telescopio_id:
            return None
        return linhas.indisponibilidade(achada)

    def uso(self, cientista_id: int, agora: datetime, ciclo: Intervalo) -> tuple[int, float]:
        """Observações futuras ativas, e horas no ciclo."""
        return reserva.contar(self._sessao.connection(), cientista_id, agora, ciclo)

    def auditoria(self, depois: int, limite: int, **filtros: Any) -> list[RegistroAuditoria]:
        """Os registros seguintes a ``depois``; ``evento`` e ``agendamento_id``, se vierem, os filtram."""
        pedidos = {nome: valor for nome, valor in filtros.items() if valor is not None}
        consulta = select(m.Auditoria).filter_by(**pedidos).where(m.Auditoria.seq > depois)
        return self._registros(consulta.order_by(m.Auditoria.seq).limit(limite))

    def ultimos_da_auditoria(self, evento: str, limite: int) -> list[RegistroAuditoria]:
        consulta = select(m.Auditoria).filter_by(evento=evento)
        return self._registros(consulta.order_by(m.Auditoria.seq.desc()).limit(limite))

    def _registros(self, consulta: Any) -> list[RegistroAuditoria]:
        return [linhas.registro(linha) for linha in self._sessao.scalars(consulta)]

    def ultimo_seq(self) -> int:
        return self._sessao.scalar(select(func.max(m.Auditoria.seq))) or 0

    def esquema_atual(self) -> bool:
        """Verdadeiro se o banco responde e a migração esperada está aplicada."""
        try:
            versao = self._sessao.scalar(text("SELECT version_num FROM alembic_version"))
        except DBAPIError:
            return False
        return bool(versao == m.VERSAO_ESQUEMA)


def _slots_em(telescopio_id: int, intervalo: Intervalo) -> tuple[Any, ...]:
    return (
        m.SlotOcupado.telescopio_id == telescopio_id,
        m.SlotOcupado.slot_inicio_utc >= intervalo.inicio,
        m.SlotOcupado.slot_inicio_utc < intervalo.fim,
    )
