"""Telescópios e agenda: o que todos leem e o que só a operação muda."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from agendamento.dominio.grade import formatar
from tests.apoio import AGORA, HUBBLE, Bancada, campos_recusados, links_de
from tests.postgresql import nos_dois_bancos

TRES = "2026-12-01T03:00:00Z"
NOVO = {"slug": "roman-acad", "nome": "Roman Acadêmico", "prefixo_recurso": "Roman-Acad"}
PARADAS = f"/telescopios/{HUBBLE}/indisponibilidades"
PUBLICOS = {"self", "telescopios", "agenda", "indisponibilidades"}
DA_OPERACAO = {"alterar", "indisponibilizar", "prever_indisponibilidade"}


class TestTelescopio:
    def test_a_lista_e_publica_e_traz_os_da_semente(self, bancada: Bancada) -> None:
        resposta = bancada.pedir("GET", "/telescopios", quem=None)
        slugs = [tel["slug"] for tel in resposta.json["_embedded"]["telescopios"]]
        assert {"hubble-acad", "james-webb-acad"} <= set(slugs)
        assert slugs == sorted(slugs)
        assert links_de(resposta) == {"self"}

    @pytest.mark.parametrize(
        ("quem", "elos"),
        [
            (None, PUBLICOS),
            ("ada", PUBLICOS | {"agendar"}),
            ("operacao", PUBLICOS | {"agendar", "desativar"} | DA_OPERACAO),
        ],
    )
    def test_os_links_sao_os_que_cada_um_pode_seguir(
        self, bancada: Bancada, quem: str | None, elos: set[str]
    ) -> None:
        assert links_de(bancada.pedir("GET", f"/telescopios/{HUBBLE}", quem=quem)) == elos

    def test_inativo_nao_oferece_agendar(self, bancada: Bancada) -> None:
        bancada.pedir("DELETE", f"/telescopios/{HUBBLE}", quem="operacao")
        assert links_de(bancada.pedir("GET", f"/telescopios/{HUBBLE}")) == PUBLICOS
        elos = links_de(bancada.pedir("GET", f"/telescopios/{HUBBLE}", quem="operacao"))
        assert elos == PUBLICOS | DA_OPERACAO

    def test_o_que_se_le(self, bancada: Bancada) -> None:
        corpo = bancada.pedir("GET", f"/telescopios/{HUBBLE}", quem=None).json
        del corpo["_links"], corpo["descricao"]
        assert corpo == {
            "slug": HUBBLE,
            "nome": "Hubble Acadêmico",
            "prefixo_recurso": "Hubble-Acad",
            "duracao_slot_s": 300,
            "horizonte_dias": 180,
            "janela_ms": None,
            "estado": "ATIVO",
        }

    @pytest.mark.parametrize(
        "slug", ["nenhum", "HUBBLE-ACAD", "%00", "a%00b", "%F0%9F%94%AD", "x" * 300, "%C3"]
    )
    @nos_dois_bancos
    def test_o_que_nao_existe_e_404(self, bancada: Bancada, slug: str) -> None:
        for sufixo in ("", "/agenda", "/indisponibilidades"):
            resposta = bancada.pedir("GET", f"/telescopios/{slug}{sufixo}")
            assert resposta.status_code == 404
            assert resposta.content_type == "application/problem+json"

    @nos_dois_bancos
    def test_a_operacao_cria_altera_e_desativa(self, bancada: Bancada) -> None:
        criado = bancada.pedir("POST", "/telescopios", {**NOVO, "duracao_slot_s": 600}, quem="operacao")
        assert criado.status_code == 201
        caminho = criado.headers["Location"]
        assert caminho == "/telescopios/roman-acad"
        assert criado.json["horizonte_dias"] == 180
        agendado = bancada.agendar("2026-12-01T03:10:00Z", corpo={"telescopio": "roman-acad"})
        assert agendado.json["horario_fim_utc"] == "2026-12-01T03:20:00.000Z"
        mudanca = {"nome": "Nancy Roman", "janela_ms": 0, "horizonte_dias": 30}
        alterado = bancada.pedir("PUT", caminho, mudanca, quem="operacao")
        assert alterado.status_code == 200
        assert mudanca.items() <= bancada.pedir("GET", caminho, quem=None).json.items()
        recusa = bancada.pedir("DELETE", caminho, quem="operacao")
        assert (recusa.status_code, recusa.json["motivo"]) == (409, "TEM_AGENDAMENTOS")
        bancada.pedir("DELETE", agendado.headers["Location"])
        assert bancada.pedir("DELETE", caminho, quem="operacao").json["estado"] == "INATIVO"
        de_volta = bancada.pedir("PUT", caminho, {"estado": "ATIVO"}, quem="operacao")
        assert de_volta.json["estado"] == "ATIVO"
        assert [e for e in bancada.coordenador.eventos if e[0] == "telescopio.estado"] == [
            ("telescopio.estado", {"telescopio": "roman-acad", "estado": estado})
            for estado in ("INATIVO", "ATIVO")
        ]
        telescopios = [e for e in bancada.eventos() if e.startswith("TELESCOPIO_")]
        assert telescopios[-4:] == [
            "TELESCOPIO_CRIADO",
            "TELESCOPIO_ALTERADO",
            "TELESCOPIO_DESATIVADO",
            "TELESCOPIO_ALTERADO",
        ]

    @nos_dois_bancos
    def test_nao_se_desativa_com_uma_observacao_em_curso(self, bancada: Bancada) -> None:
        bancada.agendar(TRES, "2026-12-01T03:30:00Z")
        bancada.relogio.avancar(days=10, hours=15, minutes=29, seconds=59)
        recusa = bancada.pedir("DELETE", f"/telescopios/{HUBBLE}", quem="operacao")
        assert (recusa.status_code, recusa.json["motivo"]) == (409, "TEM_AGENDAMENTOS")
        bancada.relogio.avancar(seconds=1)
        assert bancada.pedir("DELETE", f"/telescopios/{HUBBLE}", quem="operacao").status_code == 200

    def test_pelo_put_tambem_nao_se_desativa_com_observacoes_futuras(self, bancada: Bancada) -> None:
        bancada.agendar(TRES)
        recusa = bancada.pedir("PUT", f"/telescopios/{HUBBLE}", {"estado": "INATIVO"}, quem="operacao")
        assert (recusa.status_code, recusa.json["motivo"]) == (409, "TEM_AGENDAMENTOS")
        assert bancada.agendar("2026-12-01T04:00:00Z").status_code == 201

    def test_put_vazio_nao_muda_nada(self, bancada: Bancada) -> None:
        antes = bancada.pedir("GET", f"/telescopios/{HUBBLE}", quem="operacao").json
        assert bancada.pedir("PUT", f"/telescopios/{HUBBLE}", {}, quem="operacao").json == antes

    @pytest.mark.parametrize("repetido", [{"slug": HUBBLE}, {"prefixo_recurso": "Hubble-Acad"}])
    @nos_dois_bancos
    def test_slug_ou_prefixo_repetido_e_422(self, bancada: Bancada, repetido: dict[str, str]) -> None:
        recusa = bancada.pedir("POST", "/telescopios", {**NOVO, **repetido}, quem="operacao")
        assert recusa.status_code == 422
        assert campos_recusados(recusa)

    @pytest.mark.parametrize(
        ("campo", "valor"),
        [
            ("slug", "Maiúsculo"), ("slug", "-x"), ("slug", "a" * 65), ("slug", "a/b"), ("slug", ".."),
            ("prefixo_recurso", "com espaço"), ("prefixo_recurso", "a_b"), ("nome", ""),
            ("duracao_slot_s", 7), ("duracao_slot_s", 59), ("duracao_slot_s", 86_401), ("duracao_slot_s", "300"),
            ("horizonte_dias", 0), ("janela_ms", 5001), ("janela_ms", -1), ("estado", "ATIVO"),
        ],
    )  # fmt: skip
    def test_campo_ruim_e_nomeado(self, bancada_do_modulo: Bancada, campo: str, valor: Any) -> None:
        recusa = bancada_do_modulo.pedir("POST", "/telescopios", {**NOVO, campo: valor}, quem="operacao")
        assert recusa.status_code == 422
        assert set(campos_recusados(recusa)) == {campo}

    @pytest.mark.parametrize(
        ("metodo", "caminho", "corpo"),
        [
            ("POST", "/telescopios", NOVO),
            ("PUT", f"/telescopios/{HUBBLE}", {"nome": "x"}),
            ("DELETE", f"/telescopios/{HUBBLE}", None),
            ("POST", PARADAS, {"inicio_utc": TRES, "fim_utc": "2026-12-01T04:00:00Z", "motivo": "x"}),
            ("DELETE", f"{PARADAS}/1", None),
        ],
    )
    def test_so_a_operacao(self, bancada: Bancada, metodo: str, caminho: str, corpo: Any) -> None:
        extra = {} if corpo is None else {"corpo": corpo}
        assert bancada.pedir(metodo, caminho, **extra).status_code == 403
        assert bancada.pedir(metodo, caminho, quem=None, **extra).status_code == 401


class TestAgenda:
    @staticmethod
    def _agenda(bancada: Bancada, query: str = "", quem: str | None = None) -> dict[str, Any]:
        resposta = bancada.pedir("GET", f"/telescopios/{HUBBLE}/agenda{query}", quem=quem)
        assert resposta.status_code == 200
        return dict(resposta.json)

    def test_por_omissao_o_dia_de_hoje(self, bancada: Bancada) -> None:
        agenda = self._agenda(bancada)
        assert agenda["de_utc"] == "2026-11-20T00:00:00.000Z"
        assert agenda["ate_utc"] == "2026-11-21T00:00:00.000Z"
        assert len(agenda["slots"]) == 288
        passados = [s for s in agenda["slots"] if s.get("motivo") == "passado"]
        # Às 12:00 o slot das 12:00 já não se agenda.
        assert len(passados) == 145
        assert all(s["estado"] == "indisponivel" for s in passados)
        assert agenda["slots"][145]["estado"] == "livre"

    def test_o_ocupado_so_diz_de_qual_agendamento_a_quem_pode_ver(self, bancada: Bancada) -> None:
        id_ = bancada.agendar(TRES, "2026-12-01T03:10:00Z").json["id"]
        query = "?de=2026-12-01T02:55:00Z&ate=2026-12-01T03:15:00Z"
        estados = [s["estado"] for s in self._agenda(bancada, query)["slots"]]
        assert estados == ["livre", "ocupado", "ocupado", "livre"]
        assert "_links" not in self._agenda(bancada, query)["slots"][1]
        assert "_links" not in self._agenda(bancada, query, "beatriz")["slots"][1]
        for quem in ("ada", "operacao"):
            elo = self._agenda(bancada, query, quem)["slots"][1]["_links"]["agendamento"]
            assert elo["href"] == f"/agendamentos/{id_}"

    def test_o_link_de_um_slot_livre_o_agenda(self, bancada: Bancada) -> None:
        query = "?de=2026-12-01T03:00:00Z&ate=2026-12-01T03:05:00Z"
        assert "_links" not in self._agenda(bancada, query)["slots"][0]
        elo = self._agenda(bancada, query, "ada")["slots"][0]["_links"]["agendar"]
        assert bancada.pedir(elo["method"], elo["href"], elo["corpo"]).status_code == 201
        assert self._agenda(bancada, query)["slots"][0]["estado"] == "ocupado"

    def test_alem_do_horizonte_diz_quando_abre(self, bancada: Bancada) -> None:
        de = AGORA + timedelta(days=180)
        agenda = self._agenda(bancada, f"?de={formatar(de)}&ate={formatar(de + timedelta(minutes=10))}")
        ultimo, fechado = agenda["slots"]
        assert ultimo["estado"] == "livre"
        assert fechado["motivo"] == "horizonte"
        assert fechado["abre_em_utc"] == formatar(AGORA + timedelta(minutes=5))

    def test_inativo_nao_tem_slot_livre(self, bancada: Bancada) -> None:
        bancada.pedir("DELETE", f"/telescopios/{HUBBLE}", quem="operacao")
        agenda = self._agenda(bancada, "?de=2026-12-01T03:00:00Z")
        assert {s["motivo"] for s in agenda["slots"]} == {"inativo"}

    def test_a_pagina_seguinte_comeca_onde_esta_acaba(self, bancada: Bancada) -> None:
        agenda = self._agenda(bancada, "?de=2026-12-01T00:00:00Z")
        proxima = bancada.pedir("GET", agenda["_links"]["proxima"]["href"], quem=None).json
        assert proxima["de_utc"] == agenda["ate_utc"]
        anterior = bancada.pedir("GET", proxima["_links"]["anterior"]["href"], quem=None).json
        assert anterior["slots"] == agenda["slots"]

    def test_o_meio_de_um_slot_o_inclui(self, bancada: Bancada) -> None:
        agenda = self._agenda(bancada, "?de=2026-12-01T03:02:00Z&ate=2026-12-01T03:06:00Z")
        assert [s["inicio_utc"][11:16] for s in agenda["slots"]] == ["03:00", "03:05"]

    @pytest.mark.parametrize(
        "query",
        ["?de=2026-12-02T00:00:00Z&ate=2026-12-01T00:00:00Z", "?de=2026-12-01T00:00:00Z&ate=2026-12-01T00:00:00Z",
         "?de=2026-12-01T00:00:00Z&ate=2026-12-08T00:00:01Z"],
    )  # fmt: skip
    def test_intervalo_vazio_ou_longo_e_422(self, bancada: Bancada, query: str) -> None:
        recusa = bancada.pedir("GET", f"/telescopios/{HUBBLE}/agenda{query}")
        assert recusa.status_code == 422
        assert "ate" in campos_recusados(recusa)

    @pytest.mark.parametrize("de", ["1900-01-01T00:00:00%2B23:59", "2999-12-31T23:59:59-23:59"])
    def test_os_extremos_do_calendario_cabem(self, bancada: Bancada, de: str) -> None:
        assert self._agenda(bancada, f"?de={de}")["slots"]


def test_slot_de_outra_duracao_segue_a_sua_grade(bancada: Bancada) -> None:
    bancada.pedir("POST", "/telescopios", {**NOVO, "duracao_slot_s": 3600}, quem="operacao")
    recusa = bancada.agendar("2026-12-01T03:30:00Z", corpo={"telescopio": "roman-acad"})
    assert recusa.status_code == 422
    agenda = bancada.pedir("GET", "/telescopios/roman-acad/agenda?de=2026-12-01T00:00:00Z").json
    inicios = [datetime.fromisoformat(slot["inicio_utc"]) for slot in agenda["slots"]]
    assert len(inicios) == 24
    assert all(inicio.minute == 0 for inicio in inicios)
