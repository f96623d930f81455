"""Quem pede: chave no cabeçalho Authorization, e o saldo de requisições de cada chave."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import current_app, g, request

from agendamento.dominio.agendamento import Cientista
from agendamento.dominio.erros import NaoAutenticado

P = ParamSpec("P")
R = TypeVar("R")

_MAIOR_NUMERO_DE_BALDES = 10_000


class RequisicoesDemais(Exception):
    """O balde da chave está vazio (429). ``esperar_s`` ≥ 1."""

    def __init__(self, esperar_s: int) -> None:
        super().__init__(f"Esta chave passou do limite; tente de novo em {esperar_s} s.")
        self.esperar_s = esperar_s


class Limitador:
    """Balde de fichas por chave (token bucket): ``por_segundo`` de vazão e de rajada; 0 = sem limite."""

    def __init__(self, por_segundo: int, relogio: Callable[[], float] = time.monotonic) -> None:
        self.por_segundo = por_segundo
        self._relogio = relogio
        self._baldes: dict[int, tuple[float, float]] = {}
        self._mutex = threading.Lock()

    def gastar(self, quem: int) -> dict[str, str]:
        """Gasta uma ficha e devolve os cabeçalhos RateLimit-*.

        Raises:
            RequisicoesDemais: não há ficha.
        """
        if not self.por_segundo:
            return {}
        with self._mutex:
            instante = self._relogio()
            if len(self._baldes) > _MAIOR_NUMERO_DE_BALDES:
                self._baldes.clear()
            fichas, antes = self._baldes.get(quem, (float(self.por_segundo), instante))
            fichas = min(self.por_segundo, fichas + (instante - antes) * self.por_segundo)
            if fichas < 1:
                self._baldes[quem] = (fichas, instante)
                raise RequisicoesDemais(max(1, math.ceil((1 - fichas) / self.por_segundo)))
            self._baldes[quem] = (fichas - 1, instante)
        return {
            "RateLimit-Limit": str(self.por_segundo),
            "RateLimit-Remaining": str(int(fichas - 1)),
            "RateLimit-Reset": str(math.ceil((self.por_segundo - fichas + 1) / self.por_segundo)),
        }


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
