"""A thread que escreve: em ordem, em grupos; o que falha desfaz só o seu; o que não confirma não fica."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event, text

from agendamento.aplicacao.portas import RegistroAuditoria
from agendamento.dominio.erros import BancoIndisponivel
from agendamento.observabilidade.metricas import REGISTRO
from agendamento.persistencia import db, escritor
from agendamento.persistencia.conferencia import verificar
from agendamento.persistencia.db import traduzindo_falhas
from agendamento.persistencia.escritor import Escritor
from tests.apoio import config_de_teste
from tests.postgresql import nos_dois_bancos

PRAZO_S = 30


class _Recusa(Exception):
    pass


@dataclass
class Mesa:
    """Um ``Escritor`` sobre SQLite de verdade, e o que ele contou."""

    engine: Engine
    escritor: Escritor = field(init=False)
    grupos: int = 0
    auditadas: list[RegistroAuditoria] = field(default_factory=list)
    confirmadas: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.escritor = Escritor(
            self.engine,
            fencing=True,
            ao_auditar=self.auditadas.append,
            ao_confirmar=lambda nome, _: self.confirmadas.append(nome),
            traduzir=self._por_grupo,
        )

    @contextmanager
    def _por_grupo(self) -> Iterator[None]:
        self.grupos += 1
        with traduzindo_falhas():
            yield

    def pedir(self, operacao: Callable[[Any], Any], nome: str = "teste") -> Future[Any]:
        return self.escritor.enfileirar(nome, operacao, (None, None))

    def auditar(self, evento: str) -> Future[Any]:
        return self.pedir(lambda escrita: escrita.auditar(evento, {}))

    @contextmanager
    def ocupada(self) -> Iterator[None]:
        """Dentro do bloco a thread está presa numa operação: o que se pede forma um grupo só."""
        entrou, solta = threading.Event(), threading.Event()

        def esperar(_: Any) -> None:
            entrou.set()
            assert solta.wait(PRAZO_S)

        preso = self.pedir(esperar, "presa")
        assert entrou.wait(PRAZO_S)
        try:
            yield
        finally:
            solta.set()
            preso.result(PRAZO_S)

    def eventos(self) -> list[str]:
        with self.engine.connect() as con:
            return list(
                con.execute(
                    text("SELECT evento FROM auditoria WHERE evento LIKE 'T%' ORDER BY seq")
                ).scalars()
            )


@pytest.fixture
def mesa(url_do_banco: str, tmp_path: Path) -> Iterator[Mesa]:
    engine = db.ligar(Flask("escritor"), config_de_teste(tmp_path, url_do_banco))
    with engine.begin() as con:
        con.execute(text("DELETE FROM auditoria"))
        con.execute(text("UPDATE auditoria_cabeca SET seq = 0, hash = :h"), {"h": "0" * 64})
    mesa = Mesa(engine)
    yield mesa
    mesa.escritor.fechar()
    engine.dispose()


def _integra(mesa: Mesa) -> bool:
    # A trilha da mesa começa vazia sobre a semente: só dela falta o começo.
    with mesa.engine.connect() as con:
        return not [d for d in verificar(con) if "não tem " not in d.problema]


def test_confirma_em_ordem_de_chegada(mesa: Mesa) -> None:
    feitas: list[int] = []
    with mesa.ocupada():
        futuros = [mesa.pedir(lambda _, n=n: feitas.append(n) or n) for n in range(50)]
    assert [f.result(PRAZO_S) for f in futuros] == list(range(50))
    assert feitas == list(range(50))


def test_as_que_esperam_sao_confirmadas_juntas(mesa: Mesa) -> None:
    with mesa.ocupada():
        antes = mesa.grupos
        futuros = [mesa.auditar(f"T{n:02}") for n in range(20)]
    for futuro in futuros:
        futuro.result(PRAZO_S)
    assert mesa.grupos == antes + 1
    assert mesa.eventos() == [f"T{n:02}" for n in range(20)]
    assert [linha.evento for linha in mesa.auditadas] == mesa.eventos()
    assert _integra(mesa)


def test_um_grupo_tem_tamanho_maximo(mesa: Mesa, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(escritor, "MAIOR_GRUPO", 4)
    with mesa.ocupada():
        antes = mesa.grupos
        futuros = [mesa.auditar("T") for _ in range(10)]
    for futuro in futuros:
        futuro.result(PRAZO_S)
    assert mesa.grupos == antes + 3


def test_a_que_falha_desfaz_so_o_que_fez(mesa: Mesa) -> None:
    def falhar(escrita: Any) -> None:
        escrita.auditar("TFALHA", {})
        escrita.trocar_chave(1, "nunca")
        raise _Recusa

    with mesa.ocupada():
        antes, ruim, depois = mesa.auditar("T1"), mesa.pedir(falhar), mesa.auditar("T2")
    antes.result(PRAZO_S)
    depois.result(PRAZO_S)
    with pytest.raises(_Recusa):
        ruim.result(PRAZO_S)
    assert mesa.eventos() == ["T1", "T2"]
    with mesa.engine.connect() as con:
        assert con.execute(text("SELECT seq FROM auditoria")).scalars().all() == [1, 2]
        assert con.execute(text("SELECT chave_sha256 FROM cientistas WHERE id = 1")).scalar() != "nunca"
    assert [linha.evento for linha in mesa.auditadas] == ["T1", "T2"]


def test_restricao_violada_so_desfaz_quem_a_violou(mesa: Mesa) -> None:
    def repetir_chave(escrita: Any) -> None:
        escrita.auditar("TFALHA", {})
        outra = escrita.cientista(2)
        escrita.alterar_cientista(escrita.cientista(1), {"email": outra.email})

    with mesa.ocupada():
        antes, ruim, depois = mesa.auditar("T1"), mesa.pedir(repetir_chave), mesa.auditar("T2")
    antes.result(PRAZO_S)
    depois.result(PRAZO_S)
    assert ruim.exception(PRAZO_S) is not None
    assert mesa.eventos() == ["T1", "T2"]


def test_se_a_confirmacao_falha_ninguem_do_grupo_fica(mesa: Mesa) -> None:
    def violar_no_commit(escrita: Any) -> None:
        # A chave estrangeira adiada só é conferida no COMMIT, que então falha de verdade.
        escrita._con.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        escrita._con.exec_driver_sql(
            "INSERT INTO fencing_tokens (telescopio_id, slot_inicio_utc, token) VALUES (999, '2026', 1)"
        )

    with mesa.ocupada():
        futuros = [mesa.auditar("T1"), mesa.pedir(violar_no_commit), mesa.auditar("T2")]
    for futuro in futuros:
        with pytest.raises(BancoIndisponivel):
            futuro.result(PRAZO_S)
    assert mesa.eventos() == []
    assert mesa.auditadas == []
    mesa.auditar("T3").result(PRAZO_S)
    assert mesa.eventos() == ["T3"]
    assert _integra(mesa)


def test_disco_cheio_e_503_para_todos_e_passa_quando_ha_espaco(mesa: Mesa) -> None:
    paginas = {"limite": 0}

    @event.listens_for(mesa.engine, "connect")
    def limitar(conexao: Any, _: Any) -> None:
        if paginas["limite"]:
            conexao.execute(f"PRAGMA max_page_count = {paginas['limite']}")

    def encher(escrita: Any) -> None:
        escrita.auditar("TCHEIO", {"lastro": "x" * 200_000})

    with mesa.engine.connect() as con:
        paginas["limite"] = int(con.execute(text("PRAGMA page_count")).scalar_one()) + 5
    mesa.engine.dispose()
    with mesa.ocupada():
        futuros = [mesa.auditar("T1"), mesa.pedir(encher), mesa.auditar("T2")]
    for futuro in futuros:
        with pytest.raises(BancoIndisponivel):
            futuro.result(PRAZO_S)
    assert mesa.eventos() == []
    mesa.auditar("T3").result(PRAZO_S)
    assert mesa.eventos() == ["T3"]
    assert _integra(mesa)


def test_banco_ocupado_por_outro_processo_e_503_e_nada_fica(
    mesa: Mesa, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "ESPERA_BANCO_OCUPADO_MS", 1)
    outra = mesa.engine.raw_connection()
    outra.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(BancoIndisponivel):
            mesa.auditar("T1").result(PRAZO_S)
    finally:
        outra.execute("ROLLBACK")
        outra.close()
    mesa.auditar("T2").result(PRAZO_S)
    assert mesa.eventos() == ["T2"]


@contextmanager
def _banco_preso(mesa: Mesa) -> Iterator[None]:
    """Dentro do bloco, outro processo segura o que toda gravação precisa."""
    outra = mesa.engine.raw_connection()
    cursor = outra.cursor()
    sqlite = mesa.engine.dialect.name == "sqlite"
    cursor.execute("BEGIN IMMEDIATE" if sqlite else "SELECT 1 FROM auditoria_cabeca FOR UPDATE")
    try:
        yield
    finally:
        cursor.execute("ROLLBACK")
        outra.close()


def _perdidas() -> float:
    return float(REGISTRO.get_sample_value("sctec_db_writes_rejected_total", {"motivo": "perdida"}) or 0)


class TestQueNinguemEspera:
    """A recusa já foi respondida, e o registro dela ainda é devido: repete-se; o que se perde é contado."""

    @pytest.fixture(autouse=True)
    def _depressa(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(db, "ESPERA_BANCO_OCUPADO_MS", 1)
        monkeypatch.setattr(escritor, "RETOMADA_S", 0.01)

    @staticmethod
    def _negar(mesa: Mesa, evento: str) -> None:
        mesa.escritor.enfileirar(
            "negar", lambda escrita: escrita.auditar(evento, {}), ("a" * 32, f"p-{evento}"), esperado=False
        )

    @nos_dois_bancos
    def test_e_gravado_quando_o_banco_volta(self, mesa: Mesa) -> None:
        antes = _perdidas()
        with _banco_preso(mesa):
            for n in range(50):
                self._negar(mesa, f"T{n:02}")
            with pytest.raises(BancoIndisponivel):
                mesa.auditar("TESPERADA").result(PRAZO_S)
        # As que se repetem já estão na fila quando a esperada falha: esta vem depois delas.
        mesa.pedir(lambda _: None).result(PRAZO_S)
        assert sorted(mesa.eventos()) == [f"T{n:02}" for n in range(50)]
        assert _perdidas() == antes
        assert _integra(mesa)

    @nos_dois_bancos
    def test_sem_insistir_perde_se_e_a_perda_e_contada_e_dita(
        self, mesa: Mesa, monkeypatch: pytest.MonkeyPatch, linhas_de_log: list[str]
    ) -> None:
        monkeypatch.setattr(escritor, "INSISTENCIA_S", -1.0)
        antes = _perdidas()
        with _banco_preso(mesa):
            for n in range(3):
                self._negar(mesa, f"T{n}")
            with pytest.raises(BancoIndisponivel):
                mesa.auditar("TESPERADA").result(PRAZO_S)
        mesa.pedir(lambda _: None).result(PRAZO_S)
        assert mesa.eventos() == []
        assert _perdidas() == antes + 3
        ditas = [json.loads(linha) for linha in linhas_de_log if "Gravação perdida" in linha]
        assert [linha["request_id"] for linha in ditas] == ["p-T0", "p-T1", "p-T2"]

    def test_a_que_nunca_podera_ser_gravada_nao_leva_as_outras(self, mesa: Mesa) -> None:
        def impossivel(escrita: Any) -> None:
            escrita._con.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            escrita._con.exec_driver_sql(
                "INSERT INTO fencing_tokens (telescopio_id, slot_inicio_utc, token) VALUES (999, '2026', 1)"
            )

        antes = _perdidas()
        with mesa.ocupada():
            self._negar(mesa, "T1")
            mesa.escritor.enfileirar("negar", impossivel, (None, "p-impossivel"), esperado=False)
            self._negar(mesa, "T2")
        # Pode cair no mesmo grupo, e então falha com ele; de todo modo as três já foram tentadas.
        mesa.pedir(lambda _: None).exception(PRAZO_S)
        assert mesa.eventos() == ["T1", "T2"]
        assert _perdidas() == antes + 1
        assert _integra(mesa)

    def test_a_que_nao_cabe_na_fila_e_contada(
        self, mesa: Mesa, monkeypatch: pytest.MonkeyPatch, linhas_de_log: list[str]
    ) -> None:
        monkeypatch.setattr(escritor, "MAIOR_FILA", 1)
        antes = _perdidas()
        with mesa.ocupada():
            self._negar(mesa, "T1")
            self._negar(mesa, "T2")
        assert _perdidas() == antes + 1
        assert any("p-T2" in linha for linha in linhas_de_log)


def test_quem_esperou_demais_nem_e_tentado(mesa: Mesa, monkeypatch: pytest.MonkeyPatch) -> None:
    feitas: list[int] = []
    with mesa.ocupada():
        monkeypatch.setattr(escritor, "ESPERA_MAXIMA_S", -1.0)
        futuro = mesa.pedir(lambda _: feitas.append(1))
    with pytest.raises(BancoIndisponivel) as recusa:
        futuro.result(PRAZO_S)
    assert recusa.value.tentar_em_s >= 1
    assert feitas == []


def test_fila_cheia_recusa_na_hora(mesa: Mesa, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(escritor, "MAIOR_FILA", 2)
    with mesa.ocupada():
        aceitas = [mesa.auditar("T1"), mesa.auditar("T2")]
        recusada = mesa.auditar("T3")
        assert isinstance(recusada.exception(0), BancoIndisponivel)
    for aceita in aceitas:
        aceita.result(PRAZO_S)
    assert mesa.eventos() == ["T1", "T2"]


class TestPrazo:
    """Ninguém espera para sempre: quem desiste antes de ser atendido não é gravado."""

    @pytest.fixture
    def apressado(self, mesa: Mesa, monkeypatch: pytest.MonkeyPatch) -> Iterator[db.BancoSQL]:
        apressado = db.BancoSQL(mesa.engine)
        monkeypatch.setattr(db, "PRAZO_DA_ESCRITA_S", 0.05)
        yield apressado
        apressado.fechar()

    def test_quem_desiste_na_fila_nao_e_gravado(self, mesa: Mesa, apressado: db.BancoSQL) -> None:
        entrou, solta = threading.Event(), threading.Event()

        def prender(_: Any) -> None:
            entrou.set()
            assert solta.wait(PRAZO_S)

        apressado.escrever_depois("presa", prender)
        assert entrou.wait(PRAZO_S)
        with pytest.raises(BancoIndisponivel, match="nada foi gravado"):
            apressado.escrever("teste", lambda escrita: escrita.auditar("T1", {}))
        solta.set()
        self._esvaziar(apressado)
        assert mesa.eventos() == []

    def test_quem_ja_era_atendido_ouve_que_pode_ter_sido(self, mesa: Mesa, apressado: db.BancoSQL) -> None:
        solta = threading.Event()

        def demorar(escrita: Any) -> None:
            assert solta.wait(PRAZO_S)
            escrita.auditar("T1", {})

        with pytest.raises(BancoIndisponivel, match="pode ter sido feita") as recusa:
            apressado.escrever("teste", demorar)
        assert recusa.value.tentar_em_s >= 1
        solta.set()
        self._esvaziar(apressado)
        assert mesa.eventos() == ["T1"]

    @staticmethod
    def _esvaziar(apressado: db.BancoSQL) -> None:
        fim = threading.Event()
        apressado.escrever_depois("fim", lambda _: fim.set())
        assert fim.wait(PRAZO_S)
        apressado._escritor.fechar()


@pytest.mark.parametrize("culpada", ["_ao_auditar", "_ao_confirmar"])
def test_quem_observa_nao_derruba_quem_escreve(mesa: Mesa, culpada: str) -> None:
    def explodir(*_: Any) -> None:
        raise _Recusa

    certa = getattr(mesa.escritor, culpada)
    setattr(mesa.escritor, culpada, explodir)
    mesa.auditar("T1").result(PRAZO_S)
    setattr(mesa.escritor, culpada, certa)
    mesa.auditar("T2").result(PRAZO_S)
    assert mesa.eventos() == ["T1", "T2"]


def test_nem_um_pedido_de_saida_derruba_a_thread(mesa: Mesa) -> None:
    def sair(_: Any) -> None:
        raise SystemExit

    with pytest.raises(SystemExit):
        mesa.pedir(sair).result(PRAZO_S)
    mesa.auditar("T1").result(PRAZO_S)
    assert mesa.eventos() == ["T1"]


def test_fechar_termina_a_fila_e_recusa_o_que_vem_depois(mesa: Mesa) -> None:
    with mesa.ocupada():
        futuros = [mesa.auditar(f"T{n}") for n in range(5)]
        fechando = threading.Thread(target=mesa.escritor.fechar)
        fechando.start()
    fechando.join(PRAZO_S)
    assert all(futuro.done() for futuro in futuros)
    assert mesa.eventos() == [f"T{n}" for n in range(5)]
    with pytest.raises(BancoIndisponivel):
        mesa.auditar("TARDE").result(PRAZO_S)
    mesa.escritor.fechar()


def test_muitas_threads_e_nenhuma_resposta_trocada(mesa: Mesa) -> None:
    respostas: dict[int, int] = {}

    def cliente(n: int) -> None:
        for k in range(20):
            respostas[n * 100 + k] = mesa.pedir(lambda _, v=n * 100 + k: v).result(PRAZO_S)

    threads = [threading.Thread(target=cliente, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PRAZO_S)
    assert len(respostas) == 160
    assert all(pedido == resposta for pedido, resposta in respostas.items())
