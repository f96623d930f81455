"""Os limites por cientista valem dentro da transação; o das requisições, por chave."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from agendamento.api.limitador import Limitador
from agendamento.dominio.cota import Cota
from agendamento.dominio.grade import Intervalo
from agendamento.vez import vez
from tests.apoio import Bancada, ao_mesmo_tempo, campos_recusados
from tests.postgresql import nos_dois_bancos

LIMITE = 3


def _inicio(n: int) -> str:
    return f"2026-12-0{1 + n // 20}T{n % 20:02}:00:00Z"


def _ativos(bancada: Bancada) -> int:
    return len(bancada.sql("SELECT id FROM agendamentos WHERE estado = 'ATIVO'"))


@nos_dois_bancos
def test_dez_ao_mesmo_tempo_nunca_passam_do_limite(montar: Any) -> None:
    bancada = montar(SCTEC_LIMITE_ATIVOS=str(LIMITE))
    tarefas = [lambda n=n: bancada.agendar(_inicio(n)).status_code for n in range(10)]
    respostas = ao_mesmo_tempo(tarefas)
    assert sorted(respostas) == [201] * LIMITE + [422] * (10 - LIMITE)
    assert _ativos(bancada) == LIMITE


class _SoNaLeitura:
    """A cota conferida só antes da transação, quando todas já leram: o erro que se quer ver pego."""

    def __init__(self, cota: Cota, quantas: int) -> None:
        self._cota = cota
        self._todas_leram = threading.Barrier(quantas)
        self.ativos, self.horas_ciclo = cota.ativos, cota.horas_ciclo

    def conferir(self, pedido: Intervalo, ativos: int, horas_no_ciclo: float) -> None:
        if threading.current_thread().name == "escritor":
            return
        self._cota.conferir(pedido, ativos, horas_no_ciclo)
        with vez.cedida():
            self._todas_leram.wait(30)


def test_sem_a_conferencia_na_transacao_o_limite_e_ultrapassado(montar: Any) -> None:
    """Controle negativo do teste acima."""
    bancada = montar(SCTEC_LIMITE_ATIVOS=str(LIMITE))
    agendar = bancada.app.extensions["sctec"].agendar
    agendar._cota = _SoNaLeitura(agendar._cota, 10)
    respostas = ao_mesmo_tempo([lambda n=n: bancada.agendar(_inicio(n)).status_code for n in range(10)])
    assert respostas == [201] * 10
    assert _ativos(bancada) > LIMITE


def test_o_422_diz_o_limite_e_o_remedio(montar: Any) -> None:
    bancada = montar(SCTEC_LIMITE_ATIVOS="1")
    bancada.agendar(_inicio(0))
    recusa = bancada.agendar(_inicio(1))
    assert recusa.json["type"] == "/erros/limite-excedido"
    mensagem, remedio = campos_recusados(recusa)["cientista_id"]
    assert "o limite é 1" in mensagem
    assert "Cancele" in remedio


def test_as_que_terminam_deixam_de_contar(montar: Any) -> None:
    bancada = montar(SCTEC_LIMITE_ATIVOS="1")
    bancada.agendar("2026-12-01T03:00:00Z")
    bancada.relogio.avancar(days=10, hours=15, minutes=4)
    # Às 03:04 a observação está em curso: ainda conta.
    assert bancada.agendar("2026-12-02T03:00:00Z").status_code == 422
    bancada.relogio.avancar(minutes=1)
    assert bancada.agendar("2026-12-02T03:00:00Z").status_code == 201


@nos_dois_bancos
def test_as_horas_sao_por_ciclo(montar: Any) -> None:
    bancada = montar(SCTEC_LIMITE_HORAS_CICLO="1", SCTEC_LIMITE_ATIVOS="0")
    assert bancada.agendar("2026-12-01T03:00:00Z", "2026-12-01T04:00:00Z").status_code == 201
    assert bancada.agendar("2026-12-31T23:55:00Z").status_code == 422
    # Em janeiro começa outro ciclo; conta no ciclo em que começa.
    assert bancada.agendar("2027-01-01T00:00:00Z", "2027-01-01T01:00:00Z").status_code == 201


def test_cada_uma_tem_a_sua_cota(montar: Any) -> None:
    bancada = montar(SCTEC_LIMITE_ATIVOS="1")
    assert bancada.agendar(_inicio(0)).status_code == 201
    assert bancada.agendar(_inicio(1), quem="beatriz").status_code == 201
    # A operação gasta a cota de quem ficará com o horário, não a sua.
    beatriz = bancada.id_de("beatriz")
    recusa = bancada.agendar(_inicio(2), quem="operacao", corpo={"cientista_id": beatriz})
    assert recusa.status_code == 422


def test_zero_e_sem_limite(montar: Any) -> None:
    bancada = montar(SCTEC_LIMITE_ATIVOS="0", SCTEC_LIMITE_HORAS_CICLO="0")
    respostas = [bancada.agendar(_inicio(n)).status_code for n in range(12)]
    assert respostas == [201] * 12


@nos_dois_bancos
def test_o_uso_aparece_na_propria_ficha(bancada: Bancada) -> None:
    bancada.agendar("2026-12-01T03:00:00Z", "2026-12-01T03:30:00Z")
    ficha = bancada.pedir("GET", f"/cientistas/{bancada.id_de('ada')}").json
    assert ficha["uso"] == {
        "ciclo": "2026B",
        "ativos": 1,
        "limite_ativos": 10,
        "horas_ciclo": 0.5,
        "limite_horas_ciclo": 40.0,
    }


class TestRequisicoes:
    @pytest.fixture
    def limitada(self, montar: Any) -> Bancada:
        bancada = montar(SCTEC_LIMITE_REQUISICOES_S="3")
        parado = Limitador(3, relogio=lambda: 0.0)
        self._trocar(bancada.app, parado)
        return bancada

    @staticmethod
    def _trocar(app: Flask, limitador: Limitador) -> None:
        app.extensions["sctec"] = replace(app.extensions["sctec"], limitador=limitador)

    def test_o_saldo_vem_nos_cabecalhos_e_acaba_em_429(self, limitada: Bancada) -> None:
        saldos = []
        for _ in range(3):
            resposta = limitada.pedir("GET", "/agendamentos")
            assert resposta.headers["RateLimit-Limit"] == "3"
            saldos.append(resposta.headers["RateLimit-Remaining"])
        assert saldos == ["2", "1", "0"]
        recusa = limitada.pedir("GET", "/agendamentos")
        assert recusa.status_code == 429
        assert int(recusa.headers["Retry-After"]) >= 1
        assert recusa.json["type"] == "/erros/requisicoes-demais"

    def test_outra_chave_nao_e_atingida(self, limitada: Bancada) -> None:
        for _ in range(4):
            limitada.pedir("GET", "/agendamentos")
        assert limitada.pedir("GET", "/agendamentos", quem="beatriz").status_code == 200
        assert limitada.pedir("GET", "/telescopios", quem=None).status_code == 200
