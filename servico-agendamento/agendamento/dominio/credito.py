"""O crédito de quem está longe, e o limite dele para quem só finge estar.

O servidor mede a ida e volta de cada cliente, mas um cliente pode atrasar as próprias respostas e parecer mais
longe do que está. Duas contenções, e nenhuma recusa ninguém (ideia da compensação de atraso do lichess):

- **rede**: onde há outras pessoas medidas no mesmo prefixo de rede, o crédito passa pouco do delas;
- **reserva**: o crédito acima da norma sai de uma reserva por chave, que se repõe devagar e só é gasta em
  disputas de verdade. Reserva vazia significa crédito igual à norma.

Durações em ms de ida (meia ida e volta).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

TOLERANCIA_MS = 5.0
"""Quanto se pode passar da mediana dos vizinhos sem gastar reserva: a diferença entre cabo e Wi-Fi."""
NORMA_INICIAL_MS = 25.0
"""A norma de uma rede de que não se mediu quase ninguém: meia ida e volta de 50 ms."""
VIZINHOS_MINIMOS = 2
"""Menos vizinhos que isto não descrevem uma rede; vale então a norma inicial (decisão 0032)."""


@dataclass(frozen=True, slots=True)
class Politica:
    """Os parâmetros em vigor. ``reserva_ms`` 0 desliga as duas contenções: só o máximo limita."""

    maximo_ms: float = 200.0
    reserva_ms: float = 1000.0
    reposicao_ms_h: float = 200.0
    folga_ms: float = 25.0
    """Quanto o crédito pode passar da norma numa rede conhecida."""


@dataclass(frozen=True, slots=True)
class Norma:
    """``credito_ms`` é de graça; acima dele gasta-se reserva; ``teto_ms`` ninguém passa."""

    credito_ms: float
    teto_ms: float


@dataclass(frozen=True, slots=True)
class Saldo:
    """A reserva de uma chave como era em ``em_s`` (relógio monotônico)."""

    ms: float
    em_s: float

    def em(self, agora_s: float, politica: Politica) -> Saldo:
        reposto = self.ms + max(0.0, agora_s - self.em_s) / 3600 * politica.reposicao_ms_h
        return Saldo(min(politica.reserva_ms, reposto), agora_s)


@dataclass(frozen=True, slots=True)
class CreditoConcedido:
    """O crédito dado a um pedido e quanto dele saiu da reserva."""

    credito_ms: float
    gasto_ms: float


def norma_de(vizinhos: Sequence[float], politica: Politica) -> Norma:
    """
    Args:
        vizinhos: ida e volta (ms) das outras pessoas da mesma rede.
    """
    if len(vizinhos) >= VIZINHOS_MINIMOS:
        credito = median(vizinhos) / 2 + TOLERANCIA_MS
        return Norma(credito, credito + politica.folga_ms)
    return Norma(NORMA_INICIAL_MS, politica.maximo_ms)


def conceder(rtt_ms: float, norma: Norma, saldo: Saldo, politica: Politica) -> CreditoConcedido:
    """O crédito de uma ida e volta provada de ``rtt_ms``, dado o ``saldo`` já reposto."""
    pedido = min(rtt_ms / 2, politica.maximo_ms)
    if politica.reserva_ms == 0:
        return CreditoConcedido(pedido, 0.0)
    pedido = min(pedido, norma.teto_ms)
    gasto = min(max(0.0, pedido - norma.credito_ms), saldo.ms)
    return CreditoConcedido(min(pedido, norma.credito_ms + gasto), gasto)
