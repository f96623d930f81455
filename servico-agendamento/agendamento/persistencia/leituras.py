"""Consultas em SQLAlchemy Core: o caminho da reserva não paga pelo mapa de identidade do ORM."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

import orjson
from sqlalchemy import Connection, Row, Table, func, select, text, tuple_
from sqlalchemy.exc import DBAPIError

from agendamento.aplicacao.portas import FiltroAgendamentos, Ocupacao, RegistroAuditoria, RespostaGuardada
from agendamento.dominio.agendamento import (
    Agendamento,
    Cientista,
    Estado,
    EstadoTelescopio,
    Indisponibilidade,
    Papel,
    Telescopio,
)
from agendamento.dominio.grade import Intervalo
from agendamento.persistencia import modelos as m


def _tabela(modelo: type[m.Base]) -> Table:
    return cast(Table, modelo.__table__)


AGE, CIE, TEL = _tabela(m.Agendamento), _tabela(m.Cientista), _tabela(m.Telescopio)
SLO, CER, IND = _tabela(m.SlotOcupado), _tabela(m.Cerca), _tabela(m.Indisponibilidade)
AUD, IDE = _tabela(m.Auditoria), _tabela(m.Idempotencia)

_AGENDAMENTO = select(AGE, TEL.c.slug.label("telescopio_slug")).join(TEL, TEL.c.id == AGE.c.telescopio_id)
_CIENTISTA = select(CIE).where(CIE.c.removido_em.is_(None))


def _agendamento(linha: Row[Any]) -> Agendamento:
    return Agendamento(
        id=linha.id,
        telescopio_id=linha.telescopio_id,
        telescopio_slug=linha.telescopio_slug,
        cientista_id=linha.cientista_id,
        intervalo=Intervalo(linha.horario_inicio_utc, linha.horario_fim_utc),
        objeto_celeste=linha.objeto_celeste,
        observacoes=linha.observacoes,
        estado=Estado(linha.estado),
        token=linha.token,
        versao=linha.versao,
        criado_em=linha.criado_em,
        atualizado_em=linha.atualizado_em,
        motivo_cancelamento=linha.motivo_cancelamento,
    )


def _cientista(linha: Row[Any] | None) -> Cientista | None:
    if linha is None:
        return None
    return Cientista(
        id=linha.id,
        nome=linha.nome,
        email=linha.email,
        instituicao=linha.instituicao,
        pais=linha.pais,
        papel=Papel(linha.papel),
        criado_em=linha.criado_em,
        versao=linha.versao,
    )


def _telescopio(linha: Row[Any]) -> Telescopio:
    return Telescopio(
        id=linha.id,
        slug=linha.slug,
        nome=linha.nome,
        prefixo_recurso=linha.prefixo_recurso,
        descricao=linha.descricao,
        duracao_slot=timedelta(seconds=linha.duracao_slot_s),
        horizonte=timedelta(days=linha.horizonte_dias),
        janela_ms=linha.janela_ms,
        estado=EstadoTelescopio(linha.estado),
        versao=linha.versao,
    )


def _indisponibilidade(linha: Row[Any]) -> Indisponibilidade:
    return Indisponibilidade(
        linha.id,
        linha.telescopio_id,
        Intervalo(linha.inicio_utc, linha.fim_utc),
        linha.motivo,
        linha.criado_em,
    )


def _horas(linhas: Sequence[Row[Any]]) -> float:
    total: float = sum((x.horario_fim_utc - x.horario_inicio_utc).total_seconds() for x in linhas)
    return total / 3600


class LeituraSQL:
    """Cumpre ``portas.Leitura`` sobre uma conexão com a transação aberta."""

    def __init__(self, con: Connection) -> None:
        self._con = con

    def cientista_por_chave(self, impressao: str) -> Cientista | None:
        return _cientista(self._con.execute(_CIENTISTA.where(CIE.c.chave_sha256 == impressao)).one_or_none())

    def cientista(self, id_: int) -> Cientista | None:
        return _cientista(self._con.execute(_CIENTISTA.where(CIE.c.id == id_)).one_or_none())

    def telescopio(self, slug: str) -> Telescopio | None:
        linha = self._con.execute(select(TEL).where(TEL.c.slug == slug)).one_or_none()
        return None if linha is None else _telescopio(linha)

    def telescopio_por_id(self, id_: int) -> Telescopio | None:
        linha = self._con.execute(select(TEL).where(TEL.c.id == id_)).one_or_none()
        return None if linha is None else _telescopio(linha)

    def telescopios(self) -> list[Telescopio]:
        return [_telescopio(linha) for linha in self._con.execute(select(TEL).order_by(TEL.c.slug))]

    def agendamento(self, id_: int) -> Agendamento | None:
        linha = self._con.execute(_AGENDAMENTO.where(AGE.c.id == id_)).one_or_none()
        return None if linha is None else _agendamento(linha)

    def agendamentos(self, filtro: FiltroAgendamentos) -> list[Agendamento]:
        consulta = _AGENDAMENTO.order_by(AGE.c.horario_inicio_utc, AGE.c.id).limit(filtro.limite)
        if filtro.telescopio_id is not None:
            consulta = consulta.where(AGE.c.telescopio_id == filtro.telescopio_id)
        if filtro.cientista_id is not None:
            consulta = consulta.where(AGE.c.cientista_id == filtro.cientista_id)
        if filtro.estado is not None:
            consulta = consulta.where(AGE.c.estado == filtro.estado.value)
        if filtro.de is not None:
            consulta = consulta.where(AGE.c.horario_inicio_utc >= filtro.de)
        if filtro.ate is not None:
            consulta = consulta.where(AGE.c.horario_inicio_utc < filtro.ate)
        if filtro.depois is not None:
            inicio, id_ = filtro.depois
            chave = tuple_(AGE.c.horario_inicio_utc, AGE.c.id)
            consulta = consulta.where(AGE.c.horario_inicio_utc >= inicio, chave > (inicio, id_))
        return [_agendamento(linha) for linha in self._con.execute(consulta)]

    def agendamentos_que_tocam(self, telescopio_id: int, intervalo: Intervalo) -> list[Agendamento]:
        ids = select(SLO.c.agendamento_id).where(*_slots_no_intervalo(telescopio_id, intervalo)).distinct()
        consulta = _AGENDAMENTO.where(AGE.c.id.in_(ids)).order_by(AGE.c.horario_inicio_utc)
        return [_agendamento(linha) for linha in self._con.execute(consulta)]

    def ocupados(self, telescopio_id: int, intervalo: Intervalo) -> list[Ocupacao]:
        consulta = select(SLO.c.slot_inicio_utc, SLO.c.agendamento_id, SLO.c.cientista_id).where(
            *_slots_no_intervalo(telescopio_id, intervalo)
        )
        return [Ocupacao(*linha) for linha in self._con.execute(consulta)]

    def indisponibilidades(self, telescopio_id: int, intervalo: Intervalo) -> list[Indisponibilidade]:
        consulta = (
            select(IND)
            .where(
                IND.c.telescopio_id == telescopio_id,
                IND.c.fim_utc > intervalo.inicio,
                IND.c.inicio_utc < intervalo.fim,
            )
            .order_by(IND.c.inicio_utc)
        )
        return [_indisponibilidade(linha) for linha in self._con.execute(consulta)]

    def indisponibilidade(self, telescopio_id: int, id_: int) -> Indisponibilidade | None:
        linha = self._con.execute(
            select(IND).where(IND.c.telescopio_id == telescopio_id, IND.c.id == id_)
        ).one_or_none()
        return None if linha is None else _indisponibilidade(linha)

    def cercas(self, telescopio_id: int, slots: Sequence[datetime]) -> dict[datetime, int]:
        consulta = select(CER.c.slot_inicio_utc, CER.c.token).where(
            CER.c.telescopio_id == telescopio_id,
            CER.c.slot_inicio_utc >= slots[0],
            CER.c.slot_inicio_utc <= slots[-1],
        )
        return {linha.slot_inicio_utc: linha.token for linha in self._con.execute(consulta)}

    def ativos(self, cientista_id: int, agora: datetime, exceto: int | None = None) -> int:
        consulta = select(func.count()).where(
            AGE.c.cientista_id == cientista_id,
            AGE.c.estado == Estado.ATIVO.value,
            AGE.c.horario_inicio_utc > agora - timedelta(days=1),
            AGE.c.horario_fim_utc > agora,
            AGE.c.id != (exceto or 0),
        )
        return self._con.execute(consulta).scalar_one()

    def horas(self, cientista_id: int, ciclo: Intervalo, exceto: int | None = None) -> float:
        consulta = select(AGE.c.horario_inicio_utc, AGE.c.horario_fim_utc).where(
            AGE.c.cientista_id == cientista_id,
            AGE.c.estado == Estado.ATIVO.value,
            AGE.c.horario_inicio_utc >= ciclo.inicio,
            AGE.c.horario_inicio_utc < ciclo.fim,
            AGE.c.id != (exceto or 0),
        )
        return _horas(self._con.execute(consulta).all())

    def horas_criadas_desde(self, cientista_id: int, desde: datetime) -> float:
        consulta = select(AGE.c.horario_inicio_utc, AGE.c.horario_fim_utc).where(
            AGE.c.cientista_id == cientista_id,
            AGE.c.estado == Estado.ATIVO.value,
            AGE.c.criado_em >= desde,
        )
        return _horas(self._con.execute(consulta).all())

    def auditoria(self, depois: int, limite: int, **filtros: Any) -> list[RegistroAuditoria]:
        consulta = select(AUD).where(AUD.c.seq > depois).order_by(AUD.c.seq).limit(limite)
        if (evento := filtros.get("evento")) is not None:
            consulta = consulta.where(AUD.c.evento == evento)
        if (id_ := filtros.get("agendamento_id")) is not None:
            consulta = consulta.where(AUD.c.agendamento_id == id_)
        return [
            RegistroAuditoria(
                linha.seq, linha.instante_utc, linha.evento, orjson.loads(linha.detalhes),
                linha.trace_id, linha.request_id, linha.hash,
            )
            for linha in self._con.execute(consulta)
        ]  # fmt: skip

    def resposta_guardada(self, cientista_id: int, chave: str) -> RespostaGuardada | None:
        linha = self._con.execute(
            select(IDE.c.impressao, IDE.c.status, IDE.c.corpo, IDE.c.cabecalhos).where(
                IDE.c.cientista_id == cientista_id, IDE.c.chave == chave
            )
        ).one_or_none()
        return None if linha is None else RespostaGuardada(*linha)

    def esquema_atual(self) -> bool:
        """Verdadeiro se o banco responde e a migração esperada está aplicada."""
        try:
            return (
                self._con.execute(text("SELECT version_num FROM alembic_version")).scalar()
                == m.VERSAO_ESQUEMA
            )
        except DBAPIError:
            return False


def _slots_no_intervalo(telescopio_id: int, intervalo: Intervalo) -> tuple[Any, ...]:
    return (
        SLO.c.telescopio_id == telescopio_id,
        SLO.c.slot_inicio_utc >= intervalo.inicio,
        SLO.c.slot_inicio_utc < intervalo.fim,
    )
