"""O relógio: a hora oficial, com a margem que ele mesmo declara, por pior que seja o do computador."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from itertools import pairwise

import pytest
from playwright.sync_api import Error, Route, expect

from ferramentas.atraso import Atraso
from tests.apoio.espera import esperar
from tests.apoio.sistema import Sistema
from tests.navegador.aba import Aba
from tests.navegador.conftest import AbrirAba

# O relógio do computador passa a ser o que o teste quiser; o verdadeiro fica em __real, para comparar.
RELOGIO_RUIM = """
window.__real = Date; window.__desvio = 0; window.__ritmo = 1; window.__vistos = [];
const inicio = Date.now();
const agora = () => inicio + (__real.now() - inicio) * __ritmo + __desvio;
Date = class extends __real {
  constructor(...p) { if (p.length) super(...p); else super(agora()); }
  static now() { return agora(); }
};
addEventListener('DOMContentLoaded', () => {
  const no = document.getElementById('hora');
  if (!no) return;  // about:blank
  const erro = document.getElementById('hora-erro');
  new MutationObserver(() => __vistos.push([no.textContent, __real.now(), erro.textContent]))
    .observe(no, {childList: true, characterData: true, subtree: true});
});
"""
DECIMO_MS = 100
FOLGA_MS = 250
"""O que a máquina ocupada pode pôr entre calcular a hora e anotá-la."""
DIA_MS = 86_400_000


@pytest.mark.parametrize(
    ("desvio_ms", "ritmo"), [(3 * 3_600_000, 1), (-3 * 3_600_000, 1), (0, 1.5), (40 * DIA_MS, 0.5)]
)
def test_relogio_errado_nao_muda_a_hora_oficial(nova_aba: AbrirAba, desvio_ms: int, ritmo: float) -> None:
    aba = nova_aba(script=RELOGIO_RUIM + f"__desvio = {desvio_ms}; __ritmo = {ritmo};").abrir()
    _esperar_vistos(aba, 12)
    _conferir(aba)


def test_relogio_que_salta_no_meio_nao_desloca_a_hora(nova_aba: AbrirAba) -> None:
    aba = nova_aba(script=RELOGIO_RUIM).abrir()
    for salto in ("+= 3 * 3600e3", "-= 6 * 3600e3"):
        aba.pagina.evaluate(f"() => {{ __vistos.length = 0; __desvio {salto} }}")
        _esperar_vistos(aba, 8)
        _conferir(aba)


def test_controle_uma_hora_deslocada_e_vista(nova_aba: AbrirAba) -> None:
    """O relógio monotônico, em que a página confia, salta cinco segundos e ela não pode perguntar: erra."""
    salto = "const mono = performance.now.bind(performance); performance.now = () => mono() + __salto;"
    aba = nova_aba(script=f"{RELOGIO_RUIM} window.__salto = 0; {salto}").abrir()
    aba.pagina.route("**/time*", lambda rota: rota.abort())
    aba.permitir_sem_rede().pagina.evaluate("() => { __vistos.length = 0; window.__salto = 5000; }")
    _esperar_vistos(aba, 3)
    with pytest.raises(AssertionError):
        _conferir(aba)


def _esperar_vistos(aba: Aba, quantos: int) -> None:
    # Não por wait_for_function, que usa eval e esbarra na política da página.
    esperar(lambda: aba.pagina.evaluate("__vistos.length") >= quantos, "o relógio andar na tela")


def _conferir(aba: Aba) -> None:
    vistos = aba.pagina.evaluate("__vistos")
    instantes = []
    for texto, real, margem in vistos:
        h, m, s, d = map(int, re.fullmatch(r"(\d\d):(\d\d):(\d\d),(\d)", texto).groups())  # type: ignore[union-attr]
        mostrado = ((h * 60 + m) * 60 + s) * 1000 + d * DECIMO_MS
        erro = (mostrado - real + DIA_MS / 2) % DIA_MS - DIA_MS / 2
        declarada = float(margem.strip("± ms").replace(",", "."))
        assert -DECIMO_MS - declarada - FOLGA_MS <= erro <= declarada + FOLGA_MS, (texto, erro, margem)
        instantes.append(mostrado)
    assert all(depois >= antes for antes, depois in pairwise(instantes))


def test_estados_sincronizando_e_sincronizado_com_o_que_fazer(nova_aba: AbrirAba) -> None:
    aba = nova_aba()
    presos: list[Route] = []
    solto = False
    aba.pagina.route("**/time*", lambda rota: rota.continue_() if solto else presos.append(rota))
    aba.pagina.goto(aba.base)
    estado = aba.pagina.locator("#hora-estado")
    expect(estado).to_have_text("sincronizando")
    expect(aba.pagina.locator("#painel-relogio")).to_contain_text("Medindo a distância")
    expect(aba.pagina.locator("#hora")).to_have_text("--:--:--,-")
    solto = True
    for rota in presos:
        with contextlib.suppress(Error):  # a página já desistiu desta, e pergunta de novo
            rota.continue_()
    expect(estado).to_have_text("sincronizado")
    painel = aba.pagina.locator("#painel-relogio")
    expect(painel).to_contain_text(re.compile(r"\d amostras; vale a menor, [\d,]+ ms"))
    expect(painel.locator("svg rect.escolhida")).to_have_count(1)
    expect(painel).to_contain_text(re.compile(r"sincronizado ?há \d+ s"))
    expect(painel).to_contain_text(re.compile(r"seu relógio ?(atrasa|adianta) "))


@pytest.fixture
def muito_longe(sistema: Sistema) -> Iterator[str]:
    with Atraso(sistema.servicos.agendamento.porta) as rede:
        yield rede.caminho(ida_s=0.2, volta_s=0.2)


def test_rede_lenta_e_margem_larga_dizem_incerto(muito_longe: str, nova_aba: AbrirAba) -> None:
    aba = nova_aba(base=muito_longe).abrir()
    expect(aba.pagina.locator("#hora-estado")).to_have_text("incerto")
    expect(aba.pagina.locator("#painel-relogio")).to_contain_text("A margem está larga")


def test_hora_local_ao_lado_a_pedido(aba: Aba) -> None:
    aba.abrir()
    local = aba.pagina.locator("#hora-local")
    expect(local).to_be_empty()
    aba.pagina.locator("#hora-estado").click()
    aba.pagina.get_by_label("hora local ao lado").check()
    expect(local).to_have_text(re.compile(r"^\d+ [a-z]{3}, \d\d:\d\d:\d\d aqui \(UTC−3\)$"))
    aba.pagina.get_by_label("hora local ao lado").uncheck()
    expect(local).to_be_empty()


def test_sem_hora_oficial_agenda_sem_carimbo(nova_aba: AbrirAba) -> None:
    """O relógio é uma vantagem, nunca uma exigência: sem ele vale a chegada."""
    aba = nova_aba()
    aba.pagina.route(
        "**/time*", lambda rota: rota.fulfill(status=503, body="{}", content_type="application/json")
    )
    aba.permitir(503).pagina.goto(f"{aba.base}/#agenda/fermi-acad")
    expect(aba.painel_agenda).to_have_attribute("aria-busy", "false")
    aba.entrar("Ada L.")
    aba.pagina.keyboard.press("PageDown")
    with aba.pagina.expect_request(lambda r: r.method == "POST") as pedido:
        aba.agendar("23:30")
    assert "instante_clique_utc" not in json.loads(pedido.value.post_data or "")
    expect(aba.desfecho).to_contain_text("É sua")
