"""Agendamentos: criar, listar, ler, remarcar, cancelar."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from typing import Any

from flask import Response, after_this_request, g, request

from agendamento.api import esquemas
from agendamento.api.autenticacao import autenticado
from agendamento.api.campos import MAIOR_ID
from agendamento.api.contexto import links, servicos
from agendamento.api.corpo import Blueprint, resposta
from agendamento.api.idempotencia import CABECALHO, Idempotencia
from agendamento.aplicacao.agendar import PedidoDeAgendamento
from agendamento.aplicacao.creditos import rede_de
from agendamento.aplicacao.cronometragem import Clique
from agendamento.aplicacao.remarcar import PedidoDeRemarcacao
from agendamento.dominio.agendamento import Agendamento, Estado
from agendamento.dominio.erros import DadosInvalidos, ErroDeCampo, PreCondicaoExigida, VersaoDivergente

blp = Blueprint("agendamentos", __name__, description="Observações agendadas")
_ID = "<id:id_>"
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "O ETag lido. Sem ele, 428 ao remarcar.",
    "example": '"123-1"',
}
_COM_ETAG = {"ETag": {"schema": {"type": "string"}, "description": "Versão, para If-Match e If-None-Match."}}
_CRIADO = {
    **_COM_ETAG,
    "Location": {"schema": {"type": "string"}, "description": "Endereço do agendamento."},
}
_idempotencia = Idempotencia()
_AGENDAMENTO = esquemas.Agendamento()
"""Um só: criar um esquema copia todos os seus campos, o que custava uns 3 % da CPU de uma reserva."""


def _clique(dados: dict[str, Any]) -> Clique:
    """Retira de ``dados`` o que o cliente declara do seu clique."""
    return Clique(
        g.chegada,
        rede_de(request.remote_addr),
        dados.pop("instante_clique_utc", None),
        dados.pop("incerteza_ms", None),
        dados.pop("bilhete_tempo", None),
        dados.pop("correcao_ms", None),
    )


def _com_etag(ag: Agendamento) -> tuple[Agendamento, dict[str, str]]:
    """O ETag é forte: muda a cada versão."""
    return ag, {"ETag": f'"{ag.id}-{ag.versao}"'}


@blp.route("/agendamentos", methods=["POST"])
@autenticado
@blp.arguments(esquemas.Simular, location="query")
@blp.arguments(esquemas.Agendamento)
@blp.response(201, esquemas.Agendamento, headers=_CRIADO)
@blp.recusas(400, 401, 403, 409, 413, 415, 422, 429, 503)
@blp.doc(parameters=[CABECALHO])
@blp.alt_response(200, schema=esquemas.Simulacao, description="Simulação: o horário pode ser agendado agora.")
def criar(query: dict[str, Any], dados: dict[str, Any]) -> Response:
    """Agenda um intervalo. Com `?simular=1`, diz o que aconteceria e não muda nada."""
    g.simulado = query["simular"]
    clique, telescopio = _clique(dados), dados.pop("telescopio_slug")
    pedido = PedidoDeAgendamento(telescopio=telescopio, clique=clique, **dados)
    if query["simular"]:
        return resposta(esquemas.Simulacao().dump(servicos().agendar.planejar(pedido, g.quem)))

    def responder(ag: Agendamento) -> Response:
        cabecalhos = {**_com_etag(ag)[1], "Location": links().para(f"/agendamentos/{ag.id}")["href"]}
        return resposta(_AGENDAMENTO.dump(ag), 201, **cabecalhos)

    return _idempotencia.executar(
        g.quem,
        lambda idempotente: servicos().agendar.executar(pedido, g.quem, idempotente),
        responder,
    )


@blp.route("/agendamentos", methods=["GET"])
@autenticado
@blp.arguments(esquemas.FiltroAgendamentos, location="query")
@blp.response(200, esquemas.colecao("agendamentos", esquemas.Agendamento))
@blp.recusas(401, 403, 404, 422, 429, 503)
def listar(query: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Lista em ordem de início; siga `_links.next` enquanto houver."""
    limite = query["limite"]
    achados = servicos().consultar.agendamentos(
        g.quem,
        telescopio=query.get("telescopio"),
        cientista_id=query.get("cientista"),
        de=query.get("de"),
        ate=query.get("ate"),
        estado=Estado(query["estado"]) if "estado" in query else None,
        depois=_ler_cursor(query["depois"]) if "depois" in query else None,
        limite=limite,
    )
    pagina = achados[:limite]
    proxima = _cursor(pagina[-1]) if len(achados) > limite else None
    elos = links().pagina("/agendamentos", dict(request.args), proxima)
    cabecalhos = {"Link": f'<{elos["next"]["href"]}>; rel="next"'} if proxima is not None else {}
    return {"_embedded": {"agendamentos": pagina}, "_links": elos}, cabecalhos


