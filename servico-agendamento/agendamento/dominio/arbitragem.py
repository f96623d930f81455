"""Refazer uma decisão da arbitragem só com o que é público: o registro dela e o segredo revelado do seu dia.

A regra (docs/JUSTICA.md): candidatos em ordem de instante efetivo; o mais antigo ainda sem grupo lidera um, com os
que disputam algum recurso com ele a até τ de distância; no grupo passa antes o menor uso e, no empate, o menor
sorteio. O sorteio é SHA-256 sobre quatro campos, cada um precedido do seu comprimento em bytes (32 bits,
big-endian): segredo do dia, recurso, janela e código do candidato. O compromisso é SHA-256(segredo).
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

VERSAO = 1


class RegistroIlegivel(Exception):
    """O registro não tem a forma documentada; a mensagem diz o que falta ou sobra."""


class FaltaSegredo(Exception):
    """A decisão dependeu de sorteio, e o segredo do dia ainda não foi revelado."""


@dataclass(frozen=True, slots=True)
class Candidato:
    """Instantes em µs inteiros, relativos à abertura da janela; ``recursos`` na ordem em que os pediu."""

    codigo: str
    recursos: tuple[str, ...]
    efetivo_us: int
    uso: float
    maduro: bool
    posicao: int | None


@dataclass(frozen=True, slots=True)
class Decisao:
    """Um registro ``ARBITRAGEM_DECIDIDA``, conferida a forma."""

    janela: str
    dia: str
    compromisso: str
    tau_us: int
    criterio: str
    vencedor: str
    candidatos: tuple[Candidato, ...]

    @classmethod
    def ler(cls, registro: Mapping[str, Any]) -> Decisao:
        """
        Raises:
            RegistroIlegivel: versão desconhecida, campo ausente ou de tipo errado.
        """
        try:
            if registro["versao"] != VERSAO:
                raise RegistroIlegivel(f"versão {registro['versao']} desconhecida")
            recursos = registro["recursos"]
            candidatos = tuple(
                Candidato(
                    str(c["codigo"]),
                    tuple(str(recursos[i]) for i in c["recursos"]),
                    round(c["efetivo_ms"] * 1000),
                    float(c["uso"]),
                    bool(c["maduro"]),
                    c["posicao"],
                )
                for c in registro["candidatos"]
            )
            if not candidatos or not all(c.recursos for c in candidatos):
                raise RegistroIlegivel("sem candidatos, ou candidato sem recursos")
            return cls(
                str(registro["janela"]),
                str(registro["dia"]),
                str(registro["compromisso"]),
                round(registro["tau_ms"] * 1000),
                str(registro["criterio"]),
                str(registro["vencedor"]),
                candidatos,
            )
        except (KeyError, IndexError, TypeError, ValueError) as erro:
            raise RegistroIlegivel(f"{type(erro).__name__}: {erro}") from erro


def compromisso_de(segredo: bytes) -> str:
    return hashlib.sha256(segredo).hexdigest()


def sortear(segredo: bytes, recurso: str, janela: str, codigo: str) -> str:
    """Hexadecimal; o menor vence."""
    resumo = hashlib.sha256()
    for campo in (segredo, recurso.encode(), janela.encode(), codigo.encode()):
        resumo.update(len(campo).to_bytes(4, "big") + campo)
    return resumo.hexdigest()


def ordenar(
    candidatos: Sequence[Candidato], tau_us: int, ate_us: float, sorteio: Callable[[str, str], str]
) -> list[list[Candidato]]:
    """Os grupos, em ordem, dos que podem ser decididos: os que ninguém de instante ``ate_us`` ou mais muda."""
    fila = sorted(range(len(candidatos)), key=lambda i: (candidatos[i].efetivo_us, candidatos[i].codigo))
    disputam: dict[str, deque[int]] = {}
    for i in fila:
        for recurso in candidatos[i].recursos:
            disputam.setdefault(recurso, deque()).append(i)
    agrupados: set[int] = set()
    grupos = []
    for lider in fila:
        if lider in agrupados:
            continue
        limite = candidatos[lider].efetivo_us + tau_us
        if limite >= ate_us:
            break
        grupo = []
        for recurso in candidatos[lider].recursos:
            lista = disputam[recurso]
            while lista and candidatos[lista[0]].efetivo_us <= limite:
                i = lista.popleft()
                if i not in agrupados:
                    agrupados.add(i)
                    grupo.append(candidatos[i])
        grupos.append(_desempatar(grupo, candidatos[lider].recursos[0], sorteio))
    return grupos


def _desempatar(grupo: list[Candidato], recurso: str, sorteio: Callable[[str, str], str]) -> list[Candidato]:
    com_este_uso = Counter(c.uso for c in grupo)
    # Só se pede o sorteio de quem empata também no uso: sem ele, a decisão não depende do segredo.
    return sorted(
        grupo,
        key=lambda c: (
            c.uso,
            sorteio(recurso, c.codigo) if com_este_uso[c.uso] > 1 else "",
            c.efetivo_us,
            c.codigo,
        ),
    )


def conferir(decisao: Decisao, compromissos: Mapping[str, str], segredos: Mapping[str, bytes]) -> str | None:
    """O que difere entre a decisão e a refeita; ``None`` se nada difere.

    Args:
        compromissos, segredos: por dia, como publicados em ``GET /justica``.

    Raises:
        FaltaSegredo: só se o segredo, ainda por revelar, é o que decide.
    """
    publicado = compromissos.get(decisao.dia)
    if publicado is None:
        return f"nenhum compromisso foi publicado para {decisao.dia}"
    if publicado != decisao.compromisso:
        return f"o compromisso da decisão não é o publicado para {decisao.dia}"
    segredo = segredos.get(decisao.dia)
    if segredo is not None and compromisso_de(segredo) != publicado:
        return f"o segredo revelado de {decisao.dia} não cumpre o compromisso"

    def sorteio(recurso: str, codigo: str) -> str:
        if segredo is None:
            raise FaltaSegredo(decisao.dia)
        return sortear(segredo, recurso, decisao.janela, codigo)

    imaturos = [c.efetivo_us for c in decisao.candidatos if not c.maduro]
    grupos = ordenar(decisao.candidatos, decisao.tau_us, min(imaturos, default=math.inf), sorteio)
    if not grupos:
        return "pela regra, ainda não havia o que decidir"
    ordem = [c for grupo in grupos for c in grupo]
    for posicao, candidato in enumerate(ordem):
        if candidato.posicao != posicao:
            return (
                f"o candidato {candidato.codigo} devia estar na posição {posicao}, e não {candidato.posicao}"
            )
    excedentes = sum(c.posicao is not None for c in decisao.candidatos) - len(ordem)
    if excedentes:
        return f"{excedentes} candidatos foram decididos antes da hora"
    criterio = "unico" if len(decisao.candidatos) == 1 else criterio_de(grupos[0])
    if decisao.vencedor != ordem[0].codigo:
        return f"pela regra venceria {ordem[0].codigo}, e não {decisao.vencedor}"
    if decisao.criterio != criterio:
        return f"o critério seria “{criterio}”, e não “{decisao.criterio}”"
    return None


def criterio_de(grupo: Sequence[Candidato]) -> str:
    """O que separou o primeiro do segundo de um grupo."""
    if len(grupo) == 1:
        return "instante"
    return "sorteio" if grupo[0].uso == grupo[1].uso else "uso"
