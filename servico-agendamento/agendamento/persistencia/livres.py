"""O que não está livre, em vários telescópios de uma vez."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import CompoundSelect, select, union_all

from agendamento.dominio.agendamento import Estado
from agendamento.dominio.grade import DURACAO_MAXIMA, Intervalo
from agendamento.persistencia import modelos as m


def tomados(telescopios: Sequence[int], intervalo: Intervalo) -> CompoundSelect[Any]:
    """(telescopio_id, inicio, fim) de cada agendamento ativo ou parada que toca o intervalo, por início."""
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
    return union_all(agendados, parados).order_by("inicio")
