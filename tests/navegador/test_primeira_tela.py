"""A primeira tela responde em cinco segundos: quando posso observar? Às 22:37 UTC, na mesa e no telefone."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.apoio.sistema import Sistema
from tests.navegador.aba import Aba, Dia
from tests.navegador.conftest import FOTOS, AbrirAba

MESA = {"viewport": {"width": 1280, "height": 720}}
TELEFONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def as_22h37(aba: Aba) -> Aba:
    """A hora oficial passa a ser 22:37 UTC, de amanhã: para o servidor, tudo o que se vê ainda vem."""
    agora = datetime.now(UTC)
    desvio = agora.replace(hour=22, minute=37, second=6, microsecond=0) + timedelta(days=1) - agora

    def tempo(rota: Route) -> None:
        resposta = rota.fetch()
        corpo = resposta.json()
        corpo["agora_ms"] += int(desvio.total_seconds() * 1000)
        rota.fulfill(response=resposta, json=corpo)

    aba.pagina.route("**/time*", tempo)
    aba.pagina.goto(f"{aba.base}/#agenda/fermi-acad")
    aba.esperar_pronta()
    return aba


@pytest.mark.parametrize(("nome", "tela"), [("mesa", MESA), ("telefone", TELEFONE)])
def test_um_livre_e_o_seu_botao_estao_na_primeira_tela(
    nova_aba: AbrirAba, nome: str, tela: dict[str, Any]
) -> None:
    aba = as_22h37(nova_aba(**tela)).entrar("Beatriz N.")
    for lugar in (
        aba.pagina.locator(".janela").first,
        aba.botao_agendar,
        aba.pagina.locator('.slot[data-e="livre"], .fita i[data-e="livre"]').first,
    ):
        expect(lugar).to_be_in_viewport(ratio=1)
    expect(aba.pagina.locator("#painel-observacao")).to_contain_text("22:40–22:45 UTC")
    expect(aba.pagina.locator(".passadas:visible")).to_have_text("22 h passadas")
    aba.pagina.screenshot(path=FOTOS / f"primeira-{nome}.png")


@pytest.mark.parametrize("tela", [MESA, TELEFONE])
def test_quem_chega_agenda_em_tres_atos(nova_aba: AbrirAba, tela: dict[str, Any]) -> None:
    """Depois de entrar: uma das janelas livres, e o botão."""
    aba = nova_aba(**tela).abrir(telescopio="fermi-acad").entrar("Beatriz N.")
    aba.pagina.locator(".janela").last.click()
    with aba.pagina.expect_request(lambda r: r.method == "POST") as pedido:
        aba.botao_agendar.click()
    expect(aba.desfecho).to_contain_text("É sua")
    corpo = json.loads(pedido.value.post_data or "")
    inicio = datetime.fromisoformat(corpo["horario_inicio_utc"])
    assert datetime.fromisoformat(corpo["horario_fim_utc"]) - inicio == timedelta(minutes=5)


def test_pelo_teclado_em_doze_teclas(aba: Aba, dia: Dia) -> None:
    aba.abrir(dia, "fermi-acad").entrar("Beatriz N.")
    for tecla in ("n", "Enter", "M", "3", "1", "Enter"):
        aba.pagina.keyboard.press(tecla)
    expect(aba.desfecho).to_contain_text("É sua")
    expect(aba.desfecho).to_contain_text("M31")


def test_a_duracao_vale_na_grade_e_fica_lembrada(aba: Aba, dia: Dia, sistema: Sistema) -> None:
    sistema.agendar(dia.as_("03:20"), pessoa=sistema.pessoas[1])
    aba.abrir(dia).entrar("Ada L.")
    aba.pagina.keyboard.press("3")
    expect(aba.pagina.locator("#duracao")).to_have_value(str(15 * 60_000))
    aba.slot("03:00").hover()
    expect(aba.pagina.locator('.slot[data-previa="cabe"]')).to_have_count(3)
    aba.slot("03:10").hover()
    expect(aba.pagina.locator('.slot[data-previa="nao"]')).to_have_count(3)
    expect(aba.pagina.locator(".balao")).to_contain_text("não cabe aqui")
    aba.escolher("03:00")
    expect(aba.botao_agendar).to_have_text("Agendar 15 min")
    aba.pagina.get_by_role("button", name="Mais um slot").click()
    expect(aba.botao_agendar).to_have_text("Agendar 20 min")
    aba.pagina.reload()
    expect(aba.pagina.locator("#duracao")).to_have_value(str(15 * 60_000))


def test_voltar_desfaz_cada_passo_no_tempo_e_no_telescopio(aba: Aba, dia: Dia) -> None:
    aba.abrir(dia)
    seguinte = Dia(dia.inicio + timedelta(days=1))
    aba.pagina.keyboard.press("PageDown")
    expect(aba.pagina.locator(".data")).to_contain_text(seguinte.por_extenso)
    aba.pagina.locator("#telescopio").select_option("fermi-acad")
    expect(aba.pagina.get_by_role("grid", name="Agenda de Fermi Acadêmico")).to_be_visible()
    aba.pagina.go_back()
    expect(aba.pagina.locator("#telescopio")).to_have_value("hubble-acad")
    expect(aba.pagina.locator(".data")).to_contain_text(seguinte.por_extenso)
    aba.pagina.go_back()
    expect(aba.pagina.locator(".data")).to_contain_text(dia.por_extenso)


def test_o_endereco_de_um_trecho_o_escolhe(nova_aba: AbrirAba, dia: Dia) -> None:
    aba = nova_aba().abrir(dia).escolher("04:00")
    aba.slot("04:10").click(modifiers=["Shift"])
    endereco = aba.pagina.url
    assert endereco.endswith(f"/{dia.texto}/04:00-04:15")
    outra = nova_aba()
    outra.pagina.goto(endereco)
    outra.esperar_pronta()
    expect(outra.pagina.locator("#painel-observacao")).to_contain_text("04:00–04:15 UTC")
    expect(outra.pagina.locator('.slot[aria-selected="true"]')).to_have_count(3)


def test_cancelada_sem_querer_volta_por_dez_segundos(aba: Aba, dia: Dia, sistema: Sistema) -> None:
    aba.abrir(dia).entrar("Ada L.").agendar("05:00", "Vega")
    aba.desfecho.get_by_role("button", name="Cancelar").click()
    aba.desfecho.get_by_role("button", name="Cancelar a observação").click()
    aba.aviso.get_by_role("button", name="Desfazer").click()
    expect(aba.desfecho).to_contain_text("É sua")
    expect(aba.desfecho).to_contain_text("Vega")
    assert len(sistema.banco.cobrem(dia.as_("05:00"))) == 1


def test_editar_muda_alvo_e_notas_sem_mover(aba: Aba, dia: Dia) -> None:
    aba.abrir(dia).entrar("Beatriz N.").agendar("06:00", "Vega")
    expect(aba.desfecho).to_contain_text("É sua")
    numero = aba.desfecho.locator(".ficha").get_attribute("data-id")
    aba.pagina.goto(f"{aba.base}/#observacoes/{numero}")
    linha = aba.pagina.locator(f'#vista-observacoes .ficha[data-id="{numero}"]')
    expect(linha).to_be_focused()
    linha.get_by_role("button", name="Editar").click()
    vista = aba.pagina.locator("#vista-observacoes")
    vista.get_by_label("Alvo (opcional)").fill("Deneb")
    vista.get_by_label("Notas (opcional)").fill("filtro azul")
    vista.get_by_role("button", name="Gravar").click()
    expect(linha).to_contain_text("Deneb")
    expect(linha).to_contain_text("filtro azul")
    expect(linha).to_contain_text("06:00–06:05 UTC")
    linha.get_by_text("História").click()
    expect(linha).to_contain_text("agendada · por você")
    expect(linha).to_contain_text("alvo e notas mudados · por você")


def test_observacao_que_nao_e_sua_e_dita(aba: Aba, dia: Dia) -> None:
    aba.abrir(dia).entrar("Ada L.").pagina.goto(f"{aba.base}/#observacoes/999999")
    expect(aba.aviso).to_contain_text("nº 999999 não está entre as suas")


def test_as_palavras_de_ajuda_estao_a_um_menu(aba: Aba) -> None:
    aba.abrir().pagina.locator("#abrir-menu").click()
    aba.pagina.get_by_role("link", name="Palavras").click()
    expect(aba.pagina.locator("#ajuda-palavras")).to_contain_text("Fencing token")
    expect(aba.pagina.locator("#ajuda-palavras")).to_be_focused()
