"""A única thread que escreve: confirma juntas, em ordem de chegada, as operações que esperam.

Uma confirmação (``fsync``) por grupo, e nenhuma disputa entre escritores: o recuo do SQLite ocupado é uma
segunda corrida, lenta e injusta (medido em docs/DESEMPENHO.md). Cada operação tem o seu SAVEPOINT: a que
falha desfaz só o que fez; se a confirmação falha, nenhuma do grupo valeu.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from typing import Any, TypeVar

import orjson
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError

from agendamento.aplicacao.portas import Escrita, RegistroAuditoria
from agendamento.dominio.erros import BancoIndisponivel
from agendamento.observabilidade import metricas, tracos
from agendamento.observabilidade.logs import registro
from agendamento.observabilidade.metricas import ESCRITAS_RECUSADAS
from agendamento.persistencia.auditoria import Trilha
from agendamento.persistencia.gravacoes import EscritaSQL

T = TypeVar("T")
Rastro = tuple[str | None, str | None]

MAIOR_GRUPO = 256
REUNIAO_S = 0.02
ESPERA_MAXIMA_S = 3.0
"""Quem esperou mais que isto na fila recebe 503 sem ter sido tentado."""
MAIOR_FILA = 4096
"""Com tantas à espera, a próxima é recusada ao chegar."""
RETOMADA_S = 0.5
INSISTENCIA_S = 60.0
"""Por quanto tempo se repete a gravação que ninguém espera (o registro de uma recusa) antes de dá-la por perdida."""


@dataclass(slots=True)
class _Pedido:
    nome: str
    operacao: Callable[[Escrita], Any]
    rastro: Rastro
    futuro: Future[Any]
    esperado: bool
    entrada: float = field(default_factory=time.monotonic)
    contexto: Context = field(default_factory=copy_context)
    """O de quem pediu: as linhas e os spans que a operação abrir na thread do escritor são do pedido dele."""
    tentada: bool = False
    auditadas: slice = field(default_factory=lambda: slice(0))
    resultado: Any = None
    erro: BaseException | None = None


class Escritor:
    """Fila FIFO de operações e a thread que as confirma em grupos de até ``MAIOR_GRUPO``."""

    def __init__(
        self,
        engine: Engine,
        *,
        fencing: bool,
        ao_auditar: Callable[[RegistroAuditoria], None],
        ao_confirmar: Callable[[str, float], None],
        traduzir: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._engine = engine
        self._fencing = fencing
        self._ao_auditar = ao_auditar
        self._ao_confirmar = ao_confirmar
        self._traduzir = traduzir
        self._fila: queue.SimpleQueue[_Pedido | None] = queue.SimpleQueue()
        self._alguem_espera = threading.Event()
        self._con: Connection | None = None
        self._fechado = False
        self._thread = threading.Thread(target=self._trabalhar, name="escritor", daemon=True)
        self._thread.start()

    def enfileirar(
        self,
        nome: str,
        operacao: Callable[[Escrita], T],
        rastro: Rastro,
        *,
        esperado: bool = True,
    ) -> Future[T]:
        """Põe na fila; a que não é ``esperado`` por ninguém aguarda até ``REUNIAO_S`` por companhia, e é repetida."""
        pedido = _Pedido(nome, operacao, rastro, Future(), esperado)
        if self._fechado:
            self._desistir(pedido, _encerrando())
        elif self._fila.qsize() >= MAIOR_FILA:
            self._desistir(pedido, _demais(), "fila_cheia")
        else:
            self._fila.put(pedido)
            if esperado:
                self._alguem_espera.set()
        return pedido.futuro

    @property
    def na_fila(self) -> int:
        """Quantas operações esperam."""
        return self._fila.qsize()

    def fechar(self) -> None:
        """Não aceita mais nada, termina a fila e encerra a thread (espera até 10 s)."""
        self._fechado = True
        self._fila.put(None)
        self._alguem_espera.set()
        self._thread.join(10)

    def _trabalhar(self) -> None:
        aberto = True
        while aberto:
            grupo: list[_Pedido] = []
            item = self._fila.get()
            if item is not None and not item.esperado:
                self._alguem_espera.wait(RETOMADA_S if item.tentada else REUNIAO_S)
            self._alguem_espera.clear()
            while True:
                if item is None:
                    aberto = False
                else:
                    grupo.append(item)
                if len(grupo) >= MAIOR_GRUPO or self._fila.empty():
                    break
                item = self._fila.get()
            vivos = [p for p in grupo if not self._vencido(p)]
            if vivos:
                self._confirmar(vivos)
        self._encerrar()

    def _encerrar(self) -> None:
        if self._con is not None:
            self._con.close()
        while not self._fila.empty():
            tardio = self._fila.get()
            if tardio is not None and (not tardio.esperado or tardio.futuro.set_running_or_notify_cancel()):
                self._desistir(tardio, _encerrando())

    def _vencido(self, pedido: _Pedido) -> bool:
        if not pedido.esperado:
            return False
        if not pedido.futuro.set_running_or_notify_cancel():
            return True  # Quem pediu desistiu de esperar.
        if time.monotonic() - pedido.entrada <= ESPERA_MAXIMA_S:
            return False
        self._desistir(pedido, _demais(), "demora")
        return True

    def _insistir(self, devidas: list[_Pedido], erro: BaseException, *, sozinha: bool) -> None:
        """As que ninguém espera: quem as pediu já foi respondido, e o registro ainda é devido."""
        passa = isinstance(erro.__cause__, OperationalError | InterfaceError)
        for pedido in devidas:
            if not passa and not sozinha:
                # Alguma do grupo não pode ser gravada nunca: cada uma por si, para que só essa se perca.
                self._confirmar([pedido])
            elif passa and not self._fechado and time.monotonic() - pedido.entrada <= INSISTENCIA_S:
                pedido.tentada = True
                self._fila.put(pedido)
            else:
                self._desistir(pedido, erro)

    @staticmethod
    def _desistir(pedido: _Pedido, erro: BaseException, motivo: str | None = None) -> None:
        """A notícia a quem espera; a gravação que ninguém espera é contada e dita no log, com o pedido dela."""
        if not pedido.esperado:
            motivo = "perdida"
            pedido.contexto.run(
                registro.error, "Gravação perdida", operacao=pedido.nome, request_id=pedido.rastro[1]
            )
        if motivo is not None:
            ESCRITAS_RECUSADAS.labels(motivo).inc()
        pedido.futuro.set_exception(erro)

    def _confirmar(self, grupo: list[_Pedido]) -> None:
        inicio = time.perf_counter()
        try:
            with self._traduzir():
                trilha = self._transacao(grupo)
        except BaseException as erro:
            # Nada do grupo foi confirmado: todos recebem a mesma notícia, e a thread continua viva.
            self._insistir([p for p in grupo if not p.esperado], erro, sozinha=len(grupo) == 1)
            for pedido in grupo:
                if pedido.esperado:
                    pedido.futuro.set_exception(erro)
            return
        duracao = time.perf_counter() - inicio
        self._contar(grupo, trilha, duracao)
        for pedido in grupo:
            if pedido.erro is not None:
                pedido.futuro.set_exception(pedido.erro)
            else:
                pedido.futuro.set_result(pedido.resultado)

    def _contar(self, grupo: list[_Pedido], trilha: Trilha, duracao: float) -> None:
        """As linhas de log e as métricas do que já está confirmado."""
        try:
            for pedido in grupo:
                pedido.contexto.run(self._contar_um, pedido, trilha, duracao)
        except Exception as erro:
            # O fato está no banco: quem observa não derruba a única thread que escreve.
            registro.error("Confirmação não registrada", exc_info=erro)

    def _contar_um(self, pedido: _Pedido, trilha: Trilha, duracao: float) -> None:
        for linha in trilha.pendentes[pedido.auditadas]:
            self._ao_auditar(_registro(linha))
        self._ao_confirmar(pedido.nome, duracao)

    def _transacao(self, grupo: list[_Pedido]) -> Trilha:
        # A conexão é só desta thread e fica aberta, fora do pool: os leitores não podem esgotá-la.
        con = self._con = self._con or self._nova_conexao()
        try:
            with con.begin():
                if con.dialect.name == "sqlite":
                    con.exec_driver_sql("BEGIN IMMEDIATE")
                trilha = Trilha.abrir(con)
                for pedido in grupo:
                    self._executar(con, trilha, pedido)
                confirmando = time.time_ns()
                trilha.gravar(con)
            for pedido in grupo:
                pedido.contexto.run(tracos.confirmado, confirmando, len(grupo))
        except BaseException:
            # Fechar desfaz a transação em aberto, inclusive a que o banco já abandonou.
            self._con = None
            con.close()
            raise
        return trilha

    def _nova_conexao(self) -> Connection:
        con = self._engine.connect()
        con.detach()
        return con

    def _executar(self, con: Connection, trilha: Trilha, pedido: _Pedido) -> None:
        pedido.contexto.run(_contar_espera, time.monotonic() - pedido.entrada)
        marca = trilha.marcar()
        pedido.erro = None
        # begin_nested() faria o mesmo por quatro vezes o preço (medido na decisão 0003).
        con.exec_driver_sql("SAVEPOINT operacao")
        try:
            escrita = EscritaSQL(con, trilha, pedido.rastro, fencing=self._fencing)
            pedido.resultado = pedido.contexto.run(pedido.operacao, escrita)
        except Exception as erro:
            if isinstance(erro, DBAPIError) and not isinstance(erro, IntegrityError):
                # Não é recusa de restrição: a transação inteira está perdida.
                raise
            pedido.erro = erro
            trilha.voltar(marca)
            con.exec_driver_sql("ROLLBACK TO SAVEPOINT operacao")
        con.exec_driver_sql("RELEASE SAVEPOINT operacao")
        pedido.auditadas = slice(marca[2], len(trilha.pendentes))


def _contar_espera(espera_s: float) -> None:
    tracos.evento("sctec.escritor.pegou", {"sctec.fila_ms": round(espera_s * 1000, 1)})
    metricas.ESPERA_DO_ESCRITOR.observe(espera_s, tracos.exemplar())


def _demais() -> BancoIndisponivel:
    return BancoIndisponivel("A fila de escrita do banco está longa demais; nada foi gravado.", 2)


def _encerrando() -> BancoIndisponivel:
    return BancoIndisponivel("O serviço está encerrando.")


def _registro(linha: dict[str, Any]) -> RegistroAuditoria:
    return RegistroAuditoria(
        seq=linha["seq"],
        instante=linha["instante_utc"],
        evento=linha["evento"],
        detalhes=orjson.loads(linha["detalhes"]),
        trace_id=linha["trace_id"],
        request_id=linha["request_id"],
        hash=linha["hash"],
    )
