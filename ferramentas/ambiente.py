"""As variáveis que quem executa quis: as do shell (e da linha do make), por cima das de ``.env``."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from dotenv import dotenv_values

_PREFIXOS = ("SCTEC_", "PORTA_", "OTEL_")


def dos_servicos(raiz: Path) -> dict[str, str]:
    """Só as variáveis que os serviços leem, sem as vazias (que valem o padrão)."""
    todas = {**dotenv_values(raiz / ".env"), **os.environ}
    return {nome: valor for nome, valor in todas.items() if valor and nome.startswith(_PREFIXOS)}


def pasta_dos_dados(raiz: Path) -> Path:
    """``SCTEC_DADOS``, ou ``var/`` desta cópia de trabalho."""
    return Path(dos_servicos(raiz).get("SCTEC_DADOS") or raiz / "var").absolute()


def segredo_guardado(dados: Path) -> str:
    """O segredo entre os serviços desta pasta de dados; criado na primeira vez, legível só pelo dono."""
    arquivo = dados / "segredo-coordenador"
    if arquivo.exists():
        guardado = arquivo.read_text(encoding="ascii").strip()
        if guardado:
            return guardado
    dados.mkdir(parents=True, exist_ok=True)
    segredo = secrets.token_urlsafe(32)
    descritor = os.open(arquivo, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descritor, "w", encoding="ascii") as aberto:
        aberto.write(segredo + "\n")
    return segredo


class DadosEmUso(Exception):
    """Outro processo executa o SCTEC sobre a mesma pasta de dados."""


@contextlib.contextmanager
def uso_exclusivo(dados: Path) -> Iterator[None]:
    """Enquanto durar, ninguém mais executa sobre estes dados nem os apaga; some com o processo.

    Raises:
        DadosEmUso: já há quem use.
    """
    dados.mkdir(parents=True, exist_ok=True)
    descritor = os.open(dados, os.O_RDONLY)
    try:
        fcntl.flock(descritor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise DadosEmUso(f"o SCTEC já está em execução sobre {dados}") from None
    finally:
        os.close(descritor)
