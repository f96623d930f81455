"""O OpenAPI 3.1 gerado e o seu leitor, que funciona sem internet."""

from __future__ import annotations

from pathlib import Path

import swagger_ui
from apispec.ext.marshmallow import MarshmallowPlugin, resolver
from flask import Blueprint, Flask, Response, current_app, jsonify, send_from_directory
from flask_smorest import Api
from marshmallow import Schema

from agendamento import __version__
from agendamento.api import (
    agendamentos,
    auditoria,
    cientistas,
    corrida,
    esperas,
    justica,
    operacao,
    raiz,
    telescopios,
    tempo,
)
from agendamento.api.corpo import Id, JsonEstrito, Slug
from agendamento.api.links import ELO, ELOS
from agendamento.api.paginas import leitor_da_documentacao, paginas

PASTA_SWAGGER = Path(swagger_ui.__file__).parent / "static"
docs = Blueprint("docs", __name__)


class ApiSemErroPadrao(Api):
    """Os problemas têm formato próprio (problemas.py); o da biblioteca não entra na documentação."""

    DEFAULT_ERROR_RESPONSE_NAME = None


def _nome(esquema: type[Schema]) -> str:
    """Só o esquema inteiro ganha nome; o recorte dele para uma entrada vai escrito onde se usa."""
    # O apispec também passa instâncias, e aceita "" como "sem nome".
    recortado = isinstance(esquema, Schema) and (esquema.only or esquema.exclude or esquema.partial)
    return "" if recortado else resolver(esquema)


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
    app.json = JsonEstrito(app)
    api = ApiSemErroPadrao(app, spec_kwargs={**opcoes, "marshmallow_plugin": MarshmallowPlugin(_nome)})
    api.spec.components.schema("Elo", ELO).schema("Elos", ELOS)
    api.register_converter(Slug, lambda _: {"type": "string", "pattern": f"^{Slug.regex}$"})
    api.spec.components.security_scheme(
        "chave", {"type": "http", "scheme": "bearer", "description": "A chave de API, `sctec_…`."}
    )
    for modulo in (
        raiz, tempo, telescopios, agendamentos, esperas, cientistas, auditoria, justica, operacao, corrida,
    ):  # fmt: skip
        api.register_blueprint(modulo.blp)
    app.extensions["sctec-openapi"] = api.spec
    app.register_blueprint(raiz.exposicao)
    app.register_blueprint(paginas)
    app.register_blueprint(docs)


@docs.get("/openapi.json")
def openapi() -> Response:
    return jsonify(current_app.extensions["sctec-openapi"].to_dict())


@docs.get("/docs")
def leitor() -> Response:
    return leitor_da_documentacao()


@docs.get("/docs/estatico/<path:nome>")
def estatico(nome: str) -> Response:
    return send_from_directory(PASTA_SWAGGER, nome, max_age=86_400)
