"""Idempotency-Key: repetir um POST não agenda duas vezes, mesmo que a resposta, ou o serviço, tenha caído."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from werkzeug.test import TestResponse

from agendamento.api import agendamentos, idempotencia
from agendamento.aplicacao.portas import LockNegado, PedidoDeLock
from agendamento.dominio.erros import CoordenadorIndisponivel
from tests.apoio import Bancada, campos_recusados
from tests.postgresql import nos_dois_bancos

TRES, QUATRO = "2026-12-01T03:00:00Z", "2026-12-01T04:00:00Z"
CHAVE = "8e03978e-40d5-43e8-bc93-6894a57f9324"


def _agendar(bancada: Bancada, inicio: str = TRES, **extra: Any) -> TestResponse:
    return bancada.agendar(inicio, Idempotency_Key=extra.pop("chave", CHAVE), **extra)


def _iguais(a: TestResponse, b: TestResponse) -> bool:
    nomes = ("Content-Type", "Location", "ETag")
    mesmos = [a.headers.get(nome) == b.headers.get(nome) for nome in nomes]
    return a.status_code == b.status_code and a.data == b.data and all(mesmos)


def _quantos(bancada: Bancada) -> int:
    return len(bancada.sql("SELECT id FROM agendamentos"))


@nos_dois_bancos
def test_o_mesmo_pedido_da_a_mesma_resposta(bancada: Bancada) -> None:
    primeira = _agendar(bancada)
    assert primeira.status_code == 201
    segunda = _agendar(bancada)
    assert _iguais(primeira, segunda)
    assert segunda.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in primeira.headers
    assert _quantos(bancada) == 1
    assert len(bancada.coordenador.pedidos) == 1


@nos_dois_bancos
def test_vale_depois_de_reiniciar_o_servico(montar: Any) -> None:
    antes = montar()
    primeira = _agendar(antes)
    antes.app.extensions["sctec-fechar"]()
    depois = montar()
    assert _iguais(primeira, _agendar(depois))
    assert _quantos(depois) == 1


def test_outro_corpo_e_422(bancada: Bancada) -> None:
    _agendar(bancada)
    recusa = _agendar(bancada, QUATRO)
    assert recusa.status_code == 422
    assert recusa.json["type"] == "/erros/idempotencia-reusada"
    assert _quantos(bancada) == 1


def test_a_chave_e_de_cada_pessoa(bancada: Bancada) -> None:
    _agendar(bancada)
    assert _agendar(bancada, QUATRO, quem="beatriz").status_code == 201


@pytest.mark.parametrize("motivo", ["RECURSO_OCUPADO", "CONFLITO_HORARIO"])
def test_o_409_tambem_se_repete(bancada: Bancada, motivo: str) -> None:
    if motivo == "CONFLITO_HORARIO":
        bancada.agendar(TRES, quem="beatriz")
    else:

        def negar(_: PedidoDeLock) -> None:
            raise LockNegado(motivo)

        bancada.coordenador.ao_adquirir = negar
    primeira = _agendar(bancada)
    assert (primeira.status_code, primeira.json["motivo"]) == (409, motivo)
    bancada.esperar_escritas()
    # Mesmo que o horário se abra, a resposta deste pedido já foi dada.
    bancada.coordenador.ao_adquirir = lambda _: None
    bancada.sql("DELETE FROM slots_ocupados")
    assert _iguais(primeira, _agendar(bancada))


def test_o_503_nao_se_guarda(bancada: Bancada) -> None:
    def cair(_: PedidoDeLock) -> None:
        raise CoordenadorIndisponivel("fora do ar")

    bancada.coordenador.ao_adquirir = cair
    assert _agendar(bancada).status_code == 503
    bancada.coordenador.ao_adquirir = lambda _: None
    assert _agendar(bancada).status_code == 201


def test_o_422_nao_se_guarda(montar: Any) -> None:
    bancada = montar(SCTEC_LIMITE_ATIVOS="1")
    outro = bancada.agendar(QUATRO)
    assert _agendar(bancada).status_code == 422
    bancada.pedir("DELETE", outro.headers["Location"])
    assert _agendar(bancada).status_code == 201


def test_em_curso_e_409_e_depois_a_resposta_do_primeiro(bancada: Bancada) -> None:
    chegou, solta = threading.Event(), threading.Event()

    def esperar(_: PedidoDeLock) -> None:
        chegou.set()
        assert solta.wait(30)

    bancada.coordenador.ao_adquirir = esperar
    with ThreadPoolExecutor(1) as thread:
        primeira = thread.submit(_agendar, bancada)
        assert chegou.wait(30)
        repetida = _agendar(bancada)
        solta.set()
        assert primeira.result(30).status_code == 201
    assert repetida.status_code == 409
    assert repetida.json["type"] == "/erros/idempotencia-em-curso"
    assert _iguais(primeira.result(), _agendar(bancada))
    assert _quantos(bancada) == 1


@nos_dois_bancos
def test_em_curso_em_outra_replica_nao_agenda_duas_vezes(montar: Any) -> None:
    uma, outra = montar(), montar()
    chegou, solta = threading.Event(), threading.Event()

    def esperar(_: PedidoDeLock) -> None:
        chegou.set()
        assert solta.wait(30)

    uma.coordenador.ao_adquirir = esperar
    # Cada réplica é um processo: não dividem a memória do que está em curso.
    original = agendamentos._idempotencia
    try:
        with ThreadPoolExecutor(1) as thread:
            atrasada = thread.submit(_agendar, uma)
            assert chegou.wait(30)
            agendamentos._idempotencia = idempotencia.Idempotencia()
            primeira = _agendar(outra)
            solta.set()
            segunda = atrasada.result(30)
    finally:
        agendamentos._idempotencia = original
    assert primeira.status_code == 201
    assert segunda.status_code == 409
    assert segunda.json["type"] == "/erros/idempotencia-em-curso"
    assert _quantos(outra) == 1
    assert _iguais(primeira, _agendar(uma))


@nos_dois_bancos
@pytest.mark.parametrize("motivo", ["RECURSO_OCUPADO", "PRETERIDO"])
def test_quem_perde_para_si_em_outra_replica_ouve_que_esta_em_curso(montar: Any, motivo: str) -> None:
    """O coordenador nega depois que o vencedor salvou; o vencedor era este mesmo pedido, noutra réplica."""
    uma, outra = montar(), montar()

    def vencer_na_outra(_: PedidoDeLock) -> None:
        original, agendamentos._idempotencia = agendamentos._idempotencia, idempotencia.Idempotencia()
        try:
            assert _agendar(outra).status_code == 201
        finally:
            agendamentos._idempotencia = original
        raise LockNegado(motivo)

    uma.coordenador.ao_adquirir = vencer_na_outra
    recusa = _agendar(uma)
    assert (recusa.status_code, recusa.json["type"]) == (409, "/erros/idempotencia-em-curso")
    assert "AGENDAMENTO_NEGADO" not in uma.eventos()


@pytest.mark.parametrize("motivo", ["RECURSO_OCUPADO", "PRETERIDO"])
def test_quem_perde_para_outra_pessoa_continua_a_ouvir_isso(bancada: Bancada, motivo: str) -> None:
    def vencer(_: PedidoDeLock) -> None:
        bancada.coordenador.ao_adquirir = lambda _: None
        assert bancada.agendar(TRES, quem="beatriz").status_code == 201
        raise LockNegado(motivo)

    bancada.coordenador.ao_adquirir = vencer
    recusa = _agendar(bancada)
    assert (recusa.status_code, recusa.json["motivo"]) == (409, motivo)
    assert "AGENDAMENTO_NEGADO" in bancada.eventos()


@nos_dois_bancos
def test_em_curso_em_outra_replica_com_o_horario_livre_e_409(montar: Any) -> None:
    """A outra réplica já guardou uma resposta com esta chave quando esta vai salvar."""
    bancada = montar()
    ada = bancada.id_de("ada")

    def guardar_antes(_: PedidoDeLock) -> None:
        bancada.sql(
            "INSERT INTO idempotencia (cientista_id, chave, impressao, status, corpo, cabecalhos, criado_em) "
            "VALUES (:c, :k, 'x', 409, :corpo, '{}', '2026-11-20 12:00:00')",
            c=ada,
            k=CHAVE,
            corpo=b"{}",
        )

    bancada.coordenador.ao_adquirir = guardar_antes
    recusa = _agendar(bancada)
    assert recusa.status_code == 409
    assert recusa.json["type"] == "/erros/idempotencia-em-curso"
    assert _quantos(bancada) == 0
    assert bancada.coordenador.devolvidas[-1][1] is False


def test_vence_depois_de_um_dia(bancada: Bancada) -> None:
    criado = _agendar(bancada)
    bancada.pedir("DELETE", criado.headers["Location"])
    bancada.relogio.avancar(hours=23, minutes=59)
    assert _iguais(criado, _agendar(bancada))
    bancada.relogio.avancar(minutes=2)
    assert _agendar(bancada).json["id"] != criado.json["id"]


@nos_dois_bancos
def test_as_vencidas_sao_apagadas_em_pedacos(bancada: Bancada, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agendamentos, "_idempotencia", idempotencia.Idempotencia())
    monkeypatch.setattr(idempotencia, "PEDACO_DA_FAXINA", 2)
    for n in range(5):
        _agendar(bancada, f"2026-12-01T0{n}:00:00Z", chave=f"velha-{n}")
    bancada.relogio.avancar(hours=25)
    nova = _agendar(bancada, "2026-12-02T03:00:00Z", chave="nova")
    assert nova.status_code == 201
    # Cada pedaço pede o seguinte: três gravações, cada uma depois da anterior.
    for _ in range(4):
        bancada.esperar_escritas()
    assert [linha.chave for linha in bancada.sql("SELECT chave FROM idempotencia")] == ["nova"]


def test_a_faxina_e_no_maximo_de_hora_em_hora(bancada: Bancada, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agendamentos, "_idempotencia", idempotencia.Idempotencia())
    _agendar(bancada, chave="velha")
    bancada.esperar_escritas()
    bancada.relogio.avancar(minutes=59)
    bancada.sql("UPDATE idempotencia SET criado_em = '2026-01-01 00:00:00.000000'")
    _agendar(bancada, QUATRO, chave="outra")
    bancada.esperar_escritas()
    assert len(bancada.sql("SELECT chave FROM idempotencia")) == 2
    bancada.relogio.avancar(minutes=2)
    _agendar(bancada, "2026-12-02T03:00:00Z", chave="mais-outra")
    bancada.esperar_escritas()
    chaves = {linha.chave for linha in bancada.sql("SELECT chave FROM idempotencia")}
    assert chaves == {"outra", "mais-outra"}


@pytest.mark.parametrize("chave", ["", " ", "á", "x" * 256, "a\x7fb"])
def test_chave_ruim_e_422_e_nada_se_faz(bancada: Bancada, chave: str) -> None:
    recusa = _agendar(bancada, chave=chave.encode().decode("latin-1"))
    assert recusa.status_code == 422
    assert "Idempotency-Key" in campos_recusados(recusa)
    assert _quantos(bancada) == 0


def test_com_simular_nada_se_guarda(bancada: Bancada) -> None:
    corpo = {"telescopio": "hubble-acad", "horario_inicio_utc": TRES}
    bancada.pedir("POST", "/agendamentos?simular=1", corpo, Idempotency_Key=CHAVE)
    assert bancada.sql("SELECT * FROM idempotencia") == []


def test_a_remocao_da_pessoa_leva_as_respostas_guardadas(bancada: Bancada) -> None:
    _agendar(bancada)
    ada = bancada.id_de("ada")
    assert bancada.pedir("DELETE", f"/cientistas/{ada}").status_code == 204
    assert bancada.sql("SELECT * FROM idempotencia") == []
