"""Cientistas: cadastro, leitura, alteração e remoção dos próprios dados."""

from __future__ import annotations

from typing import Any

from flask import Response, g

from agendamento.api import esquemas
from agendamento.api.autenticacao import autenticado, identificado_se_quiser
from agendamento.api.contexto import links, servicos
from agendamento.api.corpo import Blueprint, resposta
from agendamento.dominio.agendamento import Cientista

blp = Blueprint("cientistas", __name__, description="Cientistas e chaves de API")
_ID = "<id:id_>"


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
    with servicos().banco.ler() as leitura:
        cientista = servicos().cientistas.ver(leitura, id_, g.quem)
    uso = esquemas.Uso().dump(servicos().consultar.uso(id_))
    return resposta({**esquemas.Cientista().dump(cientista), "uso": uso})


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
