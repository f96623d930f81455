"""A trilha de auditoria, em páginas (operação)."""

from __future__ import annotations

from typing import Any

from flask import Response, g, request

from agendamento.api import documentos as doc
from agendamento.api import esquemas
from agendamento.api import representacoes as rep
from agendamento.api.autenticacao import autenticado
from agendamento.api.contexto import links, servicos
from agendamento.api.corpo import Blueprint

blp = Blueprint("auditoria", __name__, description="Trilha de auditoria encadeada por SHA-256")


@blp.route("/auditoria", methods=["GET"])
@autenticado
@blp.arguments(esquemas.PaginaAuditoria(), location="query")
@blp.response(200, doc.colecao("registros", doc.REGISTRO))
@doc.recusas(401, 403, 422, 429, 503)
def listar(query: dict[str, Any]) -> Response:
    """Registros em ordem; siga `_links.next` enquanto houver."""
    limite = query["limite"]
    linhas = servicos().consultar.auditoria(
        g.quem, query["depois"], limite, query.get("evento"), query.get("agendamento_id")
    )
    pagina, elos = linhas[:limite], links()
    proxima = pagina[-1].seq if len(linhas) > limite else None
    itens = [rep.registro_auditoria(linha, elos) for linha in pagina]
    return rep.resposta(
        rep.colecao("registros", itens, elos.pagina("/auditoria", dict(request.args), proxima))
    )
