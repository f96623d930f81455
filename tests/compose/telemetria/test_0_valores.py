"""Valores, não presença: do zero, uma corrida e uma rampa; cada número da página é o que o k6 contou."""

from __future__ import annotations

import time
from collections.abc import Mapping

import pytest

from tests.compose.telemetria.pilha import Observatorio, esperar
from tests.compose.telemetria.test_2_consultas import preencher

#: Quanto um número do painel pode diferir do que o k6 contou.
FOLGA = 0.10
PRAZO_S = 60


def _valor(pilha: Observatorio, painel: str, titulo: str, **periodo: str) -> float | None:
    (consulta,) = pilha.peca(painel, titulo)
    achado = pilha.promql(preencher(consulta.replace("$__range", periodo.get("desde", "1h"))))
    return float(achado[0]["value"][1]) if achado else None


def _confere(pilha: Observatorio, esperado: Mapping[tuple[str, str], float], desde: float) -> None:
    """Cada (painel, peça) mostra o esperado, com folga, no período que começa em ``desde``."""
    vistos: dict[tuple[str, str], float | None] = {}

    def bate() -> bool:
        periodo = f"{int(time.time() - desde)}s"
        vistos.update({onde: _valor(pilha, *onde, desde=periodo) for onde in esperado})
        return all(
            visto is not None and abs(visto - esperado[onde]) <= FOLGA * esperado[onde]
            for onde, visto in vistos.items()
        )

    try:
        esperar(bate, PRAZO_S, "os números do k6 nos painéis")
    except AssertionError as erro:
        raise AssertionError(f"esperado {dict(esperado)}, visto {vistos}") from erro


def _do_k6(contados: Mapping[str, float]) -> dict[tuple[str, str], float]:
    criados, recusados = contados["criados"], contados["recusados"]
    return {
        ("visao-geral", "Agendamentos criados"): criados,
        ("visao-geral", "Recusas por disputa (409)"): recusados,
        ("visao-geral", "Falhas nossas (5xx)"): contados["falhas"],
        ("visao-geral", "Parcela de 409"): recusados / (criados + recusados + contados["falhas"]),
    }


def _inicio() -> float:
    # Uma coleta antes: o zero de onde se mede.
    return time.time() - 6


def test_primeira_corrida_e_rampa(pilha: Observatorio) -> None:
    esperar(lambda: len(pilha.promql('up{job=~"servico-.+"} == 1')) == 2, PRAZO_S, "primeira coleta dos dois")
    desde = _inicio()
    corrida = pilha.k6("02-corrida", N="50")
    assert corrida["criados"] == 1
    _confere(pilha, _do_k6(corrida), desde)
    # Os dois lados da página de carga, código a código.
    por_lado = [
        {r["metric"]["status"]: float(r["value"][1]) for r in pilha.promql(preencher(consulta))}
        for consulta in pilha.peca("carga", "Pedidos de agendamento, contados pelos dois lados")
    ]
    assert (por_lado[0]["201"], por_lado[0]["409"]) == (1, corrida["recusados"])
    for status, contados in por_lado[0].items():
        assert abs(por_lado[1][status] - contados) <= FOLGA * contados, por_lado
    assert pilha.alertas() == set()

    desde = _inicio()
    rampa = pilha.k6("04-carga", TAXA="20", SEGUNDOS="20")
    _confere(pilha, _do_k6(rampa), desde)
    assert pilha.alertas() == set()


@pytest.mark.parametrize("servico", ["coordenador", "agendamento"])
def test_corrida_depois_de_reiniciar(pilha: Observatorio, servico: str) -> None:
    """Reiniciado um serviço, nada dispara além do alerta que o diz fora, e a corrida seguinte bate."""
    pilha.compose("restart", servico)
    pilha.pronta()
    esperar(lambda: len(pilha.promql('up{job=~"servico-.+"} == 1')) == 2, PRAZO_S, "coleta dos dois")
    assert pilha.alertas() <= {"SctecServicoFora"}
    pilha.assentar()
    desde = _inicio()
    corrida = pilha.k6("02-corrida", N="50")
    _confere(pilha, _do_k6(corrida), desde)
    pilha.assentar()
    assert pilha.alertas() == set()
