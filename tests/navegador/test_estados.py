"""O que falta, e volta: coordenador fora, API fora, chave revogada, uma hora de sono, nada cadastrado."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import expect

from ferramentas.servicos import Servicos
from tests.apoio.espera import esperar
from tests.apoio.sistema import Sistema
from tests.navegador.aba import Aba, Dia
from tests.navegador.conftest import AbrirAba
from tests.navegador.fio import Fio
from tests.navegador.test_minhas import entrar_com_chave
from tests.navegador.test_relogio import RELOGIO_RUIM


def test_coordenador_fora_diz_insiste_e_agenda_quando_volta(aba: Aba, dia: Dia, sistema: Sistema) -> None:
    aba.permitir(503).permitir_sem_rede().abrir(dia).entrar("Ada L.")
    sistema.servicos.coordenador.parar()
    try:
        aba.agendar("01:00", "M31")
        expect(aba.desfecho).to_contain_text("O coordenador não responde e nada foi salvo. Nova tentativa em")
        expect(aba.desfecho.get_by_role("button", name="Parar de tentar")).to_be_visible()
        expect(aba.aviso.filter(has_text="A atualização ao vivo caiu")).to_be_visible()
        assert sistema.banco.cobrem(dia.as_("01:00")) == []
    finally:
        sistema.servicos.coordenador.iniciar()
    expect(aba.desfecho).to_contain_text("É sua", timeout=60_000)
    expect(aba.aviso).to_have_count(0, timeout=60_000)
    assert len(sistema.banco.cobrem(dia.as_("01:00"))) == 1


def test_parar_de_tentar_diz_que_nada_foi_salvo(aba: Aba, dia: Dia, sistema: Sistema) -> None:
    aba.permitir(503).permitir_sem_rede().abrir(dia).entrar("Ada L.")
    sistema.servicos.coordenador.parar()
    try:
        aba.agendar("02:00")
        aba.desfecho.get_by_role("button", name="Parar de tentar").click()
        expect(aba.desfecho).to_contain_text("O coordenador das disputas não responde agora")
        expect(aba.desfecho).to_contain_text("Nada foi salvo")
        expect(aba.desfecho).to_contain_text("pedido ")
        expect(aba.desfecho).to_be_focused()
    finally:
        sistema.servicos.coordenador.iniciar()
    assert sistema.banco.cobrem(dia.as_("02:00")) == []


@pytest.fixture
def fio_da_api(sistema: Sistema) -> Iterator[Fio]:
    with Fio() as fio:
        fio.alvo = sistema.porta
        yield fio


def test_api_fora_avisa_e_ao_voltar_rele_tudo(
    nova_aba: AbrirAba, dia: Dia, sistema: Sistema, fio_da_api: Fio, fio: Fio
) -> None:
    aba = nova_aba(base=fio_da_api.url).permitir_sem_rede().abrir(dia)
    fio_da_api.cortar()
    fio.cortar()
    try:
        aba.pagina.keyboard.press("PageDown")
        aviso = aba.pagina.locator('[data-aviso="servidor"]')
        expect(aviso).to_contain_text("O servidor não responde. A página tenta de novo sozinha")
        expect(aba.pagina.locator("#hora")).not_to_have_text("--:--:--,-")
        assert sistema.agendar(dia.as_("03:00")).status == 201
    finally:
        fio_da_api.ligar()
        fio.ligar()
    expect(aba.pagina.locator("#anuncios")).to_have_text("O servidor voltou a responder.", timeout=60_000)
    expect(aviso).to_have_count(0)
    aba.pagina.keyboard.press("PageUp")
    aba.ver("03:00", "ocupada")
    expect(aba.aviso).to_have_count(0, timeout=60_000)


def test_chave_revogada_e_esquecida_e_a_pessoa_entra_com_outra(aba: Aba, dia: Dia, sistema: Sistema) -> None:
    url = f"{sistema.servicos.agendamento.url}/cientistas"
    dados = {"nome": "Cecilia H.", "email": f"cecilia-{dia.texto}@teste.invalid"}
    pessoa = requests.post(url, json=dados, timeout=10).json()
    entrar_com_chave(aba.permitir(401).abrir(dia), pessoa["chave"]).escolher("04:00")
    expect(aba.botao_agendar).to_be_visible()
    chave = {"Authorization": f"Bearer {sistema.operador.chave}"}
    assert requests.delete(f"{url}/{pessoa['id']}", headers=chave, timeout=10).ok
    # Uma chave já conferida vale até um segundo mais.
    dela = {"Authorization": f"Bearer {pessoa['chave']}"}
    raiz = sistema.servicos.agendamento.url
    esperar(lambda: requests.get(raiz, headers=dela, timeout=10).status_code == 401, "a chave ser recusada")
    aba.pagina.keyboard.press("PageDown")  # o que a página pedir com ela, primeiro, é recusado
    aviso = aba.pagina.locator('[data-aviso="chave"]')
    expect(aviso).to_contain_text("Sua chave deixou de valer")
    expect(aba.pagina.locator("#conta")).to_have_text("Entrar")
    assert aba.pagina.evaluate("sessionStorage.getItem('sctec.chave')") is None
    aba.pagina.keyboard.press("PageUp")
    aba.ver("05:00", "livre")
    aviso.get_by_role("button", name="Entrar").click()
    aba.pagina.get_by_role("button", name="Ada L.", exact=True).click()
    expect(aba.pagina.locator("#conta")).to_have_text("Ada L.")
    expect(aviso).to_have_count(0)
    expect(aba.pagina.locator("#conta")).to_be_focused()


def test_depois_de_uma_hora_de_sono_tudo_e_refeito(
    nova_aba: AbrirAba, dia: Dia, sistema: Sistema, fio: Fio
) -> None:
    aba = nova_aba(script=RELOGIO_RUIM).permitir_sem_rede().abrir(dia)
    fio.cortar()
    try:
        assert sistema.agendar(dia.as_("06:00")).status == 201
        aba.pagina.evaluate("__desvio += 3630e3")  # meio minuto de folga, que a tela não mostra
    finally:
        fio.ligar()
    aviso = aba.pagina.locator('[data-aviso="acordou"]')
    expect(aviso).to_contain_text("Sua máquina dormiu por 1 h 00 min")
    aba.ver("06:00", "ocupada")
    aba.esperar_hora()
    expect(aba.pagina.locator("#painel-relogio")).to_contain_text("adianta 1 h 00 min")
    aviso.get_by_role("button", name="Fechar").click()
    expect(aviso).to_have_count(0)
    expect(aba.pagina.locator("#principal")).to_be_focused()
    expect(aba.selo_ao_vivo).to_have_text("ao vivo")


@pytest.fixture(scope="module")
def vazio() -> Iterator[Servicos]:
    """Fora do modo de demonstração, e sem nada cadastrado."""
    with Servicos({"SCTEC_DEMO": "0"}, semear=False) as servicos:
        yield servicos


def test_sem_demonstracao_nada_dela_aparece_e_o_vazio_se_explica(vazio: Servicos, nova_aba: AbrirAba) -> None:
    aba = nova_aba(base=vazio.agendamento.url, eventos=vazio.coordenador.url).abrir()
    expect(aba.painel_agenda).to_contain_text("Ainda não há telescópios")
    expect(aba.pagina.locator("#vistas a")).to_have_text(["Agenda", "Minhas"])
    aba.pagina.locator("#conta").click()
    dialogo = aba.pagina.locator("#dialogo")
    expect(dialogo.get_by_label("Chave de API")).to_be_visible()
    expect(dialogo.locator(".pessoas")).to_have_count(0)
    expect(dialogo).not_to_contain_text("demonstração")
