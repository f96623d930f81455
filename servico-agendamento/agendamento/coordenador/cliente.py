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
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import requests
from opentelemetry.trace import SpanContext
from requests.adapters import HTTPAdapter

from agendamento.aplicacao.portas import Detalhes, Lock, LockNegado, PedidoDeLock
from agendamento.dominio.erros import CoordenadorIndisponivel
from agendamento.observabilidade import logs, tracos
from agendamento.observabilidade.logs import registro
from agendamento.vez import vez

_CONEXAO_S = 1.0
_VIDA_DA_SESSAO_S = 30.0
"""Menos que os 75 s que o coordenador deixa aberta uma conexão ociosa: quem envia nunca acha uma que ele já fechou."""
_MAIOR_LOTE = 500
_MAIOR_TOKEN_VISTO = 2**49
"""O maior que o coordenador aceita."""
_ESPERA_PARA_REENVIAR_S = 0.5
_RITMO_S = 0.015
"""Sob carga, o intervalo entre dois lotes: cada envio custa ao Python mais que juntar-lhe outra devolução."""


@dataclass(frozen=True, slots=True)
class _Item:
    """Uma devolução ou um evento à espera do carteiro, e o span do pedido que o causou."""

    caminho: str
    corpo: Detalhes
    origem: SpanContext


class _Conexoes:
    """As chamadas HTTP: uma ``Session``, pedidos já preparados, e a vez cedida enquanto se espera a resposta."""

    def __init__(self, url: str, segredo: str, conexoes: int) -> None:
        self._url = url.rstrip("/")
        self._conexoes = conexoes
        self._cabecalhos = {"Authorization": f"Bearer {segredo}", "Content-Type": "application/json"}
        self._preparados: dict[tuple[str, str], requests.PreparedRequest] = {}
        self._sessao = self._nova_sessao()

    def _nova_sessao(self) -> requests.Session:
        sessao = requests.Session()
        # O coordenador é vizinho: nem proxy nem senha do ambiente.
        sessao.trust_env = False
        sessao.mount(self._url, HTTPAdapter(pool_connections=1, pool_maxsize=self._conexoes))
        self._renovar_em = time.monotonic() + _VIDA_DA_SESSAO_S
        return sessao

    def chamar(
        self, metodo: str, caminho: str, prazo_s: float, corpo: Any = None, conexao_s: float = _CONEXAO_S
    ) -> requests.Response:
        """
        Args:
            prazo_s: quanto se espera cada parte da resposta; a conexão, no máximo ``conexao_s``.

        Raises:
            requests.RequestException: não houve resposta.
        """
        if time.monotonic() > self._renovar_em:
            # A antiga não é fechada: some quando a última chamada que a usa termina.
            self._sessao = self._nova_sessao()
        pedido = self._preparado(metodo, caminho).copy()
        if corpo is not None:
            pedido.prepare_body(orjson.dumps(corpo), None)
        if (request_id := logs.request_id.get()) is not None:
            pedido.headers["X-Request-Id"] = request_id
        with vez.cedida():
            return self._sessao.send(
                pedido, timeout=(min(conexao_s, prazo_s), prazo_s), allow_redirects=False
            )

    def _preparado(self, metodo: str, caminho: str) -> requests.PreparedRequest:
        """Preparar um pedido custa mais que enviá-lo; muda só o corpo."""
        pronto = self._preparados.get((metodo, caminho))
        if pronto is None:
            pedido = requests.Request(metodo, self._url + caminho, headers=self._cabecalhos)
            pronto = self._preparados[metodo, caminho] = pedido.prepare()
        return pronto

    def fechar(self) -> None:
        self._sessao.close()


