"""Uma linha por fato, no formato do contrato: JSON, ou o texto do enunciado; escrita na hora, por quem a registra."""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
from collections.abc import MutableMapping
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson
import structlog
from opentelemetry import trace

from agendamento.observabilidade.metricas import LINHAS_PERDIDAS

SERVICO: Final = "servico-agendamento"
_SIGILOSO: Final = re.compile(r"sctec_[A-Za-z0-9_-]{20,}|[^\s@\"'/]+@[^\s@\"'/]+\.[^\s@\"'/]+")
_NIVEIS: Final = {"critical": "CRITICAL", "exception": "ERROR", "warn": "WARNING"}

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""O do pedido em curso."""

registro: structlog.typing.FilteringBoundLogger = structlog.get_logger()


def instante_agora() -> str:
    """RFC 3339 em UTC com milissegundos e ``Z``."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def identificadores() -> dict[str, str]:
    """O que liga uma linha ao pedido em curso: ``trace_id``, ``span_id`` e ``request_id``, os que houver."""
    ids = {}
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        ids = {
            "trace_id": trace.format_trace_id(span.trace_id),
            "span_id": trace.format_span_id(span.span_id),
        }
    if (pedido := request_id.get()) is not None:
        ids["request_id"] = pedido
    return ids


class _Saida:
    """Escreve cada linha inteira, antes de voltar, em cada destino; a que não couber é contada como perdida.

    Escrever na hora, e não por uma thread à parte, é o que deixa as linhas dos dois serviços na ordem dos fatos.
    """

    def __init__(self, arquivo: Path | None) -> None:
        self._mutex = threading.Lock()
        self._cortada: dict[int, bool] = {sys.stdout.fileno(): False}
        if arquivo is not None:
            arquivo.parent.mkdir(parents=True, exist_ok=True)
            self._cortada[os.open(arquivo, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)] = False

    def msg(self, linha: bytes) -> None:
        with self._mutex:
            for descritor in self._cortada:
                self._escrever(descritor, linha)

    debug = info = warning = error = critical = exception = msg

    def _escrever(self, descritor: int, linha: bytes) -> None:
        # A linha que um disco cheio cortou não se cola à seguinte.
        resto = b"\n" + linha if self._cortada[descritor] else linha
        inteira = len(resto)
        try:
            while resto:
                resto = resto[os.write(descritor, resto) :]
            self._cortada[descritor] = False
        except OSError:
            # Disco cheio ou cano fechado: agendar não espera por quem observa.
            self._cortada[descritor] |= len(resto) < inteira
            LINHAS_PERDIDAS.inc()


def _completar(_: Any, metodo: str, evento: MutableMapping[str, Any]) -> dict[str, Any]:
    linha: dict[str, Any] = {
        "timestamp_utc": evento.pop("timestamp_utc", None) or instante_agora(),
        "level": evento.pop("level", None) or _NIVEIS.get(metodo, metodo.upper()),
    }
    # A ordem dos campos é a do enunciado: as linhas são lidas também a olho nu.
    if linha["level"] == "AUDIT":
        linha |= {"event_type": evento.pop("event"), "service": SERVICO, "details": evento.pop("details")}
    else:
        linha |= {"service": SERVICO, "message": evento.pop("event")}
    linha.update(identificadores())
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
    saida = _Saida(arquivo)
    structlog.configure(
        processors=[_completar, _em_texto if texto else _em_json],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: saida,
        cache_logger_on_first_use=True,
    )
    raiz = logging.getLogger()
    raiz.handlers[:] = [_PonteDaBiblioteca(level=logging.WARNING)]
    raiz.setLevel(logging.WARNING)
