"""Cientistas: cadastro, leitura, alteração e remoção dos próprios dados."""

from __future__ import annotations

from typing import Any

from flask import Response, g

from agendamento.api import documentos as doc
from agendamento.api import esquemas
from agendamento.api import representacoes as rep
from agendamento.api.autenticacao import autenticado, identificado_se_quiser
from agendamento.api.contexto import links, servicos
from agendamento.api.corpo import Blueprint
from agendamento.api.links import Links

blp = Blueprint("cientistas", __name__, description="Cientistas e chaves de API")
_ID = "<id:id_>"


@blp.route("/cientistas", methods=["POST"])
@identificado_se_quiser
@blp.arguments(esquemas.NovoCientista())
@blp.response(201, doc.CIENTISTA_CRIADA, headers=doc.COM_LOCATION)
@doc.recusas(400, 401, 403, 413, 415, 422, 429, 503)
def criar(dados: dict[str, Any]) -> Response:
    """Cadastra e devolve a `chave`: a única vez que ela aparece."""
    cientista, chave = servicos().cientistas.cadastrar(dados, g.get("quem"))
    elos = Links(links().base, g.get("quem") or cientista, links().agora)
    return rep.resposta(
        {**rep.cientista(cientista, elos), "chave": chave},
        201,
        Location=elos.para(f"/cientistas/{cientista.id}")["href"],
        Cache_Control="no-store",
    )


@blp.route(f"/cientistas/{_ID}", methods=["GET"])
@autenticado
@blp.response(200, doc.CIENTISTA)
@doc.recusas(401, 404, 429, 503)
def ler(id_: int) -> Response:
    """Os próprios dados (ou de qualquer pessoa, para a operação) e o uso da cota."""
    with servicos().banco.ler() as leitura:
        cientista = servicos().cientistas.ver(leitura, id_, g.quem)
    return rep.resposta(rep.cientista(cientista, links(), servicos().consultar.uso(id_)))


@blp.route(f"/cientistas/{_ID}", methods=["PUT"])
@autenticado
@blp.arguments(esquemas.AlteracaoCientista())
@blp.response(200, doc.CIENTISTA)
@doc.recusas(400, 401, 404, 413, 415, 422, 429, 503)
def alterar(dados: dict[str, Any], id_: int) -> Response:
    """Altera o que vier no corpo."""
    return rep.resposta(rep.cientista(servicos().cientistas.alterar(id_, dados, g.quem), links()))


@blp.route(f"/cientistas/{_ID}", methods=["DELETE"])
@autenticado
@blp.response(204)
@doc.recusas(401, 404, 429, 503)
def remover(id_: int) -> tuple[str, int]:
    """Apaga os dados pessoais, revoga a chave e cancela as observações futuras."""
    servicos().cientistas.remover(id_, g.quem)
    return "", 204