def _cursor(ag: Agendamento) -> str:
    return base64.urlsafe_b64encode(f"{ag.inicio.isoformat()}|{ag.id}".encode()).decode()


def _ler_cursor(texto: str) -> tuple[datetime, int]:
    try:
        inicio, id_ = base64.urlsafe_b64decode(texto.encode()).decode().split("|")
        posicao = datetime.fromisoformat(inicio), int(id_)
        if posicao[0].tzinfo is None or not 0 < posicao[1] <= MAIOR_ID:
            raise ValueError
        return posicao[0].astimezone(UTC), posicao[1]
    except (ValueError, binascii.Error, OverflowError):
        raise DadosInvalidos(
            ErroDeCampo(
                "depois", "não é um marcador desta lista.", "Use o href de _links.next sem alterá-lo."
            )
        ) from None


@blp.route(f"/agendamentos/{_ID}", methods=["GET"])
@autenticado
@blp.response(200, esquemas.Agendamento, headers=_COM_ETAG)
@blp.recusas(401, 404, 429, 503)
def ler(id_: int) -> tuple[Agendamento, dict[str, str]]:
    """Lê um agendamento. O `ETag` serve ao `If-Match` de uma remarcação."""
    after_this_request(lambda pronta: pronta.make_conditional(request))
    return _com_etag(servicos().consultar.agendamento(id_, g.quem))


@blp.route(f"/agendamentos/{_ID}/historico", methods=["GET"])
@autenticado
@blp.response(200, esquemas.colecao("fatos", esquemas.Fato))
@blp.recusas(401, 404, 429, 503)
def historico(id_: int) -> dict[str, Any]:
    """O que aconteceu com a observação, na ordem: por quem é dono dela ou pela operação."""
    fatos, elos = servicos().consultar.historico(id_, g.quem), links()
    proprios = {
        "self": elos.para(f"/agendamentos/{id_}/historico"),
        "agendamento": elos.para(f"/agendamentos/{id_}"),
    }
    return {"_embedded": {"fatos": fatos}, "_links": proprios}


@blp.route(f"/agendamentos/{_ID}", methods=["PUT"])
@autenticado
@blp.arguments(esquemas.AGENDAMENTO_A_REMARCAR)
@blp.response(200, esquemas.Agendamento, headers=_COM_ETAG)
@blp.recusas(400, 401, 404, 409, 412, 413, 415, 422, 428, 429, 503)
@blp.doc(parameters=[_IF_MATCH])
def remarcar(dados: dict[str, Any], id_: int) -> tuple[Agendamento, dict[str, str]]:
    """Move para outro intervalo, de uma vez: ou o novo é seu, ou o velho continua sendo.

    Com o mesmo intervalo, só o alvo e as observações mudam, e ninguém disputa nada.
    """
    if "If-Match" not in request.headers:
        raise PreCondicaoExigida("Remarcar exige If-Match com o ETag lido.")
    clique, versoes = _clique(dados), _versoes_do_if_match(id_)
    return _com_etag(
        servicos().remarcar.executar(
            PedidoDeRemarcacao(id=id_, versoes=versoes, clique=clique, **dados), g.quem
        )
    )


@blp.route(f"/agendamentos/{_ID}", methods=["DELETE"])
@autenticado
@blp.arguments(esquemas.Cancelamento, required=False)
@blp.response(200, esquemas.Agendamento, headers=_COM_ETAG)
@blp.recusas(400, 401, 404, 409, 412, 413, 415, 422, 429, 503)
def cancelar(dados: dict[str, Any], id_: int) -> tuple[Agendamento, dict[str, str]]:
    """Cancela: o registro fica, o horário se abre, a cota volta. O corpo é opcional."""
    return _com_etag(servicos().cancelar.executar(id_, g.quem, dados["motivo"], _versoes_do_if_match(id_)))


def _versoes_do_if_match(id_: int) -> frozenset[int]:
    """As versões que o cliente diz ter lido; vazio se não disse, ou se aceita qualquer uma (``*``).

    Raises:
        VersaoDivergente: nenhum dos ETags é deste agendamento; os fracos nunca são (RFC 9110, 13.1.1).
    """
    etags = request.if_match
    if "If-Match" not in request.headers or etags.star_tag:
        return frozenset()
    # If-Match: "" dá None.
    marcas = [marca.partition("-") for marca in etags.as_set() if marca]
    versoes = frozenset(
        int(versao)
        for dono, _, versao in marcas
        if dono == str(id_) and versao.isdecimal() and len(versao) < 10
    )
    if not versoes:
        raise VersaoDivergente("O If-Match não traz o ETag deste agendamento.")
    return versoes
