"""Minhas observações: as que vêm e as que passaram, cancelar com motivo, o calendário, a cota."""

from __future__ import annotations

import re
from pathlib import Path

import requests
from playwright.sync_api import Route, expect

from tests.apoio.sistema import Sistema
from tests.navegador.aba import MOVER, Aba, Dia
from tests.navegador.conftest import AbrirAba


def nova_pessoa(sistema: Sistema, nome: str) -> str:
    """Alguém sem histórico; devolve a chave."""
    dados = {"nome": nome, "email": f"{abs(hash(nome))}@teste.invalid"}
    resposta = requests.post(f"{sistema.servicos.agendamento.url}/cientistas", json=dados, timeout=10)
    return str(resposta.json()["chave"])


def entrar_com_chave(aba: Aba, chave: str) -> Aba:
    aba.pagina.locator("#conta").click()
    aba.pagina.get_by_label("Chave de API").fill(chave)
    aba.pagina.get_by_label("Chave de API").press("Enter")
    expect(aba.pagina.locator("#dialogo")).to_be_hidden()
    return aba


def test_lista_cancela_com_motivo_e_conta_a_cota(aba: Aba, dia: Dia, sistema: Sistema) -> None:
    entrar_com_chave(aba.abrir(dia), nova_pessoa(sistema, "Vera R."))
    for hora, alvo in (("01:00", "M31"), ("01:10", "M33")):
        aba.agendar(hora, alvo)
        expect(aba.desfecho).to_contain_text(alvo)
    vista = aba.ir("observacoes").pagina.locator("#vista-observacoes")
    expect(vista).to_contain_text("Próximas (2)")
    expect(vista.locator(".medidores")).to_contain_text("observações por vir2")
    expect(vista.locator(".medidores")).to_contain_text(re.compile(r"horas no ciclo · \d{4}[AB]\d"))
    vista.locator(".ficha", has_text="M31").get_by_role("button", name="Cancelar").click()
    vista.get_by_label("Motivo (opcional)").fill("nuvens altas")
    vista.get_by_role("button", name="Cancelar a observação").click()
    expect(vista).to_contain_text("Próximas (1)")
    expect(vista).to_contain_text("Anteriores e canceladas (1)")
    expect(vista).to_contain_text("Cancelada: nuvens altas")
    expect(aba.pagina.locator("#principal")).to_be_focused()


def test_cota_usada_e_restante(aba: Aba, dia: Dia, sistema: Sistema) -> None:
    def com_limites(rota: Route) -> None:
        resposta = rota.fetch()
        pessoa = resposta.json()
        pessoa["uso"] |= {"horas_ciclo": 0.1, "limite_ativos": 10, "limite_horas_ciclo": 40}
        rota.fulfill(response=resposta, json=pessoa)

    aba.pagina.route(re.compile(r"/cientistas/\d+$"), com_limites)
    entrar_com_chave(aba.abrir(dia), nova_pessoa(sistema, "Maria M."))
    aba.agendar("04:00", "M42")
    expect(aba.desfecho).to_contain_text("É sua")
    medidores = aba.ir("observacoes").pagina.locator("#vista-observacoes .medidores")
    expect(medidores).to_contain_text("1 de 10; restam 9")
    expect(medidores).to_contain_text("0,1 de 40; restam 39,9")


def test_remarcar_leva_a_agenda_e_volta(aba: Aba, dia: Dia, sistema: Sistema) -> None:
    entrar_com_chave(aba.abrir(dia), nova_pessoa(sistema, "Cecilia P."))
    aba.agendar("02:00", "Sirius")
    vista = aba.ir("observacoes").pagina.locator("#vista-observacoes")
    vista.get_by_role("button", name="Remarcar").click()
    expect(aba.painel_agenda).to_be_visible()
    aba.escolher("02:20")
    aba.pagina.get_by_role("button", name=MOVER).click()
    expect(aba.desfecho).to_contain_text("02:20–02:25 UTC")
    expect(aba.ir("observacoes").pagina.locator("#vista-observacoes")).to_contain_text("02:20–02:25 UTC")


def test_calendario_segue_a_rfc_5545(aba: Aba, dia: Dia, sistema: Sistema, tmp_path: Path) -> None:
    entrar_com_chave(aba.abrir(dia), nova_pessoa(sistema, "Annie J."))
    alvo = "NGC 7000; “América do Norte”, campo\\largo <img src=x onerror=alert(1)> e mais um tanto de nome"
    aba.escolher("03:00")
    aba.escrever_notas("linha um\nlinha dois")
    aba.agendar("03:00", alvo)
    with aba.pagina.expect_download() as descida:
        aba.desfecho.get_by_role("button", name="Baixar para o calendário").click()
    arquivo = tmp_path / "um.ics"
    descida.value.save_as(arquivo)
    bruto = arquivo.read_bytes()
    assert bruto.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in bruto.replace(b"\r\n", b"")
    linhas = bruto.decode().split("\r\n")
    assert max(len(linha.encode()) for linha in linhas) <= 75
    inteiro = bruto.decode().replace("\r\n ", "")
    instante = f"{dia.inicio:%Y%m%d}T030000Z"
    assert f"DTSTART:{instante}" in inteiro
    escapado = alvo.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    assert f"SUMMARY:Hubble Acadêmico: {escapado}\r\n" in inteiro
    assert "DESCRIPTION:linha um\\nlinha dois\r\n" in inteiro
    for obrigatorio in ("VERSION:2.0", "PRODID:", "UID:", "DTSTAMP:", "DTEND:", "STATUS:CONFIRMED"):
        assert obrigatorio in inteiro


def test_sem_entrar_convida(nova_aba: AbrirAba) -> None:
    aba = nova_aba().abrir(vista="observacoes")
    expect(aba.pagina.locator("#vista-observacoes")).to_contain_text("Entre para ver o que você agendou")
