"""Ao vivo: o que se perde numa queda volta uma vez só, e sem eventos a página sonda e o diz."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.apoio.espera import esperar
from tests.apoio.sistema import Sistema
from tests.navegador.aba import MOVER, Aba, Dia
from tests.navegador.conftest import AbrirAba
from tests.navegador.fio import Fio


def test_queda_curta_nao_perde_nem_repete(aba: Aba, dia: Dia, sistema: Sistema, fio: Fio) -> None:
    aba.permitir_sem_rede().abrir(dia)
    horas = ["00:00", "00:10", "00:20", "00:30"]
    sistema.agendar(dia.as_(horas[0]))
    aba.ver(horas[0], "ocupada")
    fio.cortar()
    try:
        for hora in horas[1:]:
            assert sistema.agendar(dia.as_(hora)).status == 201
    finally:
        fio.ligar()
    for hora in horas:
        expect(aba.novidades.filter(has_text=f"{hora}–")).to_have_count(1)
        aba.ver(hora, "ocupada")
    expect(aba.selo_ao_vivo).to_have_text("ao vivo")
    sistema.agendar(dia.as_("00:40"))
    expect(aba.novidades.filter(has_text="00:40–")).to_have_count(1)
    for hora in horas:
        expect(aba.novidades.filter(has_text=f"{hora}–")).to_have_count(1)


def test_sem_eventos_sonda_e_avisa_e_depois_volta(aba: Aba, dia: Dia, sistema: Sistema, fio: Fio) -> None:
    aba.permitir_sem_rede().abrir(dia)
    fio.cortar()
    try:
        expect(aba.aviso).to_contain_text("A atualização ao vivo caiu")
        sistema.agendar(dia.as_("01:00"))
        aba.ver("01:00", "ocupada")
    finally:
        fio.ligar()
    expect(aba.aviso).to_have_count(0)
    expect(aba.selo_ao_vivo).to_have_text("ao vivo")


def test_conexao_que_se_cala_sem_cair_e_notada_e_depois_volta(
    aba: Aba, dia: Dia, sistema: Sistema, fio: Fio
) -> None:
    aba.permitir_sem_rede().abrir(dia)
    fio.calar()
    try:
        expect(aba.aviso).to_contain_text("A atualização ao vivo caiu")
        expect(aba.selo_ao_vivo).to_have_text("a cada 3 s")
        sistema.agendar(dia.as_("03:00"))
        aba.ver("03:00", "ocupada")
    finally:
        fio.ligar()
    expect(aba.selo_ao_vivo).to_have_text("ao vivo")
    expect(aba.aviso).to_have_count(0)


def test_muitas_abas_uma_conexao_cada_e_nenhuma_a_toa(aba: Aba, dia: Dia, fio: Fio) -> None:
    antes = fio.conexoes_abertas
    aba.abrir(dia)
    aba.ir("observacoes").ir("agenda")
    esperar(lambda: fio.conexoes_abertas > antes, "a conexão dos eventos")
    assert fio.conexoes_abertas == antes + 1


def test_remarcar_libera_o_antigo_em_todas_as_abas(nova_aba: AbrirAba, dia: Dia) -> None:
    ada, bia = nova_aba().abrir(dia).entrar("Ada L."), nova_aba().abrir(dia)
    ada.agendar("02:00")
    bia.ver("02:00", "ocupada")
    ada.desfecho.get_by_role("button", name="Remarcar").click()
    ada.escolher("02:30")
    ada.pagina.get_by_role("button", name=MOVER).click()
    bia.ver("02:30", "ocupada")
    bia.ver("02:00", "livre")
    expect(bia.novidades.first).to_contain_text(re.compile("uma observação passou para .*02:30"))
