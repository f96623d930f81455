"""A ligação com o banco: SQLite em WAL (padrão) ou PostgreSQL por URL, e a fachada ``BancoSQL``."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from flask import Flask
from sqlalchemy import Connection, Engine, event, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as EsperaDoPool
from sqlalchemy.pool import QueuePool

from agendamento.aplicacao.portas import (
    Conferencia,
    Escrita,
    Leitura,
    Pergunta,
    RegistroAuditoria,
    Situacao,
    Vistoria,
)
from agendamento.config import Config
from agendamento.dominio.erros import BancoIndisponivel
from agendamento.dominio.grade import Intervalo
from agendamento.observabilidade import tracos
from agendamento.observabilidade.logs import registro
from agendamento.observabilidade.metricas import ESCRITAS_RECUSADAS
from agendamento.persistencia import conferencia, reserva
from agendamento.persistencia.auditoria import GENESE
from agendamento.persistencia.escritor import Escritor
from agendamento.persistencia.leituras import LeituraSQL
from agendamento.persistencia.modelos import Auditoria, Espera, db
from agendamento.vez import vez

T = TypeVar("T")

ESPERA_BANCO_OCUPADO_MS = 1500
"""Quanto uma escrita espera por outro processo que segura o banco, antes do 503."""

PRAZO_DA_ESCRITA_S = 10.0
"""Quanto um pedido espera, ao todo, pela fila e pela confirmação."""

SONDAGEM_S = 1.0
"""Por quanto tempo vale o que se soube da escrita: quem pergunta sem parar não faz o disco trabalhar."""

LEITORES = 32
"""Conexões de leitura: bem menos que threads, porque nenhuma é segurada durante a rede."""


def opcoes_do_engine(url: str) -> dict[str, Any]:
    opcoes: dict[str, Any] = {"pool_size": LEITORES, "max_overflow": 0, "pool_timeout": 5}
    if url.startswith("sqlite"):
        # isolation_level None: quem abre transação é o escritor, não o módulo sqlite3; e uma leitura solta
        # não tem o que desfazer ao voltar ao pool.
        opcoes["pool_reset_on_return"] = None
        opcoes["connect_args"] = {"check_same_thread": False, "isolation_level": None}
    else:
        opcoes["pool_pre_ping"] = True
        opcoes["connect_args"] = {
            "connect_timeout": 2,
            "options": "-c lock_timeout=1500 -c timezone=UTC",
            # Um servidor que sumiu sem se despedir é dado por perdido em 10 s, e não em horas.
            "tcp_user_timeout": 10_000,
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
        }
    return opcoes


def _preparar_conexao(conexao: Any, _: Any) -> None:
    if isinstance(conexao, sqlite3.Connection):
        conexao.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
            f"PRAGMA busy_timeout={ESPERA_BANCO_OCUPADO_MS}; PRAGMA cache_size=-8192;"
        )


def ligar(app: Flask, config: Config) -> Engine:
    """Inicia o Flask-SQLAlchemy e devolve o engine, com WAL e transações explícitas no SQLite."""
    if config.banco_url.startswith("sqlite"):
        config.dados.mkdir(parents=True, exist_ok=True)
    app.config["SQLALCHEMY_DATABASE_URI"] = config.banco_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = opcoes_do_engine(config.banco_url)
    db.init_app(app)
    with app.app_context():
        engine = db.engine
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _preparar_conexao)
    return engine


@contextmanager
def traduzindo_falhas() -> Iterator[None]:
    """Falha do banco (ocupado, cheio, fora do ar, pool esgotado) vira ``BancoIndisponivel``."""
    try:
        yield
    except (DBAPIError, EsperaDoPool, sqlite3.Error, psycopg.Error) as erro:
        tracos.falhou(type(erro).__name__)
        registro.error("Banco de dados indisponível", causa=type(erro).__name__, detalhe=_causa(erro))
        raise BancoIndisponivel("O banco de dados não respondeu; nada foi gravado.") from erro


def _causa(erro: Exception) -> str:
    # Só a mensagem do driver: a do SQLAlchemy repetiria os parâmetros, que podem ter dado pessoal.
    return str(getattr(erro, "orig", erro))[:200]


class BancoSQL:
    """Cumpre ``portas.Banco``: leituras curtas em paralelo, escritas numa thread só."""

    def __init__(
        self,
        engine: Engine,
        *,
        fencing: bool = True,
        rastro: Callable[[], tuple[str | None, str | None]] = lambda: (None, None),
        ao_auditar: Callable[[RegistroAuditoria], None] = lambda _: None,
        ao_confirmar: Callable[[str, float], None] = lambda *_: None,
    ) -> None:
        self._engine = engine
        # No PostgreSQL, um comando só não precisa de BEGIN nem de ROLLBACK; no SQLite já é assim.
        solto = {} if engine.dialect.name == "sqlite" else {"isolation_level": "AUTOCOMMIT"}
        self._leitor = engine.execution_options(**solto)
        self._rastro = rastro
        self._arquivo = self._identidade()
        self._sondando = threading.Lock()
        self._grava, self._sondar_em = True, 0.0
        self._fechado = False
        self._escritor = Escritor(
            engine,
            fencing=fencing,
            ao_auditar=ao_auditar,
            ao_confirmar=ao_confirmar,
            traduzir=traduzindo_falhas,
        )

    @contextmanager
    def ler(self) -> Iterator[Leitura]:
        """Pede um contexto da aplicação Flask: a sessão é a do Flask-SQLAlchemy."""
        with traduzindo_falhas():
            try:
                yield LeituraSQL(db.session)
            finally:
                # A conexão volta já ao pool: ninguém a segura enquanto espera a rede.
                db.session.remove()

    def situar(self, pergunta: Pergunta) -> Situacao | None:
        with self._conectado() as con:
            return reserva.situar(con, pergunta)

    def vistoriar(self, telescopio_id: int, intervalo: Intervalo) -> Vistoria:
        with self._conectado() as con:
            return reserva.vistoriar(con, telescopio_id, intervalo)

    @contextmanager
    def _conectado(self) -> Iterator[Connection]:
        if self._fechado:
            # Quem ainda pergunta (uma métrica) reabriria uma conexão que ninguém mais fecha.
            raise BancoIndisponivel("O serviço está encerrando.")
        with traduzindo_falhas(), self._leitor.connect() as con:
            yield con

    def escrever(self, nome: str, operacao: Callable[[Escrita], T]) -> T:
        atributos = {"db.system.name": self._engine.dialect.name, "sctec.operacao": nome}
        with tracos.trecho("sctec.gravacao", atributos):
            futuro = self._escritor.enfileirar(nome, operacao, self._rastro())
            try:
                with vez.cedida():
                    return futuro.result(PRAZO_DA_ESCRITA_S)
            except TimeoutError:
                if futuro.done():
                    raise
                raise self._fora_do_prazo(desistiu=futuro.cancel()) from None

    @staticmethod
    def _fora_do_prazo(*, desistiu: bool) -> BancoIndisponivel:
        ESCRITAS_RECUSADAS.labels("prazo").inc()
        if desistiu:
            return BancoIndisponivel("O banco não respondeu a tempo; nada foi gravado.", 5)
        return BancoIndisponivel(
            "O banco não confirmou a tempo, e a escrita pode ter sido feita: confira antes de repetir, ou "
            "repita com a mesma Idempotency-Key.",
            5,
        )

    def escrever_depois(self, nome: str, operacao: Callable[[Escrita], object]) -> None:
        self._escritor.enfileirar(nome, operacao, self._rastro(), esperado=False)

    def primeira_oferta_a_vencer(self, desde: datetime) -> datetime | None:
        sem_uso = Espera.atendida_em.is_(None) & (Espera.oferecida_ate > desde)
        with self._conectado() as con:
            vence: datetime | None = con.scalar(select(func.min(Espera.oferecida_ate)).where(sem_uso))
        return vence

    def conferir_auditoria(self, desde: tuple[int, str] | None = None) -> Conferencia:
        # Numa fotografia do banco: o que se grava enquanto se confere não pode parecer divergência.
        with traduzindo_falhas(), self._engine.connect() as con:
            if con.dialect.name == "sqlite":
                con.exec_driver_sql("BEGIN")
            else:
                con = con.execution_options(isolation_level="REPEATABLE READ")
            try:
                divergencias = [(d.seq, d.problema) for d in conferencia.verificar(con, desde)]
                seq, hash_ = conferencia.fim(con) or (0, GENESE)
                return Conferencia(divergencias, f"{seq}:{hash_}")
            finally:
                con.rollback()

    def grava(self) -> bool:
        """Se uma escrita se confirma agora, no arquivo que os outros veem; o sabido há ``SONDAGEM_S`` ainda vale."""
        if time.monotonic() >= self._sondar_em and self._sondando.acquire(blocking=False):
            try:
                self._grava = self._identidade() == self._arquivo and self._sondar()
                self._sondar_em = time.monotonic() + SONDAGEM_S
            finally:
                self._sondando.release()
        return self._grava

    def _sondar(self) -> bool:
        try:
            self.escrever("sondagem", lambda escrita: escrita.sondar())
        except (BancoIndisponivel, DBAPIError):
            return False
        return True

    def _identidade(self) -> tuple[int, int] | None:
        """O arquivo do SQLite: trocado com o serviço no ar, o que se grava vai para o que já ninguém vê."""
        try:
            situacao = Path(self._engine.url.database or "").stat()
        except OSError:
            return None
        return situacao.st_dev, situacao.st_ino

    @property
    def na_fila(self) -> int:
        """Quantas gravações esperam pelo escritor."""
        return self._escritor.na_fila

    def conexoes_em_uso(self) -> int:
        """Quantas das ``LEITORES`` conexões de leitura estão emprestadas."""
        pool = self._engine.pool
        return pool.checkedout() if isinstance(pool, QueuePool) else 0

    def wal_bytes(self) -> int:
        """Tamanho do arquivo WAL do SQLite; zero se não há."""
        try:
            return Path(f"{self._engine.url.database}-wal").stat().st_size
        except OSError:
            return 0

    def maior_token(self) -> int:
        """O maior fencing token já gravado; zero se não há nenhum."""
        with self._conectado() as con:
            return reserva.maior_token(con)

    def ultimo_seq(self) -> int:
        """O número do último registro da trilha de auditoria."""
        with self._conectado() as con:
            return con.scalar(select(func.max(Auditoria.seq))) or 0

    def fechar(self) -> None:
        """Confirma o que está na fila e encerra a thread."""
        self._escritor.fechar()
        self._fechado = True
        self._engine.dispose()


def ajustar_unicidade(engine: Engine, *, ligada: bool) -> None:
    """Tira (ou repõe) o índice único dos slots. Só para a prova de corrida, em banco descartável."""
    with engine.begin() as con:
        con.execute(text("DROP INDEX IF EXISTS uq_slots_ocupados_telescopio_slot"))
        con.execute(
            text(
                f"CREATE {'UNIQUE ' if ligada else ''}INDEX uq_slots_ocupados_telescopio_slot "
                "ON slots_ocupados (telescopio_id, slot_inicio_utc)"
            )
        )
