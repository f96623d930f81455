"""Falhas do observado acendem e apagam o alerta certo; falhas do observador não tocam em quem agenda."""

from __future__ import annotations

import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

import pytest

from tests.compose.pilha import SERVICOS
from tests.compose.telemetria.pilha import (
    COORDENADOR_INTERNO,
    Observatorio,
    esperar,
    memoria_bytes,
    pedir,
)
from tests.compose.telemetria.test_2_consultas import SO_COM_FALHA, TODAS, perguntar

ACENDE_S, APAGA_S = 60, 120
#: Diferença entre duas medições iguais nesta máquina, com folga: acima disto não é ruído.
RUIDO = 2.0
#: O que não se entrega é descartado ou fica em disco: a mesma carga não aumenta os serviços mais que isto.
MEMORIA = 1.3


def _acende(pilha: Observatorio, *alertas: str) -> None:
    esperar(lambda: set(alertas) <= pilha.alertas(), ACENDE_S, f"alertas {alertas} disparados")


def _apaga(pilha: Observatorio, *alertas: str) -> None:
    esperar(lambda: not set(alertas) & pilha.alertas(), APAGA_S, f"alertas {alertas} apagados")


@contextmanager
def _parado(pilha: Observatorio, *servicos: str) -> Iterator[None]:
    pilha.compose("stop", "-t", "5", *servicos)
    try:
        yield
    finally:
        pilha.compose("start", *servicos)


def test_coordenador_parado(pilha: Observatorio, chave: str, horarios: Iterator[str]) -> None:
    with _parado(pilha, "coordenador"):
        for _ in range(3):
            assert pilha.agendar(chave, next(horarios)).status == 503
        _acende(pilha, "SctecServicoFora")
        # Uma causa, um alerta: os 503 e o orçamento que eles queimam não acrescentam outros.
        assert pilha.alertas() == {"SctecServicoFora"}
        for onde, linguagem, consulta in TODAS:
            if onde in SO_COM_FALHA:
                esperar(partial(perguntar, pilha, linguagem, consulta), ACENDE_S, onde)
    pilha.pronta()
    _apaga(pilha, "SctecServicoFora")


def test_lease_vencido(pilha: Observatorio) -> None:
    segredo = {"Authorization": f"Bearer {COORDENADOR_INTERNO}"}
    pedido = {"recurso": "prova-de-lease", "solicitante": "teste", "lease_ms": 200, "janela_ms": 0}
    assert pedir("POST", f"{pilha.coordenador_url}/lock", pedido, segredo).status == 200
    _acende(pilha, "SctecLockExpirado")
    _apaga(pilha, "SctecLockExpirado")


def test_banco_travado(pilha: Observatorio, chave: str, horarios: Iterator[str]) -> None:
    """Outro processo segura o banco por 20 s: 503 para quem agenda, o alerta acende, e depois tudo volta."""
    segurar = (
        "import glob, sqlite3, time\n"
        "c = sqlite3.connect(sorted(glob.glob('/dados/*.db'))[0], isolation_level=None)\n"
        "c.execute('BEGIN IMMEDIATE')\n"
        "print('travado', flush=True)\n"
        "time.sleep(20)\n"
    )
    conteiner = pilha.inspecionar("agendamento")["Id"]
    with subprocess.Popen(
        ["docker", "exec", conteiner, "python", "-c", segurar], stdout=subprocess.PIPE, text=True
    ) as dono:
        assert dono.stdout is not None
        assert dono.stdout.readline().strip() == "travado"
        with ThreadPoolExecutor(4) as juntos:
            respostas = list(
                juntos.map(lambda h: pilha.agendar(chave, h), [next(horarios) for _ in range(4)])
            )
        assert {r.status for r in respostas} == {503}
        _acende(pilha, "SctecAgendamentoIndisponivel")
    esperar(lambda: pilha.agendar(chave, next(horarios)).status == 201, 30, "o banco aceitar escrita de novo")
    _apaga(pilha, "SctecAgendamentoIndisponivel")


def _como_antes(pilha: Observatorio, parado: str) -> bool:
    """Uma carga com tudo e outra sem ``parado``: o p99 de quem agenda e a memória dos serviços não mudam."""
    normal = pilha.k6("04-carga", TAXA="15", SEGUNDOS="20")
    ocupava = memoria_bytes(pilha, SERVICOS)
    with _parado(pilha, parado):
        sem = pilha.k6("04-carga", TAXA="15", SEGUNDOS="20")
        ocupa = memoria_bytes(pilha, SERVICOS)
    # O próprio roteiro já exige que todos recebam 201.
    return bool(
        normal["passou"]
        and sem["passou"]
        and sem["criados"] >= normal["criados"] * 0.9
        and sem["p99_ms"] <= normal["p99_ms"] * RUIDO
        and ocupa <= ocupava * MEMORIA
    )


@pytest.mark.parametrize("parado", ["loki", "tempo", "coletor"])
def test_observador_parado_nao_toca_em_quem_agenda(pilha: Observatorio, parado: str) -> None:
    """Quem esperasse pelo observador esperaria em todas as vezes; um tropeço da máquina, não."""
    assert any(_como_antes(pilha, parado) for _ in range(3))
    saida = pilha.compose("logs", "--no-color", "agendamento", "coordenador")
    recentes = [linha for linha in saida.splitlines() if "Traceback" in linha or "Exception" in linha]
    assert recentes == []


def test_ausencia_do_loki_nao_perde_nem_repete_linha(pilha: Observatorio) -> None:
    """Um minuto sem Loki, sob carga: depois, cada linha dos dois serviços está lá exatamente uma vez."""
    inicio_ns = time.time_ns()
    inicio = str(inicio_ns // 10**9 + 1)
    with _parado(pilha, "loki"):
        ausencia = time.monotonic()
        pilha.k6("04-carga", TAXA="15", SEGUNDOS="20")
        esperar(lambda: time.monotonic() - ausencia >= 60, 90, "um minuto de ausência")
    pilha.pronta()
    for servico in ("agendamento", "coordenador"):
        conteiner = pilha.inspecionar(servico)["Id"]
        feito = subprocess.run(
            ["docker", "logs", "--since", inicio, conteiner], capture_output=True, text=True, check=True
        )
        escritas = Counter(feito.stdout.splitlines())
        assert sum(escritas.values()) > 500

        def diferenca(servico: str = servico, escritas: Counter[str] = escritas) -> bool:
            consulta = f'{{service_name="servico-{servico}"}}'
            no_loki = Counter(
                linha.texto for linha in pilha.logql_tudo(consulta, inicio_ns) if linha.texto in escritas
            )
            return no_loki == escritas

        esperar(diferenca, 90, f"todas as linhas de {servico}, uma vez cada")
