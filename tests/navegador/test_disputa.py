"""Duas pessoas, um horário: vence quem clicou antes, e quem perde fica sabendo por quê."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import expect

from ferramentas.atraso import Atraso
from tests.apoio.sistema import Sistema
from tests.navegador.aba import Aba, Dia
from tests.navegador.conftest import AbrirAba
from tests.navegador.test_telas import acessivel

JANELA_MS = 2500
"""Larga: dois cliques conduzidos daqui caem nela mesmo com a máquina ocupada."""
ENTRE_OS_CLIQUES_MS = 500
"""Bem mais do que uma máquina ocupada atrasa um pedido, e bem menos que a janela."""
TRES_HORAS_ATRASADO = """
const De = Date, desvio = -3 * 3600e3;
Date = class extends De {
  constructor(...p) { if (p.length) super(...p); else super(De.now() + desvio); }
  static now() { return De.now() + desvio; }
};
"""


@pytest.fixture(scope="module", autouse=True)
def janela_larga(sistema: Sistema) -> None:
    url = f"{sistema.servicos.agendamento.url}/telescopios/xmm-acad"
    chave = {"Authorization": f"Bearer {sistema.operador.chave}"}
    assert requests.put(url, json={"janela_ms": JANELA_MS}, headers=chave, timeout=10).status_code == 200


@pytest.fixture
def longe(sistema: Sistema) -> Iterator[str]:
    """A mesma página, a 250 ms de ida e volta."""
    with Atraso(sistema.servicos.agendamento.porta) as rede:
        yield rede.caminho(ida_s=0.125, volta_s=0.125)


def _dois(nova_aba: AbrirAba, dia: Dia, longe: str) -> tuple[Aba, Aba]:
    de_longe = nova_aba(base=longe).permitir(409).abrir(dia, "xmm-acad").entrar("Ada L.")
    de_perto = nova_aba(script=TRES_HORAS_ATRASADO).permitir(409).abrir(dia, "xmm-acad").entrar("Beatriz N.")
    for aba in (de_longe, de_perto):
        aba.escolher("03:20")
        expect(aba.botao_agendar).to_be_visible()
    return de_longe, de_perto


def _clicar_em_ordem(antes: Aba, depois: Aba) -> None:
    antes.botao_agendar.click(no_wait_after=True)
    antes.pagina.wait_for_timeout(ENTRE_OS_CLIQUES_MS)
    depois.botao_agendar.click(no_wait_after=True)


@pytest.mark.parametrize("primeiro", ["de_longe", "de_perto"])
def test_vence_quem_clicou_antes_de_onde_quer_que_seja(
    longe: str, nova_aba: AbrirAba, dia: Dia, sistema: Sistema, primeiro: str
) -> None:
    """Uma está a 250 ms; a outra, ao lado, tem o relógio do computador 3 h atrasado."""
    abas = _dois(nova_aba, dia, longe)
    antes, depois = abas if primeiro == "de_longe" else abas[::-1]
    _clicar_em_ordem(antes, depois)
    expect(antes.desfecho).to_contain_text("É sua")
    expect(depois.desfecho).to_contain_text(
        re.compile(r"Outra pessoa clicou [\d,]+ m?s antes \(±[\d,]+ ms\)")
    )
    expect(depois.desfecho.locator("svg.intervalos")).to_be_visible()
    expect(depois.desfecho).to_contain_text("vence o clique mais antigo")
    expect(depois.desfecho).to_contain_text("PRETERIDO · janela")
    acessivel(depois, f"preterido-{primeiro}")
    assert len(sistema.banco.cobrem(dia.as_("03:20"))) == 1
    depois.desfecho.get_by_role("button", name="Agendar 03:15 UTC").click()
    expect(depois.desfecho).to_contain_text("É sua")


def test_em_disputa_mostra_a_janela_e_recarregar_acha_o_desfecho(
    aba: Aba, dia: Dia, sistema: Sistema
) -> None:
    # O 409 daqui é o “ainda em curso” de quem repete antes de o primeiro pedido terminar.
    aba.permitir(409).abrir(dia, "xmm-acad").entrar("Ada L.").agendar("05:00", "M31")
    aba.ver("05:00", "disputa")
    expect(aba.desfecho).to_contain_text(f"tem {JANELA_MS} ms para chegar")
    expect(aba.desfecho.locator(".barra")).to_be_visible()
    aba.pagina.reload()
    expect(aba.desfecho).to_contain_text("É sua: XMM-Newton Acadêmico")
    aba.ver("05:00", "sua")
    assert len(sistema.banco.cobrem(dia.as_("05:00"))) == 1


def test_recarregar_depois_de_perder_acha_a_recusa(nova_aba: AbrirAba, dia: Dia) -> None:
    ada, bia = (nova_aba().permitir(409).abrir(dia, "xmm-acad") for _ in range(2))
    ada.entrar("Ada L.").escolher("06:00")
    bia.entrar("Beatriz N.").escolher("06:00")
    _clicar_em_ordem(ada, bia)
    bia.ver("06:00", "disputa")
    bia.pagina.reload()
    expect(bia.desfecho).to_contain_text("Desta vez não foi")
    expect(ada.desfecho).to_contain_text("É sua")
