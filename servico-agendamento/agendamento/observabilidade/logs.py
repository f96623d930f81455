"""Uma linha por fato, no formato do contrato: JSON, ou o texto do enunciado.

Escrever no stdout solta o GIL, e sob centenas de threads reavê-lo custa mais que a linha. Por isso quem
registra só enfileira, e uma thread escreve tudo o que houver de uma vez, na ordem.
"""

from __future__ import annotations

import atexit
import logging
import os
import queue
import re
import sys
import threading
import time
from collections.abc import Mapping, MutableMapping
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import orjson
import structlog

REUNIAO_S: Final = 0.01
SERVICO: Final = "servico-agendamento"
_SIGILOSO: Final = re.compile(r"sctec_[A-Za-z0-9_-]{20,}|[^\s@\"'/]+@[^\s@\"'/]+\.[^\s@\"'/]+")
_NIVEIS: Final = {"critical": "CRITICAL", "exception": "ERROR", "warn": "WARNING"}

contexto: ContextVar[Mapping[str, str]] = ContextVar("contexto", default=MappingProxyType({}))
"""Os identificadores do pedido em curso (request_id, trace_id, span_id), que entram em toda linha."""

registro: structlog.typing.FilteringBoundLogger = structlog.get_logger()


def instante_agora() -> str:
    """RFC 3339 em UTC com milissegundos e ``Z``."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


class _Escoadouro:
    """Fila sem trava de espera → uma thread → stdout e, se pedido, um arquivo."""

    def __init__(self, arquivo: Path | None) -> None:
        self._fila: queue.SimpleQueue[bytes | threading.Event] = queue.SimpleQueue()
        self._descritores = [sys.stdout.fileno()]
        if arquivo is not None:
            arquivo.parent.mkdir(parents=True, exist_ok=True)
            self._descritores.append(os.open(arquivo, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640))
        threading.Thread(target=self._escoar, name="logs", daemon=True).start()
        atexit.register(self.descarregar)

    def msg(self, linha: bytes) -> None:
        self._fila.put(linha)

    debug = info = warning = error = critical = exception = msg

    def descarregar(self) -> None:
        """Espera (até 2 s) que tudo o que foi registrado até aqui esteja escrito."""
        aviso = threading.Event()
        self._fila.put(aviso)
        aviso.wait(2)

    def _escoar(self) -> None:
        while True:
            itens = [self._fila.get()]
            if isinstance(itens[0], bytes):
                # Uma escrita por rajada: acordar a cada linha disputaria o GIL com quem atende.
                time.sleep(REUNIAO_S)
            while len(itens) < 1000 and not self._fila.empty():
                itens.append(self._fila.get())
            bloco = b"".join(item for item in itens if isinstance(item, bytes))
            for descritor in self._descritores:
                self._escrever(descritor, bloco)
            for item in itens:
                if isinstance(item, threading.Event):
                    item.set()

    @staticmethod
    def _escrever(descritor: int, bloco: bytes) -> None:
        resto = memoryview(bloco)
        try:
            while resto:
                resto = resto[os.write(descritor, resto) :]
        except OSError:
            # Disco cheio ou cano fechado: agendar não espera por quem observa.
            return


def _completar(_: Any, metodo: str, evento: MutableMapping[str, Any]) -> dict[str, Any]:
    linha = {
        "timestamp_utc": instante_agora(),
        "level": evento.pop("level", None) or _NIVEIS.get(metodo, metodo.upper()),
        "service": SERVICO,
    }
    if linha["level"] != "AUDIT":
        linha["message"] = evento.pop("event")
    else:
        linha["event_type"] = evento.pop("event")
    if "timestamp_utc" in evento:
        linha["timestamp_utc"] = evento.pop("timestamp_utc")
    linha.update(contexto.get())
    linha.update(structlog.processors.format_exc_info(_, metodo, evento))
    return {nome: sem_sigilo(valor) for nome, valor in linha.items()}


def sem_sigilo(valor: Any) -> Any:
    """Nenhuma chave e nenhum e-mail sai numa linha, ainda que venha de fora: num caminho, num texto livre."""
    if isinstance(valor, str):
        return _SIGILOSO.sub("…", valor) if "@" in valor or "sctec_" in valor else valor
    if isinstance(valor, dict):
        return {nome: sem_sigilo(item) for nome, item in valor.items()}
    if isinstance(valor, list):
        return [sem_sigilo(item) for item in valor]
    return valor


def _em_json(_: Any, __: str, linha: MutableMapping[str, Any]) -> bytes:
    return orjson.dumps(linha, default=str, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS)


def _em_texto(_: Any, metodo: str, linha: MutableMapping[str, Any]) -> bytes:
    if linha["level"] == "AUDIT":
        return _em_json(_, metodo, linha)
    erro = f"\n{linha['exception']}" if "exception" in linha else ""
    texto = f"{linha['level']}:{linha['timestamp_utc']}:{linha['service']}:{linha['message']}{erro}\n"
    return texto.encode()


class _PonteDaBiblioteca(logging.Handler):
    """Leva ao mesmo formato os avisos das bibliotecas (gunicorn, SQLAlchemy) de nível WARNING ou mais."""

    def emit(self, record: logging.LogRecord) -> None:
        extra = {"exc_info": record.exc_info} if record.exc_info else {}
        getattr(registro, record.levelname.lower(), registro.warning)(
            record.getMessage(), biblioteca=record.name, **extra
        )


def configurar(formato: str | None, arquivo: Path | None) -> None:
    """Liga o registro do processo; ``formato`` ``None`` = texto num terminal, JSON fora dele."""
    texto = formato == "texto" or (formato is None and sys.stdout.isatty())
    escoadouro = _Escoadouro(arquivo)
    structlog.configure(
        processors=[_completar, _em_texto if texto else _em_json],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: escoadouro,
        cache_logger_on_first_use=True,
    )
    raiz = logging.getLogger()
    raiz.handlers[:] = [_PonteDaBiblioteca(level=logging.WARNING)]
    raiz.setLevel(logging.WARNING)
