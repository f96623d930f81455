"""Texto alheio é texto: um alvo que é HTML aparece como foi escrito, em toda parte."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import requests
from playwright.sync_api import expect

from tests.apoio.espera import esperar
from tests.apoio.sistema import Sistema
from tests.navegador.aba import Aba, Dia
from tests.navegador.conftest import AbrirAba
from tests.navegador.fio import Fio

MAU = "<img src=x onerror=window.__fui=1>"
ESCUTAR = """(url) => {
  window.__eventos = [];
  new EventSource(url).addEventListener('agendamento.criado', (e) => __eventos.push(e.data));
}"""
SEM_IMAGEM = "document.querySelectorAll('img').length === 0 && window.__fui === undefined"


def limpa(aba: Aba) -> None:
    assert aba.pagina.evaluate(SEM_IMAGEM)


def test_alvo_hostil_e_texto_em_toda_parte(
    nova_aba: AbrirAba, dia: Dia, sistema: Sistema, tmp_path: Path
) -> None:
    url = sistema.servicos.agendamento.url
    operador = {"Authorization": f"Bearer {sistema.operador.chave}"}
    nome = {"nome": MAU, "email": f"mau-{dia.texto}@teste.invalid", "instituicao": MAU}
    chave = requests.post(f"{url}/cientistas", json=nome, timeout=10).json()["chave"]
    telescopio = {
        "slug": f"mau-{dia.texto}",
        "nome": MAU,
        "prefixo_recurso": f"Mau-{dia.texto}",
        "descricao": MAU,
    }
    assert (
        requests.post(f"{url}/telescopios", json=telescopio, headers=operador, timeout=10).status_code == 201
    )
    aba = nova_aba().abrir(dia, telescopio["slug"])
    aba.pagina.locator("#conta").click()
    aba.pagina.get_by_label("Chave de API").fill(chave)
    aba.pagina.get_by_label("Chave de API").press("Enter")
    expect(aba.pagina.locator("#conta")).to_have_text(MAU)
    aba.escolher("12:30")
    aba.escrever_notas(MAU)
    aba.agendar("12:30", MAU)
    expect(aba.desfecho.locator(".ficha strong")).to_have_text(MAU)
    expect(aba.desfecho.locator(".ficha .pre")).to_have_text(MAU)
    expect(aba.novidades.first).to_contain_text(MAU)
    with aba.pagina.expect_download() as descida:
        aba.desfecho.get_by_role("button", name="Baixar para o calendário").click()
    descida.value.save_as(tmp_path / "mau.ics")
    linhas = (tmp_path / "mau.ics").read_text(encoding="utf-8").replace("\n ", "")
    assert f"SUMMARY:{MAU}: {MAU}" in linhas
    assert f"DESCRIPTION:{MAU}" in linhas
    limpa(aba)

    op = nova_aba().abrir(dia, telescopio["slug"]).entrar("Operação").ir("operacao")
    painel = op.pagina.locator("#vista-operacao")
    op.aba_da_operacao("Indisponibilidade")
    painel.get_by_label("Motivo").fill(MAU)
    painel.get_by_role("button", name="Prever").click()
    expect(painel.locator(".ficha strong", has_text=MAU)).to_have_count(1)
    painel.get_by_role("button", name=re.compile("^Tornar indisponível: ")).click()
    expect(painel.locator("li", has_text=MAU).first).to_be_visible()
    op.aba_da_operacao("Auditoria")
    expect(painel.locator(".trilha tbody", has_text=MAU)).to_be_visible()
    limpa(op)

    vista = aba.ir("observacoes").pagina.locator("#vista-observacoes")
    expect(vista).to_contain_text(f"Cancelada: Indisponibilidade: {MAU}")
    limpa(aba)


@pytest.mark.parametrize(
    ("tentativa", "diz"),
    [
        ("document.body.innerHTML = '<b>x</b>'", "TrustedHTML"),
        (
            "document.body.append(Object.assign(document.createElement('script'), {text: 'window.__fui=1'}))",
            "Trusted",
        ),
        (
            "document.body.append(Object.assign(new Image(), {src: 'http://127.0.0.1:9/x.png'}))",
            "Content Security",
        ),
    ],
)
def test_controle_a_politica_barra_e_o_teste_ve(aba: Aba, tentativa: str, diz: str) -> None:
    aba.abrir().pagina.evaluate(f"() => {{ try {{ {tentativa} }} catch {{ /* barrado */ }} }}")
    aba.pagina.evaluate("new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)))")
    with pytest.raises(AssertionError, match=diz):
        aba.conferir()
    assert aba.pagina.evaluate("window.__fui") is None
    aba.problemas.clear()


def test_a_chave_nao_sai_em_endereco_evento_log_ou_trilha(
    aba: Aba, dia: Dia, sistema: Sistema, fio: Fio
) -> None:
    desde = sistema.servicos.marca()
    aba.abrir(dia).entrar("Ada L.")
    aba.pagina.evaluate(ESCUTAR, f"{fio.url}/eventos")
    aba.agendar("02:00", "M31")
    expect(aba.desfecho).to_contain_text("É sua")
    eventos = esperar(lambda: aba.pagina.evaluate("__eventos.join()"), "o evento da reserva")
    assert dia.texto in eventos
    assert "sctec_" not in eventos
    aba.ir("observacoes").ir("agenda")
    chave = sistema.pessoas[0].chave
    assert aba.pagina.evaluate("sessionStorage.getItem('sctec.chave')") == chave
    assert not [pedido for pedido in aba.pedidos if "sctec_" in pedido]
    assert not [linha.texto for linha in sistema.servicos.linhas(desde) if chave in linha.texto]
    assert chave not in str(sistema.banco.consultar("SELECT detalhes FROM auditoria"))
