"""As contas: proporções e razões com intervalo de 95 %, e a vantagem de clique que vence 95 % das vezes."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

_NORMAL = NormalDist()
Z95 = _NORMAL.inv_cdf(0.975)
REAMOSTRAS = 4000


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


def razao_de_vitorias(vencedores: Sequence[str], lenta: int, rapida: int, sorte: random.Random) -> Estimativa:
    """Vitórias por pessoa da classe lenta ÷ as da rápida, por reamostragem das disputas (percentis).

    Args:
        vencedores: a classe de quem venceu cada disputa: ``lenta``, ``rapida`` ou outra.
        lenta, rapida: quantas pessoas há em cada classe.
    """

    def razao(amostra: Sequence[str]) -> float:
        # Meia vitória a mais de cada lado: com zero vitórias a razão continua definida.
        return (amostra.count("lenta") + 0.5) / lenta / ((amostra.count("rapida") + 0.5) / rapida)

    todas = list(vencedores)
    valores = sorted(razao(sorte.choices(todas, k=len(todas))) for _ in range(REAMOSTRAS))
    corte = round(0.025 * REAMOSTRAS)
    observada = todas.count("lenta") / lenta / max(todas.count("rapida") / rapida, 1e-9)
    return Estimativa(observada, valores[corte], valores[-corte - 1])


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
