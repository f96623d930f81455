"""O foco nunca se perde, e cada desfecho é dito uma vez só a quem ouve a página."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.apoio.espera import esperar
from tests.apoio.sistema import Sistema
from tests.navegador.aba import Aba, Dia
from tests.navegador.conftest import AbrirAba
from tests.navegador.test_relogio import RELOGIO_RUIM

OUVIR = """
window.__ditos = [];
addEventListener('DOMContentLoaded', () => {
  const no = document.getElementById('anuncios');
  if (!no) return;  // about:blank
  new MutationObserver((mudancas) => {
    for (const m of mudancas) for (const novo of m.addedNodes) __ditos.push(novo.textContent);
  }).observe(no, {childList: true, subtree: true});
});
"""


def com_foco(aba: Aba) -> None:
    """O foco está num elemento de verdade, não no corpo da página."""
    onde = "document.activeElement !== null && document.activeElement !== document.body"
    esperar(lambda: aba.pagina.evaluate(onde), "o foco em algum lugar")


def ditos(aba: Aba) -> list[str]:
    return list(aba.pagina.evaluate("__ditos"))


def test_o_foco_acompanha_cada_acao(aba: Aba, dia: Dia) -> None:
    aba.abrir(dia).entrar("Ada L.")
    com_foco(aba)
    botao = aba.pagina.get_by_role
    aba.agendar("01:00", "M31")
    expect(aba.desfecho).to_contain_text("É sua")
    com_foco(aba)
    aba.desfecho.get_by_role("button", name="Remarcar").click()
    com_foco(aba)
    botao("button", name="Deixar onde está").click()
    com_foco(aba)
    aba.escolher("01:00")
    ficha = aba.pagina.locator("#painel-observacao .ficha")
    ficha.get_by_role("button", name="Cancelar").click()
    com_foco(aba)
    ficha.get_by_role("button", name="Manter").click()
    expect(ficha.get_by_role("button", name="Cancelar")).to_be_focused()
    botao("button", name="Próxima semana").click()
    expect(aba.painel_agenda).to_have_attribute("aria-busy", "false")
    expect(botao("button", name="Próxima semana")).to_be_focused()
    aba.pagina.go_back()
    for vista in ("observacoes", "corrida", "agenda"):
        aba.ir(vista)
        com_foco(aba)
    aba.pagina.locator("#trocar-idioma").click()
    expect(aba.pagina.locator("#trocar-idioma")).to_be_focused()
    aba.pagina.locator("#trocar-idioma").click()
    aba.pagina.locator("#conta").click()
    botao("button", name="Sair e esquecer a chave").click()
    expect(aba.pagina.locator("#conta")).to_be_focused()


def test_reler_nao_apaga_o_motivo_que_alguem_escreve(nova_aba: AbrirAba, dia: Dia, sistema: Sistema) -> None:
    for hora in ("02:00", "02:05"):
        sistema.agendar(dia.as_(hora), pessoa=sistema.pessoas[0])
    aba = nova_aba(script=RELOGIO_RUIM).abrir(dia).entrar("Ada L.").ir("observacoes")
    fichas = aba.pagina.locator("#vista-observacoes .ficha", has_text=dia.por_extenso)
    fichas.filter(has_text="02:00–").get_by_role("button", name="Cancelar").click()
    motivo = aba.pagina.get_by_label("Motivo (opcional)")
    motivo.fill("nuvens")
    # A página relê tudo ao acordar, sem que nada tenha mudado.
    with aba.pagina.expect_response(lambda r: "/agendamentos?" in r.url) as resposta:
        aba.pagina.evaluate("__desvio += 3600e3")
    resposta.value.finished()
    aba.pagina.evaluate("new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)))")
    expect(motivo).to_have_value("nuvens")
    expect(motivo).to_be_focused()


def test_refazer_a_trilha_guarda_o_foco(nova_aba: AbrirAba, dia: Dia) -> None:
    op = nova_aba().abrir(dia).entrar("Operação").ir("operacao")
    op.aba_da_operacao("Auditoria")
    botao = op.pagina.get_by_role("button", name="Os últimos")
    antigo = botao.element_handle()
    with op.pagina.expect_response(lambda r: "ultimos" in r.url or "auditoria" in r.url):
        botao.click()
    esperar(lambda: not antigo.evaluate("e => e.isConnected"), "a trilha ser refeita")
    expect(botao).to_be_focused()


def test_cada_desfecho_e_dito_uma_vez(nova_aba: AbrirAba, dia: Dia, sistema: Sistema) -> None:
    aba = nova_aba(script=OUVIR).permitir(422).abrir(dia).entrar("Ada L.")
    expect(aba.pagina.locator("#anuncios")).to_have_text("A sessão de Ada L. está aberta.")
    aba.pagina.evaluate("__ditos.length = 0")
    aba.agendar("03:00", "M31")
    expect(aba.desfecho).to_contain_text("É sua")
    aba.desfecho.get_by_role("button", name="Cancelar").click()
    aba.desfecho.get_by_role("button", name="Cancelar a observação").click()
    expect(aba.desfecho).to_contain_text("Observação cancelada")
    # O que outra pessoa faz aparece em Ao vivo, e não interrompe quem ouve.
    sistema.agendar(dia.as_("03:30"), pessoa=sistema.pessoas[1])
    aba.ver("03:30", "ocupada")
    faladas = ditos(aba)
    assert len(faladas) == 2, faladas
    assert faladas[0].startswith("É sua: Hubble Acadêmico")
    assert faladas[1].startswith("Observação cancelada")
