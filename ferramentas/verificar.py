"""``make lint``: as verificações estáticas, cada uma com o seu nome; termina com erro se alguma falhar."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ferramentas.preparar import AGENDAMENTO, COORDENADOR, NPM, RAIZ, VENV

BIN = VENV / "bin"
VERIFICACOES: list[tuple[str, Path, list[str]]] = [
    ("ruff check, agendamento", AGENDAMENTO, [f"{BIN}/ruff", "check", "."]),
    ("ruff check, o resto", RAIZ, [f"{BIN}/ruff", "check", "ferramentas", "tests"]),
    ("ruff check, telemetria", RAIZ / "observability", [f"{BIN}/ruff", "check", "."]),
    ("ruff format, telemetria", RAIZ / "observability", [f"{BIN}/ruff", "format", "--check", "."]),
    ("ruff format, agendamento", AGENDAMENTO, [f"{BIN}/ruff", "format", "--check", "."]),
    ("ruff format, o resto", RAIZ, [f"{BIN}/ruff", "format", "--check", "ferramentas", "tests"]),
    ("mypy --strict, agendamento", AGENDAMENTO, [f"{BIN}/mypy"]),
    ("mypy --strict, o resto", RAIZ, [f"{BIN}/mypy"]),
    ("import-linter", AGENDAMENTO, [f"{BIN}/lint-imports", "--no-cache"]),
    ("eslint", COORDENADOR, [str(NPM), "run", "--silent", "lint"]),
]


def principal() -> int:
    """Executa todas, mesmo depois de uma falha, e diz quais falharam."""
    falhas = []
    for nome, pasta, comando in VERIFICACOES:
        feito = subprocess.run(
            comando,
            cwd=pasta,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        print(f"  {nome}: {'em ordem' if feito.returncode == 0 else 'FALHOU'}", flush=True)
        if feito.returncode:
            print(feito.stdout, flush=True)
            falhas.append(nome)
    print(f"lint: {len(VERIFICACOES) - len(falhas)} passed, {len(falhas)} failed")
    return 1 if falhas else 0


if __name__ == "__main__":
    sys.exit(principal())
