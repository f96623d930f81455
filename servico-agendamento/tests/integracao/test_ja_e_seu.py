"""Quem pede o que já é seu ouve isso, com o link; não há disputa, nem recusa na trilha, nem crédito gasto."""

from __future__ import annotations

import pytest

from agendamento.aplicacao.portas import LockNegado, PedidoDeLock
from agendamento.aplicacao.relato import houve_disputa
from tests.apoio import Bancada
from tests.postgresql import nos_dois_bancos

TRES = "2026-12-01T03:00:00Z"


@nos_dois_bancos
@pytest.mark.parametrize("fim", ["2026-12-01T03:05:00Z", "2026-12-01T03:20:00Z"])
def test_o_segundo_pedido_da_mesma_pessoa(bancada: Bancada, fim: str) -> None:
    feito = bancada.agendar(TRES)
    recusa = bancada.agendar(TRES, fim)
    assert (recusa.status_code, recusa.json["motivo"]) == (409, "JA_E_SEU")
    assert recusa.json["type"] == "/erros/ja-e-seu"
    assert recusa.json["_links"]["agendamento"]["href"] == feito.headers["Location"]
    assert recusa.json["_links"]["alternativas"]
    bancada.esperar_escritas()
    assert "AGENDAMENTO_NEGADO" not in bancada.eventos()


def test_o_de_outra_pessoa_continua_a_ser_de_outra(bancada: Bancada) -> None:
    """Controle negativo: e se há um meu e um de outra pessoa no intervalo, o motivo é o da outra."""
    bancada.agendar(TRES, quem="beatriz")
    bancada.agendar("2026-12-01T03:05:00Z")
    for fim in ("2026-12-01T03:05:00Z", "2026-12-01T03:10:00Z"):
        recusa = bancada.agendar(TRES, fim)
        assert (recusa.status_code, recusa.json["motivo"]) == (409, "CONFLITO_HORARIO")
        assert "agendamento" not in recusa.json["_links"]


@pytest.mark.parametrize("motivo", ["RECURSO_OCUPADO", "PRETERIDO"])
def test_o_lock_perdido_para_o_proprio_clique_anterior(bancada: Bancada, motivo: str) -> None:
    """O primeiro clique salva enquanto o segundo espera o lock, que só então é negado."""
    primeiro = []

    def negar(_: PedidoDeLock) -> None:
        if not primeiro:
            primeiro.append(None)
            primeiro[0] = bancada.agendar(TRES)
            raise LockNegado(motivo)

    bancada.coordenador.ao_adquirir = negar
    segundo = bancada.agendar(TRES)
    assert (segundo.status_code, segundo.json["motivo"]) == (409, "JA_E_SEU")
    assert segundo.json["_links"]["agendamento"]["href"] == primeiro[0].headers["Location"]


def test_dois_cliques_da_mesma_pessoa_nao_sao_disputa() -> None:
    assert not houve_disputa({"candidatos": [{"codigo": "a"}, {"codigo": "a"}]})
    assert houve_disputa({"candidatos": [{"codigo": "a"}, {"codigo": "b"}]})
