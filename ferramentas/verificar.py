"""``make lint``: as verificações estáticas, cada uma com o seu nome; termina com erro se alguma falhar."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ferramentas.preparar import AGENDAMENTO, COORDENADOR, NODE, NPM, RAIZ, VENV

BIN = VENV / "bin"
PASTAS_PYTHON = {
    "agendamento": AGENDAMENTO,
    "sctec_cliente": RAIZ / "sctec_cliente",
    "telemetria": RAIZ / "observability",
    "o resto": RAIZ,  # o pyproject.toml da raiz deixa de fora as três acima, que têm as suas regras
}
ESLINT_RAIZ = [str(NODE), "servico-coordenador/node_modules/eslint/bin/eslint.js", "--max-warnings=0"]
VERIFICACOES: list[tuple[str, Path, list[str]]] = [
    *((f"ruff check, {nome}", pasta, [f"{BIN}/ruff", "check", "."]) for nome, pasta in PASTAS_PYTHON.items()),
    *(
        (f"ruff format, {nome}", pasta, [f"{BIN}/ruff", "format", "--check", "."])
        for nome, pasta in PASTAS_PYTHON.items()
    ),
    ("mypy --strict, agendamento", AGENDAMENTO, [f"{BIN}/mypy"]),
    ("mypy --strict, sctec_cliente", RAIZ / "sctec_cliente", [f"{BIN}/mypy", "sctec_cliente", "tests"]),
    ("mypy --strict, o resto", RAIZ, [f"{BIN}/mypy"]),
    ("import-linter", AGENDAMENTO, [f"{BIN}/lint-imports", "--no-cache"]),
    ("eslint, coordenador", COORDENADOR, [str(NPM), "run", "--silent", "lint"]),
    ("eslint, o resto", RAIZ, [*ESLINT_RAIZ, "--config", "ferramentas/eslint.config.mjs", "."]),
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
