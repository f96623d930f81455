"""A raiz, a hora, a saúde, as métricas, a demonstração e o que toda resposta traz."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from agendamento.dominio.erros import BancoIndisponivel, CoordenadorIndisponivel
from agendamento.observabilidade import metricas
from agendamento.persistencia import db
from tests.apoio import Bancada, links_de
from tests.postgresql import nos_dois_bancos

ANONIMOS = {"self", "tempo", "telescopios", "documentacao", "openapi", "saude", "cadastrar"}
COM_CHAVE = {"eu", "agendamentos", "agendar"}
OPERACAO = {"auditoria", "criar_telescopio"}


class TestRaiz:
    @pytest.mark.parametrize(
        ("quem", "elos", "ausentes"),
        [
            (None, ANONIMOS, COM_CHAVE | OPERACAO),
            ("ada", ANONIMOS | COM_CHAVE, OPERACAO),
            ("operacao", ANONIMOS | COM_CHAVE | OPERACAO, set()),
        ],
    )
    def test_oferece_o_que_quem_pede_pode_seguir(
        self, bancada_do_modulo: Bancada, quem: str | None, elos: set[str], ausentes: set[str]
    ) -> None:
        resposta = bancada_do_modulo.pedir("GET", "/", quem=quem)
        assert elos <= links_de(resposta)
        assert not ausentes & links_de(resposta)
        assert "Authorization" in resposta.headers["Vary"]

    @pytest.mark.parametrize("quem", [None, "ada", "operacao"])
    def test_todo_link_get_da_raiz_responde(self, bancada_do_modulo: Bancada, quem: str | None) -> None:
        elos = bancada_do_modulo.pedir("GET", "/", quem=quem).json["_links"]
        for nome, elo in elos.items():
            if elo["method"] == "GET" and elo["href"].startswith("/"):
                caminho = re.sub(r"\{[^}]*\}", "", elo["href"])
                assert bancada_do_modulo.pedir("GET", caminho, quem=quem).status_code == 200, nome

    @pytest.mark.parametrize(
        ("accept", "tipo"),
        [
            (None, "application/json"),
            ("*/*", "application/json"),
            ("application/json", "application/json"),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html; charset=utf-8"),
            ("image/png", "application/json"),
        ],
    )
    def test_hal_para_programas_e_pagina_para_pessoas(
        self, bancada_do_modulo: Bancada, accept: str | None, tipo: str
    ) -> None:
        cabecalhos = {} if accept is None else {"Accept": accept}
        assert bancada_do_modulo.pedir("GET", "/", quem=None, **cabecalhos).content_type == tipo


class TestHora:
    def test_utc_com_z_e_milissegundos_e_sem_cache(self, bancada_do_modulo: Bancada) -> None:
        resposta = bancada_do_modulo.pedir("GET", "/time", quem=None)
        assert resposta.headers["Cache-Control"] == "no-store"
        corpo = resposta.json
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", corpo["agora_utc"])
        assert corpo["agora_utc"] == "2026-11-20T12:00:00.000Z"
        assert corpo["agora_ms"] == 1_795_176_000_000

    def test_o_bilhete_encadeia(self, bancada: Bancada) -> None:
        primeira = bancada.pedir("GET", "/time", quem=None).json
        segunda = bancada.pedir("GET", primeira["_links"]["proxima"]["href"], quem=None).json
        assert (primeira["amostras"], segunda["amostras"]) == (0, 1)
        assert segunda["rtt_min_ms"] >= 0

    @pytest.mark.parametrize("bilhete", ["x", "%00", "AAAA", "é", "A" * 1024])
    def test_bilhete_que_nao_vale_comeca_outra_corrente(
        self, bancada_do_modulo: Bancada, bilhete: str
    ) -> None:
        resposta = bancada_do_modulo.pedir("GET", f"/time?bilhete={bilhete}", quem=None)
        assert resposta.status_code == 200
        assert resposta.json["amostras"] == 0

    def test_bilhete_longo_demais_e_422(self, bancada_do_modulo: Bancada) -> None:
        recusa = bancada_do_modulo.pedir("GET", f"/time?bilhete={'A' * 1025}", quem=None)
        assert recusa.status_code == 422
        assert recusa.json["erros"][0]["campo"] == "bilhete"


class TestSaude:
    def test_vivo_nao_depende_de_ninguem(self, bancada: Bancada) -> None:
        bancada.coordenador.no_ar = False
        assert bancada.pedir("GET", "/saude/vivo", quem=None).status_code == 200

    def test_pronto_com_os_dois(self, bancada: Bancada) -> None:
        resposta = bancada.pedir("GET", "/saude/pronto", quem=None)
        assert resposta.json == {"estado": "pronto", "banco": True, "escrita": True, "coordenador": True}

    def test_sem_o_coordenador_e_503_que_o_diz(self, bancada: Bancada) -> None:
        bancada.coordenador.no_ar = False
        recusa = bancada.pedir("GET", "/saude/pronto", quem=None)
        assert recusa.status_code == 503
        assert recusa.headers["Retry-After"] == "1"
        assert recusa.json["partes"] == {"banco": True, "escrita": True, "coordenador": False}
        assert "coordenador" in recusa.json["detail"]

    def test_com_a_migracao_errada_nao_esta_pronto(self, bancada: Bancada) -> None:
        bancada.sql("UPDATE alembic_version SET version_num = '0000'")
        assert bancada.pedir("GET", "/saude/pronto", quem=None).json["partes"]["banco"] is False

    def test_sem_o_banco_e_503(self, bancada: Bancada, monkeypatch: pytest.MonkeyPatch) -> None:
        def cair() -> bool:
            raise BancoIndisponivel("fora do ar")

        monkeypatch.setattr(bancada.app.extensions["sctec"].consultar, "banco_pronto", cair)
        assert bancada.pedir("GET", "/saude/pronto", quem=None).status_code == 503

    def test_banco_sem_tabelas_e_503(self, bancada: Bancada) -> None:
        bancada.sql("DROP TABLE alembic_version")
        assert bancada.pedir("GET", "/saude/pronto", quem=None).status_code == 503


QUE_IMPEDE_DE_GRAVAR = {
    "não aceita escrita": "CREATE TRIGGER nao BEFORE UPDATE ON auditoria_cabeca "
    "BEGIN SELECT RAISE(ABORT, 'x'); END",
    "falta uma tabela": "ALTER TABLE slots_ocupados RENAME TO outra",
}


@pytest.fixture
def sem_memoria(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "SONDAGEM_S", -1.0)


@pytest.mark.usefixtures("sem_memoria")
class TestEscrita:
    """Pronto é poder agendar: o banco que se lê e não grava não está pronto, e diz que parte falta."""

    @staticmethod
    def _partes(bancada: Bancada) -> dict[str, Any]:
        resposta = bancada.pedir("GET", "/saude/pronto", quem=None)
        partes: dict[str, Any] = resposta.json["partes"] if resposta.status_code == 503 else resposta.json
        return {nome: partes[nome] for nome in ("banco", "escrita")}

    @pytest.mark.parametrize("impedimento", QUE_IMPEDE_DE_GRAVAR.values(), ids=QUE_IMPEDE_DE_GRAVAR.keys())
    def test_o_que_impede_de_gravar(self, bancada: Bancada, impedimento: str) -> None:
        assert self._partes(bancada) == {"banco": True, "escrita": True}
        bancada.sql(impedimento)
        assert self._partes(bancada) == {"banco": True, "escrita": False}
        assert bancada.pedir("GET", "/telescopios", quem=None).status_code == 200

    @nos_dois_bancos
    def test_preso_por_outro_processo_e_de_volta(self, bancada: Bancada) -> None:
        outra = bancada.engine.raw_connection()
        sqlite = bancada.engine.dialect.name == "sqlite"
        outra.cursor().execute("BEGIN IMMEDIATE" if sqlite else "SELECT 1 FROM auditoria_cabeca FOR UPDATE")
        assert self._partes(bancada) == {"banco": True, "escrita": False}
        outra.cursor().execute("ROLLBACK")
        outra.close()
        assert self._partes(bancada) == {"banco": True, "escrita": True}

    def test_arquivo_trocado_com_o_servico_no_ar(self, bancada: Bancada) -> None:
        arquivo = Path(bancada.engine.url.database or "")
        copia = arquivo.with_suffix(".copia")
        shutil.copyfile(arquivo, copia)
        assert self._partes(bancada)["escrita"] is True
        copia.replace(arquivo)
        assert self._partes(bancada)["escrita"] is False

    def test_sondar_nao_muda_nada(self, bancada: Bancada) -> None:
        bancada.agendar("2026-12-01T03:00:00Z")
        antes = bancada.app.extensions["sctec"].banco.conferir_auditoria()
        self._partes(bancada)
        assert bancada.app.extensions["sctec"].banco.conferir_auditoria() == antes
        assert antes.divergencias == []


class TestMetricas:
    @nos_dois_bancos
    def test_o_seq_da_trilha_esta_certo_na_primeira_coleta_e_na_replica_que_nao_escreve(
        self, montar: Any
    ) -> None:
        def coletado(bancada: Bancada) -> float:
            texto = bancada.pedir("GET", "/metrics", quem=None).text
            achado = re.search(r"\nsctec_auditoria_seq (\S+)", texto)
            assert achado
            return float(achado[1])

        escreve = montar()
        escreve.agendar("2026-12-01T03:00:00Z")
        so_le = montar()
        ((antes,),) = so_le.sql("SELECT max(seq) FROM auditoria")
        assert coletado(so_le) == antes > 0
        escreve.agendar("2026-12-01T04:00:00Z")
        assert coletado(so_le) == antes + 1
        # Sem banco, o último que se leu: um zero pareceria uma trilha que voltou atrás.
        so_le.sql("ALTER TABLE auditoria RENAME TO longe")
        assert coletado(so_le) == antes + 1

    def test_openmetrics_com_as_do_contrato(self, bancada: Bancada) -> None:
        bancada.agendar("2026-12-01T03:00:00Z")
        bancada.agendar("2026-12-01T03:00:00Z", quem="beatriz")
        resposta = bancada.pedir("GET", "/metrics", quem=None, Accept="application/openmetrics-text")
        assert resposta.content_type.startswith("application/openmetrics-text")
        texto = resposta.text
        assert texto.endswith("# EOF\n")
        for nome in (
            "http_server_request_duration_seconds_bucket",
            "sctec_agendamentos_total",
            "sctec_db_transaction_seconds_bucket",
            "sctec_auditoria_seq",
            "sctec_build_info",
            "sctec_lock_stale_token_rejected_total",
        ):
            assert f"\n{nome}" in texto
        assert 'http_route="/agendamentos"' in texto

    def test_o_resultado_de_cada_agendamento_e_contado(self, bancada: Bancada) -> None:
        def contado(resultado: str) -> float:
            texto = bancada.pedir("GET", "/metrics", quem=None).text
            achado = re.search(rf'sctec_agendamentos_total{{resultado="{resultado}"}} (\S+)', texto)
            assert achado
            return float(achado[1])

        def agendar(quem: str = "ada", inicio: str = "2026-12-01T03:00:00Z", **extra: Any) -> Any:
            return lambda: bancada.agendar(inicio, quem=quem, **extra)

        def simular() -> None:
            corpo = {"telescopio": "hubble-acad", "horario_inicio_utc": "2026-12-01T03:00:00Z"}
            assert bancada.pedir("POST", "/agendamentos?simular=1", corpo).status_code in (200, 409)

        def sem_coordenador() -> None:
            def cair(_: Any) -> None:
                raise CoordenadorIndisponivel("fora do ar")

            bancada.coordenador.ao_adquirir = cair
            assert bancada.agendar("2026-12-01T05:00:00Z").status_code == 503

        def sem_confirmar() -> None:
            bancada.coordenador.ao_adquirir = lambda _: None
            bancada.sql(
                "CREATE TRIGGER nada BEFORE UPDATE ON auditoria_cabeca BEGIN SELECT RAISE(ABORT, 'não'); END"
            )
            assert bancada.agendar("2026-12-01T05:00:00Z", Idempotency_Key="e").status_code == 503

        casos = [
            ("simulado", simular),
            ("criado", agendar(Idempotency_Key="a")),
            ("repetido", agendar(Idempotency_Key="a")),
            ("ja_e_seu", agendar(Idempotency_Key="b")),
            ("conflito_horario", agendar("beatriz", Idempotency_Key="c")),
            ("repetido", agendar("beatriz", Idempotency_Key="c")),
            ("simulado", simular),
            ("invalido", agendar("ada", "ontem", Idempotency_Key="d")),
            ("indisponivel", sem_coordenador),
            # A resposta 201 chegou a ser montada, na transação; não foi a que se deu.
            ("indisponivel", sem_confirmar),
        ]
        todos = ("criado", "repetido", "simulado", "ja_e_seu", "conflito_horario", "invalido", "indisponivel")
        for resultado, fazer in casos:
            antes = {nome: contado(nome) for nome in todos}
            fazer()
            assert {nome: contado(nome) - antes[nome] for nome in todos} == {
                nome: float(nome == resultado) for nome in todos
            }

    def test_o_caminho_pedido_nao_vira_rotulo(self, bancada: Bancada) -> None:
        bancada.pedir("GET", "/agendamentos/12345678", quem="operacao")
        bancada.pedir("GET", "/inventado/por/quem/pede")
        texto = bancada.pedir("GET", "/metrics", quem=None).text
        assert "12345678" not in texto
        assert "inventado" not in texto


class TestDemo:
    def test_fora_da_demonstracao_nao_existe(self, bancada: Bancada) -> None:
        assert bancada.pedir("GET", "/demo", quem=None).status_code == 404
        assert "demo" not in links_de(bancada.pedir("GET", "/"))

    def test_lista_pessoas_cujas_chaves_funcionam(self, montar: Any) -> None:
        bancada = montar(SCTEC_DEMO="1")
        assert "demo" in links_de(bancada.pedir("GET", "/", quem=None))
        pessoas = bancada.pedir("GET", "/demo", quem=None).json["cientistas"]
        assert {p["papel"] for p in pessoas} == {"CIENTISTA", "OPERADOR"}
        for pessoa in pessoas:
            ficha = bancada.pedir("GET", f"/cientistas/{pessoa['id']}", quem=pessoa["chave"])
            assert ficha.json["nome"] == pessoa["nome"]


class TestTodaResposta:
    def test_request_id_dado_e_devolvido(self, bancada_do_modulo: Bancada) -> None:
        resposta = bancada_do_modulo.pedir("GET", "/time", X_Request_Id="meu-pedido.1")
        assert resposta.headers["X-Request-Id"] == "meu-pedido.1"

    @pytest.mark.parametrize("ruim", ["", "com espaço", "x" * 65, "a\u00e7", "<script>"])
    def test_request_id_ruim_e_trocado(self, bancada_do_modulo: Bancada, ruim: str) -> None:
        dado = bancada_do_modulo.pedir("GET", "/time", X_Request_Id=ruim).headers["X-Request-Id"]
        assert dado != ruim
        assert re.fullmatch("[0-9a-f]{16}", dado)

    def test_problema_traz_os_identificadores_dos_cabecalhos(self, bancada_do_modulo: Bancada) -> None:
        traco = "4bf92f3577b34da6a3ce929d0e0e4736"
        recusa = bancada_do_modulo.pedir(
            "GET", "/agendamentos/0", X_Request_Id="r-1", traceparent=f"00-{traco}-00f067aa0ba902b7-01"
        )
        assert recusa.json["request_id"] == recusa.headers["X-Request-Id"] == "r-1"
        assert recusa.json["trace_id"] == recusa.headers["X-Trace-Id"] == traco
        assert recusa.json["instance"] == "urn:sctec:pedido:r-1"

    @pytest.mark.parametrize("caminho", ["/", "/time", "/telescopios", "/nada", "/agendamentos", "/metrics"])
    def test_cabecalhos_de_seguranca_e_de_cache(self, bancada_do_modulo: Bancada, caminho: str) -> None:
        resposta = bancada_do_modulo.pedir("GET", caminho)
        assert resposta.headers["X-Content-Type-Options"] == "nosniff"
        assert resposta.headers["Cache-Control"] in ("no-store", "private, no-cache")

    def test_404_e_405_sao_problemas(self, bancada_do_modulo: Bancada) -> None:
        perdido = bancada_do_modulo.pedir("GET", "/nada")
        assert (perdido.status_code, perdido.json["type"]) == (404, "/erros/nao-encontrado")
        trocado = bancada_do_modulo.pedir("PATCH", "/agendamentos")
        assert (trocado.status_code, trocado.json["type"]) == (405, "/erros/metodo-nao-permitido")
        assert set(trocado.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}

    def test_imprevisto_e_500_sem_detalhe_interno(
        self, bancada: Bancada, monkeypatch: pytest.MonkeyPatch, linhas_de_log: list[str]
    ) -> None:
        def explodir(*_: Any) -> None:
            raise RuntimeError("segredo interno")

        monkeypatch.setattr(bancada.app.extensions["sctec"].consultar, "telescopios", explodir)
        recusa = bancada.pedir("GET", "/telescopios")
        assert recusa.status_code == 500
        assert recusa.content_type == "application/problem+json"
        assert "segredo interno" not in recusa.text
        assert any("segredo interno" in linha for linha in linhas_de_log)


def test_banco_fechado_nao_reabre_conexao(bancada: Bancada) -> None:
    """A métrica do seq continua a perguntar: de um banco já fechado, ouve o último valor, e nada se abre."""
    banco = bancada.app.extensions["sctec"].banco
    abertas: list[object] = []
    with bancada.app.app_context():
        event.listen(db.db.engine, "connect", lambda conexao, _: abertas.append(conexao))
    banco.fechar()
    with pytest.raises(BancoIndisponivel):
        banco.ultimo_seq()
    assert metricas.AUDITORIA_SEQ.collect()
    assert abertas == []
