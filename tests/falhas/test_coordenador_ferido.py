"""O coordenador morto, congelado, ou assediado por um estranho: 503 honesto, nada salvo, nada trancado."""

from __future__ import annotations

import re
import time

from tests.apoio.conexao import Resposta, montar, pedir
from tests.apoio.espera import esperar
from tests.apoio.sistema import Sistema
from tests.falhas.conftest import com_uma_janela_basta

pytestmark = com_uma_janela_basta

FOLGA = 3
"""Quantas vezes o prazo configurado se tolera: mede-se a existência do prazo, não a pressa da máquina."""


def conferir_503(sistema: Sistema, resposta: Resposta) -> None:
    assert resposta.status == 503
    assert resposta.cabecalhos["Content-Type"] == "application/problem+json"
    assert int(resposta.cabecalhos["Retry-After"]) >= 1
    assert resposta.json["motivo"] == "COORDENADOR_INDISPONIVEL"
    tudo = resposta.corpo.decode() + str(dict(resposta.cabecalhos))
    assert not re.search(rf"127\.0\.0\.1|localhost|https?://|{sistema.servicos.coordenador.porta}", tudo)


def test_coordenador_morto(sistema: Sistema) -> None:
    inicio = sistema.horario()
    antes = sistema.banco.agendamentos()
    sistema.servicos.coordenador.matar()
    partida = time.monotonic()
    resposta = sistema.agendar(inicio)
    assert time.monotonic() - partida < FOLGA * sistema.prazo_do_cliente_s
    conferir_503(sistema, resposta)
    assert sistema.banco.agendamentos() == antes
    assert pedir(sistema.porta, montar("GET", "/saude/pronto")).status == 503
    assert pedir(sistema.porta, montar("GET", "/saude/vivo")).status == 200
    assert pedir(sistema.porta, montar("GET", "/telescopios/hubble-acad/agenda")).status == 200
    sistema.servicos.coordenador.iniciar()
    assert sistema.agendar(inicio).status == 201


def test_coordenador_congelado(sistema: Sistema) -> None:
    horarios = [sistema.horario() for _ in range(5)]
    antes = sistema.banco.agendamentos()
    sistema.servicos.coordenador.congelar()
    partida = time.monotonic()
    futuros = [sistema.agendar_depois(inicio) for inicio in horarios]
    respostas = [futuro.result(60) for futuro in futuros]
    assert time.monotonic() - partida < FOLGA * sistema.prazo_do_cliente_s
    for resposta in respostas:
        conferir_503(sistema, resposta)
    assert sistema.banco.agendamentos() == antes
    sistema.servicos.coordenador.descongelar()
    # O que ficou na fila da tomada pode ainda virar concessão, que ninguém usará: o lease a devolve.
    partida = time.monotonic()
    sistema.esperar_sem_locks()
    assert time.monotonic() - partida < FOLGA * sistema.lease_ms / 1000
    assert [sistema.insistir(inicio).status for inicio in horarios] == [201] * 5


def test_unlock_de_um_estranho_nao_solta_nada(sistema: Sistema) -> None:
    inicio, marca = sistema.horario(), sistema.servicos.marca()
    dono = sistema.agendar_depois(inicio, falha="depois_do_lock=600")
    sistema.esperar_falha(marca)
    rival = sistema.agendar_depois(inicio, pessoa=sistema.pessoas[1])
    esperar(lambda: sistema.esperando_lock() == 1, "o rival na espera do lock")
    trava = sistema.ao_coordenador("GET", "/locks").json["concessoes"][0]
    assert "concessao" not in trava
    porta = sistema.servicos.coordenador.porta
    palpites = [*trava["recursos"], str(trava["token"]), "00000000-0000-4000-8000-000000000000"]
    for palpite in palpites:
        corpo = {"concessao": palpite}
        assert pedir(porta, montar("POST", "/unlock", corpo)).status == 401
        assert sistema.ao_coordenador("POST", "/unlock", corpo).status == 404
    em_lote = {"concessoes": [{"concessao": palpite} for palpite in palpites]}
    assert sistema.ao_coordenador("POST", "/unlock", em_lote).json["liberadas"] == 0
    assert not rival.done()
    assert (dono.result(30).status, rival.result(30).status) == (201, 409)
    assert sistema.banco.cobrem(inicio) == [dono.result().json["id"]]
