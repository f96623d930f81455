"""Toda recusa vira ``application/problem+json`` (RFC 9457): o que houve, em que campo, o que fazer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Flask, Response, g, make_response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from agendamento.api import ingles
from agendamento.api.catalogo import CATALOGO
from agendamento.api.contexto import links, servicos
from agendamento.api.corpo import CorpoMalformado
from agendamento.api.limitador import RequisicoesDemais
from agendamento.dominio import erros as e
from agendamento.dominio.grade import Intervalo, formatar
from agendamento.observabilidade import tracos
from agendamento.observabilidade.logs import registro

PROBLEMA = "application/problem+json"

_POR_CLASSE: dict[type[Exception], str] = {
    CorpoMalformado: "pedido-malformado",
    e.NaoAutenticado: "nao-autenticado",
    e.Proibido: "proibido",
    e.NaoEncontrado: "nao-encontrado",
    e.VersaoDivergente: "versao-divergente",
    e.PreCondicaoExigida: "pre-condicao-exigida",
    e.ChaveIdempotenteReusada: "idempotencia-reusada",
    e.ChaveIdempotenteEmCurso: "idempotencia-em-curso",
}
_POR_STATUS = {
    400: "pedido-malformado",
    404: "nao-encontrado",
    405: "metodo-nao-permitido",
    406: "formato-nao-aceito",
    413: "corpo-grande-demais",
    415: "tipo-de-conteudo",
}


def problema(slug: str, detalhe: str, *, cabecalhos: dict[str, str] | None = None, **extra: Any) -> Response:
    """Monta a resposta do tipo ``slug`` do catálogo; ``extra`` são membros a mais."""
    tipo = CATALOGO[slug]
    corpo = {
        "type": f"{request.script_root}/erros/{slug}",
        "title": tipo.titulo,
        "status": tipo.status,
        "detail": detalhe,
        "instance": f"urn:sctec:pedido:{g.get('request_id', '')}",
        "request_id": g.get("request_id"),
        "trace_id": g.get("trace_id"),
        "remedio": tipo.remedio,
        **extra,
    }
    tracos.anotar("sctec", {"problema": slug, "motivo": extra.get("motivo")})
    lingua = request.accept_languages.best_match(("pt-BR", "en"), "pt-BR")
    resposta = make_response(ingles.traduzir(slug, corpo) if lingua == "en" else corpo, tipo.status)
    resposta.content_type = PROBLEMA
    resposta.content_language.add(lingua)
    resposta.vary.add("Accept-Language")
    resposta.headers.update(cabecalhos or {})
    return resposta


def dados_invalidos(erros: Sequence[e.ErroDeCampo]) -> Response:
    return problema(
        "dados-invalidos",
        "Corrija: " + " ".join(f"{erro.campo}: {erro.mensagem}" for erro in erros),
        erros=[{"campo": x.campo, "mensagem": x.mensagem, "remedio": x.remedio} for x in erros],
    )


def slot_disputado(erro: e.SlotDisputado) -> Response:
    """O 409 que se explica: motivo, intervalo pedido, arbitragem se houve, e o que há de livre por perto."""
    pedido = Intervalo(erro.inicio, erro.fim)
    telescopio, livres = servicos().consultar.alternativas(erro.telescopio_id, pedido)
    elos = links()
    extra: dict[str, Any] = {
        "motivo": erro.motivo,
        "telescopio": telescopio.slug,
        "horario_inicio_utc": formatar(erro.inicio),
        "horario_fim_utc": formatar(erro.fim),
        "_links": {
            "alternativas": [elos.agendar(telescopio.slug, livre) for livre in livres],
            "agenda": elos.para(f"/telescopios/{telescopio.slug}/agenda?de={formatar(_dia(erro))}"),
        },
    }
    if isinstance(erro, e.JaESeu) and erro.agendamento_id is not None:
        extra["_links"]["agendamento"] = elos.para(f"/agendamentos/{erro.agendamento_id}")
    if erro.arbitragem:
        extra["arbitragem"] = erro.arbitragem
    slug = erro.motivo.lower().replace("_", "-")
    return problema(slug, str(erro), **extra)


def _dia(erro: e.SlotDisputado) -> Any:
    return erro.inicio.replace(hour=0, minute=0, second=0, microsecond=0)


def _do_dominio(erro: e.ErroSCTEC) -> Response:
    match erro:
        case e.SlotDisputado():
            return slot_disputado(erro)
        case e.DadosInvalidos():
            return dados_invalidos(erro.erros)
        case e.LimiteExcedido():
            campo = {"campo": erro.campo, "mensagem": str(erro), "remedio": erro.remedio}
            return problema("limite-excedido", str(erro), motivo="LIMITE_EXCEDIDO", erros=[campo])
        case e.EstadoImpede():
            return problema("estado-impede", str(erro), motivo=erro.motivo)
        case e.ServicoIndisponivel():
            cabecalhos = {"Retry-After": str(erro.tentar_em_s)}
            return problema("servico-indisponivel", str(erro), cabecalhos=cabecalhos, motivo=erro.motivo)
        case e.NaoAutenticado():
            return problema(
                "nao-autenticado", str(erro), cabecalhos={"WWW-Authenticate": 'Bearer realm="sctec"'}
            )
        case _:
            return problema(_POR_CLASSE[type(erro)], str(erro))


def _do_http(erro: HTTPException) -> Response:
    slug = _POR_STATUS.get(erro.code or 500)
    if slug is None:
        if erro.response is not None or (erro.code or 500) < 400:
            return Response(erro.get_response())  # type: ignore[arg-type]
        slug = "erro-interno" if (erro.code or 500) >= 500 else "pedido-malformado"
    cabecalhos = {}
    detalhe = CATALOGO[slug].texto
    if isinstance(erro, MethodNotAllowed) and erro.valid_methods:
        cabecalhos["Allow"] = ", ".join(sorted(erro.valid_methods))
        detalhe = f"{request.method} não é aceito aqui. Os métodos aceitos: {cabecalhos['Allow']}."
    return problema(slug, detalhe, cabecalhos=cabecalhos)


def _imprevisto(erro: Exception) -> Response:
    registro.error("Erro não previsto", exc_info=erro)
    return problema("erro-interno", CATALOGO["erro-interno"].texto)


def instalar(app: Flask) -> None:
    app.register_error_handler(e.ErroSCTEC, _do_dominio)
    app.register_error_handler(CorpoMalformado, _malformado)
    app.register_error_handler(RequisicoesDemais, _demais)
    app.register_error_handler(HTTPException, _do_http)
    app.register_error_handler(Exception, _imprevisto)


def _malformado(erro: CorpoMalformado) -> Response:
    return problema(
        "pedido-malformado",
        str(erro),
        erros=[{"campo": "(corpo)", "mensagem": str(erro), "remedio": CATALOGO["pedido-malformado"].remedio}],
    )


def _demais(erro: RequisicoesDemais) -> Response:
    return problema("requisicoes-demais", str(erro), cabecalhos={"Retry-After": str(erro.esperar_s)})
