"""Os geradores da telemetria são scripts, não um pacote: os testes os importam pela pasta."""

import sys
from pathlib import Path

RAIZ = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(RAIZ / "observability"), str(RAIZ / "observability" / "paineis")]
