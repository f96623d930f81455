"""As linhas dos dois serviços chegam a quem as recolhe na ordem dos fatos.

Os dois escrevem no mesmo arquivo, aberto para acrescentar: a ordem das linhas é a das escritas.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from ferramentas.servicos import Servicos
from tests.apoio.espera import esperar

AGENDAMENTO, COORDENADOR = "servico-agendamento", "servico-coordenador"
CORRIDAS, PESSOAS = 7, 6
HISTORIA = [
    (AGENDAMENTO, "Requisição recebida para POST /agendamentos"),
    (AGENDAMENTO, "Tentando adquirir lock para o recurso"),
    (COORDENADOR, "Recebido pedido de lock para recurso"),
    (COORDENADOR, "Lock concedido para recurso"),
    (AGENDAMENTO, "Lock adquirido com sucesso"),
    (AGENDAMENTO, "Iniciando verificação de conflito no BD"),
    (AGENDAMENTO, "Salvando novo agendamento no BD"),
    (AGENDAMENTO, "Liberando lock para o recurso"),
    (AGENDAMENTO, "Resposta 201"),
]
Linha = dict[str, Any]


def _lidas(arquivo: Path) -> list[Linha]:
    inteiras = arquivo.read_text(encoding="utf-8").rpartition("\n")[0].splitlines()
    return [json.loads(linha) for linha in inteiras if linha.startswith("{")]


def _vencedores(linhas: Iterable[Linha]) -> list[str]:
    return [x["request_id"] for x in linhas if x.get("message", "").startswith("Resposta 201")]


def _fora_de_ordem(linhas: list[Linha]) -> list[str]:
    """De cada vencedor, a primeira frase que não veio depois da anterior."""
    achadas = []
    for vencedor in _vencedores(linhas):
        dele = [(x["service"], x.get("message", "")) for x in linhas if x.get("request_id") == vencedor]
        ultima = -1
        for servico, frase in HISTORIA:
            onde = next(i for i, (s, m) in enumerate(dele) if s == servico and m.startswith(frase))
            if onde < ultima:
                achadas.append(f"{vencedor}: {frase}")
                break
            ultima = onde
    return achadas


@pytest.fixture(scope="module")
def recebidas(tmp_path_factory: pytest.TempPathFactory) -> list[Linha]:
    """O que os dois serviços escreveram em sete corridas pelo mesmo horário, na ordem em que foi recebido."""
    pasta = tmp_path_factory.mktemp("ordem")
    recolhidas = pasta / f"{COORDENADOR}.saida"
    recolhidas.touch()
    (pasta / f"{AGENDAMENTO}.saida").hardlink_to(recolhidas)
    amanha = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    with Servicos({"SCTEC_JANELA_JUSTICA_MS": "20"}, dados=pasta, capturar=False) as servicos:
        url = servicos.agendamento.url
        chaves = [p["chave"] for p in requests.get(f"{url}/demo", timeout=10).json()["cientistas"]]

        def agendar(corrida: int, chave: str) -> int:
            inicio = (amanha + timedelta(minutes=5 * corrida)).isoformat()
            corpo = {"telescopio": "hubble-acad", "horario_inicio_utc": inicio}
            cabecalhos = {"Authorization": f"Bearer {chave}"}
            return requests.post(
                f"{url}/agendamentos", json=corpo, headers=cabecalhos, timeout=30
            ).status_code

        with ThreadPoolExecutor(PESSOAS) as threads:
            for corrida in range(CORRIDAS):
                estados = list(threads.map(lambda chave, n=corrida: agendar(n, chave), chaves[:PESSOAS]))
                assert estados.count(201) == 1
        esperar(
            lambda: len(_vencedores(_lidas(recolhidas))) == CORRIDAS, "as linhas das corridas", prazo_s=20
        )
    return _lidas(recolhidas)


def test_a_historia_de_cada_vencedor_chega_na_ordem_dos_fatos(recebidas: list[Linha]) -> None:
    assert _fora_de_ordem(recebidas) == []


@pytest.mark.parametrize("atrasado", [AGENDAMENTO, COORDENADOR])
def test_um_servico_que_escreva_em_lotes_conta_outra_historia(recebidas: list[Linha], atrasado: str) -> None:
    """Controle negativo: as mesmas linhas, com as de um serviço entregues 20 ms depois."""

    def chegada(linha: Linha) -> datetime:
        atraso = timedelta(milliseconds=20 if linha["service"] == atrasado else 0)
        return datetime.fromisoformat(linha["timestamp_utc"]) + atraso

    assert _fora_de_ordem(sorted(recebidas, key=chegada)) != []
