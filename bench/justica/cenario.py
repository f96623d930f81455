"""Os serviços de pé, as pessoas cadastradas e os caminhos de rede entre elas e o serviço."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from bench.justica.contendor import Clique, Conexao, Contendor
from ferramentas.atraso import Atraso
from ferramentas.servicos import Servicos

PERCENTIS_MS = (
    (0.0, 5.0),
    (0.10, 27.1),
    (0.25, 56.7),
    (0.50, 113.3),
    (0.75, 156.7),
    (0.90, 232.1),
    (1.0, 300.0),
)
"""Ida e volta da internet vista de um ponto: percentis do monitor dtw2-us da CAIDA (Archipelago, "CCDF of
destination RTTs"), com as pontas fixadas em 5 e 300 ms. Entre percentis, interpolação linear.
https://www.caida.org/projects/ark/statistics/dtw2-us/dest_rtt_ccdf_v6.html"""
ASSIMETRIA = 0.05
"""Quanto a ida pode diferir da metade do caminho, em fração da ida e volta."""
VARIACAO_S = 0.0005
"""Média da variação (exponencial) de cada bloco."""
REACAO_S = 0.050
"""Desvio-padrão do tempo de reação de quem espera um horário abrir (≈ 50 ms para estímulo visual simples)."""
ANTECEDENCIA_S = 0.16
"""Três desvios da reação e um pouco: quase ninguém quer clicar antes de a disputa começar."""
POR_REDE = 5


def rtt_do_mundo(fracao: float) -> float:
    """O quantil da distribuição, em segundos."""
    for (p0, r0), (p1, r1) in itertools.pairwise(PERCENTIS_MS):
        if fracao <= p1:
            return (r0 + (r1 - r0) * (fracao - p0) / (p1 - p0)) / 1000
    return PERCENTIS_MS[-1][1] / 1000


def cadastrar(base: str, n: int) -> dict[str, Any]:
    """A ``n``-ésima pessoa, com o ``id`` e a ``chave`` dela."""
    corpo = {"nome": f"Pessoa {n}", "email": f"pessoa{n}@exemplo.org"}
    criada = requests.post(f"{base}/cientistas", json=corpo, timeout=10)
    criada.raise_for_status()
    return dict(criada.json())


class Cenario:
    """
    Args:
        servicos: já prontos.
        rede: atrasa os caminhos até ``servicos.agendamento`` (ou até outra réplica).
        semente: tudo o que é sorteado sai daqui.
    """

    def __init__(self, servicos: Servicos, rede: Atraso, semente: int) -> None:
        self.base = servicos.agendamento.url
        self.rede = rede
        self.sorte = random.Random(semente)
        demo = requests.get(f"{self.base}/demo", timeout=10).json()["cientistas"]
        self._operador = next(c["chave"] for c in demo if c["papel"] == "OPERADOR")
        self._numeros = itertools.count(1)

    def telescopio(self, slug: str, janela_ms: int) -> Iterator[dict[str, str]]:
        """Cria um telescópio e devolve alvos sempre novos nele."""
        corpo = {"slug": slug, "nome": slug, "prefixo_recurso": slug.title(), "janela_ms": janela_ms}
        resposta = requests.post(
            f"{self.base}/telescopios",
            json=corpo,
            headers={"Authorization": f"Bearer {self._operador}"},
            timeout=10,
        )
        resposta.raise_for_status()
        amanha = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        return (
            {
                "telescopio": slug,
                "horario_inicio_utc": (amanha + timedelta(minutes=5 * i)).isoformat().replace("+00:00", "Z"),
            }
            for i in itertools.count()
        )

    def pessoa(self, rtt_s: float, origem: str = "127.0.0.1", assimetria: float = 0.5) -> Contendor:
        """Cadastra alguém e lhe dá um caminho de ``rtt_s``.

        Args:
            assimetria: de 0 (a ida mais curta que se admite) a 1 (a mais longa); 0,5 = ida igual à volta.
        """
        criada = cadastrar(self.base, next(self._numeros))
        ida = rtt_s * (0.5 + ASSIMETRIA * (assimetria - 0.5))
        url = self.rede.caminho(ida_s=ida, volta_s=rtt_s - ida, origem=origem)
        return Contendor(
            criada["id"],
            rtt_s,
            Conexao(url, criada["chave"]),
            rede=origem.rsplit(".", 1)[0],
            deriva=self.sorte.gauss(0, 20e-6),
            desvio_s=self.sorte.uniform(-3, 3),
        )

    def multidao(self, quantas: int) -> list[Contendor]:
        """Pessoas honestas em redes de cinco: as de uma rede distam parecido, e não igual.

        A assimetria é sorteada por estratos dentro da rede: uma semente não favorece uma distância.
        """
        pessoas = []
        redes = -(-quantas // POR_REDE)
        for i in range(redes):
            centro = rtt_do_mundo((i + 0.5) / redes)
            for j, estrato in enumerate(self.sorte.sample(range(POR_REDE), POR_REDE)):
                rtt = min(0.3, max(0.005, centro + self.sorte.gauss(0, 0.004)))
                assimetria = (estrato + self.sorte.random()) / POR_REDE
                pessoas.append(self.pessoa(rtt, f"127.{10 + i}.{i}.{10 + j}", assimetria))
        return pessoas[:quantas]

    def relogios(self) -> dict[str, int]:
        """Quantos pedidos em cada situação, segundo o serviço."""
        situacoes: dict[str, int] = requests.get(f"{self.base}/justica", timeout=10).json()["relogios"]
        return {nome: quantos for nome, quantos in situacoes.items() if quantos}

    def reacoes(self, quantas: int) -> list[float]:
        """Quando cada um consegue clicar, em segundos depois da abertura."""
        return [self.sorte.gauss(0, REACAO_S) for _ in range(quantas)]


async def disputar(
    pessoas: Sequence[Contendor], alvo: dict[str, str], reacoes: Sequence[float]
) -> list[Clique]:
    """Uma disputa: todos querem o mesmo horário, e cada um clica quando consegue reagir."""
    abertura = time.monotonic() + ANTECEDENCIA_S
    return await asyncio.gather(
        *(p.clicar(abertura + reacao, alvo) for p, reacao in zip(pessoas, reacoes, strict=True))
    )


async def sincronizar(pessoas: Sequence[Contendor]) -> None:
    """Cada um no seu tempo, como na vida; falha se alguém não conseguiu."""
    await asyncio.gather(*(p.sincronizar() for p in pessoas))
