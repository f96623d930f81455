"""Portas de 127.0.0.1: uma livre, e quem tem uma tomada."""

from __future__ import annotations

import random
import re
import shutil
import socket
import subprocess


def livre(porta: int, endereco: str = "127.0.0.1") -> bool:
    """Verdadeiro se um serviço conseguiria escutar ali agora."""
    with socket.socket() as tomada:
        tomada.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tomada.bind((endereco, porta))
        except OSError:
            return False
    return True


def porta_livre() -> int:
    """Uma porta livre abaixo da faixa efêmera, que conexões de saída de um teste de carga não tomam."""
    for _ in range(1000):
        porta = random.randrange(20_000, 32_000)
        if livre(porta):
            return porta
    raise RuntimeError("nenhuma porta livre em 127.0.0.1 entre 20000 e 32000")


def quem_ocupa(porta: int) -> str | None:
    """O processo que escuta na porta, como ``nome (pid 123)``, se o sistema souber dizer."""
    if not shutil.which("ss"):
        return None
    saida = subprocess.run(
        ["ss", "-ltnpH", f"sport = :{porta}"], capture_output=True, text=True, check=False
    ).stdout
    achado = re.search(r'\("([^"]+)",pid=(\d+)', saida)
    return f"{achado[1]} (pid {achado[2]})" if achado else None
