"""O que a página avisa sem que se pergunte, e o que ela lembra: o idioma, a sessão, o que já se escreveu."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import requests
from playwright.sync_api import Route, expect

from tests.apoio.sistema import Sistema
from tests.navegador.aba import Aba, Dia
from tests.navegador.conftest import AbrirAba


def test_dez_minutos_antes_avisa_uma_vez(nova_aba: AbrirAba, dia: Dia, sistema: Sistema) -> None:
    assert sistema.agendar(dia.as_("12:00"), pessoa=sistema.pessoas[0], objeto_celeste="Vega").status == 201
    desvio = dia.as_("12:00") - timedelta(minutes=9) - datetime.now(UTC)

    def nove_minutos_antes(rota: Route) -> None:
        resposta = rota.fetch()
        corpo = resposta.json()
        corpo["agora_ms"] += int(desvio.total_seconds() * 1000)
        rota.fulfill(response=resposta, json=corpo)

    aba = nova_aba()
    aba.pagina.route("**/time*", nove_minutos_antes)
    aba.abrir(dia).entrar("Ada L.")
    aviso = aba.aviso.filter(has_text="Vega no Hubble Acadêmico começa em")
    expect(aviso).to_have_count(1)
    expect(aba.pagina.locator("#proxima")).to_have_text(re.compile(r"^Próxima: Vega em 8 min \d\d s$"))
    aviso.get_by_role("button", name="Fechar").click()
    expect(aviso).to_have_count(0)


def test_cancelada_pela_operacao_avisa_em_qualquer_vista(aba: Aba, dia: Dia, sistema: Sistema) -> None:
    assert sistema.agendar(dia.as_("13:00"), pessoa=sistema.pessoas[0]).status == 201
    aba.abrir(dia).entrar("Ada L.").ir("observacoes")
    expect(aba.pagina.locator("#vista-observacoes")).to_contain_text(f"{dia.por_extenso}, 13:00–13:05 UTC")
    parada = {"inicio_utc": f"{dia.texto}T13:00:00Z", "fim_utc": f"{dia.texto}T14:00:00Z", "motivo": "Vento"}
    url = f"{sistema.servicos.agendamento.url}/telescopios/hubble-acad/indisponibilidades"
    chave = {"Authorization": f"Bearer {sistema.operador.chave}"}
    assert requests.post(url, json=parada, headers=chave, timeout=10).status_code == 201
    expect(aba.aviso).to_contain_text(re.compile("^Cancelada: Hubble Acadêmico, .*13:00–13:05 UTC.*Vento"))


def test_avise_me_se_vagar_oferece_so_a_quem_esperava(nova_aba: AbrirAba, dia: Dia) -> None:
    ada = nova_aba().abrir(dia).entrar("Ada L.").agendar("16:00")
    expect(ada.desfecho).to_contain_text("É sua")
    bia, outra = nova_aba().abrir(dia).entrar("Beatriz N."), nova_aba().abrir(dia)
    bia.ver("16:00", "ocupada")
    bia.escolher("16:00").pagina.get_by_role("button", name="Avise-me se vagar").click()
    expect(bia.aviso).to_contain_text("Você será avisado se vagar: Hubble Acadêmico")
    ada.desfecho.get_by_role("button", name="Cancelar").click()
    ada.desfecho.get_by_role("button", name="Cancelar a observação").click()
    expect(bia.aviso).to_contain_text(
        re.compile(r"Vagou o que você esperava: Hubble Acadêmico, .*16:00–16:05 UTC. Até .* só você")
    )
    expect(outra.novidades.first).to_contain_text("foi oferecido a quem esperava")
    outra.ver("16:00", "ocupada")
    # O aviso espera por quem fecha a página e volta.
    bia.pagina.reload()
    bia.aviso.get_by_role("button", name="Ver").click()
    bia.botao_agendar.click()
    expect(bia.desfecho).to_contain_text("É sua")
    bia.ver("16:00", "sua")
    outra.ver("16:00", "ocupada")


def test_o_que_a_propria_pessoa_cancela_nao_e_novidade(aba: Aba, dia: Dia) -> None:
    aba.abrir(dia).entrar("Ada L.").agendar("14:00")
    aba.desfecho.get_by_role("button", name="Cancelar").click()
    with aba.pagina.expect_response(lambda r: "/agendamentos?" in r.url):
        aba.desfecho.get_by_role("button", name="Cancelar a observação").click()
    expect(aba.desfecho).to_contain_text("Observação cancelada")
    expect(aba.aviso).to_have_count(1)
    expect(aba.aviso).to_contain_text("Cancelou sem querer?")


def test_o_navegador_em_ingles_recebe_ingles_e_trocar_nao_apaga_o_escrito(
    nova_aba: AbrirAba, dia: Dia
) -> None:
    aba = nova_aba(locale="en-GB").abrir(dia)
    expect(aba.pagina.locator("html")).to_have_attribute("lang", "en")
    aba.pagina.locator("#conta").click()
    aba.pagina.get_by_role("button", name="Ada L.", exact=True).click()
    aba.escolher("15:00")
    aba.pagina.locator("[name=objeto_celeste]").fill("M33")
    expect(aba.botao_agendar).to_have_text("Book 5 min")
    aba.pagina.locator("#trocar-idioma").click()
    expect(aba.botao_agendar).to_have_text("Agendar 5 min")
    expect(aba.pagina.locator("[name=objeto_celeste]")).to_have_value("M33")


def test_sem_rede_e_dito_sem_rede(aba: Aba, dia: Dia) -> None:
    aba.permitir_sem_rede().abrir(dia)
    aba.contexto.set_offline(True)
    expect(aba.selo_ao_vivo).to_have_text("sem rede")
    expect(aba.aviso.filter(has_text="está sem rede")).to_have_count(1)
    aba.contexto.set_offline(False)
    expect(aba.selo_ao_vivo).to_have_text("ao vivo")


def test_quem_pediu_continua_conectado_noutra_aba(aba: Aba) -> None:
    aba.abrir().pagina.locator("#conta").click()
    aba.pagina.get_by_label("Continuar conectado").check()
    aba.pagina.get_by_role("button", name="Ada L.", exact=True).click()
    expect(aba.pagina.locator("#conta")).to_have_text("Ada L.")
    outra = aba.contexto.new_page()
    outra.goto(aba.base)
    expect(outra.locator("#conta")).to_have_text("Ada L.")
    aba.pagina.locator("#conta").click()
    aba.pagina.get_by_role("button", name="Sair e esquecer a chave").click()
    assert aba.pagina.evaluate("localStorage.getItem('sctec.chave')") is None
