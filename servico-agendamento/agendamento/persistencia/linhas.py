"""Das linhas do banco aos registros do domínio."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson

from agendamento.aplicacao.portas import RegistroAuditoria
from agendamento.dominio.agendamento import (
    Agendamento,
    Cientista,
    Estado,
    EstadoTelescopio,
    Indisponibilidade,
    Papel,
    Telescopio,
)
from agendamento.dominio.espera import Espera
from agendamento.dominio.grade import Intervalo


def agendamento(linha: Any) -> Agendamento:
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
        clique=linha.clique,
    )


def cientista(linha: Any) -> Cientista | None:
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


def telescopio(linha: Any) -> Telescopio:
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


def indisponibilidade(linha: Any) -> Indisponibilidade:
    return Indisponibilidade(
        linha.id,
        linha.telescopio_id,
        Intervalo(linha.inicio_utc, linha.fim_utc),
        linha.motivo,
        linha.criado_em,
    )


def _detalhes(texto: str) -> dict[str, Any]:
    """Um texto adulterado é mostrado como está: quem lê a trilha precisa vê-lo, e ``verificar`` o nomeia."""
    try:
        lidos = orjson.loads(texto)
    except orjson.JSONDecodeError:
        lidos = None
    return lidos if isinstance(lidos, dict) else {"ilegivel": str(texto)}


def espera(linha: Any) -> Espera:
    return Espera(
        linha.id,
        linha.cientista_id,
        linha.telescopio_id,
        linha.telescopio.slug,
        Intervalo(linha.horario_inicio_utc, linha.horario_fim_utc),
        linha.oferecida_ate,
        linha.atendida_em,
        linha.criado_em,
    )


def registro(linha: Any) -> RegistroAuditoria:
    return RegistroAuditoria(
        linha.seq,
        linha.instante_utc,
        linha.evento,
        _detalhes(linha.detalhes),
        linha.trace_id,
        linha.request_id,
        linha.hash,
    )
