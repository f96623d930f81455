"""Agendar, cancelar e consultar pelos links que a API oferece, com o clique declarado na hora oficial."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin

import requests

from sctec_cliente.relogio import Relogio

_PRAZO_S = 35.0
"""Uma disputa pode esperar a janela do telescópio e o desfecho de quem está à frente."""


class Cliente:
    """Uma pessoa (uma chave) diante do serviço em ``raiz``. Num ``with``, mantém o relógio sincronizado."""

    def __init__(
        self, raiz: str, chave: str | None = None, *, sessao: requests.Session | None = None
    ) -> None:
        self.sessao = sessao or requests.Session()
        if chave:
            self.sessao.headers["Authorization"] = f"Bearer {chave}"
        self._raiz = raiz
        self._links = self._ler_raiz()
        self.relogio = Relogio(self._endereco("tempo"), self.sessao)

    def agendar(
        self, telescopio: str, horario_inicio_utc: str, *, clique_s: float | None = None, **campos: Any
    ) -> requests.Response:
        """``POST /agendamentos``; devolve a resposta como veio: 201, ou o 409 que se explica.

        Args:
            clique_s: instante do clique em ``time.monotonic``; por omissão, agora.
            campos: os demais do corpo (``horario_fim_utc``, ``objeto_celeste``…).
        """
        corpo = {
            "telescopio": telescopio,
            "horario_inicio_utc": horario_inicio_utc,
            **self.relogio.declarar(clique_s),
            **campos,
        }
        return self.sessao.post(self._endereco("agendar"), json=corpo, timeout=_PRAZO_S)

    def seguir(self, recurso: dict[str, Any], link: str, corpo: Any = None) -> requests.Response:
        """Segue um link de uma resposta, com o método dele: ``seguir(agendamento, "cancelar")``."""
        elo = recurso["_links"][link]
        return self.sessao.request(
            elo["method"], urljoin(self._raiz, elo["href"]), json=corpo, timeout=_PRAZO_S
        )

    def _endereco(self, link: str) -> str:
        href: str = self._links[link]["href"]
        return urljoin(self._raiz, href)

    def _ler_raiz(self) -> dict[str, Any]:
        resposta = self.sessao.get(self._raiz, headers={"Accept": "application/json"}, timeout=_PRAZO_S)
        resposta.raise_for_status()
        self._raiz = resposta.url
        links: dict[str, Any] = resposta.json()["_links"]
        return links

    def __enter__(self) -> Self:
        self.relogio.iniciar()
        return self

    def __exit__(
        self, tipo: type[BaseException] | None, erro: BaseException | None, rastro: TracebackType | None
    ) -> None:
        self.relogio.parar()
        self.sessao.close()
