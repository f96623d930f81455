"""O Chromium do sistema, para os testes e as medições que precisam de um navegador de verdade."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

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


def achar_chromium() -> str:
    """O executável do Chromium: ``CHROMIUM``, ou o do sistema.

    Raises:
        FileNotFoundError: não há nenhum; a mensagem diz como instalar.
    """
    nomes = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    achado = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, nomes)), None)
    if achado is None or not Path(achado).exists():
        raise FileNotFoundError(
            "isto precisa do Chromium e não o achou. Instale-o (no Debian e no Ubuntu, "
            "`apt install chromium`) ou diga onde está: CHROMIUM=/caminho/do/chromium make test"
        )
    return achado
