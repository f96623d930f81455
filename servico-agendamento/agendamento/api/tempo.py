"""A hora oficial, para o algoritmo de Cristian (Cristian, 1989, "Probabilistic clock synchronization")."""

from __future__ import annotations

from typing import Any

from flask import Response

from agendamento.api import documentos as doc
from agendamento.api.contexto import agora, links
from agendamento.api.corpo import Blueprint
from agendamento.api.representacoes import resposta
from agendamento.dominio.grade import formatar

blp = Blueprint("tempo", __name__, description="Hora oficial")


@blp.route("/time")
@blp.response(200, doc.TEMPO)
def ler() -> Response:
    """Hora oficial UTC. Nunca é guardada em cache."""
    instante = agora()
    corpo: dict[str, Any] = {
        "agora_utc": formatar(instante),
        "agora_ms": int(instante.timestamp() * 1000),
        "_links": {"self": links().para("/time")},
    }
    return resposta(corpo, Cache_Control="no-store")
