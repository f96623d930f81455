"""O limite de agendamentos ativos sob concorrência; e quem se recusa sem lock não atrapalha ninguém."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.apoio.conexao import Largada, montar
from tests.apoio.sistema import SLOT, Pessoa, Sistema
from tests.conftest import Fabrica

LIMITE = 3
_AMBIENTE = {"SCTEC_LIMITE_ATIVOS": str(LIMITE), "SCTEC_LEASE_MS": "10000"}


@pytest.fixture(scope="module", params=["0", "50", "150", "500"], ids="W{}".format)
def limitado(request: pytest.FixtureRequest, fabrica: Fabrica) -> Iterator[Sistema]:
    with fabrica(_AMBIENTE, {"SCTEC_JANELA_JUSTICA_MS": request.param}) as sistema:
        yield sistema


def dez_de_uma_vez(sistema: Sistema, porta: int, pessoa: Pessoa) -> list[int]:
    """Dez pedidos simultâneos da mesma pessoa por dez horários diferentes."""
    with Largada([porta] * 10) as largada:
        falha = "antes_do_commit=40"
        pedidos = [sistema.pedido(sistema.horario(), pessoa=pessoa, falha=falha) for _ in range(10)]
        return [r.status for r in largada.disparar(pedidos)]


def encher_cota(sistema: Sistema, pessoa: Pessoa, quantos: int = LIMITE) -> None:
    for _ in range(quantos):
        assert sistema.agendar(sistema.horario(), pessoa=pessoa).status == 201


def test_limite_de_ativos_nunca_e_excedido(limitado: Sistema) -> None:
    pessoa = limitado.pessoas[0]
    situacoes = dez_de_uma_vez(limitado, limitado.porta, pessoa)
    assert sorted(situacoes) == [201] * LIMITE + [422] * (10 - LIMITE)
    assert limitado.banco.ativos_de(pessoa.id) == LIMITE


def test_controle_sem_conferir_na_transacao_o_limite_e_excedido(limitado: Sistema) -> None:
    pessoa = limitado.pessoas[1]
    with limitado.mutante("sem_cota_na_transacao") as porta:
        situacoes = dez_de_uma_vez(limitado, porta, pessoa)
    assert situacoes.count(201) > LIMITE
    assert limitado.banco.ativos_de(pessoa.id) > LIMITE


def test_nove_recusaveis_e_um_valido(limitado: Sistema) -> None:
    sem_cota, valido = limitado.pessoas[2], limitado.pessoas[3]
    encher_cota(limitado, sem_cota)
    ontem = limitado.horario() - timedelta(days=30)
    for rodada in range(LIMITE):
        inicio = limitado.horario(2)
        pedidos = [
            limitado.pedido(inicio, pessoa=sem_cota),
            limitado.pedido(inicio, pessoa=sem_cota, observacoes="de novo"),
            limitado.pedido(inicio, 2, pessoa=sem_cota),
            limitado.pedido(inicio, pessoa=limitado.pessoas[4], cientista_id=valido.id),
            limitado.pedido(inicio, pessoa=Pessoa(0, "sctec_" + "x" * 43)),
            limitado.pedido(inicio, pessoa=limitado.pessoas[4], horario_fim_utc="2026-02-30T00:00:00Z"),
            limitado.pedido(inicio, pessoa=limitado.pessoas[4], telescopio="nao-existe"),
            limitado.pedido(ontem, pessoa=limitado.pessoas[4]),
            montar("POST", "/agendamentos", {}, {"Authorization": f"Bearer {limitado.pessoas[4].chave}"}),
        ]
        # O válido parte de um lugar diferente em cada rodada: primeiro, no meio, último.
        posicao = (0, 5, 9)[rodada]
        pedidos.insert(posicao, limitado.pedido(inicio, pessoa=valido))
        with Largada([limitado.porta] * 10) as largada:
            situacoes = [r.status for r in largada.disparar(pedidos)]
        assert situacoes.pop(posicao) == 201
        assert sorted(situacoes) == [401, 403] + [422] * 7


def test_recusado_ja_com_o_lock_passa_a_vez_a_quem_espera(limitado: Sistema) -> None:
    """A cota pode encher depois do lock: o horário continua livre, e quem espera por ele o recebe."""
    cheia, outra = limitado.pessoas[5], limitado.pessoas[6]
    encher_cota(limitado, cheia, LIMITE - 1)
    inicio = limitado.horario()
    marca = limitado.servicos.marca()
    primeiro = limitado.agendar_depois(inicio, pessoa=cheia, falha="antes_do_commit=1500")
    limitado.esperar_falha(marca)
    assert limitado.agendar(limitado.horario(), pessoa=cheia).status == 201
    segundo = limitado.agendar_depois(inicio, pessoa=outra)
    limitado.esperar_na_espera(inicio, marca)
    assert primeiro.result(30).status == 422
    assert segundo.result(30).status == 201
    assert limitado.banco.cobrem(inicio + SLOT / 2) == [segundo.result().json["id"]]
    limitado.conferir()
