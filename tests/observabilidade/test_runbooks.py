"""Roteiros que funcionam quando digitados: cada comando, endereço, nome e arquivo que citam existe."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import catalogo
import gerar
import pytest
import requests
import yaml

from ferramentas.caminhos import RAIZ
from tests.apoio.mundo import Mundo

PASTA = catalogo.PASTA / "runbooks"
COMPOSE = set(yaml.safe_load((RAIZ / "docker-compose.yml").read_text("utf-8"))["services"])
#: O que se põe no lugar de cada <…>.
EXEMPLOS = {"componente": "loki", "telescópio": "hubble-acad", "horário": "2026-12-01T03:00:00"}


def _citados() -> Iterator[tuple[str, str]]:
    for arquivo in sorted(PASTA.glob("*.md")):
        for codigo in sorted({*re.findall(r"`([^`\n]+)`", arquivo.read_text("utf-8"))}):
            yield arquivo.stem, re.sub(r"<([^>]+)>", lambda m: EXEMPLOS[m[1]], codigo)


CITADOS = list(_citados())


def _que(comeco: str) -> list[str]:
    return sorted({codigo for _, codigo in CITADOS if codigo.startswith(comeco)})


@pytest.mark.parametrize("comando", _que("docker-compose "))
def test_comando_do_compose_cita_servico_que_existe(comando: str) -> None:
    _, verbo, *resto = shlex.split(comando)
    assert verbo in {"exec", "logs", "ps", "restart", "up"}
    servicos = [p for p in resto if not p.startswith("-") and not p.isdigit()]
    assert set(servicos[:1]) <= COMPOSE, comando


@pytest.mark.parametrize("comando", _que("docker-compose exec agendamento python"))
def test_comando_da_cli_existe(comando: str) -> None:
    partes = shlex.split(comando)[4:]
    feito = subprocess.run(
        [sys.executable, *partes, "--help"],
        cwd=RAIZ / "servico-agendamento",
        capture_output=True,
        text=True,
        check=False,
    )
    assert feito.returncode == 0, feito.stderr


@pytest.mark.parametrize("comando", _que("curl "))
def test_curl_responde_quando_digitado(mundo: Mundo, comando: str) -> None:
    if shutil.which("curl") is None:
        pytest.skip("sem curl: apt-get install curl")
    servicos = mundo.servicos
    for porta, processo in ((5000, servicos.agendamento), (3000, servicos.coordenador)):
        comando = comando.replace(f"http://127.0.0.1:{porta}", processo.url)
    feito = subprocess.run(
        ["sh", "-c", comando.replace("curl ", "curl -fsS ", 1)],
        env={"PATH": "/usr/bin:/bin", "SCTEC_SEGREDO_COORDENADOR": servicos.segredo},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert feito.returncode == 0, feito.stderr


@pytest.mark.parametrize("chamada", _que("GET /"))
def test_chamada_existe(mundo: Mundo, chamada: str) -> None:
    caminho = chamada.removeprefix("GET ")
    codigos = {requests.get(p.url + caminho, timeout=10).status_code for p in mundo.servicos.processos}
    assert codigos & {200, 401}, (chamada, codigos)


def test_metricas_e_variaveis_citadas_existem() -> None:
    exemplo = (RAIZ / ".env.example").read_text("utf-8")
    metricas = {m.nome for lista in catalogo.carregar() for m in lista}
    for onde, codigo in CITADOS:
        if re.fullmatch(r"(sctec|nodejs|process|loki|otelcol)_\w+", codigo):
            assert codigo in metricas, (onde, codigo)
        if re.fullmatch(r"SCTEC_\w+", codigo):
            assert codigo in exemplo, (onde, codigo)
        if codigo.endswith((".yaml", ".yml")):
            assert (catalogo.PASTA / codigo).is_file(), (onde, codigo)


def test_paineis_e_alertas_citados_existem() -> None:
    paineis = [p.build() for p in gerar.paineis().values()]
    titulos = {p.title for p in paineis} | {peca.title for p in paineis for peca in p.panels or []}
    conhecidos = titulos | {regra.nome for regra in catalogo.regras() if regra.alerta}
    for arquivo in PASTA.glob("*.md"):
        texto = arquivo.read_text("utf-8")
        for nome in re.findall(r"(?<!\*)\*([^*\n]+)\*(?!\*)", texto):
            assert nome in conhecidos, (arquivo.stem, nome)
        for destino in re.findall(r"\]\(([^)]+)\)", texto):
            assert Path(arquivo.parent, destino).exists(), (arquivo.stem, destino)
