"""Os braços da medição: quem disputa com quem, e sob que regra. As contas são de ``somas``."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from typing import Any

from bench.justica.cenario import POR_REDE, Cenario, disputar, sincronizar
from bench.justica.contendor import Clique, Contendor

CONTENDORES = 50
TRAPACEIROS = 5
JANELA_MS = 150
RESSINCRONIZAR_A_CADA = 25
FINGEM_S = 0.100
VANTAGENS_MS = (0, 4, 8, 12, 16, 20, 25, 30, 40)
DUELOS_POR_VANTAGEM = 80
PARES = 4
LONGE_S, PERTO_S = 0.250, 0.005

Alvos = Iterator[dict[str, str]]


class DisputaSemVencedor(Exception):
    """Uma disputa terminou sem exatamente um 201: a medição não vale."""


def vencedor(cliques: Sequence[Clique]) -> Clique:
    vencedores = [c for c in cliques if c.venceu]
    if len(vencedores) != 1:
        estranhos = [(c.status, c.corpo) for c in cliques if c.status not in (201, 409)][:2]
        raise DisputaSemVencedor(f"{len(vencedores)} vencedores; {estranhos}")
    return vencedores[0]


async def _disputar(
    cenario: Cenario, pessoas: Sequence[Contendor], alvos: Sequence[Alvos], quantas: int
) -> list[list[list[Clique]]]:
    """``quantas`` disputas em cada série de alvos; todos ressincronizam de tempo em tempo.

    As séries disputam os mesmos cliques. E cada sorteio de cliques vale duas disputas: na segunda, quem está
    mais longe clica como quem estava mais perto. Assim perto e longe clicam primeiro o mesmo número de vezes.
    """
    series: list[list[list[Clique]]] = [[] for _ in alvos]
    pessoas = sorted(pessoas, key=lambda p: p.rtt_s)
    reacoes: list[float] = []
    for n in range(quantas):
        if n % RESSINCRONIZAR_A_CADA == 0:
            await sincronizar(pessoas)
        reacoes = reacoes[::-1] if n % 2 else cenario.reacoes(len(pessoas))
        for serie, alvo in zip(series, alvos, strict=True):
            serie.append(await disputar(pessoas, next(alvo), reacoes))
    return series


def _classes(pessoas: Sequence[Contendor]) -> dict[int, str]:
    ordenadas = sorted(pessoas, key=lambda p: p.rtt_s)
    quarto = len(ordenadas) // 4
    classes = {p.id: "meio" for p in ordenadas}
    classes |= {p.id: "rapida" for p in ordenadas[:quarto]}
    classes |= {p.id: "lenta" for p in ordenadas[-quarto:]}
    return classes


def _relatar(pessoas: Sequence[Contendor], serie: Sequence[Sequence[Clique]]) -> dict[str, Any]:
    """O que houve, disputa a disputa: a classe de quem venceu e quanto antes dele clicou o primeiro."""
    classes = _classes(pessoas)
    disputas: list[tuple[str, float]] = []
    vitorias = {p.id: 0 for p in pessoas}
    recusas: dict[str, int] = {}
    for cliques in serie:
        ganho = vencedor(cliques)
        primeiro = min(cliques, key=lambda c: c.clicou_s)
        disputas.append((classes[ganho.quem.id], round((ganho.clicou_s - primeiro.clicou_s) * 1000, 3)))
        vitorias[ganho.quem.id] += 1
        for clique in cliques:
            if not clique.venceu:
                motivo = str(clique.corpo.get("motivo"))
                recusas[motivo] = recusas.get(motivo, 0) + 1
    por_pessoa = [(round(p.rtt_s * 1000, 1), vitorias[p.id]) for p in sorted(pessoas, key=lambda p: p.rtt_s)]
    return {"disputas": disputas, "recusas": recusas, "por_pessoa": por_pessoa}


async def honestos(cenario: Cenario, quantas: int) -> dict[str, Any]:
    """Ordem de chegada e a nossa, na mesma execução, com as mesmas pessoas, uma disputa de cada vez."""
    pessoas = cenario.multidao(CONTENDORES)
    alvos = cenario.telescopio("chegada", 0), cenario.telescopio("janela", JANELA_MS)
    chegada, nossa = await _disputar(cenario, pessoas, alvos, quantas)
    return {
        "chegada": _relatar(pessoas, chegada),
        "nossa": _relatar(pessoas, nossa),
        "relogios": cenario.relogios(),
    }


async def trapaca(cenario: Cenario, quantas: int, *, fingem: bool, isolados: bool = False) -> dict[str, Any]:
    """10 % recuam o clique tudo o que podem e, se ``fingem``, demoram 100 ms a devolver cada bilhete."""
    pessoas = cenario.multidao(CONTENDORES)
    redes = cenario.sorte.sample(range(CONTENDORES // POR_REDE), TRAPACEIROS)
    for rede in redes:
        i = rede * POR_REDE
        if isolados:
            pessoas[i] = cenario.pessoa(pessoas[i].rtt_s, f"127.{100 + rede}.1.1")
        pessoas[i].recua = True
        pessoas[i].fingir_s = FINGEM_S if fingem else 0.0
    (serie,) = await _disputar(cenario, pessoas, [cenario.telescopio("janela", JANELA_MS)], quantas)
    return {
        "venceu_quem_trapaceia": [int(vencedor(cliques).quem.recua) for cliques in serie],
        "sem_trapaca_seria": TRAPACEIROS / CONTENDORES,
    }


async def duelos(cenario: Cenario, por_vantagem: int = DUELOS_POR_VANTAGEM) -> dict[str, Any]:
    """250 ms contra 5 ms de ida e volta: com que vantagem quem está longe vence 95 % das vezes."""
    longe = [cenario.pessoa(LONGE_S, f"127.40.0.{n + 1}", (n + 0.5) / PARES) for n in range(PARES)]
    perto = [cenario.pessoa(PERTO_S, f"127.50.0.{n + 1}") for n in range(PARES)]
    alvos = cenario.telescopio("duelo", JANELA_MS)
    await sincronizar([*longe, *perto])
    for pessoa in (*longe, *perto):  # as redes passam a ser conhecidas
        await pessoa.clicar(time.monotonic(), next(alvos))
    rodadas = [v for v in VANTAGENS_MS for _ in range(max(1, por_vantagem // PARES))]
    cenario.sorte.shuffle(rodadas)
    feitos: list[tuple[float, bool]] = []
    for n, vantagem in enumerate(rodadas):
        if n % RESSINCRONIZAR_A_CADA == 0:
            await sincronizar([*longe, *perto])
        partida = time.monotonic() + 0.05
        cliques = await asyncio.gather(
            *(
                _duelo(a, b, partida + cenario.sorte.uniform(0, 0.2), vantagem / 1000, next(alvos))
                for a, b in zip(longe, perto, strict=True)
            )
        )
        feitos += cliques
    return {
        "vantagens_ms": VANTAGENS_MS,
        "duelos": [(round(vantagem, 3), venceu) for vantagem, venceu in feitos],
    }


async def _duelo(
    longe: Contendor, perto: Contendor, quando: float, vantagem_s: float, alvo: dict[str, str]
) -> tuple[float, bool]:
    a, b = await asyncio.gather(longe.clicar(quando, alvo), perto.clicar(quando + vantagem_s, alvo))
    vencedor([a, b])
    return (b.clicou_s - a.clicou_s) * 1000, a.venceu
