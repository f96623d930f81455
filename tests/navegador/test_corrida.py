"""Demonstrar a corrida: dez pedidos, um vencedor, a razão de cada um, e nada fica na agenda."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.apoio.espera import esperar
from tests.apoio.sistema import Sistema
from tests.navegador.aba import Aba


def test_dez_pedidos_um_vencedor_e_a_razao_de_cada_um(aba: Aba, sistema: Sistema) -> None:
    antes = len(sistema.banco.agendamentos())
    aba.abrir(telescopio="james-webb-acad").ir("corrida")
    aba.pagina.locator("#telescopio").select_option("james-webb-acad")
    with aba.pagina.expect_response(lambda r: r.request.method == "POST") as resposta:
        aba.pagina.get_by_role("button", name="Correr").click()
    traco = resposta.value.headers["x-trace-id"]
    linhas = aba.pagina.locator("table.corrida tbody tr")
    expect(linhas).to_have_count(10)
    expect(linhas.filter(has_text="ficou com o horário")).to_have_count(1)
    expect(linhas.filter(has_text="ficaria, por ordem de chegada")).to_have_count(1)
    razoes = linhas.locator("td:last-child").all_inner_texts()
    esperadas = re.compile(r"ficou com o horário|clique [−\d,]+ m?s depois|empate; |janela já fechada")
    assert all(esperadas.search(razao) for razao in razoes), razoes
    expect(aba.pagina.locator("#vista-corrida .frase")).to_contain_text("ficou com o horário.")
    expect(aba.pagina.locator("#vista-corrida")).to_contain_text("a menos de 5 ms um do outro")
    elo = aba.pagina.get_by_role("link", name="Investigar esta corrida no Grafana")
    expect(elo).to_have_attribute("href", f"http://127.0.0.1:9/d/sctec-investigar?var-busca={traco}")
    assert len(sistema.banco.agendamentos()) == antes + 1
    ativos = "SELECT COUNT(*) FROM agendamentos WHERE objeto_celeste = 'demonstração' AND estado = 'ATIVO'"
    assert sistema.banco.consultar(ativos) == [(0,)]
    # Os dez pedidos estão na história que a página liga.
    historia = "SELECT evento, COUNT(*) FROM auditoria WHERE trace_id = :traco GROUP BY evento"

    def fatos() -> dict[str, int]:
        return dict(sistema.banco.consultar(historia, traco=traco))

    esperar(lambda: fatos().get("AGENDAMENTO_NEGADO") == 9, "as nove recusas na trilha")
    assert fatos()["AGENDAMENTO_CRIADO"] == fatos()["AGENDAMENTO_CANCELADO"] == 1
