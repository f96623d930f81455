"""Quando o pedido chegou inteiro à máquina: o A de docs/JUSTICA.md, no relógio monotônico.

Contam os últimos bytes, não os primeiros: quem mandasse os cabeçalhos cedo e o corpo só na hora do clique
guardaria um lugar na fila. E conta a chegada à máquina, não a este código: sob centenas de threads, a espera
por um núcleo difere de pedido a pedido. O Linux sabe há quanto tempo o último byte chegou ao socket
(``tcpi_last_data_recv``, em ``linux/tcp.h``); onde não há como saber, vale o instante em que o corpo foi lido.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Mapping
from typing import Any

_TCP_INFO = getattr(socket, "TCP_INFO", None)
_ULTIMO_DADO = struct.Struct("52xI")
_RESOLUCAO_MS = 4
"""O passo do relógio do núcleo com HZ=250, o do Debian: diferença menor que esta não se distingue de zero."""
_MAIOR_MS = 60_000


def medir(ambiente: Mapping[str, Any]) -> float:
    """Segundos monotônicos da chegada do último byte; chamar logo depois de ler o corpo.

    Args:
        ambiente: o do WSGI; o gunicorn põe nele o socket.
    """
    agora = time.monotonic()
    atraso_ms = _desde_o_ultimo_byte(ambiente.get("gunicorn.socket"))
    return agora - atraso_ms / 1000 if _RESOLUCAO_MS <= atraso_ms <= _MAIOR_MS else agora


def _desde_o_ultimo_byte(tomada: Any) -> int:
    if tomada is None or _TCP_INFO is None:
        return 0
    try:
        info = tomada.getsockopt(socket.IPPROTO_TCP, _TCP_INFO, _ULTIMO_DADO.size)
    except OSError:
        return 0
    if len(info) < _ULTIMO_DADO.size:
        return 0
    (ms,) = _ULTIMO_DADO.unpack(info)
    return int(ms)
