"""Do que o pedido diz do seu clique ao instante em que se considera que ele aconteceu.

Junta as peças puras (bilhete, crédito, instante) e conta o resultado nas métricas. Um bilhete que não vale
não recusa ninguém: vale a chegada, como para quem não tem bilhete.
"""

from __future__ import annotations

import hmac
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from prometheus_client import Histogram

from agendamento.aplicacao.creditos import Creditos
from agendamento.aplicacao.portas import Detalhes
from agendamento.dominio.bilhete import Bilhete, BilheteRecusado, Bilheteria, HoraLida
from agendamento.dominio.credito import CreditoConcedido
from agendamento.dominio.grade import formatar
from agendamento.dominio.instante import Instante, Situacao, efetivo
from agendamento.observabilidade import metricas, tracos

_EPOCA = datetime(1970, 1, 1, tzinfo=UTC)
_US = timedelta(microseconds=1)


def em_us(instante: datetime) -> int:
    """Microssegundos desde 1970, exatos."""
    return (instante - _EPOCA) // _US


def de_us(us: int) -> datetime:
    return _EPOCA + us * _US


@dataclass(frozen=True, slots=True)
class Clique:
    """O que acompanha um pedido: quando chegou inteiro, de que rede, e o que o cliente declara.

    ``chegada_s`` é do relógio monotônico deste processo; do cliente vêm o instante, a incerteza, o bilhete e
    quanto ele corrigiu o seu relógio.
    """

    chegada_s: float
    rede: str = ""
    instante_utc: datetime | None = None
    incerteza_ms: float | None = None
    bilhete: str | None = None
    correcao_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Medida:
    """O instante efetivo de um pedido e tudo o que o explica. ``base_ms`` leva do monotônico ao UTC."""

    situacao: Situacao
    instante: Instante
    clique: Clique
    base_ms: float
    rtt_ms: float | None = None
    amostras: int = 0
    concedido: CreditoConcedido | None = None

    @property
    def idade_ms(self) -> float:
        """Há quanto tempo foi o clique, no instante em que se pergunta: é o que cruza para o coordenador."""
        return self.instante.idade_ms(time.monotonic() * 1000)

    def registro(self) -> Detalhes:
        """Como vai para o agendamento, a auditoria e o traço."""
        declarado = self.clique.instante_utc
        return {
            "situacao": self.situacao.value,
            "instante_clique_utc": None if declarado is None else formatar(declarado),
            "incerteza_declarada_ms": self.clique.incerteza_ms,
            "chegada_utc": self._utc(self.instante.chegada_ms),
            "limite_utc": self._utc(self.instante.limite_ms),
            "efetivo_utc": self._utc(self.instante.efetivo_ms),
            "incerteza_ms": _arredondado(self.instante.incerteza_ms),
            "ida_e_volta_ms": _arredondado(self.rtt_ms),
            "amostras": self.amostras,
            "credito_ms": _arredondado(self.concedido.credito_ms if self.concedido else None),
            "reserva_gasta_ms": _arredondado(self.concedido.gasto_ms if self.concedido else None),
        }

    def _utc(self, mono_ms: float) -> str:
        return formatar(_EPOCA + timedelta(milliseconds=round(mono_ms + self.base_ms)))


def _arredondado(ms: float | None) -> float | None:
    return None if ms is None else round(ms, 3)


