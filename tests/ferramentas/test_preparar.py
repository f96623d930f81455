"""A preparação diz o remédio quando falta algo, e as travas combinam entre si."""

from __future__ import annotations

import builtins
import re
import subprocess
import sys
from collections import namedtuple
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ferramentas import preparar

Versao = namedtuple("Versao", "major minor micro")


def test_python_velho_e_recusado_com_remedio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", Versao(3, 9, 2))
    with pytest.raises(preparar.Falha, match=r"pede Python 3\.11.*3\.9\.2.*PYTHON=python3"):
        preparar.exigir_python()


def test_sem_ensurepip_diz_o_pacote(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    importar = builtins.__import__

    def sem_ensurepip(nome: str, *args: Any) -> ModuleType:
        if nome == "ensurepip":
            raise ImportError("não há", name=nome)
        return importar(nome, *args)

    monkeypatch.setattr(preparar, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(builtins, "__import__", sem_ensurepip)
    with pytest.raises(preparar.Falha, match=r"ensurepip.*apt install python3\.\d+-venv"):
        preparar.exigir_python()


def test_comando_que_falha_mostra_o_que_disse_e_o_remedio(tmp_path: Path) -> None:
    comando: list[str | Path] = [sys.executable, "-c", "print('o motivo'); raise SystemExit(3)"]
    with pytest.raises(preparar.Falha, match=r"(?s)o motivo.*faça assim"):
        preparar._executar(comando, tmp_path, "faça assim")


def test_preparar_de_novo_nao_faz_nada() -> None:
    for _ in range(2):
        feito = subprocess.run(
            [sys.executable, preparar.RAIZ / "ferramentas" / "preparar.py", "--dev"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert feito.returncode == 0, feito.stderr
    assert feito.stdout == ""


def _pinos(trava: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)==([^ \\]+)", trava.read_text(encoding="utf-8"), re.MULTILINE))


def test_travas_concordam_e_nao_citam_indice() -> None:
    execucao = _pinos(preparar.AGENDAMENTO / "requirements.txt")
    outras = [
        preparar.AGENDAMENTO / "requirements-dev.txt",
        preparar.RAIZ / "ferramentas" / "requirements.txt",
        preparar.OBSERVABILIDADE / "requirements.txt",
    ]
    for trava in outras:
        pinos = _pinos(trava)
        assert pinos, trava
        divergentes = {nome for nome in pinos.keys() & execucao.keys() if pinos[nome] != execucao[nome]}
        assert divergentes == set(), trava
    for trava in (
        *outras,
        preparar.AGENDAMENTO / "requirements.txt",
        preparar.COORDENADOR / "package-lock.json",
    ):
        texto = trava.read_text(encoding="utf-8")
        assert not re.search(r"index-url|\"resolved\"|^--", texto, re.MULTILINE), trava
