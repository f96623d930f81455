"""O que só a operação vê do coordenador: os locks em vigor e as janelas abertas."""

from __future__ import annotations

from flask import Response, g

from agendamento.api import documentos as doc
from agendamento.api import representacoes as rep
from agendamento.api.autenticacao import autenticado
from agendamento.api.contexto import links, servicos
from agendamento.api.corpo import Blueprint
from agendamento.aplicacao.telescopios import exigir_operador

blp = Blueprint("operacao", __name__, description="Operação")


@blp.route("/operacao/travas", methods=["GET"])
@autenticado
@blp.response(200, doc.TRAVAS)
@doc.recusas(401, 403, 429, 503)
def locks() -> Response:
    """Os locks em vigor, as janelas de justiça abertas e quem espera, agora (operação)."""
    exigir_operador(g.quem)
    estado = servicos().coordenador.locks()
    return rep.resposta(
        {**estado, "_links": {"self": links().para("/operacao/travas")}}, Cache_Control="no-store"
    )
