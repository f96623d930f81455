"""A conferência refaz, em Python e só com o que é público, o que o coordenador decidiu em JavaScript."""

from __future__ import annotations

import copy
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agendamento.aplicacao import justica
from agendamento.dominio.arbitragem import Decisao, FaltaSegredo, RegistroIlegivel, conferir

RAIZ = Path(__file__).resolve().parents[3]
NODE = RAIZ / ".venv" / "bin" / "node"
QUANTAS = 3000

Caso = dict[str, Any]


@pytest.fixture(scope="module")
def casos() -> list[Caso]:
    roteiro = Path(__file__).with_name("decisoes.mjs")
    feito = subprocess.run(
        [str(NODE), str(roteiro), str(QUANTAS), "42"], capture_output=True, text=True, check=True
    )
    return [json.loads(linha) for linha in feito.stdout.splitlines()]


def refazer(caso: Caso, *, segredo: bool = True) -> str | None:
    registro = caso["registro"]
    return conferir(
        Decisao.ler(registro),
        {registro["dia"]: caso["original"] if "original" in caso else registro["compromisso"]},
        {registro["dia"]: bytes.fromhex(caso["segredo"])} if segredo else {},
    )


def test_refaz_todas(casos: list[Caso]) -> None:
    assert len(casos) > QUANTAS * 0.7
    assert {caso["registro"]["criterio"] for caso in casos} == {"unico", "instante", "uso", "sorteio"}
    assert [refazer(caso) for caso in casos] == [None] * len(casos)


def test_sem_o_segredo_so_espera_o_que_depende_dele(casos: list[Caso]) -> None:
    pendentes = 0
    for caso in casos:
        try:
            assert refazer(caso, segredo=False) is None
        except FaltaSegredo:
            pendentes += 1
    # Todo sorteio declarado espera; e há os que sortearam só entre os de trás.
    assert pendentes >= sum(caso["registro"]["criterio"] == "sorteio" for caso in casos) > 0


def _fluxo(casos: list[Caso]) -> list[str]:
    """Um ``GET /eventos`` guardado com ``curl -N``: outros eventos no meio, e o último cortado."""
    linhas = ["retry: 2000", ""]
    for n, caso in enumerate(casos):
        linhas += [f"id: 1-{2 * n}", "event: agendamento.criado", 'data: {"agendamento_id": 1}', ""]
        linhas += [
            f"id: 1-{2 * n + 1}",
            "event: arbitragem.decidida",
            f"data: {json.dumps(caso['registro'])}",
            "",
        ]
    return [f"{linha}\n" for linha in linhas]


def test_dos_eventos_guardados_se_refaz_o_mesmo(casos: list[Caso]) -> None:
    por_dia = {caso["registro"]["dia"]: caso for caso in casos if len(caso["registro"]["candidatos"]) > 1}
    publicado = {
        "compromissos": [{"dia": d, "compromisso": c["registro"]["compromisso"]} for d, c in por_dia.items()],
        "revelados": [{"dia": d, "segredo": c["segredo"]} for d, c in por_dia.items()],
    }
    linhas = _fluxo(list(por_dia.values()))
    feita = justica.conferir(justica.dos_eventos(linhas), publicado)
    assert (feita.conferidas, feita.problemas, feita.pendentes) == (len(por_dia), [], [])
    adulterados = copy.deepcopy(list(por_dia.values()))
    _inverter(adulterados[3]["registro"])
    ((qual, _),) = justica.conferir(justica.dos_eventos(_fluxo(adulterados)), publicado).problemas
    assert qual == f"janela {adulterados[3]['registro']['janela']}"
    cortado = [*linhas[-4:-2], linhas[-2][:40]]
    ((qual, problema),) = justica.conferir(justica.dos_eventos(cortado), publicado).problemas
    assert (qual, "ilegível" in problema) == ("linha 3", True)


def _trocar_vencedor(r: Caso) -> None:
    r["vencedor"] = r["candidatos"][1]["codigo"]


def _inverter(r: Caso) -> None:
    a, b = r["candidatos"][:2]
    a["posicao"], b["posicao"] = b["posicao"], a["posicao"]


def _adiantar_o_ultimo(r: Caso) -> None:
    r["candidatos"][-1]["efetivo_ms"] -= 1000


def _mudar_o_criterio(r: Caso) -> None:
    r["criterio"] = "uso" if r["criterio"] != "uso" else "instante"


def _mudar_o_compromisso(r: Caso) -> None:
    r["compromisso"] = "0" * 64


def _tirar_o_vencedor(r: Caso) -> None:
    del r["candidatos"][0]


@pytest.mark.parametrize(
    "adulterar",
    [
        _trocar_vencedor,
        _inverter,
        _adiantar_o_ultimo,
        _mudar_o_criterio,
        _mudar_o_compromisso,
        _tirar_o_vencedor,
    ],
)
def test_toda_adulteracao_e_notada(casos: list[Caso], adulterar: Callable[[Caso], None]) -> None:
    # Só disputas em que todos eram decidíveis e nenhum código se repete: nelas toda troca muda a resposta.
    com_disputa = [
        caso
        for caso in casos
        if len(caso["registro"]["candidatos"]) > 2
        and all(c["maduro"] for c in caso["registro"]["candidatos"])
        and len({c["codigo"] for c in caso["registro"]["candidatos"]}) == len(caso["registro"]["candidatos"])
    ]
    assert len(com_disputa) > 100
    for caso in com_disputa:
        falso = copy.deepcopy(caso)
        falso["original"] = caso["registro"]["compromisso"]
        adulterar(falso["registro"])
        assert refazer(falso) is not None


def test_um_segredo_que_nao_cumpre_o_compromisso_e_notado(casos: list[Caso]) -> None:
    caso = {**casos[0], "segredo": "00" * 32}
    assert "não cumpre o compromisso" in (refazer(caso) or "")


@pytest.mark.parametrize(
    "registro",
    [
        {},
        {"versao": 2},
        {"versao": 1, "candidatos": [], "recursos": []},
        {"versao": 1, "candidatos": [{"codigo": "a", "recursos": [7]}], "recursos": []},
    ],
)
def test_registro_ilegivel_e_nomeado(registro: Caso) -> None:
    with pytest.raises(RegistroIlegivel):
        Decisao.ler(registro)
