"""O que os testes têm em comum: relógio virtual, coordenador que anota, e a bancada que fala HTTP com a app."""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from flask import Flask
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

from agendamento.aplicacao.demonstracao import chave_demo
from agendamento.aplicacao.portas import Detalhes, Lock, PedidoDeLock
from agendamento.config import Config, carregar
from agendamento.dominio.grade import formatar
from agendamento.persistencia.modelos import db
from agendamento.vez import vez

T = TypeVar("T")

AGORA = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
"""O instante em que todo relógio virtual começa."""
SEGREDO = "segredo-de-teste-que-nunca-aparece"
HUBBLE = "hubble-acad"
AUSENTE: Any = object()

SEGREDOS_EM_LOG = (
    re.compile(r"sctec_[A-Za-z0-9_-]{20,}"),
    re.compile(r"[^\s@\"'/]+@[^\s@\"'/]+\.[^\s@\"'/]+"),
    re.compile(re.escape(SEGREDO)),
    re.compile(r"[Bb]earer [A-Za-z0-9]"),
)
"""O que nenhuma linha de log pode trazer: chave, e-mail, segredo do coordenador, cabeçalho Authorization."""


class RelogioVirtual:
    """Cumpre a porta ``Relogio``; só anda quando mandam."""

    def __init__(self, instante: datetime = AGORA) -> None:
        self.instante = instante

    def agora(self) -> datetime:
        return self.instante

    def avancar(self, **quanto: float) -> None:
        self.instante += timedelta(**quanto)


