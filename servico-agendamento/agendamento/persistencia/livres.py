"""O que não está livre, em vários telescópios de uma vez; e a fila de quem espera que fique."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CompoundSelect, Select, exists, select, union_all
from sqlalchemy.orm import aliased

from agendamento.dominio.agendamento import Estado, EstadoTelescopio
from agendamento.dominio.grade import DURACAO_MAXIMA, Intervalo
from agendamento.persistencia import modelos as m


def tomados(telescopios: Sequence[int], intervalo: Intervalo, agora: datetime) -> CompoundSelect[Any]:
    """(telescopio_id, inicio, fim) de cada agendamento ativo, parada ou oferta que toca o intervalo, por início."""
    ag, parada = m.Agendamento, m.Indisponibilidade
    # Nenhum agendamento é mais longo que um dia: o índice por início basta para achar os que já começaram.
    desde = intervalo.inicio - max(DURACAO_MAXIMA, timedelta(days=1))
    agendados = select(
        ag.telescopio_id.label("telescopio_id"),
        ag.horario_inicio_utc.label("inicio"),
        ag.horario_fim_utc.label("fim"),
    ).where(
        ag.telescopio_id.in_(telescopios),
        ag.estado == Estado.ATIVO.value,
        ag.horario_inicio_utc >= desde,
        ag.horario_inicio_utc < intervalo.fim,
        ag.horario_fim_utc > intervalo.inicio,
    )
    parados = select(parada.telescopio_id, parada.inicio_utc, parada.fim_utc).where(
        parada.telescopio_id.in_(telescopios),
        parada.inicio_utc < intervalo.fim,
        parada.fim_utc > intervalo.inicio,
    )
    fila = m.Espera
    oferecidos = select(fila.telescopio_id, fila.horario_inicio_utc, fila.horario_fim_utc).where(
        fila.telescopio_id.in_(telescopios), *_oferecida(intervalo, agora)
    )
    return union_all(agendados, parados, oferecidos).order_by("inicio")


def _oferecida(intervalo: Intervalo, agora: datetime) -> tuple[Any, ...]:
    return (
        m.Espera.oferecida_ate > agora,
        m.Espera.atendida_em.is_(None),
        m.Espera.horario_inicio_utc < intervalo.fim,
        m.Espera.horario_fim_utc > intervalo.inicio,
    )


def ofertas(telescopio_id: int, intervalo: Intervalo, agora: datetime) -> Select[Any]:
    return select(m.Espera).where(m.Espera.telescopio_id == telescopio_id, *_oferecida(intervalo, agora))


def que_cabem(agora: datetime, telescopio_id: int | None, regiao: Intervalo | None) -> Select[Any]:
    """As que esperam e cujo horário está todo livre, da mais antiga à mais nova."""
    fila, oferta, slot, parada = m.Espera, aliased(m.Espera), m.SlotOcupado, m.Indisponibilidade
    tomado = exists().where(
        slot.telescopio_id == fila.telescopio_id,
        slot.slot_inicio_utc >= fila.horario_inicio_utc,
        slot.slot_inicio_utc < fila.horario_fim_utc,
    )
    parado = exists().where(
        parada.telescopio_id == fila.telescopio_id,
        parada.fim_utc > fila.horario_inicio_utc,
        parada.inicio_utc < fila.horario_fim_utc,
    )
    oferecido = exists().where(
        oferta.telescopio_id == fila.telescopio_id,
        oferta.horario_fim_utc > fila.horario_inicio_utc,
        oferta.horario_inicio_utc < fila.horario_fim_utc,
        oferta.oferecida_ate > agora,
        oferta.atendida_em.is_(None),
    )
    consulta = select(fila).where(
        fila.oferecida_ate.is_(None),
        fila.atendida_em.is_(None),
        fila.horario_inicio_utc > agora,
        fila.telescopio.has(estado=EstadoTelescopio.ATIVO.value),
        ~tomado,
        ~parado,
        ~oferecido,
    )
    if telescopio_id is not None:
        consulta = consulta.where(fila.telescopio_id == telescopio_id)
    if regiao is not None:
        consulta = consulta.where(fila.horario_fim_utc > regiao.inicio, fila.horario_inicio_utc < regiao.fim)
    return consulta.order_by(fila.id)
