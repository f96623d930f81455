"""A justiça às claras: a regra, os compromissos do sorteio, os segredos já revelados e o que se mediu."""

from __future__ import annotations

from flask import Response

from agendamento.api import documentos as doc
from agendamento.api.contexto import links, servicos
from agendamento.api.corpo import Blueprint
from agendamento.api.representacoes import resposta

blp = Blueprint("justica", __name__, description="Como se decide quem fica com um horário disputado")


@blp.route("/justica", methods=["GET"])
@blp.response(200, doc.JUSTICA)
@doc.recusas(503)
def ler() -> Response:
    """Regra, compromissos e segredos do sorteio, e números das últimas disputas. Público.

    Com isto e os registros `ARBITRAGEM_DECIDIDA`, qualquer pessoa refaz qualquer decisão: ver docs/JUSTICA.md.
    """
    elos = links()
    corpo = {
        **servicos().justica.publicar(),
        "_links": {"self": elos.para("/justica"), "raiz": elos.para("/")},
    }
    return resposta(corpo, Cache_Control="public, max-age=5", Access_Control_Allow_Origin="*")
