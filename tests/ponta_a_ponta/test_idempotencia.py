"""A resposta que se perdeu no caminho: repetir o POST com a mesma Idempotency-Key não agenda duas vezes."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

import pytest

from tests.apoio.conexao import Conexao, Resposta
from tests.apoio.espera import esperar
from tests.apoio.sistema import Sistema


def repetir_ate_responder(sistema: Sistema, inicio: datetime, chave: str) -> Resposta:
    """Repete enquanto o primeiro ainda está em curso."""

    def tentar() -> Resposta | None:
        resposta = sistema.agendar(inicio, cabecalhos={"Idempotency-Key": chave})
        em_curso = resposta.status == 409 and resposta.json["type"].endswith("/idempotencia-em-curso")
        return None if em_curso else resposta

    return esperar(tentar, "a resposta guardada")


@pytest.mark.parametrize("falha", [None, "depois_do_commit=300", "depois_do_lock=300"])
def test_cliente_que_fecha_logo_depois_de_enviar(sistema: Sistema, falha: str | None) -> None:
    inicio, chave = sistema.horario(), str(uuid4())
    cabecalhos = {"Idempotency-Key": chave}
    marca = sistema.servicos.marca()
    with Conexao(sistema.porta) as conexao:
        conexao.enviar(sistema.pedido(inicio, falha=falha, cabecalhos=cabecalhos))
        # Fechar antes que o pedido seja aceito seria não ter pedido.
        sistema.esperar_frase("Requisição recebida para POST /agendamentos", marca)
        if falha:
            sistema.esperar_falha(marca)
    primeira = repetir_ate_responder(sistema, inicio, chave)
    segunda = repetir_ate_responder(sistema, inicio, chave)
    assert primeira.status == 201
    assert sistema.banco.cobrem(inicio) == [primeira.json["id"]]
    assert (segunda.status, segunda.corpo) == (201, primeira.corpo)
    assert segunda.cabecalhos["Idempotent-Replayed"] == "true"
    for nome in ("Location", "ETag"):
        assert segunda.cabecalhos[nome] == primeira.cabecalhos[nome]


def test_sem_chave_a_repeticao_encontra_o_horario_tomado(sistema: Sistema) -> None:
    """O controle: o que a chave evita é a dúvida; sem ela a repetição não sabe que o primeiro valeu."""
    inicio = sistema.horario()
    assert sistema.agendar(inicio).status == 201
    assert sistema.agendar(inicio).status == 409


def test_a_mesma_chave_com_outro_corpo_e_recusada(sistema: Sistema) -> None:
    cabecalhos = {"Idempotency-Key": str(uuid4())}
    assert sistema.agendar(sistema.horario(), cabecalhos=cabecalhos).status == 201
    outra = sistema.agendar(sistema.horario(), cabecalhos=cabecalhos)
    assert outra.status == 422
    assert outra.json["type"].endswith("/idempotencia-reusada")
