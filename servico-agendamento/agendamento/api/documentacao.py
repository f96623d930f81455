"""O OpenAPI 3.1 gerado e o seu leitor, que funciona sem internet."""

from __future__ import annotations

from pathlib import Path

import swagger_ui
from flask import Blueprint, Flask, Response, current_app, send_from_directory
from flask_smorest import Api

from agendamento import __version__
from agendamento.api import (
    agendamentos,
    auditoria,
    cientistas,
    corrida,
    justica,
    operacao,
    raiz,
    telescopios,
    tempo,
)
from agendamento.api.corpo import Id, Slug
from agendamento.api.paginas import leitor_da_documentacao, paginas
from agendamento.api.representacoes import resposta

PASTA_SWAGGER = Path(swagger_ui.__file__).parent / "static"
docs = Blueprint("docs", __name__)


def instalar(app: Flask) -> None:
    """Registra as rotas documentadas e o leitor."""
    app.config.update(
        API_TITLE="SCTEC — servico-agendamento",
        API_VERSION=__version__,
        OPENAPI_VERSION="3.1.0",
    )
    opcoes = {
        "info": {
            "description": "Agenda, com justiça e prova, o telescópio espacial compartilhado. Instantes em RFC 3339, "
            "respondidos em UTC. Comece por `GET /` e siga os links.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
    }
    app.url_map.converters |= {"id": Id, "slug": Slug}
    api = Api(app, spec_kwargs=opcoes)
    api.register_converter(Slug, lambda _: {"type": "string", "pattern": f"^{Slug.regex}$"})
    # Os problemas têm formato próprio (problemas.py); o padrão da biblioteca não entra nas respostas.
    api.spec.components.security_scheme(
        "chave", {"type": "http", "scheme": "bearer", "description": "A chave de API, `sctec_…`."}
    )
    for modulo in (raiz, tempo, telescopios, agendamentos, cientistas, auditoria, justica, operacao, corrida):
        api.register_blueprint(modulo.blp)
    app.extensions["sctec-openapi"] = api.spec
    app.register_blueprint(raiz.exposicao)
    app.register_blueprint(paginas)
    app.register_blueprint(docs)


@docs.get("/openapi.json")
def openapi() -> Response:
    return resposta(_sem_default(current_app.extensions["sctec-openapi"].to_dict()))


def _sem_default(spec: dict[str, object]) -> dict[str, object]:
    # flask-smorest acrescenta uma resposta "default" com o formato de erro dele, que aqui nunca sai.
    for metodos in spec["paths"].values():  # type: ignore[attr-defined]
        for rota in metodos.values():
            if isinstance(rota, dict):
                rota.get("responses", {}).pop("default", None)
    return spec


@docs.get("/docs")
def leitor() -> Response:
    return leitor_da_documentacao()


@docs.get("/docs/estatico/<path:nome>")
def estatico(nome: str) -> Response:
    return send_from_directory(PASTA_SWAGGER, nome, max_age=86_400)
