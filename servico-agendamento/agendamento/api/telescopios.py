"""Telescópios, agenda e indisponibilidades."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Response, g, request

from agendamento.api import esquemas
from agendamento.api.autenticacao import autenticado, identificado_se_quiser
from agendamento.api.contexto import agora, links, servicos
from agendamento.api.corpo import Blueprint, resposta
from agendamento.aplicacao.consultar import Agenda
from agendamento.dominio.agendamento import Telescopio
from agendamento.dominio.grade import Intervalo

blp = Blueprint("telescopios", __name__, description="Telescópios, agenda e indisponibilidades")
_FIM_DOS_TEMPOS = datetime(9999, 1, 1, tzinfo=UTC)


@blp.route("/telescopios", methods=["GET"])
@identificado_se_quiser
@blp.response(200, esquemas.colecao("telescopios", esquemas.Telescopio))
@blp.recusas(401, 429, 503)
def listar() -> dict[str, Any]:
    """Todos os telescópios."""
    elos = links()
    proprios: dict[str, Any] = {"self": elos.para("/telescopios")}
    if elos.operador:
        proprios["criar"] = elos.para("/telescopios", "POST")
    return {"_embedded": {"telescopios": servicos().consultar.telescopios()}, "_links": proprios}


@blp.route("/telescopios", methods=["POST"])
@autenticado
@blp.arguments(esquemas.NOVO_TELESCOPIO)
@blp.response(201, esquemas.Telescopio, headers={"Location": {"schema": {"type": "string"}}})
@blp.recusas(400, 401, 403, 413, 415, 422, 429, 503)
def criar(dados: dict[str, Any]) -> tuple[Telescopio, dict[str, str]]:
    """Cria um telescópio (operação)."""
    dados.setdefault("horizonte_dias", servicos().config.horizonte_dias)
    tel = servicos().telescopios.criar(dados, g.quem)
    return tel, {"Location": links().para(f"/telescopios/{tel.slug}")["href"]}


@blp.route("/telescopios/<slug:slug>", methods=["GET"])
@identificado_se_quiser
@blp.response(200, esquemas.Telescopio)
@blp.recusas(401, 404, 429, 503)
def ler(slug: str) -> Telescopio:
    """Um telescópio: duração do slot, horizonte, estado e o que se pode fazer com ele."""
    return servicos().consultar.telescopio(slug)


@blp.route("/telescopios/<slug:slug>", methods=["PUT"])
@autenticado
@blp.arguments(esquemas.TELESCOPIO_A_ALTERAR)
@blp.response(200, esquemas.Telescopio)
@blp.recusas(400, 401, 403, 404, 409, 413, 415, 422, 429, 503)
def alterar(dados: dict[str, Any], slug: str) -> Telescopio:
    """Altera o que vier no corpo (operação)."""
    return servicos().telescopios.alterar(slug, dados, g.quem)


@blp.route("/telescopios/<slug:slug>", methods=["DELETE"])
@autenticado
@blp.response(200, esquemas.Telescopio)
@blp.recusas(401, 403, 404, 409, 429, 503)
def desativar(slug: str) -> Telescopio:
    """Tira de serviço, se não há observações futuras (operação). O histórico fica."""
    return servicos().telescopios.desativar(slug, g.quem)


@blp.route("/telescopios/<slug:slug>/agenda", methods=["GET"])
@identificado_se_quiser
@blp.arguments(esquemas.Periodo, location="query")
@blp.response(200, esquemas.Agenda)
@blp.recusas(401, 404, 422, 429, 503)
def agenda(query: dict[str, Any], slug: str) -> Agenda:
    """Os slots de um dia, ou de até sete, com o estado de cada um."""
    return servicos().consultar.agenda(slug, query.get("de"), query.get("ate"), g.get("quem"))


@blp.route("/livres", methods=["GET"])
@identificado_se_quiser
@blp.arguments(esquemas.BuscaDeLivres, location="query")
@blp.response(200, esquemas.colecao("livres", esquemas.Livre))
@blp.recusas(401, 404, 422, 429, 503)
def livres(query: dict[str, Any]) -> dict[str, Any]:
    """As primeiras janelas livres de tantos minutos, cada uma com o link que a agenda."""
    achadas = servicos().livres.procurar(
        query["minutos"], query.get("telescopio"), query.get("de"), query.get("ate"), query["limite"]
    )
    elos = links().pagina("/livres", dict(request.args), None)
    return {"_embedded": {"livres": achadas}, "_links": elos}


@blp.route("/telescopios/<slug:slug>/indisponibilidades", methods=["GET"])
@identificado_se_quiser
@blp.response(200, esquemas.colecao("indisponibilidades", esquemas.Indisponibilidade))
@blp.recusas(401, 404, 429, 503)
def listar_indisponibilidades(slug: str) -> dict[str, Any]:
    """As indisponibilidades em curso e futuras."""
    elos, caminho = links(), f"/telescopios/{slug}/indisponibilidades"
    paradas = servicos().consultar.indisponibilidades(slug, Intervalo(agora(), _FIM_DOS_TEMPOS))
    proprios: dict[str, Any] = {"self": elos.para(caminho), "telescopio": elos.para(f"/telescopios/{slug}")}
    if elos.operador:
        proprios["indisponibilizar"] = elos.para(caminho, "POST")
    return {"_embedded": {"indisponibilidades": paradas}, "_links": proprios}


@blp.route("/telescopios/<slug:slug>/indisponibilidades", methods=["POST"])
@autenticado
@blp.arguments(esquemas.Simular, location="query")
@blp.arguments(esquemas.Indisponibilidade)
@blp.response(201, esquemas.IndisponibilidadeRegistrada)
@blp.recusas(400, 401, 403, 404, 413, 415, 422, 429, 503)
@blp.alt_response(
    200, schema=esquemas.IndisponibilidadeSimulada, description="Simulação: o que seria cancelado."
)
def indisponibilizar(query: dict[str, Any], dados: dict[str, Any], slug: str) -> Response:
    """Fecha um intervalo e cancela, com cota devolvida e auditoria, o que ele cobre (operação)."""
    feita = servicos().telescopios.indisponibilizar(
        slug, Intervalo(dados["inicio"], dados["fim"]), dados["motivo"], g.quem, simular=query["simular"]
    )
    cancelados = {"_embedded": {"cancelados": esquemas.Agendamento(many=True).dump(feita.atingidos)}}
    if feita.indisponibilidade is None:
        return resposta({**esquemas.IndisponibilidadeSimulada().dump(dados), **cancelados})
    return resposta({**esquemas.Indisponibilidade().dump(feita.indisponibilidade), **cancelados}, 201)


@blp.route("/telescopios/<slug:slug>/indisponibilidades/<id:id_>", methods=["DELETE"])
@autenticado
@blp.response(204)
@blp.recusas(401, 403, 404, 429, 503)
def remover_indisponibilidade(slug: str, id_: int) -> None:
    """Reabre o intervalo; o que foi cancelado continua cancelado (operação)."""
    servicos().telescopios.remover_indisponibilidade(slug, id_, g.quem)
