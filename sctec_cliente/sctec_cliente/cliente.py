"""Agendar, cancelar e consultar pelos links que a API oferece, com o clique declarado na hora oficial."""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin

import requests

from sctec_cliente.relogio import Relogio

_PRAZO_S = 35.0
"""Uma disputa pode esperar a janela do telescópio e o desfecho de quem está à frente."""
_ESPERAS_S = (0.2, 1.0, 2.0)
"""Antes de cada repetição de um pedido cuja resposta se perdeu."""
_RESPOSTA_PERDIDA = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)


class Cliente:
    """Uma pessoa (uma chave) diante do serviço em ``raiz``. Num ``with``, mantém o relógio sincronizado.

    Cada pedido leva um ``traceparent`` novo. Serve a uma thread de cada vez.
    """

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
        self,
        telescopio: str,
        horario_inicio_utc: str,
        *,
        clique_s: float | None = None,
        idempotencia: str | None = None,
        cabecalhos: dict[str, str] | None = None,
        **campos: Any,
    ) -> requests.Response:
        """``POST /agendamentos``; devolve a resposta como veio: 201, ou o 409 que se explica.

        Se a resposta se perde, o mesmo pedido é repetido com a mesma ``Idempotency-Key``: não agenda duas vezes.

        Args:
            clique_s: instante do clique em ``time.monotonic``; por omissão, agora.
            idempotencia: a ``Idempotency-Key``; por omissão, uma nova.
            cabecalhos: outros, só deste pedido.
            campos: os demais do corpo (``horario_fim_utc``, ``objeto_celeste``…).

        Raises:
            requests.RequestException: nem a última repetição teve resposta.
        """
        corpo = {
            "telescopio": telescopio,
            "horario_inicio_utc": horario_inicio_utc,
            **self.relogio.declarar(clique_s),
            **campos,
        }
        todos = {"Idempotency-Key": idempotencia or str(uuid.uuid4()), **(cabecalhos or {})}
        return _sem_perder(lambda: self.pedir("POST", self._endereco("agendar"), json=corpo, headers=todos))

    def seguir(
        self, recurso: requests.Response | dict[str, Any], link: str, corpo: Any = None
    ) -> requests.Response:
        """Segue um link com o método dele: ``seguir(resposta, "cancelar")``.

        Um ``PUT`` leva ``If-Match``: o ETag da resposta, ou, de um recurso sem ela (o item de uma lista), o
        que se lê em ``self``.
        """
        resposta = recurso if isinstance(recurso, requests.Response) else None
        lido = recurso.json() if isinstance(recurso, requests.Response) else recurso
        elo = lido["_links"][link]
        cabecalhos = {}
        if elo["method"] == "PUT":
            if resposta is None:
                resposta = self.pedir("GET", lido["_links"]["self"]["href"])
            if etag := resposta.headers.get("ETag"):
                cabecalhos["If-Match"] = etag
        return self.pedir(elo["method"], elo["href"], json=corpo, headers=cabecalhos)

    def pedir(self, metodo: str, caminho: str, **opcoes: Any) -> requests.Response:
        """Um pedido qualquer, com as opções de ``requests``; ``caminho`` é relativo à raiz."""
        traceparent = f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
        opcoes["headers"] = {"traceparent": traceparent, **(opcoes.get("headers") or {})}
        return self.sessao.request(metodo, urljoin(self._raiz, caminho), **{"timeout": _PRAZO_S, **opcoes})

    def itens(self, caminho: str, **filtro: Any) -> Iterator[dict[str, Any]]:
        """Os itens de uma lista, página após página.

        Raises:
            requests.HTTPError: uma página respondeu erro.
        """
        seguinte: str | None = caminho
        while seguinte:
            resposta = self.pedir("GET", seguinte, params=filtro)
            resposta.raise_for_status()
            pagina = resposta.json()
            for itens in pagina["_embedded"].values():
                yield from itens
            seguinte, filtro = pagina["_links"].get("next", {}).get("href"), {}

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


def _sem_perder(pedir: Callable[[], requests.Response]) -> requests.Response:
    """Repete enquanto a resposta se perde, ou o primeiro pedido com a mesma chave ainda está em curso."""
    for espera_s in _ESPERAS_S:
        try:
            resposta = pedir()
        except _RESPOSTA_PERDIDA:
            pass
        else:
            if not _em_curso(resposta):
                return resposta
        time.sleep(espera_s)
    return pedir()


def _em_curso(resposta: requests.Response) -> bool:
    return resposta.status_code == 409 and "/idempotencia-em-curso" in resposta.text
