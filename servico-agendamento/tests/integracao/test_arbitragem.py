"""A janela, o uso e a reserva que acompanham um pedido; a decisão na trilha; e a recusa que se explica."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from agendamento.aplicacao.portas import LockNegado, PedidoDeLock
from tests.apoio import HUBBLE, Bancada
from tests.conftest import Montar
from tests.integracao.conftest import assinar, cronometragem, pedido

TRES = "2026-12-01T03:00:00Z"


def novos(bancada: Bancada) -> list[str]:
    """Os eventos da trilha depois da semeadura."""
    return [e for e in bancada.eventos() if e.startswith(("AGENDAMENTO_", "ARBITRAGEM_"))]


class TestJanelaUsoEReserva:
    def test_a_janela_e_do_telescopio(self, com_janela: Bancada) -> None:
        atual = com_janela.pedir("GET", f"/telescopios/{HUBBLE}", quem="operacao")
        etag = atual.headers.get("ETag", "*")
        com_janela.pedir("PUT", f"/telescopios/{HUBBLE}", {"janela_ms": 0}, quem="operacao", If_Match=etag)
        com_janela.agendar(TRES)
        assert pedido(com_janela).janela_ms == 0

    def test_o_uso_conta_as_horas_reservadas_nos_ultimos_30_dias(self, com_janela: Bancada) -> None:
        com_janela.agendar("2026-12-01T06:00:00Z", "2026-12-01T07:30:00Z")
        com_janela.agendar("2026-12-02T06:00:00Z")
        assert pedido(com_janela).uso == 1.5
        com_janela.agendar("2026-12-03T06:00:00Z", quem="beatriz")
        assert pedido(com_janela).uso == 0

    def test_o_uso_nao_conta_o_criado_antes_nem_o_cancelado(self, com_janela: Bancada) -> None:
        velho = com_janela.agendar("2027-03-01T06:00:00Z").json["id"]
        criado_em = (datetime(2026, 10, 1, tzinfo=UTC)).strftime("%Y-%m-%d %H:%M:%S.000000")
        com_janela.sql("UPDATE agendamentos SET criado_em = :c WHERE id = :i", c=criado_em, i=velho)
        cancelado = com_janela.agendar("2026-12-05T06:00:00Z").json["id"]
        com_janela.pedir("DELETE", f"/agendamentos/{cancelado}")
        com_janela.agendar("2026-12-06T06:00:00Z")
        assert pedido(com_janela).uso == 0

    def test_sem_janela_nao_se_pergunta_o_uso_nem_se_gasta_reserva(self, montar: Montar) -> None:
        bancada = montar(SCTEC_JANELA_JUSTICA_MS="0")
        bancada.agendar("2026-12-01T06:00:00Z", "2026-12-01T07:30:00Z")
        bancada.agendar("2026-12-02T06:00:00Z")
        assert pedido(bancada).uso == 0

    def test_a_reserva_so_se_gasta_em_disputa(self, com_janela: Bancada) -> None:
        creditos = cronometragem(com_janela).creditos
        segredo = cronometragem(com_janela)._segredo
        origem = cronometragem(com_janela)._bilheteria._origem
        longe = assinar(segredo, origem, atras_s=1)
        assert com_janela.agendar(TRES, corpo={"bilhete_tempo": longe}).json["clique"]["credito_ms"] == 150
        assert creditos.totais() == (0, 0, 0)

        def preterir(_: PedidoDeLock) -> None:
            raise LockNegado("PRETERIDO", None)

        com_janela.coordenador.ao_adquirir = preterir
        resposta = com_janela.agendar("2026-12-01T04:00:00Z", corpo={"bilhete_tempo": longe})
        assert resposta.json["motivo"] == "PRETERIDO"
        assert creditos.totais()[2] == pytest.approx(125)


class TestArbitragem:
    REGISTRO = {  # noqa: RUF012
        "versao": 1,
        "janela": "1-1",
        "dia": "2026-11-20",
        "compromisso": "0" * 64,
        "tau_ms": 5,
        "criterio": "instante",
        "vencedor": "aa",
        "recursos": ["Hubble-Acad_2026-12-01T03:00:00Z"],
        "candidatos": [
            {"codigo": "aa", "recursos": [0], "efetivo_ms": -40, "incerteza_ms": 60, "rtt_ms": 100,
             "uso": 0, "posicao": 0, "maduro": True},
            {"codigo": "bb", "recursos": [0], "efetivo_ms": 2, "incerteza_ms": 6, "rtt_ms": 4,
             "uso": 0, "posicao": 1, "maduro": True},
        ],
    }  # fmt: skip

    def conceder_com(self, bancada: Bancada, arbitragem: dict[str, Any]) -> None:
        original = bancada.coordenador.adquirir

        def adquirir(pedido: PedidoDeLock) -> Any:
            lock = original(pedido)
            return type(lock)(lock.concessao, lock.token, lock.recursos, arbitragem)

        bancada.coordenador.adquirir = adquirir  # type: ignore[method-assign]

    def test_a_decisao_entra_na_trilha_uma_vez_e_sem_dizer_quem(self, com_janela: Bancada) -> None:
        self.conceder_com(com_janela, {**self.REGISTRO, "seu_codigo": "aa", "posicao": 0})
        com_janela.agendar(TRES)
        com_janela.agendar("2026-12-01T03:05:00Z")
        assert novos(com_janela) == ["AGENDAMENTO_CRIADO", "ARBITRAGEM_DECIDIDA", "AGENDAMENTO_CRIADO"]
        (linha,) = com_janela.sql("SELECT detalhes FROM auditoria WHERE evento = 'ARBITRAGEM_DECIDIDA'")
        assert "cientista" not in linha.detalhes
        assert "seu_codigo" not in linha.detalhes

    def test_sem_concorrente_nao_ha_decisao_a_registrar(self, com_janela: Bancada) -> None:
        so = {**self.REGISTRO, "candidatos": self.REGISTRO["candidatos"][:1], "criterio": "unico"}
        self.conceder_com(com_janela, {**so, "seu_codigo": "aa", "posicao": 0})
        com_janela.agendar(TRES)
        assert novos(com_janela) == ["AGENDAMENTO_CRIADO"]

    @pytest.mark.parametrize(
        ("criterio", "frase"),
        [
            ("instante", "Outra pessoa clicou 42 ms antes"),
            ("uso", "quem reservou menos horas"),
            ("sorteio", "sorteio verificável"),
        ],
    )
    def test_o_preterido_se_explica_e_nunca_diz_quem(
        self, com_janela: Bancada, criterio: str, frase: str
    ) -> None:
        vencedor, seu = self.REGISTRO["candidatos"]
        arbitragem = {
            "versao": 1, "janela": "1-1", "dia": "2026-11-20", "compromisso": "0" * 64, "tau_ms": 5,
            "criterio": criterio, "empate": criterio != "instante", "candidatos": 2,
            "seu": seu, "vencedor": vencedor,
        }  # fmt: skip

        def preterir(_: PedidoDeLock) -> None:
            raise LockNegado("PRETERIDO", arbitragem)

        com_janela.coordenador.ao_adquirir = preterir
        corpo = com_janela.agendar(TRES).json
        assert (corpo["status"], corpo["motivo"]) == (409, "PRETERIDO")
        assert frase in corpo["detail"]
        assert corpo["arbitragem"] == arbitragem
        assert corpo["_links"]["alternativas"]
        assert novos(com_janela) == ["AGENDAMENTO_NEGADO"]

    def test_justica_publica_as_disputas_da_trilha(self, com_janela: Bancada) -> None:
        self.conceder_com(com_janela, {**self.REGISTRO, "seu_codigo": "aa", "posicao": 0})
        com_janela.agendar(TRES)
        corpo = com_janela.pedir("GET", "/justica", quem=None).json
        assert corpo["disputas"]["ultimas"] == 1
        assert corpo["disputas"]["por_criterio"] == {"instante": 1, "uso": 0, "sorteio": 0}
        classes = {
            c["classe"]: (c["vitorias"], c["candidatos"]) for c in corpo["disputas"]["por_ida_e_volta"]
        }
        assert classes == {"até 25 ms": (0, 1), "até 100 ms": (1, 1)}
        assert corpo["parametros"]["credito_maximo_ms"] == 200
        assert corpo["relogios"]["sem_bilhete"] == 1