class ClienteCoordenador:
    """Cumpre ``portas.Coordenador``.

    Args:
        url: endereço do coordenador.
        segredo: o de ``SCTEC_SEGREDO_COORDENADOR``.
        lease_ms: lease pedido em cada lock.
        prazo_s: tempo máximo de uma chamada de lock, da conexão à resposta, além da janela do telescópio.
        conexoes: quantas ficam abertas, no máximo.
    """

    def __init__(self, url: str, segredo: str, *, lease_ms: int, prazo_s: float, conexoes: int) -> None:
        self._lease_ms = lease_ms
        self._prazo_s = prazo_s
        self._tokens_acima_de = 0
        self._conexoes = _Conexoes(url, segredo, conexoes)
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
        if self._tokens_acima_de:
            corpo["tokens_acima_de"] = self._tokens_acima_de
        for nome in ("idade_ms", "incerteza_ms", "rtt_ms", "uso"):
            if (valor := getattr(pedido, nome)) is not None:
                corpo[nome] = valor
        with tracos.trecho("sctec.lock", {"sctec.recurso": pedido.recursos[0]}):
            resposta = self._chamar("/lock", corpo, self._prazo_s + pedido.janela_ms / 1000)
        dados = _ler(resposta)
        match resposta.status_code, dados:
            case 200, {"concessao": str(concessao), "token": int(token)}:
                return Lock(concessao, token, pedido.recursos, dados.get("arbitragem"))
            case 409, {"motivo": str(motivo)}:
                raise LockNegado(motivo, dados.get("arbitragem"))
        registro.error("Coordenador respondeu fora do contrato", status=resposta.status_code)
        raise CoordenadorIndisponivel(
            "O coordenador de locks não pôde atender agora.",
            tentar_em_s=_segundos(resposta.headers.get("Retry-After")),
        )

    def _chamar(self, caminho: str, corpo: Any, prazo_s: float) -> requests.Response:
        try:
            return self._conexoes.chamar("POST", caminho, prazo_s, corpo)
        except requests.RequestException as erro:
            registro.error("Coordenador não respondeu", causa=type(erro).__name__, caminho=caminho)
            raise CoordenadorIndisponivel("O coordenador de locks não respondeu; nada foi gravado.") from erro

    def liberar(self, lock: Lock, *, salvo: bool, ocupados: Sequence[str]) -> None:
        corpo: Detalhes = {"concessao": lock.concessao, "desfecho": "SALVO" if salvo else "NAO_SALVO"}
        if salvo and set(ocupados) != set(lock.recursos):
            corpo["ocupados"] = list(ocupados)
        self._devolucoes.put(_Item("/unlock", corpo, tracos.origem()))

    def publicar(self, tipo: str, dados: Detalhes) -> None:
        self._devolucoes.put(_Item("/eventos", {"tipo": tipo, "dados": dados}, tracos.origem()))

    def exigir_tokens_acima_de(self, token: int) -> None:
        self._tokens_acima_de = min(max(token, self._tokens_acima_de), _MAIOR_TOKEN_VISTO)

    def pronto(self) -> bool:
        try:
            return self._conexoes.chamar("GET", "/saude/pronto", 1.0, conexao_s=0.5).status_code == 200
        except requests.RequestException:
            return False

    def locks(self) -> Detalhes:
        return self._consultar("/locks")

    def justica(self) -> Detalhes:
        return self._consultar("/justica")

    def _consultar(self, caminho: str) -> Detalhes:
        try:
            resposta = self._conexoes.chamar("GET", caminho, self._prazo_s)
        except requests.RequestException as erro:
            raise CoordenadorIndisponivel("O coordenador de locks não respondeu.") from erro
        corpo = _ler(resposta)
        if resposta.status_code != 200 or not isinstance(corpo, dict):
            raise CoordenadorIndisponivel("O coordenador de locks não pôde atender agora.")
        return corpo

    def fechar(self) -> None:
        """Entrega o que resta (espera até 5 s) e encerra a thread."""
        self._devolucoes.put(None)
        self._carteiro.join(5)
        self._conexoes.fechar()

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
            itens = lote["/unlock"] + lote["/eventos"]
            if itens:
                with tracos.entrega("sctec.carteiro", [item.origem for item in itens]):
                    self._enviar("/unlock", "concessoes", lote["/unlock"])
                    self._enviar("/eventos", "eventos", lote["/eventos"])

    def _enviar(self, caminho: str, campo: str, itens: list[_Item]) -> None:
        """Um envio e uma segunda tentativa; o lock que mesmo assim se perder, o lease devolve."""
        if not itens:
            return
        corpo = {campo: [item.corpo for item in itens]}
        for tentativa in (1, 2):
            try:
                resposta = self._chamar(caminho, corpo, 2.0)
            except CoordenadorIndisponivel:
                if tentativa == 1:
                    time.sleep(_ESPERA_PARA_REENVIAR_S)
                continue
            if resposta.status_code >= 400:
                registro.error("Coordenador recusou a entrega", caminho=caminho, status=resposta.status_code)
            return


def _ler(resposta: requests.Response) -> Any:
    try:
        return orjson.loads(resposta.content)
    except orjson.JSONDecodeError:
        return None


def _segundos(retry_after: str | None) -> int:
    return max(1, int(retry_after)) if retry_after and retry_after.isdecimal() else 1
