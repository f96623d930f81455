"""A justiça às claras: a regra, os compromissos do sorteio, os segredos já revelados e o que se mediu."""

from __future__ import annotations

from agendamento.api import esquemas
from agendamento.api.contexto import servicos
from agendamento.api.corpo import Blueprint
from agendamento.aplicacao.portas import Detalhes

blp = Blueprint("justica", __name__, description="Como se decide quem fica com um horário disputado")


@blp.route("/justica", methods=["GET"])
@blp.response(200, esquemas.Justica)
@blp.recusas(503)
def ler() -> tuple[Detalhes, dict[str, str]]:
    """Regra, compromissos e segredos do sorteio, e números das últimas disputas. Público.

    Com isto e os registros `ARBITRAGEM_DECIDIDA`, qualquer pessoa refaz qualquer decisão: ver docs/JUSTICA.md.
    """
    cabecalhos = {"Cache-Control": "public, max-age=5", "Access-Control-Allow-Origin": "*"}
    return servicos().justica.publicar(), cabecalhos
