"""O Chromium do sistema, para os testes e as medições que precisam de um navegador de verdade."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from ferramentas.caminhos import NODE

# As que tiram do Chromium o que ele procura fora desta máquina.
OPCOES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class SemChromium(Exception):
    """Não há Chromium nesta máquina; a mensagem diz como instalar."""


def achar_chromium() -> str:
    """O executável do Chromium: ``CHROMIUM``, ou o do sistema.

    Raises:
        SemChromium: não há nenhum.
    """
    nomes = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    achado = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, nomes)), None)
    if achado is None or not Path(achado).exists():
        raise SemChromium("sem Chromium: apt-get install chromium (ou CHROMIUM=/caminho/do/chromium)")
    return achado


@contextmanager
def navegador_aberto() -> Iterator[Browser]:
    """Um Chromium conduzido pelo playwright.

    Raises:
        SemChromium: não há Chromium nesta máquina.
    """
    executavel = achar_chromium()
    # O node que vem com o playwright pede libatomic.so.1, que falta num Debian novo; o do .venv, não.
    os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(NODE))
    with sync_playwright() as motor:
        navegador = motor.chromium.launch(executable_path=executavel, args=OPCOES)
        yield navegador
        navegador.close()
