"""O que envolve cada requisição: identificadores, linhas de log, métricas, cabeçalhos e os casos de uso."""

from __future__ import annotations

import contextlib
import re
import time
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from random import getrandbits
from typing import cast

import orjson
from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import HTTPException

from agendamento.api import chegada
from agendamento.api.limitador import Limitador
from agendamento.api.links import Links
from agendamento.aplicacao.agendar import Agendar
from agendamento.aplicacao.calendario import Calendario
from agendamento.aplicacao.cancelar import Cancelar
from agendamento.aplicacao.cientistas import Cientistas
from agendamento.aplicacao.consultar import Consultar
from agendamento.aplicacao.cronometragem import Cronometragem
from agendamento.aplicacao.esperas import Esperas
from agendamento.aplicacao.justica import Justica
from agendamento.aplicacao.livres import Livres
from agendamento.aplicacao.portas import Banco, Coordenador, Relogio
from agendamento.aplicacao.remarcar import Remarcar
from agendamento.aplicacao.telescopios import Telescopios
from agendamento.config import Config
from agendamento.observabilidade import logs, metricas, tracos
from agendamento.observabilidade.instrumentacao import SILENCIOSOS
from agendamento.vez import vez

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_RESULTADOS = {
    "recurso-ocupado": "recurso_ocupado",
    "preterido": "preterido",
    "conflito-horario": "conflito_horario",
    "ja-e-seu": "ja_e_seu",
    "limite-excedido": "limite",
    "requisicoes-demais": "limite",
    "servico-indisponivel": "indisponivel",
    "erro-interno": "erro",
}
"""De cada tipo de problema ao rótulo da métrica; os outros são ``invalido``."""
_METODOS = frozenset({"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"})


@dataclass(frozen=True, slots=True)
class Servicos:
    """Os casos de uso já ligados aos adaptadores; ``app.py`` monta, as rotas usam."""

    config: Config
    relogio: Relogio
    banco: Banco
    coordenador: Coordenador
    agendar: Agendar
    remarcar: Remarcar
    cancelar: Cancelar
    consultar: Consultar
    livres: Livres
    calendario: Calendario
    cientistas: Cientistas
    telescopios: Telescopios
    esperas: Esperas
    cronometragem: Cronometragem
    justica: Justica
    limitador: Limitador


def servicos() -> Servicos:
    return cast(Servicos, current_app.extensions["sctec"])


def agora() -> datetime:
    return servicos().relogio.agora()


def links() -> Links:
    return Links(request.script_root, g.get("quem"), agora())


def rastro() -> tuple[str | None, str | None]:
    """(trace_id, request_id) do pedido em curso, para a trilha de auditoria."""
    ids = logs.identificadores()
    return ids.get("trace_id"), ids.get("request_id")


def instalar(app: Flask) -> None:
    app.before_request(_comecar)
    app.after_request(_terminar)
    app.teardown_request(_encerrar)


def _encerrar(_: BaseException | None) -> None:
    logs.request_id.set(None)
    if "sem_ids" in g:
        g.pop("sem_ids")()
    vez.sair()
    metricas.EM_ATENDIMENTO.dec()


def _comecar() -> None:
    g.inicio = time.perf_counter()
    metricas.EM_ATENDIMENTO.inc()
    # O corpo é lido antes de pedir a vez: quem o manda devagar não a ocupa. Se não pôde ser lido, a rota dirá.
    with contextlib.suppress(HTTPException):
        request.get_data(cache=True)
    g.chegada = chegada.medir(request.environ)
    vez.entrar()
    g.espera_s = time.monotonic() - g.chegada
    pedido = request.headers.get("X-Request-Id", "")
    # Não é segredo: dispensa a entropia do sistema, que é cara.
    g.request_id = pedido if _REQUEST_ID.fullmatch(pedido) else f"{getrandbits(64):016x}"
    logs.request_id.set(g.request_id)
    g.silencioso = request.path.startswith(SILENCIOSOS)
    if g.silencioso:
        g.sem_ids = tracos.identificar_sem_span(request.headers.get("traceparent", ""))
    g.trace_id = logs.identificadores().get("trace_id", "")
    if not g.silencioso:
        tracos.limpar_pedido(_metodo(), request.host.rpartition(":")[0] or request.host, _rota())
        tracos.evento("sctec.atendimento", {"sctec.espera_ms": _ms(g.espera_s)})
        metricas.ESPERA.observe(g.espera_s, tracos.exemplar())
        logs.registro.info(f"Requisição recebida para {request.method} {_caminho_seguro()}")


def _ms(segundos: float) -> float:
    return round(segundos * 1000, 1)


def _rota() -> str | None:
    return request.url_rule.rule if request.url_rule else None


@cache
def _modelo(rota: str) -> str:
    """``/agendamentos/{id}``, como na documentação, em vez da forma do Flask."""
    return re.sub(r"<(?:\w+:)?(\w+?)_?>", r"{\1}", rota)


def _metodo() -> str:
    # Quem pede escolhe o texto do método: um inventado não pode criar uma série nem um nome de span.
    return request.method if request.method in _METODOS else "_OTHER"


def _caminho_seguro() -> str:
    # Sem a query (pode trazer bilhetes) e sem o que um terminal interpretaria.
    return "".join(c if c.isprintable() else "?" for c in request.path[:200])


def _resultado(resposta: Response) -> str:
    """O do pedido de agendamento, pelo que se respondeu; nunca pelo caminho que levou à resposta."""
    if resposta.status_code < 500 and g.get("simulado"):
        return "simulado"
    if "Idempotent-Replayed" in resposta.headers:
        return "repetido"
    if resposta.status_code < 400:
        return "criado"
    tipo: str = orjson.loads(resposta.get_data())["type"]
    return _RESULTADOS.get(tipo.rpartition("/")[2], "invalido")


def _terminar(resposta: Response) -> Response:
    duracao = time.perf_counter() - g.get("inicio", time.perf_counter())
    medida = metricas.REQUISICOES.labels(
        _metodo(), _modelo(_rota() or "(nenhuma)"), str(resposta.status_code)
    )
    medida.observe(duracao, tracos.exemplar())
    if request.endpoint == "agendamentos.criar" and request.method == "POST":
        resultado = _resultado(resposta)
        metricas.AGENDAMENTOS.labels(resultado).inc()
        tracos.anotar("sctec", {"resultado": resultado})
    cabecalhos = resposta.headers
    cabecalhos["X-Request-Id"] = g.get("request_id", "")
    cabecalhos["X-Trace-Id"] = g.get("trace_id", "")
    cabecalhos["X-Content-Type-Options"] = "nosniff"
    if "Cache-Control" not in cabecalhos:
        cabecalhos["Cache-Control"] = "no-store" if resposta.status_code >= 400 else "private, no-cache"
    if "saldo" in g:
        cabecalhos.update(g.saldo)
    if not g.get("silencioso"):
        logs.registro.info(
            f"Resposta {resposta.status_code} para {request.method} {_caminho_seguro()}",
            status=resposta.status_code,
            duracao_ms=_ms(duracao),
            espera_ms=_ms(g.get("espera_s", 0.0)),
        )
    return resposta
