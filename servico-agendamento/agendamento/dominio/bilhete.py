"""Bilhetes de tempo: o que o servidor mediu do caminho até um cliente, assinado e entregue ao próprio cliente.

O servidor não guarda estado. Cada resposta de ``GET /time`` traz um bilhete com a hora em que foi emitido;
o cliente o devolve na pergunta seguinte, e a diferença, no relógio monotônico do servidor, é a ida e volta.
O menor valor visto e a contagem passam ao bilhete seguinte. Quem devolve cedo não existe (o bilhete não se
adivinha), de modo que o cliente pode fingir-se mais longe, nunca mais perto (ver ``credito.py``).

Um bilhete leva também a ``base``: hora de parede menos relógio monotônico quando a corrente de perguntas
começou. As horas respondidas numa corrente saem todas dela, e o instante de um clique é convertido por ela:
um salto do relógio de parede no meio do caminho não desloca clique algum.

As chaves são derivadas, uma por dia UTC, de um segredo que os reinícios e as réplicas compartilham (HKDF de
um passo, RFC 5869 §2.3). Aceitam-se a da véspera e a do dia seguinte: a troca não invalida quem está no meio.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import struct
from dataclasses import dataclass, replace
from typing import Literal

VALIDADE_US = 300_000_000
"""Um bilhete vale 5 min desde que foi emitido; o cliente que ressincroniza a cada 30 s nunca chega lá."""
AMOSTRA_MAXIMA_US = 2_000_000
"""Devolução mais lenta que 2 s não é medida de rede: não conta como amostra."""
SALTO_US = 100_000
"""Se a hora de parede se afasta da base mais que isto, ela saltou: a corrente recomeça da hora certa."""
FOLGA_ENTRE_MAQUINAS_US = 5_000_000
"""Quanto os relógios de parede de duas réplicas podem discordar sem que um bilhete pareça vir do futuro."""
MAIOR_TEXTO = 1024

_DIA_US = 86_400_000_000
_CORPO = struct.Struct(">BI8sqqIH")
_ASSINATURA = 16
_VERSAO = 1
_SEM_RTT = 0xFFFF_FFFF

Motivo = Literal["invalido", "vencido"]


class BilheteRecusado(Exception):
    """O bilhete não vale; ``motivo`` é ``vencido`` ou ``invalido`` (forjado, truncado, alheio, do futuro)."""

    def __init__(self, motivo: Motivo) -> None:
        super().__init__(motivo)
        self.motivo: Motivo = motivo


@dataclass(frozen=True, slots=True)
class HoraLida:
    """Os dois relógios do servidor lidos juntos, em µs: o monotônico (que ordena) e o de parede (que diz a hora)."""

    mono_us: int
    utc_us: int

    @property
    def base_us(self) -> int:
        return self.utc_us - self.mono_us


@dataclass(frozen=True, slots=True)
class Bilhete:
    """O que um bilhete prova. ``origem`` nomeia o relógio monotônico em que ``emitido_us`` foi lido."""

    origem: bytes
    base_us: int
    emitido_us: int
    rtt_us: int | None = None
    amostras: int = 0

    @property
    def rtt_ms(self) -> float | None:
        return None if self.rtt_us is None else self.rtt_us / 1000


class Bilheteria:
    """Emite e confere bilhetes.

    Args:
        segredo: o que réplicas e reinícios compartilham; ninguém mais.
        origem: 8 bytes que nomeiam o relógio monotônico desta máquina desde que ligou.
    """

    def __init__(self, segredo: bytes, origem: bytes) -> None:
        self._segredo = segredo
        self._origem = origem
        self._chaves: dict[int, bytes] = {}

    def emitir(
        self, anterior: str | None, agora: HoraLida, recebido_us: int | None = None
    ) -> tuple[str, Bilhete]:
        """O próximo bilhete. ``anterior`` que não vale, ou de outra origem, começa uma corrente nova.

        Corrente nova tem ``amostras`` 0: as horas respondidas antes dela não se comparam com as dela.

        Args:
            recebido_us: quando ``anterior`` chegou à máquina, se foi antes de ``agora`` (fila do serviço).
        """
        novo = Bilhete(self._origem, agora.base_us, agora.mono_us)
        try:
            lido = self.ler(anterior, agora) if anterior else None
        except BilheteRecusado:
            lido = None
        if lido is not None and self.daqui(lido) and abs(lido.base_us - agora.base_us) <= SALTO_US:
            novo = replace(novo, base_us=lido.base_us, rtt_us=lido.rtt_us, amostras=lido.amostras)
            chegou = agora.mono_us if recebido_us is None else min(recebido_us, agora.mono_us)
            ida_e_volta = max(0, chegou - lido.emitido_us)
            if ida_e_volta <= AMOSTRA_MAXIMA_US:
                menor = ida_e_volta if lido.rtt_us is None else min(lido.rtt_us, ida_e_volta)
                novo = replace(novo, rtt_us=menor, amostras=min(lido.amostras + 1, 0xFFFF))
        return self._assinar(novo, agora), novo

    def daqui(self, bilhete: Bilhete) -> bool:
        """Verdadeiro se o relógio monotônico do bilhete é o desta máquina, e as suas leituras se comparam."""
        return bilhete.origem == self._origem

    def ler(self, texto: str, agora: HoraLida) -> Bilhete:
        """O bilhete, se foi assinado aqui (ou por uma réplica) e ainda vale.

        Raises:
            BilheteRecusado: forjado, truncado, de outra chave, do futuro ou vencido.
        """
        corpo, assinatura = _separar(texto)
        versao, dia, origem, base_us, emitido_us, rtt_us, amostras = _CORPO.unpack(corpo)
        if versao != _VERSAO or abs(dia - agora.utc_us // _DIA_US) > 1:
            raise BilheteRecusado("invalido")
        if not hmac.compare_digest(self._mac(dia, corpo), assinatura):
            raise BilheteRecusado("invalido")
        bilhete = Bilhete(origem, base_us, emitido_us, None if rtt_us == _SEM_RTT else rtt_us, amostras)
        if self.daqui(bilhete):
            idade_us, folga_us = agora.mono_us - emitido_us, 0
        else:
            idade_us, folga_us = agora.utc_us - base_us - emitido_us, FOLGA_ENTRE_MAQUINAS_US
        if idade_us < -folga_us:
            raise BilheteRecusado("invalido")
        if idade_us > VALIDADE_US:
            raise BilheteRecusado("vencido")
        return bilhete

    def _assinar(self, b: Bilhete, agora: HoraLida) -> str:
        dia = agora.utc_us // _DIA_US
        rtt = _SEM_RTT if b.rtt_us is None else b.rtt_us
        corpo = _CORPO.pack(_VERSAO, dia, b.origem, b.base_us, b.emitido_us, rtt, b.amostras)
        return base64.urlsafe_b64encode(corpo + self._mac(dia, corpo)).decode()

    def _mac(self, dia: int, corpo: bytes) -> bytes:
        chave = self._chaves.get(dia)
        if chave is None:
            if len(self._chaves) > 3:
                self._chaves = {}
            chave = self._chaves[dia] = hmac.digest(self._segredo, b"sctec/bilhete/%d\x01" % dia, "sha256")
        return hmac.digest(chave, corpo, "sha256")[:_ASSINATURA]


def _separar(texto: str) -> tuple[bytes, bytes]:
    try:
        bruto = base64.b64decode(texto.encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise BilheteRecusado("invalido") from None
    if len(bruto) != _CORPO.size + _ASSINATURA:
        raise BilheteRecusado("invalido")
    return bruto[: _CORPO.size], bruto[_CORPO.size :]
