"""Só com o teclado: entrar, agendar, remarcar, cancelar, correr, parar um telescópio, sair."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from tests.navegador.aba import MOVER, Aba, Dia
from tests.navegador.conftest import AbrirAba

MAXIMO_DE_TABS = 120


def ate(aba: Aba, alvo: Locator, tecla: str = "Tab") -> None:
    """Anda com ``tecla`` até ``alvo`` ter o foco, como quem não tem mouse."""
    expect(alvo).to_be_visible()
    for _ in range(MAXIMO_DE_TABS):
        if alvo.evaluate("e => e === document.activeElement"):
            return
        aba.pagina.keyboard.press(tecla)
    raise AssertionError(f"{alvo} não se alcança com {tecla}")


def apertar(aba: Aba, alvo: Locator, tecla: str = "Enter") -> None:
    ate(aba, alvo)
    aba.pagina.keyboard.press(tecla)


def entrar(aba: Aba, nome: str) -> None:
    apertar(aba, aba.pagina.locator("#conta"))
    apertar(aba, aba.pagina.get_by_role("button", name=nome, exact=True))
    expect(aba.pagina.locator("#conta")).to_have_text(nome)
    expect(aba.pagina.locator("#conta")).to_be_focused()


def test_uma_reserva_inteira(aba: Aba, dia: Dia) -> None:
    botao = aba.pagina.get_by_role
    aba.abrir(dia)
    aba.pagina.keyboard.press("Tab")
    expect(botao("link", name="Ir para o conteúdo")).to_be_focused()
    entrar(aba, "Ada L.")
    ate(aba, aba.slot("00:00"))
    aba.pagina.keyboard.press("/")
    aba.pagina.keyboard.type("03:20")
    aba.pagina.keyboard.press("Enter")
    expect(aba.slot("03:20")).to_be_focused()
    aba.pagina.keyboard.press("Enter")
    expect(aba.pagina.locator("[name=objeto_celeste]")).to_be_focused()
    aba.pagina.keyboard.type("M31")
    aba.pagina.keyboard.press("Enter")
    expect(aba.desfecho).to_contain_text("É sua")
    expect(aba.desfecho).to_be_focused()

    apertar(aba, aba.desfecho.get_by_role("button", name="Remarcar"))
    expect(aba.pagina.locator(".grade :focus")).to_have_count(1)
    aba.pagina.keyboard.press("ArrowDown")
    aba.pagina.keyboard.press("Enter")
    apertar(aba, botao("button", name=MOVER))
    expect(aba.desfecho).to_contain_text("Movida para")
    aba.ver("04:20", "sua")

    apertar(aba, aba.desfecho.get_by_role("button", name="Cancelar"))
    aba.pagina.keyboard.type("nuvens")
    aba.pagina.keyboard.press("Enter")
    expect(aba.desfecho).to_contain_text("Observação cancelada")
    aba.ver("04:20", "livre")


def test_as_outras_vistas_e_a_saida(nova_aba: AbrirAba, dia: Dia) -> None:
    aba = nova_aba().abrir(dia, "fermi-acad")
    entrar(aba, "Operação")
    vistas = aba.pagina.locator("#vistas")
    apertar(aba, vistas.get_by_role("link", name="Corrida"))
    apertar(aba, aba.pagina.get_by_role("button", name="Correr"))
    expect(aba.pagina.locator("table.corrida tbody tr")).to_have_count(10)

    ate(aba, vistas.get_by_role("link", name="Operação"), "Shift+Tab")
    aba.pagina.keyboard.press("Enter")
    painel = aba.pagina.locator("#vista-operacao")
    ate(aba, painel.get_by_role("tab", name="Agora"))
    aba.pagina.keyboard.press("ArrowRight")
    ate(aba, painel.get_by_label("Motivo"))
    aba.pagina.keyboard.type("Vento")
    aba.pagina.keyboard.press("Enter")
    confirmar = painel.get_by_role("button", name=re.compile("^Tornar indisponível: "))
    expect(confirmar).to_be_focused()
    aba.pagina.keyboard.press("Enter")
    expect(painel).to_contain_text("O intervalo está indisponível.")
    apertar(aba, painel.locator("li", has_text="Vento").get_by_role("button", name="Reabrir"))
    expect(painel).to_contain_text("O intervalo foi reaberto.")

    ate(aba, aba.pagina.locator("#trocar-tema"), "Shift+Tab")
    aba.pagina.keyboard.press("Space")
    expect(aba.pagina.locator("html")).to_have_attribute("data-tema", "escuro")
    ate(aba, aba.pagina.locator("#trocar-idioma"), "Shift+Tab")
    aba.pagina.keyboard.press("Space")
    expect(aba.pagina.locator("html")).to_have_attribute("lang", "en")
    apertar(aba, aba.pagina.locator("#conta"))
    apertar(aba, aba.pagina.get_by_role("button", name="Sign out"))
    expect(aba.pagina.locator("#conta")).to_have_text("Sign in")
    expect(aba.pagina.locator("#conta")).to_be_focused()
