"""Contexto de traço W3C (https://www.w3.org/TR/trace-context/): todo pedido tem trace_id e span_id."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from random import getrandbits

from opentelemetry import trace

_TRACEPARENT = re.compile(r"^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$")


def novo_id(bits: int) -> str:
    """Identificador aleatório em hexadecimal. Não é segredo: dispensa a entropia do sistema, que é cara."""
    return f"{getrandbits(bits) or 1:0{bits // 4}x}"


@dataclass(frozen=True, slots=True)
class Traco:
    """``trace_id`` de 32 e ``span_id`` de 16 algarismos hexadecimais."""

    trace_id: str
    span_id: str
    marcas: str = "01"

    @property
    def traceparent(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{self.marcas}"


def continuar(traceparent: str | None) -> Traco:
    """Continua o traço de quem chamou; sem cabeçalho válido, começa outro."""
    achado = _TRACEPARENT.match(traceparent or "")
    span_id = novo_id(64)
    if achado is None or set(achado[1]) == {"0"} or set(achado[2]) == {"0"}:
        return Traco(novo_id(128), span_id)
    return Traco(achado[1], span_id, achado[3])


def anotar(prefixo: str, valores: Mapping[str, str | float | None]) -> None:
    """Acrescenta atributos ao span em curso, se há quem o registre; os ausentes ficam de fora."""
    span = trace.get_current_span()
    if span.is_recording():
        span.set_attributes({f"{prefixo}.{nome}": v for nome, v in valores.items() if v is not None})
