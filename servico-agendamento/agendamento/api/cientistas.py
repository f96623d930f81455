"""Cientistas: cadastro, leitura, alteração e remoção dos próprios dados."""

from __future__ import annotations

from typing import Any

from flask import Response, g, request

from agendamento.api import esquemas
from agendamento.api.autenticacao import autenticado, identificado_se_quiser
from agendamento.api.contexto import links, servicos
from agendamento.api.corpo import Blueprint, resposta
from agendamento.dominio.agendamento import Cientista

blp = Blueprint("cientistas", __name__, description="Cientistas e chaves de API")
_ID = "<id:id_>"
_ICS = "text/calendar; charset=utf-8"


@blp.route("/cientistas", methods=["POST"])
@identificado_se_quiser
@blp.arguments(esquemas.Cientista)
@blp.response(201, esquemas.CientistaCriada, headers={"Location": {"schema": {"type": "string"}}})
@blp.recusas(400, 401, 403, 413, 415, 422, 429, 503)
def criar(dados: dict[str, Any]) -> Response:
    """Cadastra e devolve a `chave`: a única vez que ela aparece."""
    cientista, chave = servicos().cientistas.cadastrar(dados, g.get("quem"))
    return resposta(
        {**esquemas.Cientista().dump(cientista), "chave": chave},
        201,
        Location=links().para(f"/cientistas/{cientista.id}")["href"],
        Cache_Control="no-store",
    )


@blp.route(f"/cientistas/{_ID}", methods=["GET"])
@autenticado
@blp.response(200, esquemas.Cientista)
@blp.recusas(401, 404, 429, 503)
def ler(id_: int) -> Response:
    """Os próprios dados (ou de qualquer pessoa, para a operação) e o uso da cota."""
    cientista = servicos().consultar.cientista(id_, g.quem)
    corpo = esquemas.Cientista().dump(cientista)
    corpo["uso"] = esquemas.Uso().dump(servicos().consultar.uso(id_))
    if id_ == g.quem.id:
        endereco = f"/cientistas/{id_}/agenda.ics?token={servicos().calendario.token(cientista)}"
        corpo["_links"]["calendario"] = links().para(endereco, type="text/calendar")
    return resposta(corpo)


@blp.route(f"/cientistas/{_ID}/agenda.ics", methods=["GET"])
@blp.arguments(esquemas.Token, location="query")
@blp.response(200, {"type": "string"}, content_type="text/calendar")
@blp.recusas(404, 422, 503)
def calendario(query: dict[str, Any], id_: int) -> Response:
    """As observações da pessoa, para assinar num calendário; o endereço, com o token, vem nos links dela."""
    pronta = Response(servicos().calendario.escrever(id_, query["token"]), content_type=_ICS)
    pronta.add_etag()
    pronta.make_conditional(request)
    return pronta


@blp.route(f"/cientistas/{_ID}/chave", methods=["POST"])
@autenticado
@blp.response(201, esquemas.Chave)
@blp.recusas(401, 404, 429, 503)
def trocar_chave(id_: int) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Revoga a chave e, com ela, o endereço do calendário; devolve a nova, que só aparece aqui."""
    return {"chave": servicos().cientistas.trocar_chave(id_, g.quem)}, 201, {"Cache-Control": "no-store"}


@blp.route(f"/cientistas/{_ID}", methods=["PUT"])
@autenticado
@blp.arguments(esquemas.CIENTISTA_A_ALTERAR)
@blp.response(200, esquemas.Cientista)
@blp.recusas(400, 401, 404, 413, 415, 422, 429, 503)
def alterar(dados: dict[str, Any], id_: int) -> Cientista:
    """Altera o que vier no corpo."""
    return servicos().cientistas.alterar(id_, dados, g.quem)


@blp.route(f"/cientistas/{_ID}", methods=["DELETE"])
@autenticado
@blp.response(204)
@blp.recusas(401, 404, 429, 503)
def remover(id_: int) -> None:
    """Apaga os dados pessoais, revoga a chave e cancela as observações futuras."""
    servicos().cientistas.remover(id_, g.quem)
