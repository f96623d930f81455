"""A trilha vista pela API: só a operação, em páginas; cada fato uma linha, e nenhum dado pessoal."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agendamento.aplicacao.portas import LockNegado, PedidoDeLock
from agendamento.persistencia.auditoria import verificar
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
