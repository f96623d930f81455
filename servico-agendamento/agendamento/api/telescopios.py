"""Telescópios, agenda e indisponibilidades."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Response, g

from agendamento.api import documentos as doc
from agendamento.api import esquemas
from agendamento.api import representacoes as rep
from agendamento.api.autenticacao import autenticado, identificado_se_quiser
from agendamento.api.contexto import agora, links, servicos
from agendamento.api.corpo import Blueprint
from agendamento.dominio.grade import Intervalo, formatar

blp = Blueprint("telescopios", __name__, description="Telescópios, agenda e indisponibilidades")
_FIM_DOS_TEMPOS = datetime(9999, 1, 1, tzinfo=UTC)


@blp.route("/telescopios", methods=["GET"])
@identificado_se_quiser
@blp.response(200, doc.colecao("telescopios", doc.TELESCOPIO))
@doc.recusas(401, 429, 503)
def listar() -> Response:
    """Todos os telescópios."""
    elos = links()
    proprios: dict[str, Any] = {"self": elos.para("/telescopios")}
    if elos.operador:
        proprios["criar"] = elos.para("/telescopios", "POST")
    itens = [rep.telescopio(tel, elos) for tel in servicos().consultar.telescopios()]
    return rep.resposta(rep.colecao("telescopios", itens, proprios))


@blp.route("/telescopios", methods=["POST"])
@autenticado
@blp.arguments(esquemas.NovoTelescopio())
@blp.response(201, doc.TELESCOPIO, headers=doc.COM_LOCATION)
@doc.recusas(400, 401, 403, 413, 415, 422, 429, 503)
def criar(dados: dict[str, Any]) -> Response:
    """Cria um telescópio (operação)."""
    dados.setdefault("horizonte_dias", servicos().config.horizonte_dias)
    tel = servicos().telescopios.criar(dados, g.quem)
    elos = links()
    return rep.resposta(
        rep.telescopio(tel, elos), 201, Location=elos.para(f"/telescopios/{tel.slug}")["href"]
    )


@blp.route("/telescopios/<slug:slug>", methods=["GET"])
@identificado_se_quiser
@blp.response(200, doc.TELESCOPIO)
@doc.recusas(401, 404, 429, 503)
def ler(slug: str) -> Response:
    """Um telescópio: duração do slot, horizonte, estado e o que se pode fazer com ele."""
    return rep.resposta(rep.telescopio(servicos().consultar.telescopio(slug), links()))


@blp.route("/telescopios/<slug:slug>", methods=["PUT"])
@autenticado
@blp.arguments(esquemas.AlteracaoTelescopio())
@blp.response(200, doc.TELESCOPIO)
@doc.recusas(400, 401, 403, 404, 409, 413, 415, 422, 429, 503)
def alterar(dados: dict[str, Any], slug: str) -> Response:
    """Altera o que vier no corpo (operação)."""
    return rep.resposta(rep.telescopio(servicos().telescopios.alterar(slug, dados, g.quem), links()))


@blp.route("/telescopios/<slug:slug>", methods=["DELETE"])
@autenticado
@blp.response(200, doc.TELESCOPIO)
@doc.recusas(401, 403, 404, 409, 429, 503)
def desativar(slug: str) -> Response:
    """Tira de serviço, se não há observações futuras (operação). O histórico fica."""
    return rep.resposta(rep.telescopio(servicos().telescopios.desativar(slug, g.quem), links()))


@blp.route("/telescopios/<slug:slug>/agenda", methods=["GET"])
@identificado_se_quiser
@blp.arguments(esquemas.Agenda(), location="query")
@blp.response(200, doc.AGENDA)
@doc.recusas(401, 404, 422, 429, 503)
def agenda(query: dict[str, Any], slug: str) -> Response:
    """Os slots de um dia, ou de até sete, com o estado de cada um."""
    achada = servicos().consultar.agenda(slug, query.get("de"), query.get("ate"), g.get("quem"))
    return rep.resposta(rep.agenda(achada, links()))


@blp.route("/telescopios/<slug:slug>/indisponibilidades", methods=["GET"])
@identificado_se_quiser
@blp.response(200, doc.colecao("indisponibilidades", doc.INDISPONIBILIDADE))
@doc.recusas(401, 404, 429, 503)
def listar_indisponibilidades(slug: str) -> Response:
    """As indisponibilidades em curso e futuras."""
    elos = links()
    tel, paradas = servicos().consultar.indisponibilidades(slug, Intervalo(agora(), _FIM_DOS_TEMPOS))
    caminho = f"/telescopios/{slug}/indisponibilidades"
    proprios: dict[str, Any] = {"self": elos.para(caminho), "telescopio": elos.para(f"/telescopios/{slug}")}
    if elos.operador:
        proprios["indisponibilizar"] = elos.para(caminho, "POST")
    itens = [rep.indisponibilidade(tel, parada, elos) for parada in paradas]
    return rep.resposta(rep.colecao("indisponibilidades", itens, proprios))


@blp.route("/telescopios/<slug:slug>/indisponibilidades", methods=["POST"])
@autenticado
@blp.arguments(esquemas.Simular(), location="query")
@blp.arguments(esquemas.NovaIndisponibilidade())
@blp.response(201, doc.INDISPONIBILIDADE_REGISTRADA)
@doc.recusas(400, 401, 403, 404, 413, 415, 422, 429, 503)
@blp.alt_response(200, schema=doc.INDISPONIBILIDADE_SIMULADA, description="Simulação: o que seria cancelado.")
def indisponibilizar(query: dict[str, Any], dados: dict[str, Any], slug: str) -> Response:
    """Fecha um intervalo e cancela, com cota devolvida e auditoria, o que ele cobre (operação)."""
    resultado = servicos().telescopios.indisponibilizar(
        slug,
        Intervalo(dados["inicio_utc"], dados["fim_utc"]),
        dados["motivo"],
        g.quem,
        simular=query["simular"],
    )
    elos = links()
    atingidos = [rep.agendamento(ag, elos) for ag in resultado.atingidos]
    if resultado.indisponibilidade is None:
        return rep.resposta(
            {
                "simulacao": True,
                "telescopio": slug,
                "inicio_utc": formatar(dados["inicio_utc"]),
                "fim_utc": formatar(dados["fim_utc"]),
                "_embedded": {"cancelados": atingidos},
                "_links": {"indisponibilizar": elos.para(f"/telescopios/{slug}/indisponibilidades", "POST")},
            }
        )
    tel = servicos().consultar.telescopio(slug)
    corpo = rep.indisponibilidade(tel, resultado.indisponibilidade, elos)
    return rep.resposta({**corpo, "_embedded": {"cancelados": atingidos}}, 201)


@blp.route("/telescopios/<slug:slug>/indisponibilidades/<id:id_>", methods=["DELETE"])
@autenticado
@blp.response(204)
@doc.recusas(401, 403, 404, 429, 503)
def remover_indisponibilidade(slug: str, id_: int) -> tuple[str, int]:
    """Reabre o intervalo; o que foi cancelado continua cancelado (operação)."""
    servicos().telescopios.remover_indisponibilidade(slug, id_, g.quem)
    return "", 204
