"""O que faria mal: um ato preso a outra coisa que não a que está na tela. O pedido faz o que o botão diz."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import requests
from playwright.sync_api import Request, expect

from tests.apoio.sistema import SLOT, Sistema
from tests.navegador.aba import MOVER, Aba, Dia
from tests.navegador.conftest import AbrirAba
from tests.navegador.fio import Fio

Pedido = tuple[str, dict[str, object]]


def escritas(aba: Aba) -> list[Pedido]:
    """Cada POST, PUT ou DELETE que a página faz daqui em diante, com o corpo."""
    feitas: list[Pedido] = []

    def anotar(pedido: Request) -> None:
        if pedido.method in ("POST", "PUT", "DELETE"):
            feitas.append((f"{pedido.method} {pedido.url}", json.loads(pedido.post_data or "{}")))

    aba.pagina.on("request", anotar)
    return feitas


def intervalo(corpo: dict[str, object]) -> tuple[str, str]:
    return str(corpo["horario_inicio_utc"])[11:16], str(corpo["horario_fim_utc"])[11:16]


def test_remarcar_recusado_a_alternativa_move_e_nao_agenda_outra(
    aba: Aba, dia: Dia, sistema: Sistema, fio: Fio
) -> None:
    aba.permitir(409).permitir_sem_rede().abrir(dia).entrar("Ada L.").agendar("05:00", "Vega")
    expect(aba.desfecho).to_contain_text("É sua")
    numero = aba.desfecho.locator(".ficha").get_attribute("data-id")
    aba.desfecho.get_by_role("button", name="Remarcar").click()
    aba.escolher("06:30")
    fio.cortar()  # esta aba ainda vê livre o que outra pessoa acaba de tomar
    try:
        assert sistema.agendar(dia.as_("06:30"), pessoa=sistema.pessoas[1]).status == 201
        feitas = escritas(aba)
        aba.pagina.get_by_role("button", name=MOVER).click()
        expect(aba.desfecho).to_contain_text("para onde ela pode ir")
    finally:
        fio.ligar()
    aba.desfecho.get_by_role("button", name="Mover para 06:25 UTC").click()
    expect(aba.desfecho).to_contain_text("Movida para")
    assert [pedido.split(" ")[0] for pedido, _ in feitas] == ["PUT", "PUT"]
    assert feitas[1][0].endswith(f"/{numero}")
    assert intervalo(feitas[1][1]) == ("06:25", "06:30")
    assert feitas[1][1]["objeto_celeste"] == "Vega"
    aba.ver("05:00", "livre")
    aba.ver("06:25", "sua")


def test_quem_se_move_nao_troca_de_telescopio(aba: Aba, dia: Dia) -> None:
    aba.abrir(dia).entrar("Ada L.").agendar("07:00", "Vega")
    expect(aba.desfecho).to_contain_text("É sua")
    aba.desfecho.get_by_role("button", name="Remarcar").click()
    expect(aba.pagina.locator("#telescopio")).to_be_disabled()
    aba.pagina.evaluate(f"location.hash = '#agenda/fermi-acad/{dia.texto}'")
    expect(aba.aviso).to_contain_text("não troca de telescópio")
    expect(aba.pagina.locator("#telescopio")).to_have_value("hubble-acad")
    aba.escolher("07:30")
    feitas = escritas(aba)
    botao = aba.pagina.get_by_role("button", name=MOVER)
    expect(botao).to_contain_text("07:30–07:35 UTC")
    botao.click()
    expect(aba.desfecho).to_contain_text("Movida para")
    assert [intervalo(corpo) for _, corpo in feitas] == [("07:30", "07:35")]
    expect(aba.pagina.locator("#telescopio")).to_be_enabled()


def test_o_bloco_inteiro_e_conferido_antes_do_botao_de_mover(aba: Aba, dia: Dia, sistema: Sistema) -> None:
    sistema.agendar(dia.as_("09:05"), pessoa=sistema.pessoas[1])
    sistema.agendar(dia.as_("09:30"), slots=3, pessoa=sistema.pessoas[0])
    aba.abrir(dia).entrar("Ada L.").escolher("09:30")
    aba.pagina.locator("#painel-observacao").get_by_role("button", name="Remarcar").click()
    aba.escolher("09:00")  # os 15 min dela invadiriam as 09:05 de outra pessoa
    expect(aba.pagina.locator("#painel-observacao")).to_contain_text(
        "Nem todos os horários escolhidos estão livres"
    )
    expect(aba.pagina.get_by_role("button", name=MOVER)).to_have_count(0)
    aba.escolher("09:35")  # sobre o lugar que ela mesma deixa, pode
    expect(aba.pagina.get_by_role("button", name=MOVER)).to_contain_text("09:35–09:50 UTC")


def _trocar_fim(aba: Aba) -> None:
    aba.pagina.get_by_label("Fim (UTC)").evaluate(
        "(e, v) => { e.value = v; e.dispatchEvent(new Event('input', {bubbles: true})); }",
        aba.pagina.get_by_label("Início (UTC)").input_value().replace("T12:00", "T18:00"),
    )


def _trocar_motivo(aba: Aba) -> None:
    aba.pagina.get_by_label("Motivo").fill("Outro motivo")


@pytest.mark.parametrize("mudar", [_trocar_fim, _trocar_motivo])
def test_mudado_um_campo_a_previsao_morre(nova_aba: AbrirAba, dia: Dia, mudar: Callable[[Aba], None]) -> None:
    op = nova_aba().abrir(dia, "fermi-acad").entrar("Operação").ir("operacao")
    painel = op.aba_da_operacao("Indisponibilidade")
    painel.get_by_label("Motivo").fill("Vento")
    painel.get_by_role("button", name="Prever").click()
    confirmar = painel.get_by_role("button", name=re.compile("^Tornar indisponível: "))
    expect(confirmar).to_contain_text("Fermi Acadêmico")
    expect(confirmar).to_contain_text(f"{dia.por_extenso}, 12:00–14:00 UTC")
    mudar(op)
    expect(confirmar).to_have_count(0)
    expect(painel).to_contain_text("preveja de novo")


def test_a_previsao_diz_de_quem_e_o_que_cancela(nova_aba: AbrirAba, dia: Dia, sistema: Sistema) -> None:
    sistema.agendar(dia.as_("12:30"), pessoa=sistema.pessoas[1], objeto_celeste="M13")
    op = nova_aba().abrir(dia).entrar("Operação").ir("operacao")
    painel = op.aba_da_operacao("Indisponibilidade")
    painel.get_by_label("Motivo").fill("Vento")
    painel.get_by_role("button", name="Prever").click()
    expect(painel.locator("tr.ficha", has_text="M13")).to_contain_text("Beatriz N.")


def test_cancelada_pela_operacao_a_ficha_se_reescreve_e_diz(aba: Aba, dia: Dia, sistema: Sistema) -> None:
    aba.abrir(dia, "chandra-acad").entrar("Ada L.").agendar("15:00", "Cyg X-1")
    expect(aba.desfecho).to_contain_text("É sua")
    parada = {"inicio_utc": f"{dia.texto}T15:00:00Z", "fim_utc": f"{dia.texto}T16:00:00Z", "motivo": "Vento"}
    url = f"{sistema.servicos.agendamento.url}/telescopios/chandra-acad/indisponibilidades"
    chave = {"Authorization": f"Bearer {sistema.operador.chave}"}
    assert requests.post(url, json=parada, headers=chave, timeout=10).status_code == 201
    expect(aba.desfecho).to_contain_text("Cancelada: Chandra Acadêmico")
    expect(aba.desfecho).to_contain_text("Vento")
    expect(aba.desfecho).not_to_contain_text("É sua")
    expect(aba.desfecho.locator('[data-tom="bom"]')).to_have_count(0)
    expect(aba.desfecho.get_by_role("button", name="Cancelar")).to_have_count(0)
    expect(aba.pagina.locator("#anuncios")).to_contain_text("Cancelada: Chandra Acadêmico")


@pytest.mark.parametrize(
    ("endereco", "diz"),
    [
        ("#agenda/nao-ha/2026-12-01", "Não há telescópio “nao-ha”"),
        ("#agenda/hubble-acad/2026-13-45", "“2026-13-45”"),
        ("#agenda/hubble-acad/2026-12-01/99:00-12:00", "“99:00-12:00”"),
        ("#nenhuma-vista", "“nenhuma-vista”"),
        ("#agenda/%E0%A4%A/2026-12-01", "Não há telescópio"),
    ],
)
def test_endereco_errado_e_dito(aba: Aba, endereco: str, diz: str) -> None:
    aba.pagina.goto(f"{aba.base}/{endereco}")
    aba.esperar_pronta()
    expect(aba.aviso).to_contain_text(diz)


def test_o_painel_diz_tudo_antes_do_botao_e_o_pedido_e_aquilo(aba: Aba, dia: Dia) -> None:
    aba.abrir(dia).entrar("Ada L.").escolher("23:50")
    aba.pagina.locator(f'.slot[aria-label$=", livre"][data-i="{(24 * 60 + 5) // 5}"]').click(
        modifiers=["Shift"]
    )
    amanha = dia.inicio + timedelta(days=1)
    painel = aba.pagina.locator("#painel-observacao")
    semana = ["seg", "ter", "qua", "qui", "sex", "sáb", "dom"]
    for dito in (
        "Hubble Acadêmico",
        f"{semana[dia.inicio.weekday()]}, {dia.por_extenso}, 23:50 – {semana[amanha.weekday()]}, ",
        "00:10 UTC",
        "20 min",
        "20:50 aqui (UTC−3)",
    ):
        expect(painel).to_contain_text(dito)
    expect(aba.botao_agendar).to_have_text("Agendar 20 min")
    feitas = escritas(aba)
    aba.botao_agendar.click()
    expect(aba.desfecho).to_contain_text("É sua")
    [(_, corpo)] = feitas
    assert corpo["telescopio"] == "hubble-acad"
    assert corpo["horario_inicio_utc"] == f"{dia.texto}T23:50:00.000Z"
    assert corpo["horario_fim_utc"] == f"{amanha:%Y-%m-%d}T00:10:00.000Z"


@pytest.mark.parametrize(
    ("fuso", "dito"),
    [
        ("America/Sao_Paulo", "23:00 aqui (UTC−3)"),
        ("Pacific/Kiritimati", "16:00 aqui (UTC+14)"),
        ("UTC", "02:00 aqui (UTC+0)"),
    ],
)
def test_a_hora_local_traz_a_data_dela_e_o_fuso(nova_aba: AbrirAba, dia: Dia, fuso: str, dito: str) -> None:
    aba = nova_aba(timezone_id=fuso).abrir(dia).entrar("Ada L.").escolher("02:00")
    vespera = dia.inicio - timedelta(days=1) if "−" in dito else dia.inicio
    data = Dia(vespera).por_extenso.rsplit(" ", 1)[0]
    expect(aba.pagina.locator("#painel-observacao")).to_contain_text(f"{data}, {dito}")
    feitas = escritas(aba)
    aba.botao_agendar.click()
    expect(aba.desfecho).to_contain_text("É sua")
    assert feitas[0][1]["horario_inicio_utc"] == f"{dia.texto}T02:00:00.000Z"


@pytest.mark.parametrize("fuso", ["America/New_York", "Europe/Lisbon"])
def test_no_dia_em_que_o_fuso_muda_a_hora_local_muda_e_o_instante_nao(
    nova_aba: AbrirAba, sistema: Sistema, fuso: str
) -> None:
    """Os dois slots que se tocam na mudança da hora: um com o fuso de antes, o outro com o de depois."""
    url = f"{sistema.servicos.agendamento.url}/telescopios/chandra-acad"
    chave = {"Authorization": f"Bearer {sistema.operador.chave}"}
    assert requests.put(url, json={"horizonte_dias": 366}, headers=chave, timeout=10).status_code == 200
    mudanca = _proxima_mudanca(ZoneInfo(fuso))
    dia = Dia(mudanca.replace(hour=0))
    aba = nova_aba(timezone_id=fuso).abrir(dia, "chandra-acad").entrar("Ada L.")
    feitas = escritas(aba)
    ditos = set()
    for instante in (mudanca - SLOT, mudanca):
        local = instante.astimezone(ZoneInfo(fuso))
        horas = (local.utcoffset() or timedelta()) // timedelta(hours=1)
        diferenca = f"UTC{'−' if horas < 0 else '+'}{abs(horas)}"
        ditos.add(diferenca)
        data = Dia(local).por_extenso.rsplit(" ", 1)[0]
        aba.escolher(f"{instante:%H:%M}")
        painel = aba.pagina.locator("#painel-observacao")
        expect(painel).to_contain_text(f"{data}, {local:%H:%M} aqui ({diferenca})")
        aba.botao_agendar.click()
        expect(aba.desfecho).to_contain_text("É sua")
        aba.ver(f"{instante:%H:%M}", "sua")
    assert len(ditos) == 2
    enviados = [corpo["horario_inicio_utc"] for _, corpo in feitas if "horario_inicio_utc" in corpo]
    assert enviados == [f"{i:%Y-%m-%dT%H:%M}:00.000Z" for i in (mudanca - SLOT, mudanca)]


def _proxima_mudanca(fuso: ZoneInfo) -> datetime:
    """O próximo instante em que a diferença deste fuso para UTC muda, a partir de amanhã."""
    hora = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
    while hora.astimezone(fuso).utcoffset() == (hora - SLOT).astimezone(fuso).utcoffset():
        hora += timedelta(hours=1)
    return hora


def test_esc_nao_perde_a_chave_nova(nova_aba: AbrirAba, dia: Dia) -> None:
    aba = nova_aba().abrir(dia)
    aba.pagina.locator("#conta").click()
    aba.pagina.get_by_text("Não tenho chave").click()
    aba.pagina.get_by_label("Nome").fill("Henrietta L.")
    aba.pagina.get_by_label("E-mail").fill(f"henrietta-{dia.texto}@teste.invalid")
    aba.pagina.get_by_role("button", name="Criar a chave").click()
    chave = aba.pagina.locator("output.chave")
    expect(chave).to_be_visible()
    for _ in range(3):
        aba.pagina.keyboard.press("Escape")
    expect(chave).to_be_visible()
    expect(aba.pagina.locator("#dialogo")).to_contain_text("ainda não foi copiada nem baixada")
    with aba.pagina.expect_download() as descida:
        aba.pagina.get_by_role("button", name="Baixar").click()
    assert descida.value.path().read_text().strip() == chave.inner_text()
    aba.pagina.keyboard.press("Escape")
    expect(aba.pagina.locator("#dialogo")).to_be_hidden()
