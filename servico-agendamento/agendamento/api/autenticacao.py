"""Quem pede: a chave no cabeçalho Authorization."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import current_app, g, request

from agendamento.dominio.agendamento import Cientista
from agendamento.dominio.erros import NaoAutenticado

P = ParamSpec("P")
R = TypeVar("R")


def _identificar() -> Cientista | None:
    """A dona da chave enviada; ``None`` se não veio chave alguma.

    Raises:
        NaoAutenticado: veio uma chave, e ela não vale.
        RequisicoesDemais: a chave gastou o seu saldo.
    """
    cabecalho = request.headers.get("Authorization")
    if cabecalho is None:
        return None
    esquema, _, chave = cabecalho.partition(" ")
    if esquema.lower() != "bearer" or not chave or len(chave) > 200:
        raise NaoAutenticado("O cabeçalho Authorization não tem a forma “Bearer <chave>”.")
    sctec = current_app.extensions["sctec"]
    quem: Cientista = sctec.cientistas.autenticar(chave.strip())
    g.saldo = sctec.limitador.gastar(quem.id)
    g.quem = quem
    return quem


def autenticado(vista: Callable[P, R]) -> Callable[P, R]:
    """A rota exige chave; a cientista fica em ``g.quem``."""

    @wraps(vista)
    def com_chave(*args: P.args, **kwargs: P.kwargs) -> R:
        if _identificar() is None:
            raise NaoAutenticado("Esta chamada precisa de uma chave.")
        return vista(*args, **kwargs)

    return _documentar(com_chave, [{"chave": []}])


def identificado_se_quiser(vista: Callable[P, R]) -> Callable[P, R]:
    """A rota é pública; com chave, a resposta traz os links que ela permite seguir."""

    @wraps(vista)
    def com_ou_sem(*args: P.args, **kwargs: P.kwargs) -> R:
        _identificar()
        return vista(*args, **kwargs)

    return _documentar(com_ou_sem, [{}, {"chave": []}])


def _documentar(vista: Callable[P, R], seguranca: list[dict[str, Any]]) -> Callable[P, R]:
    apidoc = vista.__dict__.setdefault("_apidoc", {})
    apidoc.setdefault("manual_doc", {})["security"] = seguranca
    return vista
