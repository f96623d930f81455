"""Entrar: a chave vive só nesta aba, aparece uma vez, e não vaza para lugar nenhum."""

from __future__ import annotations

import json
import re

from playwright.sync_api import expect

from tests.apoio.sistema import Sistema
from tests.navegador.aba import Aba, Dia
from tests.navegador.conftest import AbrirAba


def test_criar_chave_mostra_uma_vez_copia_e_entra(nova_aba: AbrirAba, dia: Dia, sistema: Sistema) -> None:
    desde = sistema.servicos.marca()
    aba = nova_aba(permissions=["clipboard-read", "clipboard-write"]).permitir(422).abrir(dia)
    aba.pagina.locator("#conta").click()
    aba.pagina.get_by_text("Não tenho chave").click()
    aba.pagina.get_by_role("button", name="Criar a chave").click()
    nome = aba.pagina.get_by_label("Nome")
    expect(nome).to_be_focused()
    expect(nome).to_have_attribute("aria-invalid", "true")
    nome.fill("Nancy R.")
    aba.pagina.get_by_label("E-mail").fill(f"nancy-{dia.texto}@teste.invalid")
    aba.pagina.get_by_role("button", name="Criar a chave").click()
    expect(aba.pagina.get_by_role("button", name="Copiar")).to_be_focused()
    chave = aba.pagina.locator("output.chave").inner_text()
    assert re.fullmatch(r"sctec_[\w-]{43}", chave)
    aba.pagina.get_by_role("button", name="Copiar").click()
    expect(aba.pagina.get_by_text("Copiada.")).to_be_visible()
    assert aba.pagina.evaluate("navigator.clipboard.readText()") == chave
    aba.pagina.locator("#dialogo").get_by_role("button", name="Entrar").click()
    expect(aba.pagina.locator("#conta")).to_have_text("Nancy R.")
    aba.agendar("01:00", "M31")
    expect(aba.desfecho).to_contain_text("É sua")
    assert chave not in aba.pagina.content()
    assert json.loads(aba.pagina.evaluate("JSON.stringify({...localStorage})")).keys() <= {
        "sctec.tema",
        "sctec.idioma",
        "sctec.duracao_min",
        "sctec.telescopio",
    }
    assert chave not in aba.pagina.evaluate("JSON.stringify([document.cookie, location.href, history.state])")
    assert not [p for p in aba.pedidos if chave in p]
    assert not [linha.texto for linha in sistema.servicos.linhas(desde) if chave in linha.texto]
    assert not sistema.banco.consultar(
        "SELECT seq FROM auditoria WHERE detalhes LIKE :chave", chave=f"%{chave}%"
    )


def test_sair_esquece_e_recarregar_nao(aba: Aba, dia: Dia) -> None:
    aba.abrir(dia).entrar("Ada L.").pagina.reload()
    expect(aba.pagina.locator("#conta")).to_have_text("Ada L.")
    aba.pagina.locator("#conta").click()
    aba.pagina.get_by_role("button", name="Sair e esquecer a chave").click()
    expect(aba.pagina.locator("#conta")).to_have_text("Entrar")
    expect(aba.pagina.locator("#conta")).to_be_focused()
    assert aba.pagina.evaluate("sessionStorage.length") == 0
    aba.pagina.reload()
    expect(aba.pagina.locator("#conta")).to_have_text("Entrar")


def test_chave_errada_e_dita_no_campo(aba: Aba) -> None:
    aba.permitir(401).abrir().pagina.locator("#conta").click()
    campo = aba.pagina.get_by_label("Chave de API")
    campo.press("Enter")
    expect(aba.pagina.get_by_text("Cole aqui a sua chave")).to_be_visible()
    campo.fill("sctec_nao-existe")
    campo.press("Enter")
    expect(aba.pagina.get_by_text("Esta chave não existe ou foi revogada")).to_be_visible()
    expect(campo).to_be_focused()
    expect(campo).to_have_attribute("aria-invalid", "true")


def test_outra_aba_nao_herda_a_chave(nova_aba: AbrirAba) -> None:
    aba = nova_aba().abrir().entrar("Ada L.")
    outra = aba.contexto.new_page()
    outra.goto(aba.base)
    expect(outra.locator("#conta")).to_have_text("Entrar")
