"""A raiz, a saúde, as métricas e a demonstração."""

from __future__ import annotations

from typing import Any

from flask import Blueprint as BlueprintFlask
from flask import Response, request
from prometheus_client.exposition import choose_encoder
from werkzeug.exceptions import NotFound

from agendamento.api import esquemas
from agendamento.api.autenticacao import identificado_se_quiser
from agendamento.api.contexto import servicos
from agendamento.api.corpo import Blueprint, resposta
from agendamento.api.paginas import cliente
from agendamento.api.problemas import problema
from agendamento.aplicacao import demonstracao
from agendamento.dominio.erros import BancoIndisponivel
from agendamento.observabilidade.metricas import REGISTRO

blp = Blueprint("raiz", __name__, description="Ponto de partida e saúde")
exposicao = BlueprintFlask("exposicao", __name__)


@blp.route("/", methods=["GET"])
@identificado_se_quiser
@blp.response(200, esquemas.Raiz)
@blp.recusas(401, 429, 503)
def raiz() -> Response:
    """Ponto de partida: HAL para programas; para `text/html`, o cliente web."""
    preferido = request.accept_mimetypes.best_match(["application/json", "text/html"], "application/json")
    if preferido == "text/html":
        return cliente()
    return resposta(esquemas.Raiz().dump(servicos().config), Vary="Accept, Authorization")


@blp.route("/saude/vivo", methods=["GET"])
@blp.response(200, esquemas.Saude)
def vivo() -> Response:
    """O processo responde."""
    return resposta({"estado": "vivo"}, Cache_Control="no-store")


@blp.route("/saude/pronto", methods=["GET"])
@blp.response(200, esquemas.Saude)
@blp.recusas(503)
def pronto() -> Response:
    """O banco responde e grava, e o coordenador responde: pode receber pedidos."""
    try:
        banco = servicos().consultar.banco_pronto()
    except BancoIndisponivel:
        banco = False
    # Sem banco legível não se pergunta se ele grava.
    partes = {
        "banco": banco,
        "escrita": banco and servicos().banco.grava(),
        "coordenador": servicos().coordenador.pronto(),
    }
    if all(partes.values()):
        return resposta({"estado": "pronto", **partes}, Cache_Control="no-store")
    ausentes = ", ".join(nome for nome, bem in partes.items() if not bem)
    return problema(
        "servico-indisponivel",
        f"Sem resposta de: {ausentes}.",
        cabecalhos={"Retry-After": "1"},
        partes=partes,
    )


@blp.route("/demo", methods=["GET"])
@blp.response(200, esquemas.Demo)
@blp.recusas(404)
def demo() -> tuple[dict[str, Any], dict[str, str]]:
    """As pessoas de demonstração e suas chaves; só existe em modo de demonstração."""
    if not servicos().config.demo:
        raise NotFound
    with servicos().banco.ler() as leitura:
        pessoas = list(demonstracao.listar(leitura))
    itens = [{"id": c.id, "nome": c.nome, "papel": c.papel, "chave": chave} for c, chave in pessoas]
    return {"cientistas": itens}, {"Cache-Control": "no-store"}


@exposicao.get("/metrics")
def metricas() -> Response:
    """OpenMetrics, com exemplares; o texto de antes do Prometheus, a quem só o aceita."""
    aceita = request.headers.get("Accept", "")
    codificar, tipo = choose_encoder(aceita if "text/plain" in aceita else "application/openmetrics-text")
    return Response(codificar(REGISTRO), content_type=tipo)
