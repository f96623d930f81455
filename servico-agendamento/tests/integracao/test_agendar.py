"""POST /agendamentos: o que sai, o que fica no banco e na trilha, e o que se recusa sem pedir lock."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from tests.apoio import AGORA, HUBBLE, Bancada, campos_recusados, links_de
from tests.postgresql import nos_dois_bancos

TRES = "2026-12-01T03:00:00Z"
TRES_E_CINCO = "2026-12-01T03:05:00Z"


class TestCriado:
    @nos_dois_bancos
    def test_a_resposta_e_o_recurso_inteiro(self, bancada: Bancada) -> None:
        ada = bancada.id_de("ada")
        resposta = bancada.agendar(TRES, corpo={"objeto_celeste": "M31", "observacoes": "com\nfiltro"})
        assert resposta.status_code == 201
        id_ = resposta.json["id"]
        corpo = resposta.json
        elos, clique = corpo.pop("_links"), corpo.pop("clique")
        assert clique["situacao"] == "sem_bilhete"
        assert corpo == {
            "id": id_,
            "telescopio": HUBBLE,
            "cientista_id": ada,
            "horario_inicio_utc": "2026-12-01T03:00:00.000Z",
            "horario_fim_utc": "2026-12-01T03:05:00.000Z",
            "objeto_celeste": "M31",
            "observacoes": "com\nfiltro",
            "estado": "ATIVO",
            "motivo_cancelamento": None,
            "fencing_token": 1,
            "versao": 1,
            "criado_em_utc": "2026-11-20T12:00:00.000Z",
            "atualizado_em_utc": "2026-11-20T12:00:00.000Z",
        }
        assert elos == {
            "self": {"href": f"/agendamentos/{id_}", "method": "GET"},
            "telescopio": {"href": f"/telescopios/{HUBBLE}", "method": "GET"},
            "cientista": {"href": f"/cientistas/{ada}", "method": "GET"},
            "historico": {"href": f"/agendamentos/{id_}/historico", "method": "GET"},
            "cancelar": {"href": f"/agendamentos/{id_}", "method": "DELETE"},
            "remarcar": {"href": f"/agendamentos/{id_}", "method": "PUT"},
        }
        assert resposta.headers["Location"] == f"/agendamentos/{id_}"
        assert resposta.headers["ETag"] == f'"{id_}-1"'
        assert bancada.pedir("GET", f"/agendamentos/{id_}").json == resposta.json

    def test_pede_um_lock_por_slot_e_o_devolve_salvo(self, bancada: Bancada) -> None:
        bancada.agendar(TRES, "2026-12-01T03:15:00Z")
        (pedido,) = bancada.coordenador.pedidos
        assert pedido.recursos == [f"Hubble-Acad_2026-12-01T03:{m:02}:00Z" for m in (0, 5, 10)]
        ((devolvida, salvo),) = bancada.coordenador.devolvidas
        assert devolvida == bancada.coordenador.concedidas[0]
        assert salvo is True

    def test_o_coordenador_nao_sabe_quem_pede(self, bancada: Bancada) -> None:
        bancada.agendar(TRES)
        bancada.agendar("2026-12-01T04:00:00Z")
        bancada.agendar("2026-12-01T05:00:00Z", quem="beatriz")
        primeira, segunda, outra = (pedido.solicitante for pedido in bancada.coordenador.pedidos)
        assert re.fullmatch("[0-9a-f]{32}", primeira)
        # O mesmo para a mesma pessoa, para que o sorteio possa ser conferido; e não diz quem é.
        assert primeira == segunda != outra

    def test_anuncia_sem_dizer_de_quem_e(self, bancada: Bancada) -> None:
        id_ = bancada.agendar(TRES).json["id"]
        ((tipo, dados),) = [e for e in bancada.coordenador.eventos if e[0] == "agendamento.criado"]
        assert tipo == "agendamento.criado"
        assert dados == {
            "agendamento_id": id_,
            "telescopio": HUBBLE,
            "horario_inicio_utc": "2026-12-01T03:00:00.000Z",
            "horario_fim_utc": "2026-12-01T03:05:00.000Z",
            "versao": 1,
        }

    @nos_dois_bancos
    def test_audita_na_mesma_transacao(self, bancada: Bancada) -> None:
        resposta = bancada.agendar(TRES, X_Request_Id="pedido-de-teste")
        (linha,) = bancada.sql("SELECT * FROM auditoria WHERE evento = 'AGENDAMENTO_CRIADO'")
        assert linha.agendamento_id == resposta.json["id"]
        assert linha.request_id == "pedido-de-teste"
        assert linha.trace_id == resposta.headers["X-Trace-Id"]
        assert '"fencing_token":1' in linha.detalhes

    @pytest.mark.parametrize(
        "inicio",
        ["2026-12-01T00:00:00-03:00", "2026-12-01T03:00:00+00:00", "2026-12-01T08:30:00.000+05:30"],
    )
    def test_o_mesmo_instante_em_outro_fuso_e_o_mesmo_horario(self, bancada: Bancada, inicio: str) -> None:
        assert bancada.agendar(TRES).status_code == 201
        recusa = bancada.agendar(inicio, quem="beatriz")
        assert recusa.status_code == 409
        assert recusa.json["motivo"] == "CONFLITO_HORARIO"
        assert recusa.json["horario_inicio_utc"] == "2026-12-01T03:00:00.000Z"

    @nos_dois_bancos
    def test_adjacentes_cabem_os_dois(self, bancada: Bancada) -> None:
        assert bancada.agendar(TRES, TRES_E_CINCO).status_code == 201
        assert bancada.agendar(TRES_E_CINCO, "2026-12-01T03:10:00Z", quem="beatriz").status_code == 201
        assert bancada.agendar("2026-12-01T02:55:00Z", TRES, quem="chandra").status_code == 201

    def test_outro_telescopio_e_outra_agenda(self, bancada: Bancada) -> None:
        assert bancada.agendar(TRES).status_code == 201
        outro = bancada.agendar(TRES, quem="beatriz", corpo={"telescopio": "james-webb-acad"})
        assert outro.status_code == 201

    def test_a_operacao_agenda_em_nome_de_outra_pessoa(self, bancada: Bancada) -> None:
        ada = bancada.id_de("ada")
        resposta = bancada.agendar(TRES, quem="operacao", corpo={"cientista_id": ada})
        assert resposta.json["cientista_id"] == ada
        assert bancada.pedir("GET", resposta.headers["Location"], quem="ada").status_code == 200

    def test_os_campos_do_relogio_sao_aceitos(self, bancada: Bancada) -> None:
        clique = {"instante_clique_utc": "2026-11-20T11:59:59.950Z", "incerteza_ms": 4.5}
        assert bancada.agendar(TRES, corpo=clique).status_code == 201


class TestRecusadoSemLock:
    """Tudo o que se pode recusar antes do lock não o pede: nove recusáveis não atrasam a décima."""

    @pytest.fixture(autouse=True)
    def _sem_lock(self, bancada: Bancada) -> Any:
        yield
        assert bancada.coordenador.pedidos == []
        assert bancada.sql("SELECT * FROM agendamentos") == []

    @pytest.mark.parametrize(
        ("inicio", "fim", "campo"),
        [
            ("2026-12-01T03:01:00Z", None, "horario_inicio_utc"),
            ("2026-12-01T03:00:00.001Z", None, "horario_inicio_utc"),
            (TRES, "2026-12-01T03:07:00Z", "horario_fim_utc"),
            (TRES, TRES, "horario_fim_utc"),
            (TRES, "2026-12-01T02:55:00Z", "horario_fim_utc"),
            (TRES, "2026-12-01T15:05:00Z", "horario_fim_utc"),
            ("2026-11-20T12:00:00Z", None, "horario_inicio_utc"),
            ("2020-01-01T00:00:00Z", None, "horario_inicio_utc"),
            ("2999-12-31T23:55:00Z", None, "horario_inicio_utc"),
        ],
    )
    def test_horario_fora_das_regras(
        self, bancada: Bancada, inicio: str, fim: str | None, campo: str
    ) -> None:
        recusa = bancada.agendar(inicio, fim)
        assert recusa.status_code == 422
        mensagem, remedio = campos_recusados(recusa)[campo]
        assert mensagem
        assert remedio

    def test_telescopio_que_nao_existe(self, bancada: Bancada) -> None:
        recusa = bancada.agendar(TRES, corpo={"telescopio": "spitzer"})
        assert recusa.status_code == 422
        assert "spitzer" in campos_recusados(recusa)["telescopio"][0]

    def test_telescopio_inativo(self, bancada: Bancada) -> None:
        bancada.pedir("DELETE", f"/telescopios/{HUBBLE}", quem="operacao")
        recusa = bancada.agendar(TRES)
        assert recusa.status_code == 409
        assert recusa.json["motivo"] == "TELESCOPIO_INATIVO"

    def test_em_nome_de_outra_pessoa_so_a_operacao(self, bancada: Bancada) -> None:
        recusa = bancada.agendar(TRES, corpo={"cientista_id": bancada.id_de("beatriz")})
        assert recusa.status_code == 403

    @pytest.mark.parametrize("id_", [999, 2**63 - 1])
    def test_cientista_que_nao_existe(self, bancada: Bancada, id_: int) -> None:
        recusa = bancada.agendar(TRES, quem="operacao", corpo={"cientista_id": id_})
        assert recusa.status_code == 422
        assert "cientista_id" in campos_recusados(recusa)

    def test_indisponibilidade(self, bancada: Bancada) -> None:
        parada = {
            "inicio_utc": "2026-12-01T03:03:00Z",
            "fim_utc": "2026-12-01T04:00:00Z",
            "motivo": "espelho",
        }
        caminho = f"/telescopios/{HUBBLE}/indisponibilidades"
        assert bancada.pedir("POST", caminho, parada, quem="operacao").status_code == 201
        recusa = bancada.agendar(TRES)
        assert recusa.status_code == 409
        assert recusa.json["motivo"] == "CONFLITO_HORARIO"
        livres = [a["corpo"]["horario_inicio_utc"] for a in recusa.json["_links"]["alternativas"]]
        assert livres[0] == "2026-12-01T02:55:00.000Z"
        assert not [inicio for inicio in livres if "T03:" in inicio]

    def test_sem_chave(self, bancada: Bancada) -> None:
        recusa = bancada.agendar(TRES, quem=None)
        assert recusa.status_code == 401
        assert recusa.headers["WWW-Authenticate"].startswith("Bearer")


class TestSimular:
    def test_diz_o_que_aconteceria_e_nao_muda_nada(self, bancada: Bancada) -> None:
        antes = bancada.eventos()
        corpo = {"telescopio": HUBBLE, "horario_inicio_utc": TRES}
        resposta = bancada.pedir("POST", "/agendamentos?simular=1", corpo)
        assert resposta.status_code == 200
        assert resposta.json["simulacao"] is True
        assert resposta.json["resultado"] == "livre"
        assert resposta.json["horario_fim_utc"] == "2026-12-01T03:05:00.000Z"
        assert links_de(resposta) == {"agendar"}
        assert bancada.eventos() == antes
        assert bancada.coordenador.pedidos == []

    def test_recusa_como_recusaria(self, bancada: Bancada) -> None:
        bancada.agendar(TRES)
        corpo = {"telescopio": HUBBLE, "horario_inicio_utc": TRES}
        recusa = bancada.pedir("POST", "/agendamentos?simular=1", corpo, quem="beatriz")
        assert recusa.status_code == 409
        assert recusa.json["motivo"] == "CONFLITO_HORARIO"

    def test_simular_zero_agenda(self, bancada: Bancada) -> None:
        corpo = {"telescopio": HUBBLE, "horario_inicio_utc": TRES}
        assert bancada.pedir("POST", "/agendamentos?simular=0", corpo).status_code == 201


def test_o_horizonte_anda_com_o_relogio(bancada: Bancada) -> None:
    alem = AGORA + timedelta(days=180, minutes=5)
    assert bancada.agendar(alem).status_code == 422
    bancada.relogio.avancar(minutes=5)
    assert bancada.agendar(alem).status_code == 201
