"""A trilha vista pela API: só a operação, em páginas; cada fato uma linha, e nenhum dado pessoal."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agendamento.aplicacao.portas import LockNegado, PedidoDeLock
from agendamento.persistencia.auditoria import GENESE, encadear
from agendamento.persistencia.conferencia import verificar
from tests.apoio import HUBBLE, Bancada, ao_mesmo_tempo, chave_de, links_de
from tests.postgresql import nos_dois_bancos

TRES, QUATRO = "2026-12-01T03:00:00Z", "2026-12-01T04:00:00Z"
PESSOA = {
    "nome": "Cecilia Payne",
    "email": "cecilia@harvard.example",
    "instituicao": "Radcliffe",
    "pais": "Inglaterra",
}


def _percorrer_tudo(bancada: Bancada) -> list[str]:
    """Provoca cada evento do contrato uma vez, e devolve os esperados, em ordem."""
    operacao = {"quem": "operacao"}
    criada = bancada.pedir("POST", "/cientistas", PESSOA, quem=None).json
    eu, chave = f"/cientistas/{criada['id']}", criada["chave"]
    bancada.pedir("PUT", eu, {"nome": "Cecilia Payne-Gaposchkin"}, quem=chave)
    novo = {"slug": "roman-acad", "nome": "Roman", "prefixo_recurso": "Roman-Acad"}
    bancada.pedir("POST", "/telescopios", novo, **operacao)
    bancada.pedir("PUT", "/telescopios/roman-acad", {"nome": "Nancy Roman"}, **operacao)
    bancada.pedir("DELETE", "/telescopios/roman-acad", **operacao)
    agendado = bancada.agendar(TRES, quem=chave, corpo={"observacoes": "da Cecilia", "objeto_celeste": "Sol"})
    bancada.pedir(
        "PUT",
        agendado.headers["Location"],
        {"horario_inicio_utc": QUATRO},
        quem=chave,
        If_Match=agendado.headers["ETag"],
    )
    bancada.agendar(QUATRO)
    bancada.esperar_escritas()
    parada = {"inicio_utc": QUATRO, "fim_utc": "2026-12-01T05:00:00Z", "motivo": "manutenção"}
    id_ = bancada.pedir("POST", f"/telescopios/{HUBBLE}/indisponibilidades", parada, **operacao).json["id"]
    bancada.pedir("DELETE", f"/telescopios/{HUBBLE}/indisponibilidades/{id_}", **operacao)
    bancada.pedir("DELETE", eu, quem=chave)
    return [
        "CIENTISTA_CRIADO", "CIENTISTA_ALTERADO", "TELESCOPIO_CRIADO", "TELESCOPIO_ALTERADO",
        "TELESCOPIO_DESATIVADO", "AGENDAMENTO_CRIADO", "AGENDAMENTO_REMARCADO", "AGENDAMENTO_NEGADO",
        "INDISPONIBILIDADE_CRIADA", "AGENDAMENTO_CANCELADO", "INDISPONIBILIDADE_REMOVIDA", "CIENTISTA_REMOVIDO",
    ]  # fmt: skip


def _registros(bancada: Bancada, query: str = "?limite=500") -> list[dict[str, Any]]:
    resposta = bancada.pedir("GET", f"/auditoria{query}", quem="operacao")
    assert resposta.status_code == 200
    return list(resposta.json["_embedded"]["registros"])


@nos_dois_bancos
def test_cada_fato_e_uma_linha_e_a_trilha_fecha(bancada: Bancada) -> None:
    antes = len(bancada.eventos())
    esperados = _percorrer_tudo(bancada)
    assert bancada.eventos()[antes:] == esperados
    with bancada.engine.connect() as con:
        assert list(verificar(con)) == []


HORA_ALTERADA = (
    "UPDATE agendamentos SET horario_inicio_utc = '2026-12-01 03:05:00.000000+00:00', "
    "horario_fim_utc = '2026-12-01 03:10:00.000000+00:00' WHERE estado = 'ATIVO'"
)


@nos_dois_bancos
@pytest.mark.parametrize(
    ("mexer", "nomeado"),
    [
        ("UPDATE agendamentos SET cientista_id = cientista_id + 1 WHERE estado = 'ATIVO'", "cientista_id é"),
        (HORA_ALTERADA, "horario_inicio_utc é"),
        ("UPDATE agendamentos SET token = token + 1 WHERE estado = 'ATIVO'", "token é"),
        ("UPDATE agendamentos SET versao = 9 WHERE estado = 'ATIVO'", "versao é"),
        ("UPDATE agendamentos SET estado = 'ATIVO' WHERE estado = 'CANCELADO'", "estado é ATIVO"),
        (
            "UPDATE agendamentos SET motivo_cancelamento = 'x' WHERE estado = 'CANCELADO'",
            "motivo_cancelamento",
        ),
        ("DELETE FROM slots_ocupados", "não ocupa slot algum"),
        (
            "DELETE FROM slots_ocupados WHERE id = (SELECT min(id) FROM slots_ocupados)",
            "não são os do seu horário",
        ),
        ("UPDATE slots_ocupados SET cientista_id = cientista_id + 1", "não são os do seu horário"),
        ("UPDATE cientistas SET papel = 'OPERADOR' WHERE papel = 'CIENTISTA'", "papel é OPERADOR"),
        ("UPDATE cientistas SET removido_em = NULL", ""),
        ("UPDATE telescopios SET estado = 'INATIVO'", "estado é INATIVO"),
        ("UPDATE telescopios SET horizonte_dias = 1", "horizonte_dias é 1"),
        ("DELETE FROM indisponibilidades", "já não existe"),
        ("UPDATE indisponibilidades SET motivo = 'outro'", "motivo é outro"),
        ("UPDATE auditoria SET detalhes = '[1]' WHERE seq = 3", "não se lê"),
        (
            "INSERT INTO cientistas (nome, papel, criado_em, versao) "
            "VALUES ('Intrusa', 'OPERADOR', '2026-11-20 00:00:00+00:00', 1)",
            "não tem CIENTISTA_CRIADO",
        ),
    ],
)
def test_o_que_muda_fora_da_trilha_e_nomeado(bancada: Bancada, mexer: str, nomeado: str) -> None:
    bancada.agendar(TRES, "2026-12-01T03:15:00Z")
    outro = bancada.agendar(QUATRO)
    bancada.pedir("DELETE", outro.headers["Location"], {"motivo": "chuva"})
    parada = {"inicio_utc": "2026-12-05T00:00:00Z", "fim_utc": "2026-12-06T00:00:00Z", "motivo": "espelho"}
    bancada.pedir("POST", f"/telescopios/{HUBBLE}/indisponibilidades", parada, quem="operacao")
    conferir = bancada.app.extensions["sctec"].banco.conferir_auditoria
    assert conferir().divergencias == []
    bancada.sql(mexer)
    problemas = [problema for _, problema in conferir().divergencias]
    assert any(nomeado in problema for problema in problemas) if nomeado else problemas == []


def test_linha_ilegivel_nao_derruba_nem_a_pagina_nem_a_conferencia(bancada: Bancada) -> None:
    bancada.agendar(TRES)
    for ilegivel in ("[1]", "isto não é JSON", "null"):
        bancada.sql("UPDATE auditoria SET detalhes = :d WHERE seq = 3", d=ilegivel)
        assert _registros(bancada)[2]["details"] == {"ilegivel": ilegivel}
        conferida = bancada.pedir("GET", "/auditoria/verificacao", quem="operacao").json
        assert not conferida["integra"]
        assert 3 in {d["seq"] for d in conferida["divergencias"]}
    bancada.sql("UPDATE auditoria SET instante_utc = 'ontem' WHERE seq = 3")
    assert not bancada.pedir("GET", "/auditoria/verificacao", quem="operacao").json["integra"]
    bancada.sql("UPDATE agendamentos SET horario_inicio_utc = '2026, amanhã'")
    assert not bancada.pedir("GET", "/auditoria/verificacao", quem="operacao").json["integra"]


@nos_dois_bancos
def test_a_ancora_percebe_a_trilha_refeita_inteira(bancada: Bancada) -> None:
    """Quem pode escrever no banco pode refazer todos os hashes; o que se anotou fora dele, não."""
    bancada.agendar(TRES)
    banco = bancada.app.extensions["sctec"].banco
    seq, _, hash_ = banco.conferir_auditoria().ancora.partition(":")
    ancora = int(seq), hash_
    bancada.agendar(QUATRO)
    assert banco.conferir_auditoria(ancora).divergencias == []
    _refazer_sem_o_trace_id(bancada)
    assert banco.conferir_auditoria().divergencias == []
    ((qual, problema),) = banco.conferir_auditoria(ancora).divergencias
    assert (qual, "âncora" in problema) == (ancora[0], True)
    ((_, problema),) = banco.conferir_auditoria((ancora[0] + 99, hash_)).divergencias
    assert "a trilha acaba" in problema


def _refazer_sem_o_trace_id(bancada: Bancada) -> None:
    anterior = GENESE
    for registro in _registros(bancada):
        guardado = {nome: registro[nome] for nome in ("seq", "timestamp_utc", "event_type", "details")}
        anterior = encadear(anterior, {**guardado, "trace_id": None, "request_id": None})
        bancada.sql(
            "UPDATE auditoria SET hash = :h, trace_id = NULL, request_id = NULL WHERE seq = :s",
            h=anterior,
            s=registro["seq"],
        )
    bancada.sql("UPDATE auditoria_cabeca SET hash = :h", h=anterior)


def test_nenhum_dado_pessoal_na_trilha(bancada: Bancada) -> None:
    _percorrer_tudo(bancada)
    trilha = json.dumps(_registros(bancada), ensure_ascii=False).lower()
    for pessoal in ("cecilia", "payne", "harvard", "radcliffe", "inglaterra", "@", "sctec_", "ada l."):
        assert pessoal not in trilha


def test_a_linha_do_log_e_a_da_trilha(bancada: Bancada, linhas_de_log: list[str]) -> None:
    antes = len(bancada.eventos())
    _percorrer_tudo(bancada)
    bancada.esperar_escritas()
    linhas = [json.loads(linha) for linha in linhas_de_log if '"level":"AUDIT"' in linha]
    registros = _registros(bancada)[antes:]
    assert len(linhas) == len(registros)
    for linha, registro in zip(linhas, registros, strict=True):
        for nome in ("timestamp_utc", "event_type", "details", "seq", "hash", "trace_id", "request_id"):
            assert linha[nome] == registro[nome]
        assert linha["service"] == "servico-agendamento"
        assert "message" not in linha


def test_sob_concorrencia_a_trilha_nao_tem_buraco(bancada: Bancada) -> None:
    def negar(_: PedidoDeLock) -> None:
        raise LockNegado("RECURSO_OCUPADO")

    pessoas = ["ada", "beatriz", "chandra", "dorothea", "edwin", "fatima", "galileu", "henrietta"]
    ao_mesmo_tempo([lambda n=n, quem=quem: bancada.agendar(f"2026-12-01T{n:02}:00:00Z", quem=quem)
                    for n, quem in enumerate(pessoas)])  # fmt: skip
    bancada.coordenador.ao_adquirir = negar
    ao_mesmo_tempo([lambda quem=quem: bancada.agendar("2026-12-02T03:00:00Z", quem=quem) for quem in pessoas])
    eventos = bancada.eventos()
    assert eventos.count("AGENDAMENTO_CRIADO") == eventos.count("AGENDAMENTO_NEGADO") == len(pessoas)
    with bancada.engine.connect() as con:
        assert list(verificar(con)) == []


class TestPaginas:
    def test_juntas_sao_tudo_em_ordem(self, bancada: Bancada) -> None:
        _percorrer_tudo(bancada)
        tudo = _registros(bancada)
        assert [r["seq"] for r in tudo] == list(range(1, len(tudo) + 1))
        for limite in (1, 5, len(tudo), 500):
            vistos: list[dict[str, Any]] = []
            seguinte: str | None = f"/auditoria?limite={limite}"
            while seguinte:
                pagina = bancada.pedir("GET", seguinte, quem="operacao").json
                vistos += pagina["_embedded"]["registros"]
                proximo = pagina["_links"].get("next")
                seguinte = proximo["href"] if proximo else None
            assert vistos == tudo

    def test_filtra_por_evento_e_por_agendamento(self, bancada: Bancada) -> None:
        id_ = bancada.agendar(TRES).json["id"]
        bancada.agendar(QUATRO)
        bancada.pedir("DELETE", f"/agendamentos/{id_}")
        eventos = [r["event_type"] for r in _registros(bancada, f"?agendamento_id={id_}")]
        assert eventos == ["AGENDAMENTO_CRIADO", "AGENDAMENTO_CANCELADO"]
        assert len(_registros(bancada, "?evento=AGENDAMENTO_CRIADO")) == 2
        assert _registros(bancada, "?evento=NENHUM") == []

    def test_o_registro_liga_ao_agendamento(self, bancada: Bancada) -> None:
        id_ = bancada.agendar(TRES).json["id"]
        (registro,) = _registros(bancada, "?evento=AGENDAMENTO_CRIADO")
        assert registro["_links"]["agendamento"]["href"] == f"/agendamentos/{id_}"

    @pytest.mark.parametrize(
        "query", ["limite=0", "limite=501", "depois=-1", f"depois={2**63}", "evento=", "x=1"]
    )
    def test_query_ruim(self, bancada_do_modulo: Bancada, query: str) -> None:
        recusa = bancada_do_modulo.pedir("GET", f"/auditoria?{query}", quem="operacao")
        assert recusa.status_code == 422
        assert recusa.json["erros"][0]["campo"] == query.split("=")[0]

    def test_so_a_operacao(self, bancada_do_modulo: Bancada) -> None:
        assert bancada_do_modulo.pedir("GET", "/auditoria").status_code == 403
        assert bancada_do_modulo.pedir("GET", "/auditoria", quem=None).status_code == 401
        assert "auditoria" not in links_de(bancada_do_modulo.pedir("GET", "/"))
        assert "auditoria" in links_de(bancada_do_modulo.pedir("GET", "/", quem="operacao"))


def test_a_chave_nunca_chega_ao_banco(bancada: Bancada) -> None:
    bancada.agendar(TRES, Idempotency_Key="uma-chave-de-repeticao")
    for (tabela,) in bancada.sql("SELECT name FROM sqlite_master WHERE type = 'table'"):
        assert chave_de("ada") not in str(bancada.sql(f'SELECT * FROM "{tabela}"'))
