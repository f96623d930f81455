"""As contas: proporções e razões com intervalo de 95 %, e a vantagem de clique que vence 95 % das vezes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

_NORMAL = NormalDist()
Z95 = _NORMAL.inv_cdf(0.975)


@dataclass(frozen=True)
class Estimativa:
    """Um valor e o seu intervalo de confiança de 95 %."""

    valor: float
    de: float
    ate: float

    def como_dicionario(self) -> dict[str, float]:
        return {"valor": round(self.valor, 4), "de": round(self.de, 4), "ate": round(self.ate, 4)}


def proporcao(casos: int, total: int) -> Estimativa:
    """Intervalo de Wilson (1927), que serve também perto de 0 e de 1."""
    if not total:
        return Estimativa(math.nan, 0.0, 1.0)
    p, z2 = casos / total, Z95**2
    centro = (p + z2 / (2 * total)) / (1 + z2 / total)
    raio = Z95 * math.sqrt(p * (1 - p) / total + z2 / (4 * total**2)) / (1 + z2 / total)
    return Estimativa(p, max(0.0, centro - raio), min(1.0, centro + raio))


def razao_de_vitorias(lenta: int, rapida: int) -> Estimativa:
    """Vitórias da classe lenta ÷ as da rápida, classes de igual tamanho.

    Entre as disputas que uma das duas venceu, a lenta venceu uma proporção p; a razão é p ÷ (1 − p), e o
    intervalo de p dá o dela, também quando uma das contagens é 0.
    """

    def razao(p: float) -> float:
        return p / (1 - p) if p < 1 else math.inf

    p = proporcao(lenta, lenta + rapida)
    return Estimativa(razao(p.valor), razao(p.de), razao(p.ate))


def vantagem_que_vence(duelos: Sequence[tuple[float, bool]], probabilidade: float = 0.95) -> float:
    """A vantagem com que se vence com ``probabilidade``: probito por máxima verossimilhança.

    Args:
        duelos: pares (vantagem verdadeira de quem está longe, venceu?).
    """

    def verossimilhanca(media: float, desvio: float) -> float:
        total = 0.0
        for vantagem, venceu in duelos:
            p = min(max(_NORMAL.cdf((vantagem - media) / desvio), 1e-9), 1 - 1e-9)
            total += math.log(p if venceu else 1 - p)
        return total

    candidatos = ((m / 2, d / 2) for m in range(-60, 61) for d in range(1, 61))
    media, desvio = max(candidatos, key=lambda par: verossimilhanca(*par))
    return media + _NORMAL.inv_cdf(probabilidade) * desvio


def percentil(valores: Sequence[float], p: float) -> float:
    ordenados = sorted(valores)
    return ordenados[min(len(ordenados) - 1, math.ceil(p * len(ordenados)) - 1)]
