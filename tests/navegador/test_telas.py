"""Cada vista, nos dois idiomas e nos dois temas: sem violação do axe-core, inteira na tela, e fotografada."""

from __future__ import annotations

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import expect

from tests.apoio.sistema import Sistema
from tests.navegador.aba import Aba, Dia
from tests.navegador.conftest import FOTOS, AbrirAba

AXE = Axe()
CALMA = {"reduced_motion": "reduce"}
"""Sem transições, para que o axe e a foto vejam a cor final."""
ABAS = {
    "Indisponibilidade": "#aba-paradas form",
    "Telescópios": "#aba-telescopios li",
    "Auditoria": ".trilha tbody tr",
}
LARGURAS = [(320, 720), (768, 1024), (1280, 800), (3840, 2160)]


def acessivel(aba: Aba, nome: str) -> None:
    """Nenhuma violação no que está na tela agora, e nada para lá da borda."""
    achado = AXE.run(aba.pagina)
    assert achado.violations_count == 0, f"{nome}:\n{achado.generate_report()}"
    inteira(aba, nome)


def inteira(aba: Aba, nome: str) -> None:
    largura, janela = aba.pagina.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert largura <= janela, f"{nome}: {largura} px numa janela de {janela}"
    aba.pagina.screenshot(path=FOTOS / f"{nome}.png")


def em_todos_os_trajes(aba: Aba, nome: str, pronta: str) -> None:
    """Claro e escuro, português e inglês; ``pronta`` é o seletor do que a vista mostra quando acabou."""
    for idioma in ("pt", "en"):
        for tema in ("claro", "escuro"):
            expect(aba.pagina.locator(pronta).first).to_be_visible()
            acessivel(aba, f"{nome}-{tema}-{idioma}")
            aba.pagina.locator("#trocar-tema").click()
        aba.pagina.locator("#trocar-idioma").click()


def dialogo_em_todos_os_trajes(aba: Aba, nome: str, abrir: str) -> None:
    """O mesmo, para o que abre por cima da página: troca-se de traje com ele fechado."""
    for idioma in ("pt", "en"):
        for tema in ("claro", "escuro"):
            aba.pagina.locator(abrir).click()
            expect(aba.pagina.locator("#dialogo")).to_be_visible()
            for detalhe in aba.pagina.locator("#dialogo summary").all():
                detalhe.click()
            acessivel(aba, f"{nome}-{tema}-{idioma}")
            aba.pagina.keyboard.press("Escape")
            aba.pagina.locator("#trocar-tema").click()
        aba.pagina.locator("#trocar-idioma").click()


def preparar(sistema: Sistema, dia: Dia) -> None:
    """Um dia com de tudo."""
    sistema.agendar(dia.as_("01:00"), pessoa=sistema.pessoas[0], objeto_celeste="M31")
    sistema.agendar(dia.as_("01:05"), pessoa=sistema.pessoas[1])
    parada = {"inicio_utc": f"{dia.texto}T02:00:00Z", "fim_utc": f"{dia.texto}T02:30:00Z", "motivo": "ajuste"}
    url = f"{sistema.servicos.agendamento.url}/telescopios/hubble-acad/indisponibilidades"
    chave = {"Authorization": f"Bearer {sistema.operador.chave}"}
    assert requests.post(url, json=parada, headers=chave, timeout=10).status_code == 201


def test_agenda_e_desfechos_acessiveis_em_todos_os_trajes(
    nova_aba: AbrirAba, dia: Dia, sistema: Sistema
) -> None:
    preparar(sistema, dia)
    aba = nova_aba(**CALMA).abrir(dia)
    dialogo_em_todos_os_trajes(aba, "entrada", "#conta")
    aba.entrar("Ada L.").escolher("03:00")
    em_todos_os_trajes(aba, "escolhida", "#painel-observacao form")
    aba.botao_agendar.click()
    em_todos_os_trajes(aba, "confirmada", ".desfecho .ficha")
    aba.desfecho.get_by_role("button", name="Cancelar").click()
    acessivel(aba, "cancelar")
    aba.pagina.keyboard.press("Escape")
    dialogo_em_todos_os_trajes(aba, "conta", "#conta")


