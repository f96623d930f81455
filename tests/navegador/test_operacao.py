"""Operação: a parada prevê o que cancela, os telescópios, a auditoria conferida, os locks em vigor."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.apoio.sistema import SLOT, Sistema, recurso
from tests.navegador.aba import Dia
from tests.navegador.conftest import AbrirAba


def test_parada_preve_cancela_avisa_e_reabre(nova_aba: AbrirAba, dia: Dia) -> None:
    ada = nova_aba().abrir(dia, "chandra-acad").entrar("Ada L.").agendar("12:30", "Cyg X-3")
    expect(ada.desfecho).to_contain_text("É sua")
    op = nova_aba().permitir(422).abrir(dia, "chandra-acad").entrar("Operação").ir("operacao")
    painel = op.aba_da_operacao("Indisponibilidade")
    painel.get_by_role("button", name="Prever").click()
    motivo = painel.get_by_label("Motivo")
    expect(motivo).to_be_focused()
    expect(motivo).to_have_attribute("aria-invalid", "true")
    motivo.fill("Troca de giroscópio")
    painel.get_by_role("button", name="Prever").click()
    expect(painel).to_contain_text("Observações que seriam canceladas, com a cota devolvida: 1.")
    expect(painel).to_contain_text("Cyg X-3")
    ada.ver("12:30", "sua")
    confirmar = painel.get_by_role("button", name=re.compile("^Tornar indisponível: "))
    expect(confirmar).to_be_focused()
    confirmar.click()
    expect(painel).to_contain_text("O intervalo está indisponível.")
    for hora in ("12:00", "12:30", "13:55"):
        ada.ver(hora, "indisponivel")
    ada.ver("14:00", "livre")
    minhas = ada.ir("observacoes").pagina.locator("#vista-observacoes .ficha", has_text="Cyg X-3")
    expect(minhas).to_contain_text("Cancelada: Indisponibilidade: Troca de giroscópio")
    painel.locator("li", has_text="Troca de giroscópio").get_by_role("button", name="Reabrir").click()
    ada.ir("agenda").ver("12:30", "livre")


def test_telescopios_criar_alterar_tirar_e_devolver(nova_aba: AbrirAba, dia: Dia) -> None:
    op = nova_aba().permitir(422).abrir(dia).entrar("Operação").ir("operacao")
    painel = op.aba_da_operacao("Telescópios")
    painel.locator("summary", has_text="Criar telescópio").click()
    painel.get_by_label("Identificador").fill("gaia acad")
    painel.get_by_label("Prefixo do recurso").fill("Gaia-Acad")
    painel.locator("details", has_text="Criar telescópio").get_by_label("Nome").fill("Gaia Acadêmico")
    criar = painel.locator("form").get_by_role("button", name="Criar telescópio")
    criar.click()
    expect(painel.get_by_label("Identificador")).to_be_focused()
    painel.get_by_label("Identificador").fill("gaia-acad")
    criar.click()
    item = painel.locator("li", has_text="Gaia Acadêmico")
    expect(item).to_contain_text("slots de 5 min")
    expect(op.pagina.locator("#telescopio")).to_contain_text("Gaia Acadêmico")
    item.locator("summary").click()
    item.get_by_label("Janela de justiça").fill("0")
    item.get_by_role("button", name="Gravar").click()
    expect(item).to_contain_text("janela de 0 ms")
    item.locator("summary").click()
    item.get_by_role("button", name="Tirar de serviço").click()
    expect(item).to_contain_text("Tirar Gaia Acadêmico de serviço? Ninguém mais")
    # Quem o tem na tela, noutra aba, fica sabendo sem tocar em nada.
    bia = nova_aba().abrir(dia, "gaia-acad")
    bia.ver("12:00", "livre")
    item.get_by_role("button", name="Tirar Gaia Acadêmico de serviço").click()
    expect(item).to_contain_text("fora de serviço")
    expect(bia.novidades.first).to_have_text(re.compile("Gaia Acadêmico: fora de serviço$"))
    expect(bia.pagina.locator("#anuncios")).to_have_text("Gaia Acadêmico: fora de serviço")
    expect(bia.pagina.locator("#telescopio option:checked")).to_have_text("Gaia Acadêmico (fora de serviço)")
    expect(bia.slot("12:00")).not_to_have_attribute("data-e", "livre")
    item.locator("summary").click()
    item.get_by_role("button", name="Devolver ao serviço").click()
    expect(item).to_contain_text("· ativo")
    bia.ver("12:00", "livre")
    expect(bia.pagina.locator("#telescopio option:checked")).to_have_text("Gaia Acadêmico")


def test_auditoria_paginada_e_conferida_e_locks(nova_aba: AbrirAba, dia: Dia, sistema: Sistema) -> None:
    mais_que_uma_pagina = [sistema.agendar_depois(dia.as_("04:00") + i * SLOT) for i in range(30)]
    assert {resposta.result(30).status for resposta in mais_que_uma_pagina} == {201}
    ada = nova_aba().abrir(dia).entrar("Ada L.").agendar("02:00")
    expect(ada.desfecho).to_contain_text("É sua")
    op = nova_aba().permitir(422).abrir(dia).entrar("Operação").ir("operacao")
    expect(op.pagina.locator("#vista-operacao")).to_contain_text("locks em vigor")
    painel = op.aba_da_operacao("Auditoria")
    expect(painel.locator(".trilha tbody tr").first).to_contain_text("AGENDAMENTO_CRIADO")
    primeiro = painel.locator(".trilha tbody tr td").first.inner_text()
    painel.get_by_role("button", name="Mais antigos").click()
    expect(painel.locator(".trilha tbody tr td").first).not_to_have_text(primeiro)
    painel.get_by_role("button", name="Os últimos").click()
    expect(painel.locator(".trilha tbody tr td").first).to_have_text(primeiro)
    unico = sistema.agendar(dia.as_("03:00")).json["id"]
    painel.get_by_label("Número da observação").fill("x")
    painel.get_by_role("button", name="Filtrar").click()
    expect(painel.locator(".desfecho")).to_contain_text("agendamento_id")
    painel.get_by_label("Número da observação").fill(str(unico))
    painel.get_by_role("button", name="Filtrar").click()
    expect(painel.locator(".trilha tbody tr")).to_have_count(1)
    expect(painel.locator(".trilha tbody tr")).to_contain_text(f"agendamento_id: {unico}")
    painel.get_by_role("button", name="Os últimos").click()
    expect(painel.get_by_label("Número da observação")).to_have_value("")
    expect(painel.locator(".trilha tbody tr")).to_have_count(25)
    painel.get_by_role("button", name="Conferir a trilha").click()
    expect(painel).to_contain_text("Trilha íntegra")


def test_locks_em_vigor_aparecem_enquanto_duram(nova_aba: AbrirAba, dia: Dia, sistema: Sistema) -> None:
    op = nova_aba().abrir(dia).entrar("Operação").ir("operacao")
    locks = op.pagina.locator("#vista-operacao section", has_text="Locks e janelas, agora")
    expect(locks).to_contain_text("locks em vigor0")
    # A reserva para depois de ganhar o lock, por bem mais que os dois segundos entre uma leitura e outra.
    resposta = sistema.agendar_depois(dia.as_("09:00"), falha="depois_do_lock=6000")
    expect(locks.locator("tbody")).to_contain_text(recurso(dia.as_("09:00")))
    expect(locks).to_contain_text("locks em vigor1")
    assert resposta.result(30).status == 201
    expect(locks).to_contain_text("locks em vigor0")
    expect(locks.locator("tbody")).to_be_hidden()


def test_quem_nao_e_da_operacao_nao_a_ve(nova_aba: AbrirAba) -> None:
    aba = nova_aba().abrir(vista="operacao")
    expect(aba.pagina.locator("#vista-agenda")).to_be_visible()
    expect(aba.entrar("Ada L.").pagina.locator('#vistas a[href^="#operacao"]')).to_have_count(0)
