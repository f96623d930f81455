"""A agenda: estados, teclado, intervalos, o próximo livre, o que vai abrir, a lista da tela estreita."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import requests
from playwright.sync_api import Route, expect

from tests.apoio.sistema import Sistema
from tests.navegador.aba import Aba, Dia
from tests.navegador.conftest import AbrirAba


def test_cada_estado_tem_nome_cor_e_forma(aba: Aba, dia: Dia, sistema: Sistema) -> None:
    sistema.agendar(dia.as_("01:00"), pessoa=sistema.pessoas[0])
    sistema.agendar(dia.as_("01:05"), pessoa=sistema.pessoas[1])
    parada = {"inicio_utc": f"{dia.texto}T01:10:00Z", "fim_utc": f"{dia.texto}T01:15:00Z", "motivo": "teste"}
    chave = {"Authorization": f"Bearer {sistema.operador.chave}"}
    url = f"{sistema.servicos.agendamento.url}/telescopios/hubble-acad/indisponibilidades"
    assert requests.post(url, json=parada, headers=chave, timeout=10).status_code == 201
    aba.abrir(dia).entrar("Ada L.")
    vistos = {"01:00": "sua", "01:05": "ocupada", "01:10": "indisponivel", "01:15": "livre"}
    for hora, estado in vistos.items():
        aba.ver(hora, estado)
    aparencia = "e => ((s) => s.backgroundImage + s.backgroundColor + s.borderRadius)(getComputedStyle(e))"
    formas = {aba.slot(hora).evaluate(aparencia) for hora in vistos}
    assert len(formas) == len(vistos)
    nomes = {re.sub(r".*, ", "", aba.slot(h).get_attribute("aria-label") or "") for h in vistos}
    assert nomes == {"sua", "ocupada", "indisponível", "livre"}


def test_teclas(aba: Aba, dia: Dia, sistema: Sistema) -> None:
    sistema.agendar(dia.as_("02:05"), pessoa=sistema.pessoas[1])
    aba.abrir(dia)
    tecla = aba.pagina.keyboard.press
    aba.slot("00:00").focus()
    for qual, foco in (
        ("ArrowDown", "01:00"), ("End", "01:55"), ("Home", "01:00"), ("ArrowDown", "02:00"), ("n", "02:10"),
        ("N", "02:00"), ("ArrowLeft", "01:55"),
    ):  # fmt: skip
        tecla(qual)
        expect(aba.slot(foco)).to_be_focused()
    tecla("/")
    aba.pagina.keyboard.type("17:40")
    tecla("Enter")
    expect(aba.slot("17:40")).to_be_focused()
    tecla("?")
    expect(aba.pagina.get_by_role("dialog", name="Teclas")).to_be_visible()
    tecla("Escape")
    expect(aba.slot("17:40")).to_be_focused()
    tecla("PageDown")
    expect(aba.pagina).to_have_url(re.compile((dia.inicio + timedelta(days=1)).strftime("%Y-%m-%d")))
    tecla("h")
    expect(aba.pagina).to_have_url(re.compile(f"{datetime.now(UTC):%Y-%m-%d}"))
    expect(aba.pagina.locator(".slot[data-agora]")).to_have_count(1)


def test_intervalo_com_shift_e_so_de_livres(aba: Aba, dia: Dia, sistema: Sistema) -> None:
    sistema.agendar(dia.as_("03:30"), pessoa=sistema.pessoas[1])
    aba.abrir(dia).entrar("Ada L.").escolher("03:00")
    aba.slot("03:15").click(modifiers=["Shift"])
    painel = aba.pagina.locator("#painel-observacao")
    expect(painel).to_contain_text("03:00–03:20 UTC")
    expect(aba.pagina.locator('.slot[aria-selected="true"]')).to_have_count(4)
    aba.slot("03:35").click(modifiers=["Shift"])
    expect(painel).to_contain_text("Nem todos os horários escolhidos estão livres")
    expect(aba.botao_agendar).to_be_hidden()
    aba.slot("03:25").click(modifiers=["Shift"])
    aba.botao_agendar.click()
    expect(aba.desfecho).to_contain_text("03:00–03:30 UTC")


def test_tomado_oferece_o_proximo_livre(aba: Aba, dia: Dia, sistema: Sistema) -> None:
    for hora in ("04:00", "04:05"):
        sistema.agendar(dia.as_(hora), pessoa=sistema.pessoas[1])
    aba.abrir(dia).escolher("04:00")
    expect(aba.pagina.locator("#painel-observacao")).to_contain_text("já é de outra pessoa")
    aba.pagina.get_by_role("button", name="Ir ao próximo livre").click()
    expect(aba.slot("04:10")).to_be_focused()


def test_o_que_ainda_vai_abrir_conta_o_tempo_e_abre_sozinho(nova_aba: AbrirAba, sistema: Sistema) -> None:
    url = f"{sistema.servicos.agendamento.url}/telescopios"
    novo = {"slug": "amanha", "nome": "Só Amanhã", "prefixo_recurso": "Amanha", "horizonte_dias": 1}
    chave = {"Authorization": f"Bearer {sistema.operador.chave}"}
    assert requests.post(url, json=novo, headers=chave, timeout=10).status_code == 201
    depois = datetime.now(UTC) + timedelta(days=1, hours=1)
    alvo = depois.replace(minute=0, second=0, microsecond=0)
    abertura_ms = int((alvo - timedelta(days=1)).timestamp() * 1000)

    def quase_la(rota: Route) -> None:
        corpo = rota.fetch().json()
        adianto = abertura_ms - 3000 - int(datetime.now(UTC).timestamp() * 1000)
        rota.fulfill(
            status=200,
            content_type="application/json",
            body=json.dumps({**corpo, "agora_ms": corpo["agora_ms"] + adianto}),
        )

    aba = nova_aba()
    aba.pagina.route("**/time*", quase_la)
    aba.abrir(Dia(alvo.replace(hour=0)), "amanha").entrar("Ada L.").escolher(f"{alvo:%H:%M}")
    painel = aba.pagina.locator("#painel-observacao")
    expect(painel).to_contain_text(
        re.compile(rf"Abre para agendamento em \d s .*{alvo - timedelta(days=1):%H:%M}:00 UTC")
    )
    aba.ver(f"{alvo:%H:%M}", "livre")
    expect(aba.botao_agendar).to_be_visible()


def test_lista_na_tela_estreita(nova_aba: AbrirAba, dia: Dia) -> None:
    aba = nova_aba(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True).abrir(dia)
    expect(aba.pagina.locator(".grade")).to_be_hidden()
    aba.entrar("Ada L.")
    aba.pagina.locator(".lista summary", has_text="03:00").first.tap()
    aba.pagina.get_by_role("button", name="03:20–03:25, livre").tap()
    expect(aba.pagina.locator("[name=objeto_celeste]")).to_be_focused()
    aba.botao_agendar.tap()
    expect(aba.desfecho).to_contain_text("É sua")
    expect(aba.pagina.locator(".lista summary", has_text="03:00").first).to_contain_text("11 livres")


def test_outro_telescopio_e_endereco_que_se_guarda(aba: Aba, dia: Dia) -> None:
    aba.abrir(dia, "fermi-acad")
    expect(aba.pagina.locator("#telescopio")).to_have_value("fermi-acad")
    aba.pagina.locator("#telescopio").select_option("euclid-acad")
    expect(aba.pagina).to_have_url(re.compile(rf"#agenda/euclid-acad/{dia.texto}$"))
    expect(aba.pagina.get_by_role("grid", name="Agenda de Euclid Acadêmico")).to_be_visible()
