"""Cliente HTTP do servico-coordenador.

O lock é pedido no caminho da resposta, com prazo; as devoluções e os eventos saem dele: uma thread os
manda em lotes, porque uma chamada HTTP custa ao Python mais que a própria confirmação no banco.
"""

from __future__ import annotations

import itertools
import math
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson
import urllib3

from agendamento.aplicacao.portas import Detalhes, Lock, LockNegado, PedidoDeLock
from agendamento.dominio.erros import CoordenadorIndisponivel
from agendamento.observabilidade import tracos
from agendamento.observabilidade.logs import registro
from agendamento.vez import vez

_CONEXAO_S = 1.0
_MAIOR_LOTE = 500
_ESPERA_PARA_REENVIAR_S = 0.5
_RITMO_S = 0.015
"""Sob carga, o intervalo entre dois lotes: cada envio custa ao Python mais que juntar-lhe outra devolução."""


@dataclass(frozen=True, slots=True)
class _Item:
    """Uma devolução ou um evento à espera do carteiro, e o pedido que o causou."""

    caminho: str
    corpo: Detalhes
    origem: tracos.Origem


class ClienteCoordenador:
    """Cumpre ``portas.Coordenador``.

    Args:
        url: endereço do coordenador.
        segredo: o de ``SCTEC_SEGREDO_COORDENADOR``.
        lease_ms: lease pedido em cada lock.
        prazo_s: tempo máximo de uma chamada de lock, da conexão à resposta, além da janela do telescópio.
        cabecalhos: identificadores do pedido em curso (``X-Request-Id``, ``traceparent``).
    """

    def __init__(
        self,
        url: str,
        segredo: str,
        *,
        lease_ms: int,
        prazo_s: float,
        conexoes: int,
        cabecalhos: Callable[[], dict[str, str]] = dict,
    ) -> None:
        self._lease_ms = lease_ms
        self._prazo_s = prazo_s
        self._cabecalhos = cabecalhos
        self._conexoes = urllib3.connection_from_url(url, maxsize=conexoes, block=False, retries=False)
        partes = urlsplit(url)
        self._prefixo = partes.path.rstrip("/")
        servidor, porta = partes.hostname or "", partes.port or 80
        self._url = f"{partes.scheme}://{servidor}:{porta}{self._prefixo}"
        self._servidor: dict[str, str | int] = {"server.address": servidor, "server.port": porta}
        self._fixos = {"Authorization": f"Bearer {segredo}", "Content-Type": "application/json"}
        self._devolucoes: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
        self._carteiro = threading.Thread(target=self._entregar, name="carteiro", daemon=True)
        self._carteiro.start()

    def adquirir(self, pedido: PedidoDeLock) -> Lock:
        corpo: dict[str, Any] = {
            "recursos": list(pedido.recursos),
            "solicitante": pedido.solicitante,
            "lease_ms": self._lease_ms,
            "janela_ms": pedido.janela_ms,
        }
        for nome in ("idade_ms", "incerteza_ms", "rtt_ms", "uso"):
            if (valor := getattr(pedido, nome)) is not None:
                corpo[nome] = valor
        atributos = {**self._atributos("POST", "/lock"), "sctec.recurso": pedido.recursos[0]}
        with tracos.trecho("POST /lock", atributos, cliente=True), vez.cedida():
            resposta = self._chamar("/lock", corpo, self._prazo_s + pedido.janela_ms / 1000)
        dados = _ler(resposta.data)
        match resposta.status, dados:
            case 200, {"concessao": str(concessao), "token": int(token)}:
                return Lock(concessao, token, pedido.recursos, dados.get("arbitragem"))
            case 409, {"motivo": str(motivo)}:
                raise LockNegado(motivo, dados.get("arbitragem"))
        registro.error("Coordenador respondeu fora do contrato", status=resposta.status)
        raise CoordenadorIndisponivel(
            "O coordenador de locks não pôde atender agora.",
            tentar_em_s=_segundos(resposta.headers.get("Retry-After")),
        )

    def _atributos(self, metodo: str, caminho: str) -> dict[str, str | int]:
        return {
            "http.request.method": metodo,
            "url.full": self._url + caminho,
            "url.template": caminho,
            **self._servidor,
        }

    def _chamar(self, caminho: str, corpo: Any, prazo_s: float) -> urllib3.BaseHTTPResponse:
        try:
            resposta = self._conexoes.urlopen(
                "POST",
                self._prefixo + caminho,
                body=orjson.dumps(corpo),
                headers={**self._fixos, **self._cabecalhos()},
                timeout=urllib3.Timeout(connect=min(_CONEXAO_S, prazo_s), read=prazo_s),
            )
        except urllib3.exceptions.HTTPError as erro:
            tracos.falhou(type(erro).__name__)
            registro.error("Coordenador não respondeu", causa=type(erro).__name__, caminho=caminho)
            raise CoordenadorIndisponivel("O coordenador de locks não respondeu; nada foi gravado.") from erro
        _anotar(resposta.status)
        return resposta

    def liberar(self, lock: Lock, *, salvo: bool) -> None:
        desfecho = "SALVO" if salvo else "NAO_SALVO"
        corpo = {"concessao": lock.concessao, "desfecho": desfecho}
        self._devolucoes.put(_Item("/unlock", corpo, tracos.origem()))

    def publicar(self, tipo: str, dados: Detalhes) -> None:
        corpo: Detalhes = {"tipo": tipo, "dados": dados}
        origem = tracos.origem()
        if origem.traceparent:
            corpo["traceparent"] = origem.traceparent
        self._devolucoes.put(_Item("/eventos", corpo, origem))

    def pronto(self) -> bool:
        try:
            pergunta = self._conexoes.urlopen(
                "GET", self._prefixo + "/saude/pronto", timeout=urllib3.Timeout(connect=0.5, read=1)
            )
        except urllib3.exceptions.HTTPError:
            return False
        return pergunta.status == 200

    def locks(self) -> Detalhes:
        return self._consultar("/locks")

    def justica(self) -> Detalhes:
        return self._consultar("/justica")

    def _consultar(self, caminho: str) -> Detalhes:
        with tracos.trecho(f"GET {caminho}", self._atributos("GET", caminho), cliente=True):
            try:
                resposta = self._conexoes.urlopen(
                    "GET",
                    self._prefixo + caminho,
                    headers={**self._fixos, **self._cabecalhos()},
                    timeout=urllib3.Timeout(connect=_CONEXAO_S, read=self._prazo_s),
                )
            except urllib3.exceptions.HTTPError as erro:
                tracos.falhou(type(erro).__name__)
                raise CoordenadorIndisponivel("O coordenador de locks não respondeu.") from erro
            _anotar(resposta.status)
        corpo = _ler(resposta.data)
        if resposta.status != 200 or not isinstance(corpo, dict):
            raise CoordenadorIndisponivel("O coordenador de locks não pôde atender agora.")
        return corpo

    def fechar(self) -> None:
        """Entrega o que resta (espera até 5 s) e encerra a thread."""
        self._devolucoes.put(None)
        self._carteiro.join(5)
        self._conexoes.close()

    def _entregar(self) -> None:
        aberto, ultimo = True, -math.inf
        while aberto:
            lote: dict[str, list[_Item]] = {"/unlock": [], "/eventos": []}
            item = self._devolucoes.get()
            # Quem devolve depois de uma pausa não espera; numa rajada, os que vêm logo atrás vão no mesmo lote.
            time.sleep(max(0.0, ultimo + _RITMO_S - time.monotonic()))
            ultimo = time.monotonic()
            for quantos in itertools.count(1):
                if item is None:
                    aberto = False
                else:
                    lote[item.caminho].append(item)
                if not aberto or quantos == _MAIOR_LOTE or self._devolucoes.empty():
                    break
                item = self._devolucoes.get()
            self._enviar("/unlock", "concessoes", lote["/unlock"])
            self._enviar("/eventos", "eventos", lote["/eventos"])

    def _enviar(self, caminho: str, campo: str, itens: list[_Item]) -> None:
        """Um envio e uma segunda tentativa; o lock que mesmo assim se perder, o lease devolve."""
        if not itens:
            return
        corpo, origens = {campo: [item.corpo for item in itens]}, [item.origem for item in itens]
        for tentativa in (1, 2):
            try:
                with tracos.entrega(origens, f"POST {caminho}", self._atributos("POST", caminho)):
                    resposta = self._chamar(caminho, corpo, 2.0)
            except CoordenadorIndisponivel:
                if tentativa == 1:
                    time.sleep(_ESPERA_PARA_REENVIAR_S)
                continue
            if resposta.status >= 400:
                registro.error("Coordenador recusou a entrega", caminho=caminho, status=resposta.status)
            return


def _anotar(status: int) -> None:
    """409 é resposta certa a uma disputa; de 400 em diante, o resto é falha da chamada."""
    tracos.anotar("http.response", {"status_code": status})
    if status >= 400 and status != 409:
        tracos.falhou(str(status))


def _ler(corpo: bytes) -> Any:
    try:
        return orjson.loads(corpo)
    except orjson.JSONDecodeError:
        return None


def _segundos(retry_after: str | None) -> int:
    return max(1, int(retry_after)) if retry_after and retry_after.isdecimal() else 1
