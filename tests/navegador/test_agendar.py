"""Da escolha ao desfecho: agendar, cancelar, remarcar, e cada motivo de não ter dado."""

from __future__ import annotations

import json
import re

from playwright.sync_api import Route, expect

from tests.apoio.sistema import Sistema
from tests.navegador.aba import MOVER, Aba, Dia
from tests.navegador.conftest import AbrirAba
from tests.navegador.fio import Fio


def test_agendar_cancelar_pelos_links_da_resposta(aba: Aba, dia: Dia) -> None:
    aba.abrir(dia).entrar("Ada L.").agendar("03:20", "M31")
    expect(aba.desfecho).to_contain_text("É sua: Hubble Acadêmico")
    aba.ver("03:20", "sua")
    aba.desfecho.get_by_role("button", name="Cancelar").click()
    aba.desfecho.get_by_label("Motivo (opcional)").fill("nuvens")
    aba.desfecho.get_by_role("button", name="Cancelar a observação").click()
    expect(aba.desfecho).to_contain_text("Observação cancelada")
    aba.ver("03:20", "livre")


def test_duas_abas_veem_a_mesma_agenda(nova_aba: AbrirAba, dia: Dia) -> None:
    ada, bia = nova_aba().abrir(dia), nova_aba().abrir(dia)
    ada.entrar("Ada L.").agendar("04:00")
    ada.ver("04:00", "sua")
    bia.ver("04:00", "ocupada")
    expect(bia.pagina.locator("#painel-ao-vivo")).to_contain_text("04:00–04:05: agendado")


def test_so_o_teclado(aba: Aba, dia: Dia) -> None:
    aba.abrir(dia).entrar("Ada L.")
    tecla = aba.pagina.keyboard.press
    aba.slot("00:00").focus()
    for qual in ("ArrowDown", "ArrowDown", "ArrowRight", "Shift+ArrowRight", "Enter"):
        tecla(qual)
    expect(aba.pagina.locator("[name=objeto_celeste]")).to_be_focused()
    aba.pagina.keyboard.type("M 42")
    tecla("Tab")
    tecla("Tab")
    expect(aba.botao_agendar).to_be_focused()
    tecla("Enter")
    expect(aba.desfecho).to_contain_text("02:05–02:15 UTC")
    expect(aba.desfecho).to_be_focused()
    tecla("Tab")
    expect(aba.desfecho.get_by_role("button", name="Remarcar")).to_be_focused()
    tecla("Tab")
    tecla("Enter")
    expect(aba.desfecho.get_by_label("Motivo (opcional)")).to_be_focused()
    tecla("Enter")
    expect(aba.desfecho).to_contain_text("Observação cancelada")
    expect(aba.desfecho).to_be_focused()


def test_remarcar_escolhendo_outro_horario(aba: Aba, dia: Dia) -> None:
    aba.abrir(dia).entrar("Ada L.").agendar("05:00", "Vega")
    aba.desfecho.get_by_role("button", name="Remarcar").click()
    expect(aba.pagina.locator("#painel-observacao")).to_contain_text("Movendo a observação de")
    aba.escolher("06:30")
    aba.pagina.get_by_role("button", name=MOVER).click()
    expect(aba.desfecho).to_contain_text("Movida para")
    aba.ver("06:30", "sua")
    aba.ver("05:00", "livre")


def test_resposta_perdida_repete_e_agenda_uma_vez_so(aba: Aba, dia: Dia, sistema: Sistema) -> None:
    vistos: list[dict[str, str]] = []

    def perder(rota: Route) -> None:
        vistos.append({**rota.request.headers, "corpo": rota.request.post_data or ""})
        if len(vistos) == 1:
            rota.fetch()
            rota.abort("connectionreset")
        else:
            rota.continue_()

    aba.permitir_sem_rede().abrir(dia).entrar("Ada L.")
    aba.pagina.route(re.compile(r"/agendamentos$"), perder)
    aba.agendar("07:00")
    expect(aba.desfecho).to_contain_text("É sua")
    assert len(sistema.banco.cobrem(dia.as_("07:00"))) == 1
    assert len({v["idempotency-key"] for v in vistos}) == 1
    assert len({v["corpo"] for v in vistos}) == 1


def test_envia_o_instante_do_clique_e_o_bilhete(aba: Aba, dia: Dia) -> None:
    aba.abrir(dia).entrar("Ada L.")
    with aba.pagina.expect_request(lambda r: r.method == "POST") as pedido:
        aba.agendar("08:00")
    corpo = json.loads(pedido.value.post_data or "")
    assert {"instante_clique_utc", "incerteza_ms", "bilhete_tempo"} <= corpo.keys()
    assert corpo["incerteza_ms"] > 0


def test_recusado_diz_por_que_e_agenda_outro_a_um_clique(
    aba: Aba, dia: Dia, sistema: Sistema, fio: Fio
) -> None:
    aba.permitir(409).permitir_sem_rede().abrir(dia).entrar("Ada L.").escolher("09:00")
    # Sem os eventos ao vivo, esta aba ainda vê livre o horário que outra pessoa acaba de tomar.
    fio.cortar()
    try:
        assert sistema.agendar(dia.as_("09:00"), pessoa=sistema.pessoas[1]).status == 201
        aba.botao_agendar.click()
        expect(aba.desfecho).to_contain_text("Desta vez não foi")
    finally:
        fio.ligar()
    expect(aba.desfecho).to_contain_text("já estava agendado")
    expect(aba.desfecho).to_contain_text(re.compile(r"CONFLITO_HORARIO · pedido \w+"))
    aba.desfecho.get_by_role("button", name="Agendar 08:55 UTC").click()
    expect(aba.desfecho).to_contain_text("08:55–09:00 UTC")
    assert len(sistema.banco.cobrem(dia.as_("08:55"))) == 1


def test_erro_de_campo_aparece_no_campo_com_o_remedio(aba: Aba, dia: Dia) -> None:
    aba.permitir(422).abrir(dia).entrar("Ada L.")
    aba.escolher("10:00")
    aba.pagina.locator("[name=objeto_celeste]").evaluate(
        "e => { e.removeAttribute('maxlength'); e.value = 'x'.repeat(200) }"
    )
    aba.botao_agendar.click()
    campo = aba.pagina.locator("[name=objeto_celeste]")
    expect(campo).to_have_attribute("aria-invalid", "true")
    expect(campo).to_be_focused()
    expect(aba.pagina.locator(f"#{campo.get_attribute('aria-describedby')}")).to_contain_text("120")
    expect(aba.desfecho).to_contain_text(re.compile(r"pedido \w+"))


def test_quem_nao_entrou_e_convidado_a_entrar(aba: Aba, dia: Dia) -> None:
    aba.abrir(dia).escolher("11:00")
    aba.pagina.get_by_role("button", name="Entrar para agendar").click()
    aba.pagina.get_by_role("button", name="Beatriz N.").click()
    expect(aba.botao_agendar).to_be_visible()
    aba.botao_agendar.click()
    expect(aba.desfecho).to_contain_text("É sua")
