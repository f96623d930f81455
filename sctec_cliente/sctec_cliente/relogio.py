"""O relógio oficial visto daqui: algoritmo de Cristian, com o limite do erro sempre ao lado do número.

Uma sincronização são 8 perguntas a ``GET /time``, cada uma devolvendo o bilhete da anterior; fica a amostra de
menor ida e volta: offset = hora do servidor − meio do caminho, com erro de até meia ida e volta (Cristian, 1989,
"Probabilistic clock synchronization"). Entre sincronizações a deriva do cristal é seguida, e o limite cresce com
a idade; quando cresceu 2 ms pergunta-se de novo.

Por dentro só se usa o relógio monotônico: um acerto do relógio do computador não desloca clique algum. Durações
em ms, salvo onde o nome diz outra unidade; instantes internos em segundos de ``time.monotonic``.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urljoin

import requests

RODADAS = 8
CRESCIMENTO_MS = 2.0
"""Quanto o limite do erro pode crescer antes de se perguntar de novo: o que um cristal comum deriva em 30 s."""
DERIVA_COMUM = 67e-6
"""Deriva que se supõe enquanto não se mediu a deste computador."""
MAIOR_INCERTEZA_MS = 60_000.0
"""O maior valor que a API aceita."""
_DERIVA_MAXIMA = 500e-6
_DERIVA_RESIDUAL = 5e-6
_HISTORICO = 8
_PRAZO_S = 2.0
_SONO_MS = 250.0
_RECUO_MAXIMO_S = 30.0
_ARREDONDAMENTO_MS = 0.5
"""``agora_ms`` é inteiro: o instante está, em média, meio milissegundo adiante."""
_EPOCA = datetime(1970, 1, 1, tzinfo=UTC)
_MAIOR_INSTANTE_MS = 253_370_764_800_000
"""O ano 9999: adiante dele nem há data que o diga."""


class RelogioNaoSincronizado(Exception):
    """Ainda não houve uma sincronização que desse certo."""


class RespostaInesperada(requests.RequestException):
    """O que respondeu a ``GET /time`` não é o relógio do SCTEC (um portal, um proxy, outra versão)."""


@dataclass(frozen=True, slots=True)
class Estado:
    """O relógio num instante. ``offset_ms`` compara com o relógio do computador; positivo: ele atrasa."""

    agora_utc: datetime
    offset_ms: float
    ida_e_volta_ms: float
    incerteza_ms: float
    idade_s: float
    deriva_ppm: float | None
    amostras: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Amostra:
    local_s: float
    adiante_ms: float
    ida_e_volta_ms: float

    @property
    def erro_ms(self) -> float:
        return self.ida_e_volta_ms / 2 + _ARREDONDAMENTO_MS


@dataclass(frozen=True, slots=True)
class _Deriva:
    medida: float | None
    fator: float
    incerteza: float


class Sincronizacao:
    """As 8 perguntas a ``GET /time``, sem o transporte: serve a quem não usa ``requests``.

    Enquanto não ``completa``, pergunte com ``parametros`` e anote a resposta; depois, ``Relogio.aproveitar``.
    """

    def __init__(self) -> None:
        self.amostras: list[_Amostra] = []
        self.bilhete: str | None = None
        self._feitas = 0

    @property
    def completa(self) -> bool:
        return self._feitas == RODADAS

    @property
    def parametros(self) -> dict[str, str]:
        return {} if self.bilhete is None else {"bilhete": self.bilhete}

    def anotar(self, antes_s: float, depois_s: float, resposta: Any) -> None:
        """O corpo da resposta, e quando se perguntou e se ouviu, no relógio monotônico de quem pergunta.

        Raises:
            RespostaInesperada: não é o que ``GET /time`` responde.
        """
        corpo = _conferido(resposta)
        # Zero amostras depois da primeira: o servidor recomeçou, e o anterior é de outra base.
        if corpo["amostras"] == 0:
            self.amostras.clear()
        meio = (antes_s + depois_s) / 2
        adiante = corpo["agora_ms"] + _ARREDONDAMENTO_MS - meio * 1000
        self.amostras.append(_Amostra(meio, adiante, (depois_s - antes_s) * 1000))
        self.bilhete = corpo["bilhete"]
        self._feitas += 1


class Relogio:
    """
    Args:
        url: endereço de ``GET /time``; ``descobrir`` o acha pela raiz.
        sessao: de ``requests``; por omissão, uma nova, que reaproveita a conexão.
        monotonico, parede: relógios deste computador, em segundos (os testes dão outros).
    """

    def __init__(
        self,
        url: str,
        sessao: requests.Session | None = None,
        *,
        monotonico: Callable[[], float] = time.monotonic,
        parede: Callable[[], float] = time.time,
    ) -> None:
        self._url = url
        self._sessao = sessao or requests.Session()
        self._monotonico = monotonico
        self._parede = parede
        self._trava = threading.Lock()
        self._perguntando = threading.Lock()
        self._historico: deque[_Amostra] = deque(maxlen=_HISTORICO)
        self._amostras: tuple[float, ...] = ()
        self._bilhete: str | None = None
        self._parar = threading.Event()
        self._guardiao: threading.Thread | None = None
        self._falhas = 0

    @classmethod
    def descobrir(cls, raiz: str, sessao: requests.Session | None = None) -> Relogio:
        """O relógio do serviço em ``raiz``, pelo link ``tempo`` dela."""
        sessao = sessao or requests.Session()
        resposta = sessao.get(raiz, headers={"Accept": "application/json"}, timeout=_PRAZO_S)
        resposta.raise_for_status()
        return cls(urljoin(resposta.url, resposta.json()["_links"]["tempo"]["href"]), sessao)

    @property
    def sincronizado(self) -> bool:
        return bool(self._historico)

    @property
    def bilhete(self) -> str | None:
        return self._bilhete

    def agora_ms(self, local_s: float | None = None) -> float:
        """Hora oficial, em ms UTC, agora ou no instante ``local_s`` de ``time.monotonic``.

        Raises:
            RelogioNaoSincronizado: ainda não há amostra.
        """
        local_s = self._monotonico() if local_s is None else local_s
        with self._trava:
            return self._agora(local_s)

    def incerteza_ms(self, local_s: float | None = None) -> float:
        """Limite do erro da hora oficial no mesmo instante."""
        local_s = self._monotonico() if local_s is None else local_s
        with self._trava:
            return self._incerteza(local_s)

    def estado(self) -> Estado:
        """Tudo o que se mostra a quem usa.

        Raises:
            RelogioNaoSincronizado: ainda não há amostra.
        """
        local_s = self._monotonico()
        with self._trava:
            ultima, deriva, agora = self._ultima(), self._deriva(), self._agora(local_s)
            return Estado(
                _EPOCA + timedelta(milliseconds=agora),
                agora - self._parede() * 1000,
                ultima.ida_e_volta_ms,
                self._incerteza(local_s),
                local_s - ultima.local_s,
                None if deriva.medida is None else deriva.medida * 1e6,
                self._amostras,
            )

    def declarar(self, local_s: float | None = None) -> dict[str, Any]:
        """Os campos de ``POST /agendamentos`` para um clique agora (ou em ``local_s``).

        Vazio se nunca se sincronizou: agendar sem relógio é permitido.
        """
        local_s = self._monotonico() if local_s is None else local_s
        with self._trava:
            if not self._historico:
                return {}
            clique = _EPOCA + timedelta(milliseconds=self._agora(local_s))
            return {
                "instante_clique_utc": clique.isoformat(timespec="microseconds").replace("+00:00", "Z"),
                "incerteza_ms": min(round(self._incerteza(local_s), 3), MAIOR_INCERTEZA_MS),
                "correcao_ms": round(self._agora(self._monotonico()) - self._parede() * 1000, 3),
                "bilhete_tempo": self._bilhete,
            }

    def sincronizar(self) -> None:
        """Faz as 8 perguntas. Uma falha no meio aproveita o que já veio.

        Raises:
            requests.RequestException: nem a primeira pergunta teve resposta que sirva.
        """
        with self._perguntando:
            conversa = Sincronizacao()
            try:
                while not conversa.completa:
                    antes = self._monotonico()
                    resposta = self._sessao.get(self._url, params=conversa.parametros, timeout=_PRAZO_S)
                    depois = self._monotonico()
                    resposta.raise_for_status()
                    conversa.anotar(antes, depois, _json(resposta))
            except requests.RequestException:
                if not conversa.amostras:
                    raise
            self.aproveitar(conversa)

    def iniciar(self) -> None:
        """Sincroniza e mantém sincronizado, numa thread, até ``parar``."""
        self.sincronizar()
        self._parar.clear()
        self._guardiao = threading.Thread(target=self._guardar, name="relogio-sctec", daemon=True)
        self._guardiao.start()

    def parar(self) -> None:
        self._parar.set()
        if self._guardiao is not None:
            self._guardiao.join(RODADAS * _PRAZO_S + 1)

    def precisa(self) -> bool:
        """Verdadeiro se o limite do erro cresceu o bastante para perguntar de novo."""
        local_s = self._monotonico()
        with self._trava:
            return not self._historico or self._incerteza(local_s) > self._ultima().erro_ms + CRESCIMENTO_MS

    def _guardar(self) -> None:
        diferenca, espera_s = self._parede() - self._monotonico(), 1.0
        while not self._parar.wait(espera_s):
            espera_s = 1.0
            atual = self._parede() - self._monotonico()
            # Durante o sono da máquina o relógio monotônico para: a hora de parede denuncia.
            dormiu = abs(atual - diferenca) * 1000 > _SONO_MS
            diferenca = atual
            if dormiu or self.precisa():
                try:
                    self.sincronizar()
                    self._falhas = 0
                except Exception:  # o que quer que respondam, o relógio volta a perguntar
                    self._falhas += 1
                    espera_s = min(2.0 ** min(self._falhas, 10), _RECUO_MAXIMO_S)

    def aproveitar(self, conversa: Sincronizacao) -> None:
        """Fica com a melhor amostra de uma conversa, que ``sincronizar`` ou outro transporte fez."""
        melhor = min(conversa.amostras, key=lambda a: a.ida_e_volta_ms)
        with self._trava:
            if self._historico:
                surpresa = abs(melhor.adiante_ms + melhor.local_s * 1000 - self._agora(melhor.local_s))
                # Fora dos limites dos dois lados, um dos relógios saltou: a deriva medida não continua.
                if surpresa > melhor.erro_ms + self._incerteza(melhor.local_s):
                    self._historico.clear()
            self._historico.append(melhor)
            self._amostras = tuple(a.ida_e_volta_ms for a in conversa.amostras)
            self._bilhete = conversa.bilhete

    def _ultima(self) -> _Amostra:
        if not self._historico:
            raise RelogioNaoSincronizado("chame sincronizar() primeiro")
        return self._historico[-1]

    def _agora(self, local_s: float) -> float:
        ultima = self._ultima()
        desde_ms = (local_s - ultima.local_s) * 1000
        return local_s * 1000 + ultima.adiante_ms + self._deriva().fator * desde_ms

    def _incerteza(self, local_s: float) -> float:
        ultima = self._ultima()
        return ultima.erro_ms + self._deriva().incerteza * abs(local_s - ultima.local_s) * 1000

    def _deriva(self) -> _Deriva:
        """A inclinação entre a amostra mais antiga e a mais nova; só se aplica se passa da própria incerteza."""
        velha, nova = self._historico[0], self._historico[-1]
        decorrido_ms = (nova.local_s - velha.local_s) * 1000
        if decorrido_ms <= 0:
            return _Deriva(None, 0.0, DERIVA_COMUM)
        medida = (nova.adiante_ms - velha.adiante_ms) / decorrido_ms
        incerteza = (nova.erro_ms + velha.erro_ms) / decorrido_ms
        if abs(medida) > _DERIVA_MAXIMA or abs(medida) <= incerteza:
            return _Deriva(None if incerteza > _DERIVA_MAXIMA else medida, 0.0, DERIVA_COMUM)
        return _Deriva(medida, medida, max(min(incerteza, DERIVA_COMUM), _DERIVA_RESIDUAL))


def _json(resposta: requests.Response) -> Any:
    try:
        return resposta.json()
    except ValueError as erro:
        raise RespostaInesperada("GET /time não respondeu JSON") from erro


def _conferido(corpo: Any) -> dict[str, Any]:
    if (
        not isinstance(corpo, dict)
        or type(corpo.get("agora_ms")) is not int
        or not 0 < corpo["agora_ms"] < _MAIOR_INSTANTE_MS
        or type(corpo.get("amostras")) is not int
        or not isinstance(corpo.get("bilhete"), str)
    ):
        raise RespostaInesperada("GET /time não respondeu agora_ms, amostras e bilhete")
    return corpo