class Cronometragem:
    """Emite bilhetes e mede cliques.

    Args:
        ler_relogios: lê os dois relógios do servidor ao mesmo tempo.
        segredo: de onde saem as chaves dos bilhetes e os pseudônimos.
    """

    def __init__(
        self,
        segredo: bytes,
        origem: bytes,
        creditos: Creditos,
        ler_relogios: Callable[[], HoraLida],
    ) -> None:
        self._segredo = segredo
        self._bilheteria = Bilheteria(segredo, origem)
        self.creditos = creditos
        self.ler_relogios = ler_relogios
        self._situacoes = Counter({situacao.value: 0 for situacao in Situacao})
        self._mutex = threading.Lock()

    def situacoes(self) -> dict[str, int]:
        """Quantos pedidos deste processo estavam em cada situação."""
        with self._mutex:
            return dict(self._situacoes)

    def emitir(self, anterior: str | None, chegada_s: float) -> tuple[str, Bilhete, HoraLida]:
        """O próximo bilhete, e os relógios como o acompanham: a hora é a da corrente."""
        agora = self.ler_relogios()
        texto, bilhete = self._bilheteria.emitir(anterior, agora, round(chegada_s * 1e6))
        return texto, bilhete, HoraLida(agora.mono_us, agora.mono_us + bilhete.base_us)

    def pseudonimo(self, cientista_id: int) -> str:
        """Quem disputa, para o coordenador: o mesmo em todos os pedidos de uma pessoa, e não diz quem é."""
        return hmac.digest(self._segredo, b"sctec/solicitante/%d" % cientista_id, "sha256").hex()[:32]

    def medir(self, clique: Clique, quem: int, abertura: datetime, *, com_janela: bool) -> Medida:
        """
        Args:
            quem: de quem é a reserva de crédito.
            abertura: quando o slot passou a aceitar pedidos.
            com_janela: sem janela não há disputa a arbitrar, e a reserva não é tocada.
        """
        agora = self.ler_relogios()
        base_ms = agora.base_us / 1000
        abertura_ms = em_us(abertura) / 1000 - base_ms
        chegada_ms = min(clique.chegada_s * 1000, agora.mono_us / 1000)
        bilhete, situacao = self._ler(clique, agora)
        rtt_ms = None if bilhete is None else bilhete.rtt_ms
        if bilhete is None or rtt_ms is None:
            medida = Medida(situacao, efetivo(chegada_ms, abertura_ms=abertura_ms), clique, base_ms)
        else:
            declarado_ms = None
            if clique.instante_utc is not None and self._bilheteria.daqui(bilhete):
                declarado_ms = (em_us(clique.instante_utc) - bilhete.base_us) / 1000
            concedido = self.creditos.conceder(quem, clique.rede, rtt_ms, com_reserva=com_janela)
            instante = efetivo(
                chegada_ms,
                clique_ms=declarado_ms,
                credito_ms=concedido.credito_ms,
                abertura_ms=abertura_ms,
            )
            if situacao is not Situacao.OUTRA_ORIGEM:
                situacao = instante.situacao_de(declarado_ms)
            medida = Medida(situacao, instante, clique, base_ms, rtt_ms, bilhete.amostras, concedido)
            if declarado_ms is not None:
                _por_sentido(metricas.RELOGIO_DESVIO, (chegada_ms - rtt_ms / 2 - declarado_ms) / 1000)
        with self._mutex:
            self._situacoes[situacao.value] += 1
        _contar(medida)
        return medida

    def acertar(self, medida: Medida, quem: int, *, disputado: bool) -> None:
        """A reserva só se gasta em disputa de verdade: sem concorrente, o que saiu volta."""
        if medida.concedido is not None:
            self.creditos.acertar(quem, medida.concedido, disputado=disputado)

    def _ler(self, clique: Clique, agora: HoraLida) -> tuple[Bilhete | None, Situacao]:
        if clique.bilhete is None:
            return None, Situacao.SEM_BILHETE
        try:
            bilhete = self._bilheteria.ler(clique.bilhete, agora)
        except BilheteRecusado as recusa:
            return None, Situacao(recusa.motivo)
        if bilhete.rtt_us is None:
            return None, Situacao.SEM_BILHETE
        return bilhete, Situacao.SO_BILHETE if self._bilheteria.daqui(bilhete) else Situacao.OUTRA_ORIGEM


def _por_sentido(medidor: Histogram, diferenca_s: float) -> None:
    """Positiva: o relógio do cliente está atrasado."""
    medidor.labels("atrasado" if diferenca_s > 0 else "adiantado").observe(
        abs(diferenca_s), tracos.exemplar()
    )


def _contar(medida: Medida) -> None:
    if medida.clique.correcao_ms is not None:
        _por_sentido(metricas.RELOGIO_CORRECAO, medida.clique.correcao_ms / 1000)
    metricas.RELOGIO_SINCRONIA.labels(medida.situacao.value).inc()
    if medida.rtt_ms is not None:
        metricas.RELOGIO_IDA_E_VOLTA.observe(medida.rtt_ms / 1000, tracos.exemplar())
    if medida.instante.incerteza_ms is not None:
        metricas.RELOGIO_ERRO.observe(medida.instante.incerteza_ms / 1000, tracos.exemplar())
    tracos.anotar("sctec.clique", medida.registro())