@dataclass
class CoordenadorGravador:
    """Cumpre a porta ``Coordenador``: concede tudo, com tokens crescentes, e anota o que lhe pediram.

    Attributes:
        ao_adquirir: roda a cada pedido, e pode levantar ``LockNegado`` ou ``CoordenadorIndisponivel``.
    """

    no_ar: bool = True
    ao_adquirir: Callable[[PedidoDeLock], None] = lambda _: None
    pedidos: list[PedidoDeLock] = field(default_factory=list)
    concedidas: list[Lock] = field(default_factory=list)
    devolvidas: list[tuple[Lock, bool]] = field(default_factory=list)
    ocupados: list[str] = field(default_factory=list)
    """Os que a última devolução disse que ficaram tomados."""
    eventos: list[tuple[str, Detalhes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._tokens = itertools.count(1)
        self._mutex = threading.Lock()

    def adquirir(self, pedido: PedidoDeLock) -> Lock:
        with self._mutex:
            self.pedidos.append(pedido)
        # Quem espera a rede cede a vez de executar; um coordenador de teste que espera também.
        with vez.cedida():
            self.ao_adquirir(pedido)
        with self._mutex:
            lock = Lock(f"concessao-{len(self.concedidas)}", next(self._tokens), pedido.recursos)
            self.concedidas.append(lock)
        return lock

    def liberar(self, lock: Lock, *, salvo: bool, ocupados: Sequence[str]) -> None:
        self.ocupados = list(ocupados)
        self.devolvidas.append((lock, salvo))

    def publicar(self, tipo: str, dados: Detalhes) -> None:
        self.eventos.append((tipo, dados))

    def exigir_tokens_acima_de(self, token: int) -> None:
        with self._mutex:
            self._tokens = itertools.count(max(token + 1, next(self._tokens)))

    def pronto(self) -> bool:
        return self.no_ar

    def justica(self) -> Detalhes:
        compromisso = {
            "dia": "2026-11-20",
            "compromisso": "0" * 64,
            "publicado_em_utc": "2026-11-13T00:00:00.000Z",
            "antecipado": True,
        }
        return {
            "versao": 1,
            "parametros": {"tau_ms": 5},
            "sorteio": {"resumo": "SHA-256"},
            "compromissos": [compromisso],
            "revelados": [],
        }

    def locks(self) -> Detalhes:
        return {"total": 0, "esperando": 0, "janelas_abertas": 0, "candidatos": 0, "concessoes": []}

    def fechar(self) -> None:
        """Não há o que encerrar."""


@dataclass
class Bancada:
    """Uma app inteira, com banco de verdade, e o que os testes precisam para conversar com ela."""

    app: Flask
    config: Config
    relogio: RelogioVirtual
    coordenador: CoordenadorGravador

    @property
    def engine(self) -> Engine:
        with self.app.app_context():
            return db.engine

    def pedir(
        self,
        metodo: str,
        caminho: str,
        corpo: Any = AUSENTE,
        *,
        quem: str | None = "ada",
        **cabecalhos: str,
    ) -> TestResponse:
        """Um pedido HTTP. ``corpo`` em bytes vai como está; sublinhado no nome do cabeçalho vira hífen."""
        prontos = {nome.replace("_", "-"): valor for nome, valor in cabecalhos.items()}
        if quem is not None:
            prontos.setdefault("Authorization", f"Bearer {chave_de(quem)}")
        extras: dict[str, Any] = {}
        if isinstance(corpo, bytes):
            extras = {"data": corpo, "content_type": prontos.pop("Content-Type", "application/json")}
        elif corpo is not AUSENTE:
            extras = {"json": corpo}
        cliente = self.app.test_client(use_cookies=False)
        return cliente.open(caminho, method=metodo, headers=prontos, buffered=True, **extras)

    def agendar(
        self, inicio: str | datetime, fim: str | datetime | None = None, **extra: Any
    ) -> TestResponse:
        """``POST /agendamentos`` no Hubble; ``quem`` e cabeçalhos em ``extra`` vão para ``pedir``."""
        corpo = {"telescopio": HUBBLE, "horario_inicio_utc": _texto(inicio), **extra.pop("corpo", {})}
        if fim is not None:
            corpo["horario_fim_utc"] = _texto(fim)
        return self.pedir("POST", "/agendamentos", corpo, **extra)

    def id_de(self, apelido: str) -> int:
        raiz = self.pedir("GET", "/", quem=apelido).json["_links"]
        return int(raiz["eu"]["href"].rsplit("/", 1)[1])

    def sql(self, consulta: str, **valores: Any) -> list[Any]:
        """Linhas de uma consulta, para conferir o que ficou no banco."""
        with self.engine.begin() as con:
            resultado = con.execute(text(consulta), valores)
            return list(resultado) if resultado.returns_rows else []

    def eventos(self) -> list[str]:
        """Os eventos da trilha, em ordem; espera que a fila de escrita esvazie."""
        self.esperar_escritas()
        return [linha.evento for linha in self.sql("SELECT evento FROM auditoria ORDER BY seq")]

    def esperar_escritas(self) -> None:
        """A fila é FIFO: quando uma operação vazia termina, as de antes terminaram."""
        self.app.extensions["sctec"].banco.escrever("nada", lambda _: None)


def _texto(instante: str | datetime) -> str:
    return formatar(instante) if isinstance(instante, datetime) else instante


def chave_de(apelido: str) -> str:
    """A chave da pessoa de demonstração; um texto que já é chave passa como está."""
    return apelido if apelido.startswith("sctec_") else chave_demo(apelido)


def config_de_teste(pasta: Path, url: str | None = None, **ambiente: str) -> Config:
    """Configuração lida como em produção, com o banco em ``pasta`` (ou em ``url``)."""
    return carregar(
        {
            "SCTEC_DADOS": str(pasta),
            "SCTEC_BANCO_URL": url or f"sqlite:///{pasta / 'descartavel.db'}",
            "SCTEC_SEGREDO_COORDENADOR": SEGREDO,
            "SCTEC_JANELA_JUSTICA_MS": "0",
            **ambiente,
        }
    )


def instantes(de: int, ate: int) -> st.SearchStrategy[datetime]:
    """Instantes UTC, com microssegundos, do começo do ano ``de`` ao fim do ano ``ate``."""
    inicio, fim = datetime(de, 1, 1, tzinfo=UTC), datetime(ate + 1, 1, 1, tzinfo=UTC)
    passos = (fim - inicio) // timedelta(microseconds=1)
    return st.integers(0, passos - 1).map(lambda n: inicio + timedelta(microseconds=n))


def ao_mesmo_tempo(tarefas: Sequence[Callable[[], T]]) -> list[T]:
    """Roda cada tarefa numa thread, todas soltas pela mesma barreira, e devolve os resultados em ordem."""
    largada = threading.Barrier(len(tarefas))

    def correr(tarefa: Callable[[], T]) -> T:
        largada.wait(30)
        return tarefa()

    with ThreadPoolExecutor(len(tarefas)) as threads:
        return list(threads.map(correr, tarefas))


def links_de(resposta: TestResponse) -> set[str]:
    return set(resposta.json["_links"])


def campos_recusados(resposta: TestResponse) -> dict[str, tuple[str, str]]:
    """Campo → (mensagem, remédio) de um problema."""
    return {e["campo"]: (e["mensagem"], e["remedio"]) for e in resposta.json["erros"]}


@contextmanager
def linhas_limpas(linhas: list[str]) -> Iterator[None]:
    """Falha se, dentro do bloco, alguma linha de log trouxe o que não pode.

    Raises:
        AssertionError: com a linha culpada.
    """
    antes = len(linhas)
    yield
    culpadas = [x for x in linhas[antes:] if any(padrao.search(x) for padrao in SEGREDOS_EM_LOG)]
    assert not culpadas, f"linha de log com chave, segredo ou e-mail: {culpadas[0]}"
