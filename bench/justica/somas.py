"""Do que se viu em cada execução aos números publicados: execuções de sementes diferentes somam-se."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

from bench.justica.contas import percentil, proporcao, razao_de_vitorias, vantagem_que_vence

Parte = dict[str, Any]


def honestos(partes: Sequence[Parte]) -> dict[str, Any]:
    return {regra: _disputas([parte[regra] for parte in partes]) for regra in ("chegada", "nossa")}


def _disputas(partes: Sequence[Parte]) -> dict[str, Any]:
    feitas = list(chain.from_iterable(parte["disputas"] for parte in partes))
    classes = [classe for classe, _ in feitas]
    atrasos_ms = [atraso for _, atraso in feitas]
    recusas = sum((Counter(parte["recusas"]) for parte in partes), Counter[str]())
    return {
        "disputas": len(feitas),
        "lenta_sobre_rapida": razao_de_vitorias(
            classes.count("lenta"), classes.count("rapida")
        ).como_dicionario(),
        "o_primeiro_vence": proporcao(atrasos_ms.count(0), len(feitas)).como_dicionario(),
        "arrependimento_ms": {
            "media": round(sum(atrasos_ms) / len(feitas), 2),
            "p95": round(percentil(atrasos_ms, 0.95), 2),
        },
        "recusas": dict(recusas),
        "por_pessoa": [_pessoa(mesmas) for mesmas in zip(*(p["por_pessoa"] for p in partes), strict=True)],
    }


def _pessoa(mesmas: Sequence[Sequence[float]]) -> list[float]:
    """Quem ocupa o mesmo lugar na ordem das distâncias: ida e volta média e vitórias somadas."""
    return [round(sum(r for r, _ in mesmas) / len(mesmas), 1), sum(v for _, v in mesmas)]


def trapaca(partes: Sequence[Parte]) -> dict[str, Any]:
    seguidas = [parte["venceu_quem_trapaceia"] for parte in partes]
    todas = list(chain.from_iterable(seguidas))
    return {
        "disputas": len(todas),
        "parte_dos_trapaceiros": proporcao(sum(todas), len(todas)).como_dicionario(),
        # Dentro de cada execução: é nela que a reserva se gasta.
        "na_primeira_metade": _media([v for s in seguidas for v in s[: len(s) // 2]]),
        "na_segunda_metade": _media([v for s in seguidas for v in s[len(s) // 2 :]]),
        "sem_trapaca_seria": partes[0]["sem_trapaca_seria"],
    }


def _media(valores: Sequence[int]) -> float:
    return round(sum(valores) / max(len(valores), 1), 4)


def duelos(partes: Sequence[Parte]) -> dict[str, Any]:
    feitos = [(vantagem, venceu) for parte in partes for vantagem, venceu in parte["duelos"]]
    marcas = partes[0]["vantagens_ms"]
    perto = {m: [venceu for vantagem, venceu in feitos if abs(vantagem - m) < 2] for m in marcas}
    return {
        "duelos": len(feitos),
        "vantagem_95_ms": round(vantagem_que_vence(feitos), 1),
        "por_vantagem_ms": {
            str(m): proporcao(sum(v), len(v)).como_dicionario() for m, v in perto.items() if v
        },
    }


def unica(partes: Sequence[Parte]) -> dict[str, Any]:
    """O que não se soma: vale a última execução."""
    return dict(partes[-1])


SOMAS: dict[str, Callable[[Sequence[Parte]], dict[str, Any]]] = {
    "honestos": honestos,
    "recuam": trapaca,
    "fingem": trapaca,
    "fingem_isolados": trapaca,
    "fingem_sem_reserva": trapaca,
    "duelos": duelos,
    "decisao": unica,
    "vazao": unica,
    "ordenacao": unica,
}
