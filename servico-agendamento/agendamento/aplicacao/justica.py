"""O que se publica da justiça: regra, compromissos, segredos revelados e os números das últimas disputas."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from agendamento.aplicacao.cronometragem import Cronometragem
from agendamento.aplicacao.portas import Banco, Coordenador, Detalhes, Leitura, RegistroAuditoria
from agendamento.dominio import arbitragem, instante
from agendamento.dominio.arbitragem import Decisao, FaltaSegredo, RegistroIlegivel

EVENTO = "ARBITRAGEM_DECIDIDA"
ULTIMAS = 200
"""Os números publicados são os das últimas disputas que a trilha guarda."""
CRITERIOS = ("instante", "uso", "sorteio")
_VALIDADE_S = 5.0
_CLASSES_MS = (25, 50, 100, 150, 200, 300)
_PAGINA = 500


class Justica:
    """``GET /justica``. A resposta vale por alguns segundos: ninguém recalcula tudo a cada visita."""

    def __init__(
        self, banco: Banco, coordenador: Coordenador, cronometragem: Cronometragem, janela_ms: int
    ) -> None:
        self._banco = banco
        self._coordenador = coordenador
        self._cronometragem = cronometragem
        self._janela_ms = janela_ms
        self._mutex = threading.Lock()
        self._pronta: tuple[float, Detalhes] | None = None

    def publicar(self) -> Detalhes:
        """
        Raises:
            CoordenadorIndisponivel: é ele quem guarda os compromissos.
        """
        with self._mutex:
            agora = time.monotonic()
            if self._pronta is None or agora - self._pronta[0] > _VALIDADE_S:
                self._pronta = (agora, self._montar())
            return self._pronta[1]

    def _montar(self) -> Detalhes:
        do_coordenador = self._coordenador.justica()
        with self._banco.ler() as leitura:
            registros = leitura.ultimos_da_auditoria(EVENTO, ULTIMAS)
        creditos = self._cronometragem.creditos
        politica = creditos.politica
        pedidos, credito_ms, gasto_ms = creditos.totais()
        return {
            "versao": do_coordenador["versao"],
            "parametros": {
                **do_coordenador["parametros"],
                "janela_ms": self._janela_ms,
                "margem_relativa": instante.MARGEM_RELATIVA,
                "margem_fixa_ms": instante.MARGEM_FIXA_MS,
                "credito_maximo_ms": politica.maximo_ms,
                "reserva_ms": politica.reserva_ms,
                "reposicao_ms_h": politica.reposicao_ms_h,
                "folga_da_rede_ms": politica.folga_ms,
            },
            "sorteio": do_coordenador["sorteio"],
            "compromissos": do_coordenador["compromissos"],
            "revelados": do_coordenador["revelados"],
            "disputas": numeros(registros),
            "relogios": self._cronometragem.situacoes(),
            "creditos": {
                "pedidos_disputados": pedidos,
                "credito_medio_ms": round(credito_ms / pedidos, 3) if pedidos else None,
                "reserva_gasta_ms": round(gasto_ms, 3),
            },
        }


def numeros(registros: Sequence[RegistroAuditoria]) -> Detalhes:
    """O que as decisões dizem de si: critérios, quanto antes chegou o primeiro, vitórias por distância."""
    decisoes = [registro.detalhes for registro in registros]
    por_criterio = dict.fromkeys(CRITERIOS, 0)
    arrependimentos = []
    chances: list[_Chance] = []
    for decisao in decisoes:
        por_criterio[decisao["criterio"]] = por_criterio.get(decisao["criterio"], 0) + 1
        candidatos = decisao["candidatos"]
        vencedor = next(c for c in candidatos if c["posicao"] == 0)
        primeiro = min(c["efetivo_ms"] for c in candidatos)
        arrependimentos.append(vencedor["efetivo_ms"] - primeiro)
        chances += (_Chance(c["rtt_ms"], 1 / len(candidatos), c is vencedor) for c in candidatos)
    quantas = len(decisoes)
    medidas = sorted((c for c in chances if c.rtt_ms is not None), key=lambda c: c.rtt_ms or 0)
    quarto = len(medidas) // 4
    rapida, lenta = _razao(medidas[:quarto]), _razao(medidas[len(medidas) - quarto :])
    return {
        "ultimas": quantas,
        "candidatos": len(chances),
        "por_criterio": por_criterio,
        "empates": por_criterio["uso"] + por_criterio["sorteio"],
        "arrependimento_medio_ms": round(sum(arrependimentos) / quantas, 3) if quantas else None,
        "por_ida_e_volta": _por_classe(chances),
        "lenta_sobre_rapida": round(lenta / rapida, 3) if lenta is not None and rapida else None,
    }


@dataclass(frozen=True, slots=True)
class _Chance:
    """Um candidato: ``esperada`` é a parte de vitória que lhe caberia se a distância não importasse."""

    rtt_ms: float | None
    esperada: float
    venceu: bool


def _razao(chances: Iterable[_Chance]) -> float | None:
    """Vitórias sobre as esperadas: 1 = a distância não pesou."""
    todas = list(chances)
    esperadas = sum(c.esperada for c in todas)
    return sum(c.venceu for c in todas) / esperadas if esperadas else None


def _por_classe(chances: Sequence[_Chance]) -> list[Detalhes]:
    classes: dict[float | None, list[_Chance]] = {}
    for chance in chances:
        ate = next((c for c in _CLASSES_MS if chance.rtt_ms is not None and chance.rtt_ms <= c), None)
        classes.setdefault(ate if chance.rtt_ms is not None else -1, []).append(chance)
    nomes: dict[Any, str] = {None: f"mais de {_CLASSES_MS[-1]} ms", -1: "sem bilhete"}
    return [
        {
            "classe": nomes.get(ate, f"até {ate} ms"),
            "candidatos": len(daqui),
            "vitorias": sum(c.venceu for c in daqui),
            "vitorias_sobre_esperadas": round(_razao(daqui) or 0.0, 3),
        }
        for ate, daqui in sorted(classes.items(), key=lambda item: 1e9 if item[0] is None else item[0])
    ]


@dataclass(frozen=True, slots=True)
class Conferencia:
    """O resultado de refazer decisões. ``problemas`` e ``pendentes`` são pares (qual, o quê)."""

    conferidas: int
    problemas: list[tuple[str, str]]
    pendentes: list[tuple[str, str]]


def da_trilha(leitura: Leitura, de: int, ate: int | None) -> Iterator[tuple[str, Detalhes]]:
    """As decisões da trilha de ``de`` a ``ate`` (inclusive), cada uma nomeada pelo seu ``seq``."""
    depois = de - 1
    while registros := leitura.auditoria(depois, _PAGINA, evento=EVENTO):
        for registro in registros:
            if ate is not None and registro.seq > ate:
                return
            yield f"seq {registro.seq}", registro.detalhes
        depois = registros[-1].seq


def dos_eventos(linhas: Iterable[str]) -> Iterator[tuple[str, Detalhes]]:
    """As decisões de um ``GET /eventos`` guardado, cada uma nomeada pela sua janela."""
    tipo = ""
    for numero, linha in enumerate(linhas, 1):
        campo, _, valor = linha.strip().partition(":")
        if campo == "event":
            tipo = valor.strip()
        elif campo == "data" and tipo == "arbitragem.decidida":
            try:
                registro = json.loads(valor)
                yield f"janela {registro['janela']}", registro
            except (ValueError, KeyError, TypeError):
                yield f"linha {numero}", {}


def conferir(decisoes: Iterable[tuple[str, Detalhes]], publicado: Detalhes) -> Conferencia:
    """Refaz cada decisão só com o que é público.

    Args:
        publicado: a resposta de ``GET /justica``.
    """
    compromissos = {c["dia"]: str(c["compromisso"]) for c in publicado["compromissos"]}
    segredos = {c["dia"]: bytes.fromhex(c["segredo"]) for c in publicado["revelados"]}
    conferidas = 0
    problemas: list[tuple[str, str]] = []
    pendentes: list[tuple[str, str]] = []
    for qual, registro in decisoes:
        conferidas += 1
        try:
            problema = arbitragem.conferir(Decisao.ler(registro), compromissos, segredos)
        except RegistroIlegivel as erro:
            problema = f"registro ilegível: {erro}"
        except FaltaSegredo as dia:
            pendentes.append((qual, f"o sorteio depende do segredo de {dia}, ainda não revelado"))
            continue
        if problema is not None:
            problemas.append((qual, problema))
    return Conferencia(conferidas, problemas, pendentes)
