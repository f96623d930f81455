"""Duas horas abertas cabem em 10 000 eventos: a página não cresce com eles, nem refaz o que já desenhou."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import CDPSession, expect

from bench.pagina import ENVIAR, FLUXO
from tests.navegador.aba import Aba, Dia
from tests.navegador.conftest import AbrirAba

LOTE, LOTES = 1000, 10
BOTOES = (24 + 8) * 12
"""O dia e a madrugada seguinte, de cinco em cinco minutos."""


@pytest.fixture
def simulada(nova_aba: AbrirAba, dia: Dia) -> Aba:
    """Uma aba cujos eventos ao vivo saem daqui, tão depressa quanto ela os aguenta."""
    return nova_aba(script=FLUXO).abrir(dia)


def _medir(cdp: CDPSession) -> dict[str, Any]:
    """O que a página ocupa, recolhido o lixo."""
    cdp.send("Performance.enable")
    cdp.send("HeapProfiler.collectGarbage")
    return {m["name"]: m["value"] for m in cdp.send("Performance.getMetrics")["metrics"]}


def test_dez_mil_eventos_sem_crescer(simulada: Aba, dia: Dia) -> None:
    pagina = simulada.pagina
    lidas: list[str] = []
    pagina.on("request", lambda r: lidas.append(r.url) if "/agenda?" in r.url else None)
    cdp = simulada.contexto.new_cdp_session(pagina)
    medidas = []
    for lote in range(LOTES):
        faixa = {
            "dia": dia.inicio.timestamp() * 1000,
            "de": lote * LOTE,
            "ate": (lote + 1) * LOTE,
            "medir": False,
        }
        pagina.evaluate(ENVIAR, faixa)
        if lote in (1, LOTES - 1):
            expect(simulada.painel_agenda).to_have_attribute("aria-busy", "false")
            medidas.append(_medir(cdp))
    expect(simulada.novidades).to_have_count(8)
    cedo, tarde = medidas
    assert tarde["Nodes"] < cedo["Nodes"] * 1.1, (cedo["Nodes"], tarde["Nodes"])
    assert tarde["JSEventListeners"] < cedo["JSEventListeners"] * 1.1
    assert tarde["JSHeapUsedSize"] < cedo["JSHeapUsedSize"] * 1.3, (
        cedo["JSHeapUsedSize"],
        tarde["JSHeapUsedSize"],
    )
    assert len(lidas) < LOTE * LOTES / 100, "a agenda foi relida a cada evento"


def test_controle_a_medida_ve_um_vazamento(simulada: Aba) -> None:
    cdp = simulada.contexto.new_cdp_session(simulada.pagina)
    antes = _medir(cdp)
    simulada.pagina.evaluate(
        "() => { window.__vaza = Array.from({length: 10_000}, () => document.createElement('p')); }"
    )
    assert _medir(cdp)["Nodes"] > antes["Nodes"] * 1.1


def test_evento_repetido_ou_velho_nao_se_aplica_duas_vezes(simulada: Aba, dia: Dia) -> None:
    faixa = {"dia": dia.inicio.timestamp() * 1000, "de": 0, "ate": 3, "medir": False}
    simulada.pagina.evaluate(ENVIAR, faixa)
    simulada.pagina.evaluate(ENVIAR, faixa)
    expect(simulada.novidades).to_have_count(3)


def test_trocar_de_dia_ou_de_telescopio_reaproveita_os_botoes(aba: Aba, dia: Dia) -> None:
    aba.abrir(dia)
    marcados = "[...document.querySelectorAll('.grade .slot')].filter((e) => e.marcado).length"
    aba.pagina.evaluate("document.querySelectorAll('.grade .slot').forEach((e) => { e.marcado = true; })")
    assert aba.pagina.evaluate(marcados) == BOTOES
    for telescopio in ("fermi-acad", "euclid-acad", "james-webb-acad"):
        aba.pagina.locator("#telescopio").select_option(telescopio)
        expect(aba.pagina).to_have_url(re.compile(telescopio))
        expect(aba.painel_agenda).to_have_attribute("aria-busy", "false")
    aba.pagina.keyboard.press("PageDown")
    expect(aba.painel_agenda).to_have_attribute("aria-busy", "false")
    assert aba.pagina.evaluate(marcados) == BOTOES
