"""Nenhum endereço escrito no cliente além da raiz: com a API noutro lugar e outros nomes, tudo funciona."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from ferramentas.caminhos import AGENDAMENTO
from tests.apoio.sistema import Sistema
from tests.navegador.aba import MOVER, Dia
from tests.navegador.conftest import AbrirAba
from tests.navegador.desvio import NOMES, Desvio

WEB = AGENDAMENTO / "agendamento" / "web"


@pytest.fixture
def desvio(sistema: Sistema) -> Iterator[Desvio]:
    with Desvio(sistema.servicos.agendamento.porta) as d:
        yield d


def test_tudo_funciona_em_outros_enderecos(desvio: Desvio, nova_aba: AbrirAba, dia: Dia) -> None:
    aba = nova_aba(base=desvio.url).abrir(dia).entrar("Ada L.").agendar("03:00", "M31")
    expect(aba.desfecho).to_contain_text("É sua")
    aba.desfecho.get_by_role("button", name="Remarcar").click()
    aba.escolher("03:30")
    aba.pagina.get_by_role("button", name=MOVER).click()
    expect(aba.desfecho).to_contain_text("Movida para")
    numero = aba.desfecho.locator(".ficha").get_attribute("data-id")
    aba.ir("observacoes")
    movida = aba.pagina.locator(f'#vista-observacoes .ficha[data-id="{numero}"]')
    movida.get_by_role("button", name="Cancelar").click()
    aba.pagina.get_by_role("button", name="Cancelar a observação").click()
    expect(aba.pagina.locator("#anuncios")).to_contain_text("Observação cancelada")
    aba.ir("corrida").pagina.get_by_role("button", name="Correr").click()
    expect(aba.pagina.locator("table.corrida tbody tr")).to_have_count(10)
    aba.pagina.locator("#conta").click()
    aba.pagina.get_by_role("button", name="Sair").click()
    aba.entrar("Operação").ir("operacao").aba_da_operacao("Auditoria")
    aba.pagina.get_by_role("button", name="Conferir a trilha").click()
    expect(aba.pagina.locator("#vista-operacao")).to_contain_text("Trilha íntegra")
    assert desvio.errados == []


def test_controle_quem_escreve_um_endereco_e_pego(desvio: Desvio, nova_aba: AbrirAba) -> None:
    aba = nova_aba(base=desvio.url).permitir(404).abrir()
    assert aba.pagina.evaluate("fetch('/telescopios').then((r) => r.status)") == 404
    assert desvio.errados == ["GET /telescopios"]


def test_o_codigo_nao_traz_enderecos() -> None:
    proibido = re.compile(
        r"""['"`]/?(""" + "|".join(NOMES) + r""")(/|\?|['"`]\s*\+)|https?://(?!www\.w3\.org)"""
    )
    for arquivo in WEB.rglob("*.js"):
        achados = [linha for linha in arquivo.read_text().splitlines() if proibido.search(linha)]
        assert achados == [], arquivo.name
