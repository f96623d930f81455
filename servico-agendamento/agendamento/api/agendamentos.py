"""Agendamentos: criar, listar, ler, remarcar, cancelar."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from typing import Any

from flask import Response, g, request

from agendamento.api import documentos as doc
from agendamento.api import esquemas
from agendamento.api import representacoes as rep
from agendamento.api.autenticacao import autenticado
from agendamento.api.campos import MAIOR_ID
from agendamento.api.contexto import links, servicos
from agendamento.api.corpo import Blueprint
from agendamento.api.idempotencia import Idempotencia
from agendamento.aplicacao.agendar import PedidoDeAgendamento
from agendamento.aplicacao.creditos import rede_de
from agendamento.aplicacao.cronometragem import Clique
from agendamento.aplicacao.remarcar import PedidoDeRemarcacao
from agendamento.dominio.agendamento import Agendamento, Estado
from agendamento.dominio.erros import DadosInvalidos, ErroDeCampo, PreCondicaoExigida, VersaoDivergente
from agendamento.dominio.grade import formatar

blp = Blueprint("agendamentos", __name__, description="Observações agendadas")
_ID = "<id:id_>"
_idempotencia = Idempotencia()


def _clique(dados: dict[str, Any]) -> Clique:
    """Retira de ``dados`` o que o cliente declara do seu clique."""
    return Clique(
        g.chegada,
        rede_de(request.remote_addr),
        dados.pop("instante_clique_utc", None),
        dados.pop("incerteza_ms", None),
        dados.pop("bilhete_tempo", None),
    )


@blp.route("/agendamentos", methods=["POST"])
@autenticado
@blp.arguments(esquemas.Simular(), location="query")
@blp.arguments(esquemas.NovoAgendamento())
@blp.response(201, doc.AGENDAMENTO, headers=doc.CRIADO)
@doc.recusas(400, 401, 403, 409, 413, 415, 422, 429, 503)
@blp.doc(parameters=[doc.IDEMPOTENCY_KEY])
@blp.alt_response(200, schema=doc.SIMULACAO, description="Simulação: o horário pode ser agendado agora.")
def criar(query: dict[str, Any], dados: dict[str, Any]) -> Response:
    """Agenda um intervalo. Com `?simular=1`, diz o que aconteceria e não muda nada."""
    inicio, fim, clique = dados.pop("horario_inicio_utc"), dados.pop("horario_fim_utc", None), _clique(dados)
    pedido = PedidoDeAgendamento(inicio=inicio, fim=fim, clique=clique, **dados)
    if query["simular"]:
        return _simular(pedido)
    elos = links()

    def responder(ag: Agendamento) -> Response:
        return rep.resposta(
            rep.agendamento(ag, elos),
            201,
            Location=elos.para(f"/agendamentos/{ag.id}")["href"],
            ETag=rep.etag(ag),
        )

    resposta = _idempotencia.executar(
        g.quem,
        lambda ao_gravar: servicos().agendar.executar(pedido, g.quem, ao_gravar),
        responder,
    )
    g.resultado = "criado"
    return resposta


def _simular(pedido: PedidoDeAgendamento) -> Response:
    plano = servicos().agendar.planejar(pedido, g.quem)
    g.resultado = "simulado"
    return rep.resposta(
        {
            "simulacao": True,
            "resultado": "LIVRE",
            "telescopio": plano.telescopio.slug,
            "cientista_id": plano.cientista.id,
            "horario_inicio_utc": formatar(plano.intervalo.inicio),
            "horario_fim_utc": formatar(plano.intervalo.fim),
            "_links": {"agendar": links().para("/agendamentos", "POST")},
        }
    )


@blp.route("/agendamentos", methods=["GET"])
@autenticado
@blp.arguments(esquemas.FiltroAgendamentos(), location="query")
@blp.response(200, doc.colecao("agendamentos", doc.AGENDAMENTO))
@doc.recusas(401, 403, 404, 422, 429, 503)
def listar(query: dict[str, Any]) -> Response:
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
    pagina, elos = achados[:limite], links()
    proxima = _cursor(pagina[-1]) if len(achados) > limite else None
    corpo = rep.colecao(
        "agendamentos",
        [rep.agendamento(ag, elos) for ag in pagina],
        elos.pagina("/agendamentos", dict(request.args), proxima),
    )
    resposta = rep.resposta(corpo)
    if proxima is not None:
        resposta.headers["Link"] = f'<{corpo["_links"]["next"]["href"]}>; rel="next"'
    return resposta


def _cursor(ag: Agendamento) -> str:
    return base64.urlsafe_b64encode(f"{ag.intervalo.inicio.isoformat()}|{ag.id}".encode()).decode()


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
@blp.response(200, doc.AGENDAMENTO, headers=doc.COM_ETAG)
@doc.recusas(401, 404, 429, 503)
def ler(id_: int) -> Response:
    """Lê um agendamento. O `ETag` serve ao `If-Match` de uma remarcação."""
    ag = servicos().consultar.agendamento(id_, g.quem)
    resposta = rep.resposta(rep.agendamento(ag, links()), ETag=rep.etag(ag))
    resposta.make_conditional(request)
    return resposta


@blp.route(f"/agendamentos/{_ID}", methods=["PUT"])
@autenticado
@blp.arguments(esquemas.Remarcacao())
@blp.response(200, doc.AGENDAMENTO, headers=doc.COM_ETAG)
@doc.recusas(400, 401, 404, 409, 412, 413, 415, 422, 428, 429, 503)
@blp.doc(parameters=[doc.IF_MATCH])
def remarcar(dados: dict[str, Any], id_: int) -> Response:
    """Move para outro intervalo, de uma vez: ou o novo é seu, ou o velho continua sendo."""
    versao = _versao_do_if_match(id_)
    if versao is None:
        raise PreCondicaoExigida("Remarcar exige If-Match com o ETag lido.")
    pedido = PedidoDeRemarcacao(
        id_,
        versao,
        dados["horario_inicio_utc"],
        dados.get("horario_fim_utc"),
        dados["objeto_celeste"],
        dados["observacoes"],
        _clique(dados),
    )
    ag = servicos().remarcar.executar(pedido, g.quem)
    return rep.resposta(rep.agendamento(ag, links()), ETag=rep.etag(ag))


@blp.route(f"/agendamentos/{_ID}", methods=["DELETE"])
@autenticado
@blp.arguments(esquemas.Cancelamento(), required=False)
@blp.response(200, doc.AGENDAMENTO, headers=doc.COM_ETAG)
@doc.recusas(400, 401, 404, 409, 412, 413, 415, 422, 429, 503)
def cancelar(dados: dict[str, Any], id_: int) -> Response:
    """Cancela: o registro fica, o horário se abre, a cota volta. O corpo é opcional."""
    ag = servicos().cancelar.executar(id_, g.quem, dados["motivo"], _versao_do_if_match(id_))
    return rep.resposta(rep.agendamento(ag, links()), ETag=rep.etag(ag))


def _versao_do_if_match(id_: int) -> int | None:
    """A versão que o cliente diz ter lido; ``None`` se não disse, ou se aceita qualquer uma (``*``).

    Raises:
        VersaoDivergente: o ETag não é deste agendamento.
    """
    if "If-Match" not in request.headers:
        return None
    etags = request.if_match
    # If-Match: "" dá None.
    for marca in filter(None, etags.as_set()):
        dono, _, versao = marca.partition("-")
        if dono == str(id_) and versao.isdecimal() and len(versao) < 10:
            return int(versao)
    if etags.star_tag and request.method == "DELETE":
        return None
    raise VersaoDivergente("O If-Match não traz o ETag deste agendamento.")
