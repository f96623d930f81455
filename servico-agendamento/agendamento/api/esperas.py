"""A fila de espera por horários tomados."""

from __future__ import annotations

from typing import Any

from flask import g

from agendamento.api import esquemas
from agendamento.api.autenticacao import autenticado
from agendamento.api.contexto import links, servicos
from agendamento.api.corpo import Blueprint
from agendamento.dominio.espera import Espera

blp = Blueprint("esperas", __name__, description="Fila de espera por horários tomados")


@blp.route("/esperas", methods=["POST"])
@autenticado
@blp.arguments(esquemas.Espera)
@blp.response(201, esquemas.Espera)
@blp.recusas(400, 401, 404, 409, 413, 415, 422, 429, 503)
def esperar(dados: dict[str, Any]) -> Espera:
    """Entra na fila de um horário tomado: se vagar, é oferecido, por um prazo, a quem espera há mais tempo."""
    return servicos().esperas.entrar(dados["telescopio_slug"], dados["inicio"], dados.get("fim"), g.quem)


@blp.route("/esperas", methods=["GET"])
@autenticado
@blp.response(200, esquemas.colecao("esperas", esquemas.Espera))
@blp.recusas(401, 429, 503)
def listar() -> dict[str, Any]:
    """As próprias, das mais novas às mais velhas: o que se espera, o que está oferecido, o que se obteve."""
    elos = links()
    proprios = {"self": elos.para("/esperas"), "esperar": elos.para("/esperas", "POST")}
    return {"_embedded": {"esperas": servicos().esperas.listar(g.quem)}, "_links": proprios}


@blp.route("/esperas/<id:id_>", methods=["DELETE"])
@autenticado
@blp.response(204)
@blp.recusas(401, 404, 429, 503)
def desistir(id_: int) -> None:
    """Sai da fila; o que estava oferecido passa ao seguinte."""
    servicos().esperas.sair(id_, g.quem)
