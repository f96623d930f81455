"""As mesmas regras, com o tempo dividido: um alerta de um minuto dispara em segundos no teste."""

from __future__ import annotations

import re
from pathlib import Path

from ferramentas.caminhos import RAIZ

ORIGEM = RAIZ / "observability" / "prometheus" / "regras"
DIVISOR = 10
#: Uma janela precisa de quatro coletas de 5 s para ter o que medir.
JANELA_MINIMA_S = 20
_SEGUNDOS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def _segundos(duracao: str) -> int:
    return int(duracao[:-1]) * _SEGUNDOS[duracao[-1]]


def acelerar(texto: str) -> str:
    """Divide as janelas `[5m]`, os recuos `offset 5m` e as esperas `for: 1m`; os nomes não mudam."""
    texto = re.sub(
        r"\[(\d+[smhd])\]", lambda m: f"[{max(JANELA_MINIMA_S, _segundos(m[1]) // DIVISOR)}s]", texto
    )
    texto = re.sub(
        r"offset (\d+[smhd])",
        lambda m: f"offset {max(JANELA_MINIMA_S, _segundos(m[1]) // DIVISOR)}s",
        texto,
    )
    return re.sub(r"for: (\d+[smhd])", lambda m: f"for: {_segundos(m[1]) // DIVISOR}s", texto)


def escrever(destino: Path) -> Path:
    """Grava as regras aceleradas em `destino`, legíveis pelo usuário do Prometheus, e o devolve."""
    destino.mkdir(parents=True, exist_ok=True)
    destino.chmod(0o755)
    for arquivo in ORIGEM.glob("*.yml"):
        copia = destino / arquivo.name
        copia.write_text(acelerar(arquivo.read_text("utf-8")), encoding="utf-8")
        copia.chmod(0o644)
    return destino
