"""Onde fica cada coisa nesta cópia de trabalho; `make preparar` instala o que está em ``.venv``."""

from pathlib import Path

RAIZ = Path(__file__).resolve().parent.parent
VENV = RAIZ / ".venv"
PYTHON = VENV / "bin" / "python"
NODE = VENV / "bin" / "node"
AGENDAMENTO = RAIZ / "servico-agendamento"
COORDENADOR = RAIZ / "servico-coordenador"
OBSERVABILIDADE = RAIZ / "observability"
