"""Indisponibilidades: o que cobrem é cancelado, devolvido e auditado na mesma transação; a previsão não muda nada."""

from __future__ import annotations

from typing import Any

import pytest

from agendamento.persistencia.gravacoes import EscritaSQL
from tests.apoio import HUBBLE, Bancada, campos_recusados, links_de
from tests.postgresql import nos_dois_bancos

TRES = "2026-12-01T03:00:00Z"
PARADAS = f"/telescopios/{HUBBLE}/indisponibilidades"


class TestIndisponibilidade:
    @staticmethod
    def _parar(bancada: Bancada, inicio: str, fim: str, query: str = "", quem: str = "operacao") -> Any:
        parada = {"inicio_utc": inicio, "fim_utc": fim, "motivo": "troca de giroscópio"}
        return bancada.pedir("POST", PARADAS + query, parada, quem=quem)

    @nos_dois_bancos
    def test_cancela_devolve_a_cota_e_audita_numa_transacao(self, montar: Any) -> None:
        bancada = montar(SCTEC_LIMITE_ATIVOS="1")
        dentro = bancada.agendar(TRES)
        vizinho = bancada.agendar("2026-12-01T04:00:00Z", quem="beatriz")
        antes = len(bancada.eventos())
        resposta = self._parar(bancada, "2026-12-01T02:00:00Z", "2026-12-01T04:00:00Z")
        assert resposta.status_code == 201
        assert [ag["id"] for ag in resposta.json["_embedded"]["cancelados"]] == [dentro.json["id"]]
        cancelado = bancada.pedir("GET", dentro.headers["Location"]).json
        assert cancelado["estado"] == "CANCELADO"
        assert "giroscópio" in cancelado["motivo_cancelamento"]
        assert bancada.pedir("GET", vizinho.headers["Location"], quem="beatriz").json["estado"] == "ATIVO"
        assert bancada.eventos()[antes:] == ["INDISPONIBILIDADE_CRIADA", "AGENDAMENTO_CANCELADO"]
        assert bancada.coordenador.eventos[-1][0] == "agenda.indisponivel"
        # A cota voltou: quem tinha um só pode agendar outro.
        assert bancada.agendar("2026-12-01T05:00:00Z").status_code == 201

    def test_se_algo_falha_nada_muda(self, bancada: Bancada, monkeypatch: pytest.MonkeyPatch) -> None:
        for n in range(3):
            bancada.agendar(f"2026-12-01T03:{n * 5:02}:00Z")
        antes = bancada.eventos()
        certa, chamadas = EscritaSQL.cancelar_agendamento, []

        def falhar_na_terceira(self: EscritaSQL, *args: Any) -> Any:
            chamadas.append(args)
            if len(chamadas) == 3:
                raise RuntimeError("no meio")
            return certa(self, *args)

        monkeypatch.setattr(EscritaSQL, "cancelar_agendamento", falhar_na_terceira)
        assert self._parar(bancada, "2026-12-01T03:00:00Z", "2026-12-01T04:00:00Z").status_code == 500
        assert bancada.eventos() == antes
        assert bancada.sql("SELECT id FROM indisponibilidades") == []
        assert len(bancada.sql("SELECT id FROM agendamentos WHERE estado = 'ATIVO'")) == 3

    def test_basta_tocar_um_slot(self, bancada: Bancada) -> None:
        bancada.agendar(TRES)
        resposta = self._parar(bancada, "2026-12-01T03:04:59Z", "2026-12-01T03:20:00Z")
        assert len(resposta.json["_embedded"]["cancelados"]) == 1

    def test_a_que_ja_comecou_continua(self, bancada: Bancada) -> None:
        caminho = bancada.agendar(TRES, "2026-12-01T04:00:00Z").headers["Location"]
        bancada.relogio.avancar(days=10, hours=15, minutes=30)
        resposta = self._parar(bancada, "2026-12-01T03:30:00Z", "2026-12-01T05:00:00Z")
        assert resposta.json["_embedded"]["cancelados"] == []
        assert bancada.pedir("GET", caminho).json["estado"] == "ATIVO"

    def test_simular_diz_o_que_seria_cancelado_e_nao_muda_nada(self, bancada: Bancada) -> None:
        id_ = bancada.agendar(TRES).json["id"]
        antes = bancada.eventos()
        resposta = self._parar(bancada, TRES, "2026-12-01T04:00:00Z", "?simular=1")
        assert resposta.status_code == 200
        assert [ag["id"] for ag in resposta.json["_embedded"]["cancelados"]] == [id_]
        assert bancada.eventos() == antes

    def test_remover_reabre_e_o_cancelado_continua_cancelado(self, bancada: Bancada) -> None:
        caminho = bancada.agendar(TRES).headers["Location"]
        parada = self._parar(bancada, TRES, "2026-12-01T04:00:00Z").json
        assert bancada.agendar(TRES).status_code == 409
        elo = parada["_links"]["remover"]
        assert bancada.pedir(elo["method"], elo["href"], quem="operacao").status_code == 204
        assert bancada.pedir("GET", caminho).json["estado"] == "CANCELADO"
        assert bancada.agendar(TRES).status_code == 201
        assert bancada.pedir(elo["method"], elo["href"], quem="operacao").status_code == 404
        assert bancada.eventos()[-2:] == ["INDISPONIBILIDADE_REMOVIDA", "AGENDAMENTO_CRIADO"]

    def test_de_outro_telescopio_nao_se_remove(self, bancada: Bancada) -> None:
        id_ = self._parar(bancada, TRES, "2026-12-01T04:00:00Z").json["id"]
        outro = f"/telescopios/chandra-acad/indisponibilidades/{id_}"
        assert bancada.pedir("DELETE", outro, quem="operacao").status_code == 404

    def test_a_lista_traz_as_em_curso_e_as_futuras(self, bancada: Bancada) -> None:
        self._parar(bancada, "2026-11-20T11:00:00Z", "2026-11-20T13:00:00Z")
        self._parar(bancada, TRES, "2026-12-01T04:00:00Z")
        resposta = bancada.pedir("GET", PARADAS, quem=None)
        assert len(resposta.json["_embedded"]["indisponibilidades"]) == 2
        assert links_de(resposta) == {"self", "telescopio"}
        assert links_de(bancada.pedir("GET", PARADAS, quem="operacao")) == {
            "self",
            "telescopio",
            "indisponibilizar",
        }
        bancada.relogio.avancar(hours=1)
        assert len(bancada.pedir("GET", PARADAS, quem=None).json["_embedded"]["indisponibilidades"]) == 1

    def test_aparece_na_agenda(self, bancada: Bancada) -> None:
        self._parar(bancada, "2026-12-01T03:02:00Z", "2026-12-01T03:06:00Z")
        agenda = bancada.pedir(
            "GET", f"/telescopios/{HUBBLE}/agenda?de=2026-12-01T02:55:00Z&ate=2026-12-01T03:15:00Z"
        ).json
        assert [s.get("motivo") for s in agenda["slots"]] == [None, "manutencao", "manutencao", None]

    @pytest.mark.parametrize(
        ("inicio", "fim"),
        [
            (TRES, TRES),
            (TRES, "2026-12-01T02:00:00Z"),
            ("2026-11-20T10:00:00Z", "2026-11-20T12:00:00Z"),
            (TRES, "2027-12-03T03:00:00Z"),
        ],
    )
    def test_intervalo_ruim_e_422(self, bancada: Bancada, inicio: str, fim: str) -> None:
        recusa = self._parar(bancada, inicio, fim)
        assert recusa.status_code == 422
        assert "fim_utc" in campos_recusados(recusa)
