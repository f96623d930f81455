"""Dependência fora do ar é 503 com Retry-After: nada pela metade, nenhum lock esquecido, e depois volta."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event

from agendamento import app as modulo
from agendamento.aplicacao.disputa import SecaoCritica
from agendamento.persistencia import db
from agendamento.persistencia.conferencia import verificar
from agendamento.persistencia.gravacoes import EscritaSQL
from tests.apoio import HUBBLE, Bancada
from tests.postgresql import so_no_postgresql

TRES = "2026-12-01T03:00:00Z"


def _nada_ficou(bancada: Bancada) -> None:
    assert bancada.sql("SELECT id FROM agendamentos") == []
    assert bancada.sql("SELECT id FROM slots_ocupados") == []
    assert bancada.sql("SELECT token FROM fencing_tokens") == []
    assert "AGENDAMENTO_CRIADO" not in bancada.eventos()
    with bancada.engine.connect() as con:
        assert list(verificar(con)) == []


def _e_503(resposta: Any) -> bool:
    assert resposta.status_code == 503
    assert int(resposta.headers["Retry-After"]) >= 1
    assert resposta.json["type"] == "/erros/servico-indisponivel"
    return True


class TestSQLiteOcupado:
    @pytest.fixture(autouse=True)
    def _pouca_espera(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(db, "ESPERA_BANCO_OCUPADO_MS", 1)

    def test_por_outro_processo_e_503_e_o_lock_volta(self, bancada: Bancada) -> None:
        outro = bancada.engine.raw_connection()
        outro.execute("BEGIN IMMEDIATE")
        try:
            resposta = bancada.agendar(TRES)
            assert _e_503(resposta)
            assert resposta.json["motivo"] == "BANCO_INDISPONIVEL"
            # As leituras continuam.
            assert bancada.pedir("GET", f"/telescopios/{HUBBLE}/agenda").status_code == 200
        finally:
            outro.execute("ROLLBACK")
            outro.close()
        assert [salvo for _, salvo in bancada.coordenador.devolvidas] == [False]
        _nada_ficou(bancada)
        assert bancada.agendar(TRES).status_code == 201

    def test_remarcar_e_cancelar_tambem(self, bancada: Bancada) -> None:
        criado = bancada.agendar(TRES)
        caminho, etag = criado.headers["Location"], criado.headers["ETag"]
        outro = bancada.engine.raw_connection()
        outro.execute("BEGIN IMMEDIATE")
        try:
            corpo = {"horario_inicio_utc": "2026-12-01T04:00:00Z"}
            assert _e_503(bancada.pedir("PUT", caminho, corpo, If_Match=etag))
            assert _e_503(bancada.pedir("DELETE", caminho))
        finally:
            outro.execute("ROLLBACK")
            outro.close()
        assert bancada.pedir("GET", caminho).headers["ETag"] == etag


class TestDiscoCheio:
    def test_503_e_nada_pela_metade(self, bancada: Bancada) -> None:
        paginas = bancada.sql("PRAGMA page_count")[0][0]

        @event.listens_for(bancada.engine, "connect")
        def limitar(conexao: Any, _: Any) -> None:
            conexao.execute(f"PRAGMA max_page_count = {paginas}")

        bancada.engine.dispose()
        resposta = None
        for n in range(200):
            resposta = bancada.agendar(f"2026-12-{1 + n // 24:02}T{n % 24:02}:00:00Z", quem="operacao")
            if resposta.status_code not in (201, 422):
                break
            bancada.sql("UPDATE agendamentos SET estado = 'CANCELADO'")
            bancada.sql("DELETE FROM slots_ocupados")
        assert resposta is not None
        assert _e_503(resposta)
        assert bancada.coordenador.devolvidas[-1][1] is False
        with bancada.engine.connect() as con:
            assert list(verificar(con)) == []
        event.remove(bancada.engine, "connect", limitar)
        bancada.engine.dispose()
        assert bancada.agendar("2026-12-30T03:00:00Z").status_code == 201


@so_no_postgresql
class TestPostgreSQL:
    def test_conexoes_derrubadas_custam_um_503_e_se_refazem(self, bancada: Bancada) -> None:
        bancada.agendar(TRES)
        bancada.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        # A conexão do escritor morreu: quem a encontra morta recebe 503, e o seguinte usa outra.
        respostas = [bancada.agendar("2026-12-01T04:00:00Z") for _ in range(2)]
        assert _e_503(respostas[0])
        assert respostas[1].status_code == 201
        with bancada.engine.connect() as con:
            assert list(verificar(con)) == []

    def test_trilha_trancada_por_outra_replica_e_503(self, bancada: Bancada) -> None:
        with bancada.engine.connect() as con, con.begin():
            con.exec_driver_sql("SELECT * FROM auditoria_cabeca FOR UPDATE")
            assert _e_503(bancada.agendar(TRES))
        _nada_ficou(bancada)
        assert bancada.agendar(TRES).status_code == 201


@pytest.mark.parametrize("onde", ["inserir_agendamento", "auditar_criado", "conferir"])
def test_qualquer_imprevisto_devolve_o_lock(
    bancada: Bancada, monkeypatch: pytest.MonkeyPatch, onde: str
) -> None:
    def explodir(*_: Any, **__: Any) -> None:
        raise RuntimeError("imprevisto")

    alvo = {"inserir_agendamento": EscritaSQL, "auditar_criado": SecaoCritica, "conferir": SecaoCritica}[onde]
    monkeypatch.setattr(alvo, {"auditar_criado": "auditar"}.get(onde, onde), explodir)
    assert bancada.agendar(TRES).status_code == 500
    assert [salvo for _, salvo in bancada.coordenador.devolvidas] == [False]
    monkeypatch.undo()
    _nada_ficou(bancada)
    assert bancada.agendar(TRES).status_code == 201


def test_servico_encerrando_e_503(bancada: Bancada) -> None:
    bancada.app.extensions["sctec"].banco.fechar()
    assert _e_503(bancada.agendar(TRES))


class TestFalhaInjetada:
    @pytest.fixture
    def esperas(self, monkeypatch: pytest.MonkeyPatch) -> list[float]:
        """As esperas pedidas, em vez de esperadas."""
        pedidas: list[float] = []
        monkeypatch.setattr(modulo.time, "sleep", pedidas.append)
        return pedidas

    def test_so_com_a_variavel(self, montar: Any, esperas: list[float]) -> None:
        assert montar().agendar(TRES, SCTEC_Falha="depois_do_lock=3000").status_code == 201
        assert esperas == []
        com = montar(SCTEC_FALHAS="1")
        resposta = com.agendar(
            "2026-12-01T04:00:00Z", SCTEC_Falha="depois_do_lock=3000, antes_do_commit=10, inventado=9"
        )
        assert resposta.status_code == 201
        assert esperas == [3.0, 0.01]

    @pytest.mark.parametrize(
        "valor", ["", "=", "depois_do_lock", "depois_do_lock=x", "depois_do_lock=-1", ",,,"]
    )
    def test_cabecalho_ruim_e_ignorado(self, montar: Any, esperas: list[float], valor: str) -> None:
        assert montar(SCTEC_FALHAS="1").agendar(TRES, SCTEC_Falha=valor).status_code == 201
        assert esperas == []

    def test_a_espera_tem_teto(self, montar: Any, esperas: list[float]) -> None:
        montar(SCTEC_FALHAS="1").agendar(TRES, SCTEC_Falha="antes_do_lock=999999999")
        assert esperas == [30.0]
