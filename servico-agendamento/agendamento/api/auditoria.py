"""A trilha de auditoria, em páginas, e a conferência dela (operação)."""

from __future__ import annotations

from typing import Any

from flask import g, request

from agendamento.api import esquemas
from agendamento.api.autenticacao import autenticado
from agendamento.api.contexto import agora, links, servicos
from agendamento.api.corpo import Blueprint

blp = Blueprint("auditoria", __name__, description="Trilha de auditoria encadeada por SHA-256")


@blp.route("/auditoria", methods=["GET"])
@autenticado
@blp.arguments(esquemas.PaginaAuditoria, location="query")
@blp.response(200, esquemas.colecao("registros", esquemas.Registro))
@blp.recusas(401, 403, 422, 429, 503)
def listar(query: dict[str, Any]) -> dict[str, Any]:
    """Registros em ordem; siga `_links.next` enquanto houver. `_links.ultimos` salta à página final."""
    limite = query["limite"]
    linhas = servicos().consultar.auditoria(
        g.quem, query["depois"], limite, query.get("evento"), query.get("agendamento_id")
    )
    pagina, elos = linhas[:limite], links()
    proxima = pagina[-1].seq if len(linhas) > limite else None
    proprios = elos.pagina("/auditoria", dict(request.args), proxima)
    ultimo = servicos().consultar.ultimo_seq(g.quem)
    proprios["ultimos"] = elos.para(f"/auditoria?depois={max(0, ultimo - limite)}&limite={limite}")
    if query["depois"] > 0:
        proprios["prev"] = elos.para(f"/auditoria?depois={max(0, query['depois'] - limite)}&limite={limite}")
    return {"_embedded": {"registros": pagina}, "_links": proprios}


@blp.route("/auditoria/verificacao", methods=["GET"])
@autenticado
@blp.response(200, esquemas.Verificacao)
@blp.recusas(401, 403, 429, 503)
def verificar() -> tuple[dict[str, Any], dict[str, str]]:
    """Refaz a conta da trilha inteira: cada hash encadeado, e cada campo e slot das tabelas como ela conta."""
    conferida = servicos().consultar.conferir_auditoria(g.quem)
    return {
        "integra": not conferida.divergencias,
        "conferida_em_utc": agora(),
        "ancora": conferida.ancora,
        "divergencias": [
            {"seq": seq, "problema": problema} for seq, problema in conferida.divergencias[:100]
        ],
    }, {"Cache-Control": "no-store"}