def test_outras_vistas_acessiveis_em_todos_os_trajes(nova_aba: AbrirAba, dia: Dia, sistema: Sistema) -> None:
    preparar(sistema, dia)
    aba = nova_aba(**CALMA).abrir(dia).entrar("Ada L.").ir("observacoes")
    em_todos_os_trajes(aba, "observacoes", "#vista-observacoes .ficha")
    aba.ir("corrida").pagina.get_by_role("button", name="Correr").click()
    em_todos_os_trajes(aba, "corrida", "table.corrida")
    op = nova_aba(**CALMA).abrir(dia).entrar("Operação").ir("operacao")
    em_todos_os_trajes(op, "operacao", "#vista-operacao dl.numeros")
    for qual, pronta in ABAS.items():
        op.aba_da_operacao(qual)
        expect(op.pagina.locator(pronta).first).to_be_visible()
        acessivel(op, f"operacao-{qual}")
    op.pagina.goto(f"{op.base}/#ajuda")
    em_todos_os_trajes(op, "ajuda", "#ajuda-regras")


def test_controle_o_axe_ve_uma_violacao(aba: Aba) -> None:
    aba.abrir().pagina.evaluate("document.querySelector('#conta').textContent = ''")
    with pytest.raises(AssertionError, match="button-name"):
        acessivel(aba, "controle")


@pytest.mark.parametrize(("largura", "altura"), LARGURAS)
def test_cabe_de_320_px_a_4k(
    nova_aba: AbrirAba, dia: Dia, sistema: Sistema, largura: int, altura: int
) -> None:
    preparar(sistema, dia)
    aba = nova_aba(viewport={"width": largura, "height": altura}, **CALMA).abrir(dia)
    inteira(aba, f"{largura}-agenda")
    aba.pagina.locator("#conta").click()
    expect(aba.pagina.locator("#dialogo .pessoas")).to_be_visible()
    inteira(aba, f"{largura}-entrada")
    aba.pagina.get_by_role("button", name="Operação", exact=True).click()
    expect(aba.pagina.locator("#conta")).to_have_text("Operação")
    for vista, pronta in (
        ("observacoes", "#vista-observacoes h2"),
        ("corrida", "#vista-corrida button"),
        ("operacao", "#vista-operacao dl.numeros"),
    ):
        expect(aba.ir(vista).pagina.locator(pronta).first).to_be_visible()
        inteira(aba, f"{largura}-{vista}")


def test_impressa_a_agenda_vai_sem_botoes_e_em_papel_claro(nova_aba: AbrirAba, dia: Dia) -> None:
    aba = nova_aba(color_scheme="dark").abrir(dia)
    aba.pagina.emulate_media(media="print")
    for some in ("#vistas", ".ajustes", "#painel-agenda .nao-imprime", "#painel-ao-vivo"):
        expect(aba.pagina.locator(some).first).to_be_hidden()
    expect(aba.slot("03:00")).to_be_visible()
    expect(aba.pagina.locator("#hora")).to_be_visible()
    expect(aba.pagina.locator(".data")).to_contain_text(dia.por_extenso)
    fundo, letra = aba.pagina.evaluate(
        "(({backgroundColor, color}) => [backgroundColor, color])(getComputedStyle(document.documentElement))"
    )
    assert sum(map(int, fundo[4:-1].split(", "))) > sum(map(int, letra[4:-1].split(", ")))
    inteira(aba, "impressa")


@pytest.mark.parametrize(("pedido", "anima"), [("reduce", False), ("no-preference", True)])
def test_movimento_so_para_quem_o_quer(nova_aba: AbrirAba, dia: Dia, pedido: str, anima: bool) -> None:
    aba = nova_aba(reduced_motion=pedido).abrir(dia)
    nome, duracao = aba.slot("03:00").evaluate(
        "e => { e.dataset.e = 'disputa'; return [getComputedStyle(e).animationName,"
        " getComputedStyle(document.querySelector('#conta')).transitionDuration]; }"
    )
    assert (nome != "none") is anima
    assert any(float(parte.strip(" s")) > 0 for parte in duracao.split(",")) is anima
