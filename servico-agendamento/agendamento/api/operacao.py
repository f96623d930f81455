"""O que só a operação vê do coordenador: os locks em vigor e as janelas abertas."""

from __future__ import annotations

from flask import g

from agendamento.api import esquemas
from agendamento.api.autenticacao import autenticado
from agendamento.api.contexto import servicos
from agendamento.api.corpo import Blueprint
from agendamento.aplicacao.acesso import exigir_operador
from agendamento.aplicacao.portas import Detalhes

blp = Blueprint("operacao", __name__, description="Operação")


@blp.route("/operacao/travas", methods=["GET"])
@autenticado
@blp.response(200, esquemas.Locks)
@blp.recusas(401, 403, 429, 503)
def locks() -> tuple[Detalhes, dict[str, str]]:
    """Os locks em vigor, as janelas de justiça abertas e quem espera, agora (operação)."""
    exigir_operador(g.quem)
    return servicos().coordenador.locks(), {"Cache-Control": "no-store"}
