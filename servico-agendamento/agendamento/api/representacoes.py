"""O que sai: cada recurso como HAL. Instantes em UTC com ``Z`` e milissegundos."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from flask import Response

from agendamento.api.links import Links
from agendamento.aplicacao.consultar import Agenda, EstadoSlot, Uso
from agendamento.aplicacao.portas import RegistroAuditoria
from agendamento.dominio.agendamento import Agendamento, Cientista, Indisponibilidade, Telescopio
from agendamento.dominio.grade import formatar

HAL = "application/json"


def resposta(corpo: Any, status: int = 200, **cabecalhos: str) -> Response:
    """Resposta HAL; sublinhado no nome do cabeçalho vira hífen."""
    pronta = Response(orjson.dumps(corpo), status, content_type=HAL)
    for nome, valor in cabecalhos.items():
        pronta.headers[nome.replace("_", "-")] = valor
    return pronta


def etag(ag: Agendamento) -> str:
    """ETag forte: muda a cada versão."""
    return f'"{ag.id}-{ag.versao}"'


def agendamento(ag: Agendamento, links: Links) -> dict[str, Any]:
    return {
        "id": ag.id,
        "telescopio": ag.telescopio_slug,
        "cientista_id": ag.cientista_id,
        "horario_inicio_utc": formatar(ag.intervalo.inicio),
        "horario_fim_utc": formatar(ag.intervalo.fim),
        "objeto_celeste": ag.objeto_celeste,
        "observacoes": ag.observacoes,
        "estado": ag.estado.value,
        "motivo_cancelamento": ag.motivo_cancelamento,
        "fencing_token": ag.token,
        "clique": ag.clique,
        "versao": ag.versao,
        "criado_em_utc": formatar(ag.criado_em),
        "atualizado_em_utc": formatar(ag.atualizado_em),
        "_links": links.agendamento(ag),
    }


def telescopio(tel: Telescopio, links: Links) -> dict[str, Any]:
    return {
        "slug": tel.slug,
        "nome": tel.nome,
        "descricao": tel.descricao,
        "prefixo_recurso": tel.prefixo_recurso,
        "duracao_slot_s": int(tel.duracao_slot.total_seconds()),
        "horizonte_dias": tel.horizonte.days,
        "janela_ms": tel.janela_ms,
        "estado": tel.estado.value,
        "_links": links.telescopio(tel),
    }


def cientista(c: Cientista, links: Links, uso: Uso | None = None) -> dict[str, Any]:
    corpo: dict[str, Any] = {
        "id": c.id,
        "nome": c.nome,
        "email": c.email,
        "instituicao": c.instituicao,
        "pais": c.pais,
        "papel": c.papel.value,
        "criado_em_utc": formatar(c.criado_em),
    }
    if uso is not None:
        corpo["uso"] = {
            "ciclo": uso.ciclo.nome,
            "ativos": uso.ativos,
            "limite_ativos": uso.cota.ativos,
            "horas_ciclo": round(uso.horas_ciclo, 4),
            "limite_horas_ciclo": uso.cota.horas_ciclo,
        }
    corpo["_links"] = links.cientista(c)
    return corpo


def agenda(ag: Agenda, links: Links) -> dict[str, Any]:
    tel = ag.telescopio
    caminho = f"/telescopios/{tel.slug}/agenda"
    de, ate = formatar(ag.intervalo.inicio), formatar(ag.intervalo.fim)
    passo = ag.intervalo.duracao
    pode_agendar = links.quem is not None
    agendar = links.para("/agendamentos", "POST")
    slots = []
    for slot in ag.slots:
        inicio = formatar(slot.inicio)
        item: dict[str, Any] = {
            "inicio_utc": inicio,
            "fim_utc": formatar(slot.inicio + tel.duracao_slot),
            "estado": slot.estado.value,
        }
        if slot.motivo is not None:
            item["motivo"] = slot.motivo
        if slot.motivo == "horizonte":
            item["abre_em_utc"] = formatar(tel.grade.abertura(slot.inicio))
        if slot.agendamento_id is not None:
            item["_links"] = {"agendamento": links.para(f"/agendamentos/{slot.agendamento_id}")}
        elif slot.estado is EstadoSlot.LIVRE and pode_agendar:
            corpo = {"telescopio": tel.slug, "horario_inicio_utc": inicio}
            item["_links"] = {"agendar": {**agendar, "corpo": corpo}}
        slots.append(item)
    return {
        "telescopio": tel.slug,
        "de_utc": de,
        "ate_utc": ate,
        "agora_utc": formatar(links.agora),
        "slots": slots,
        "_links": {
            "self": links.para(f"{caminho}?de={de}&ate={ate}"),
            "telescopio": links.para(f"/telescopios/{tel.slug}"),
            "anterior": links.para(f"{caminho}?de={formatar(ag.intervalo.inicio - passo)}&ate={de}"),
            "proxima": links.para(f"{caminho}?de={ate}&ate={formatar(ag.intervalo.fim + passo)}"),
            "dia": links.para(f"{caminho}{{?de,ate}}", templated=True),
        },
    }


def indisponibilidade(tel: Telescopio, parada: Indisponibilidade, links: Links) -> dict[str, Any]:
    caminho = f"/telescopios/{tel.slug}/indisponibilidades"
    elos = {"telescopio": links.para(f"/telescopios/{tel.slug}")}
    if links.operador:
        elos["remover"] = links.para(f"{caminho}/{parada.id}", "DELETE")
    return {
        "id": parada.id,
        "telescopio": tel.slug,
        "inicio_utc": formatar(parada.intervalo.inicio),
        "fim_utc": formatar(parada.intervalo.fim),
        "motivo": parada.motivo,
        "criado_em_utc": formatar(parada.criado_em),
        "_links": elos,
    }


def registro_auditoria(linha: RegistroAuditoria, links: Links) -> dict[str, Any]:
    corpo: dict[str, Any] = {
        "seq": linha.seq,
        "timestamp_utc": formatar(linha.instante),
        "event_type": linha.evento,
        "details": linha.detalhes,
        "trace_id": linha.trace_id,
        "request_id": linha.request_id,
        "hash": linha.hash,
    }
    if isinstance(id_ := linha.detalhes.get("agendamento_id"), int):
        corpo["_links"] = {"agendamento": links.para(f"/agendamentos/{id_}")}
    return corpo


def colecao(nome: str, itens: Sequence[dict[str, Any]], elos: dict[str, Any]) -> dict[str, Any]:
    return {"_links": elos, "_embedded": {nome: list(itens)}}
