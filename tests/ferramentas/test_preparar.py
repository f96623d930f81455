"""A preparação diz o remédio quando falta algo, não se repete à toa, e as travas combinam entre si."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from ferramentas.caminhos import AGENDAMENTO, COORDENADOR, OBSERVABILIDADE, RAIZ


def _preparar(pasta: Path, *argumentos: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "-C", str(pasta), "--no-print-directory", "preparar", *argumentos],
        capture_output=True,
        text=True,
        check=False,
    )


def _copia(pasta: Path, python: str) -> str:
    """Um Makefile sozinho numa pasta vazia, com um ``python`` de mentira; devolve o argumento do make."""
    shutil.copy(RAIZ / "Makefile", pasta)
    for trava in ("ferramentas", "servico-agendamento", "observability", "tests/navegador"):
        (pasta / trava).mkdir(parents=True)
        for nome in ("requirements.txt", "requirements-dev.txt"):
            (pasta / trava / nome).touch()
    (pasta / "servico-coordenador").mkdir()
    for nome in ("package.json", "package-lock.json"):
        (pasta / "servico-coordenador" / nome).touch()
    programa = pasta / "python-de-mentira"
    programa.write_text(f"#!/bin/sh\n{python}\n", encoding="utf-8")
    programa.chmod(0o755)
    return f"PYTHON={programa}"


def test_python_velho_e_recusado_com_remedio(tmp_path: Path) -> None:
    feito = _preparar(tmp_path, _copia(tmp_path, "exit 1"))
    assert feito.returncode != 0
    assert re.search(r"Python 3\.11 ou mais novo.*PYTHON=python3", feito.stderr)
    assert not (tmp_path / ".venv").exists()


def test_passo_que_falha_mostra_o_que_disse_e_o_remedio(tmp_path: Path) -> None:
    python = 'case "$*" in *venv*) echo apt install python3-venv; exit 3;; esac'
    feito = _preparar(tmp_path, _copia(tmp_path, python))
    assert feito.returncode != 0
    assert re.search(r"(?s)ambiente Python.*falhou.*apt install python3-venv.*repita", feito.stdout)


def test_preparar_de_novo_nao_faz_nada() -> None:
    assert _preparar(RAIZ).returncode == 0
    feito = _preparar(RAIZ)
    assert (feito.returncode, feito.stdout, feito.stderr) == (0, "", "")


def _pinos(trava: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)==([^ \\]+)", trava.read_text(encoding="utf-8"), re.MULTILINE))


def test_travas_concordam_e_nao_citam_indice() -> None:
    execucao = _pinos(AGENDAMENTO / "requirements.txt")
    outras = [
        AGENDAMENTO / "requirements-dev.txt",
        RAIZ / "ferramentas" / "requirements.txt",
        OBSERVABILIDADE / "requirements.txt",
    ]
    for trava in outras:
        pinos = _pinos(trava)
        assert pinos, trava
        divergentes = {nome for nome in pinos.keys() & execucao.keys() if pinos[nome] != execucao[nome]}
        assert divergentes == set(), trava
    for trava in (*outras, AGENDAMENTO / "requirements.txt", COORDENADOR / "package-lock.json"):
        texto = trava.read_text(encoding="utf-8")
        assert not re.search(r"index-url|\"resolved\"|^--", texto, re.MULTILINE), trava
