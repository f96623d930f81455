"""Instala-se sozinho: num ambiente novo, fora do repositório, só com o que ele mesmo declara."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

FONTE = Path(__file__).resolve().parents[1]
UV = Path(sys.executable).with_name("uv")
PROVA = """
import importlib.resources, sctec_cliente
from sctec_cliente import Cliente, Relogio, RelogioNaoSincronizado
assert importlib.resources.files(sctec_cliente).joinpath("py.typed").is_file()
relogio = Relogio("http://127.0.0.1:9/time")
assert relogio.declarar() == {} and not relogio.sincronizado
print(sctec_cliente.__file__)
"""


def executar(*comando: str | Path, onde: Path) -> str:
    sem_caminhos = {nome: valor for nome, valor in os.environ.items() if nome != "PYTHONPATH"}
    feito = subprocess.run(
        [str(c) for c in comando], cwd=onde, env=sem_caminhos, capture_output=True, text=True
    )
    assert feito.returncode == 0, feito.stdout + feito.stderr
    return feito.stdout


def test_instala_num_ambiente_novo_e_funciona_fora_do_repositorio(tmp_path: Path) -> None:
    # A construção escreve ao lado da fonte: que escreva numa cópia.
    copia = tmp_path / "sctec_cliente"
    copia.mkdir()
    for nome in ("pyproject.toml", "README.md"):
        shutil.copy(FONTE / nome, copia)
    shutil.copytree(FONTE / "sctec_cliente", copia / "sctec_cliente")
    ambiente = tmp_path / "ambiente"
    executar(UV, "venv", "--quiet", "--python", sys.executable, ambiente, onde=tmp_path)
    python = ambiente / "bin" / "python"
    executar(UV, "pip", "install", "--quiet", "--python", python, copia, onde=tmp_path)
    de_onde = executar(python, "-I", "-c", PROVA, onde=tmp_path).strip()
    assert Path(de_onde).is_relative_to(ambiente)
