"""POST /agendamentos por um horário já tomado: o motivo, as alternativas, e nada salvo."""

from __future__ import annotations

import pytest

from agendamento.aplicacao.portas import LockNegado, PedidoDeLock
from agendamento.dominio.erros import CoordenadorIndisponivel
from tests.apoio import Bancada
from tests.postgresql import nos_dois_bancos

TRES = "2026-12-01T03:00:00Z"
TRES_E_MEIA = "2026-12-01T03:30:00Z"


class TestDisputado:
    @nos_dois_bancos
    @pytest.mark.parametrize(
        ("inicio", "fim"),
        [
            (TRES, TRES_E_MEIA),
            ("2026-12-01T03:15:00Z", "2026-12-01T03:45:00Z"),
            ("2026-12-01T02:45:00Z", "2026-12-01T03:05:00Z"),
            ("2026-12-01T03:10:00Z", "2026-12-01T03:15:00Z"),
            ("2026-12-01T02:00:00Z", "2026-12-01T04:00:00Z"),
        ],
    )
    def test_qualquer_sobreposicao_e_recusada_sem_lock(self, bancada: Bancada, inicio: str, fim: str) -> None:
        bancada.agendar(TRES, TRES_E_MEIA)
        recusa = bancada.agendar(inicio, fim, quem="beatriz")
        assert recusa.status_code == 409
        assert recusa.content_type == "application/problem+json"
        assert recusa.json["motivo"] == "CONFLITO_HORARIO"
        assert recusa.json["type"] == "/erros/conflito-horario"
        assert len(bancada.coordenador.pedidos) == 1

    @pytest.mark.parametrize(
        ("quem", "de_quem"), [("ada", "em nome da mesma pessoa"), ("beatriz", "por outra pessoa")]
    )
    def test_a_recusa_nao_chama_de_outra_pessoa_a_propria(
        self, bancada: Bancada, quem: str, de_quem: str
    ) -> None:
        bancada.agendar(TRES, quem="ada")
        recusa = bancada.agendar(TRES, quem=quem)
        assert recusa.json["detail"] == f"Este horário já está agendado {de_quem}."

    def test_as_alternativas_podem_ser_agendadas_como_vem(self, bancada: Bancada) -> None:
        bancada.agendar(TRES, TRES_E_MEIA)
        recusa = bancada.agendar(TRES, TRES_E_MEIA, quem="beatriz")
        alternativas = recusa.json["_links"]["alternativas"]
        assert [a["corpo"]["horario_inicio_utc"] for a in alternativas[:2]] == [
            "2026-12-01T02:30:00.000Z",
            "2026-12-01T03:30:00.000Z",
        ]
        for alternativa in alternativas[:2]:
            feito = bancada.pedir(
                alternativa["method"], alternativa["href"], alternativa["corpo"], quem="beatriz"
            )
            assert feito.status_code == 201

    @pytest.mark.parametrize("motivo", ["RECURSO_OCUPADO", "PRETERIDO"])
    def test_lock_negado_e_409_com_o_motivo(self, bancada: Bancada, motivo: str) -> None:
        arbitragem = {
            "janela": "j-1",
            "criterio": "instante",
            "tau_ms": 5,
            "seu": {"efetivo_ms": 42.0},
            "vencedor": {"efetivo_ms": 4.0},
        }

        def negar(_: PedidoDeLock) -> None:
            raise LockNegado(motivo, arbitragem)

        bancada.coordenador.ao_adquirir = negar
        recusa = bancada.agendar(TRES)
        assert recusa.status_code == 409
        assert recusa.json["motivo"] == motivo
        assert recusa.json["arbitragem"]["criterio"] == "instante"
        assert recusa.json["_links"]["alternativas"]
        assert bancada.coordenador.devolvidas == []
        assert bancada.sql("SELECT * FROM agendamentos") == []
        assert "AGENDAMENTO_NEGADO" in bancada.eventos()

    def test_quem_consegue_o_lock_tarde_demais_e_avisado_e_o_devolve(self, bancada: Bancada) -> None:
        # Entre a conferência inicial e o lock, outra pessoa agendou e devolveu o lock dela.
        def outra_antes(_: PedidoDeLock) -> None:
            bancada.coordenador.ao_adquirir = lambda _: None
            assert bancada.agendar(TRES, quem="beatriz").status_code == 201

        bancada.coordenador.ao_adquirir = outra_antes
        recusa = bancada.agendar(TRES)
        assert recusa.status_code == 409
        assert recusa.json["motivo"] == "CONFLITO_HORARIO"
        assert sorted(salvo for _, salvo in bancada.coordenador.devolvidas) == [False, True]

    def test_coordenador_fora_do_ar_e_503_e_nada_fica(self, bancada: Bancada) -> None:
        def cair(_: PedidoDeLock) -> None:
            raise CoordenadorIndisponivel("O coordenador de locks não respondeu.", tentar_em_s=3)

        bancada.coordenador.ao_adquirir = cair
        recusa = bancada.agendar(TRES)
        assert recusa.status_code == 503
        assert recusa.headers["Retry-After"] == "3"
        assert recusa.json["motivo"] == "COORDENADOR_INDISPONIVEL"
        assert bancada.sql("SELECT * FROM agendamentos") == []
        bancada.coordenador.ao_adquirir = lambda _: None
        assert bancada.agendar(TRES).status_code == 201
