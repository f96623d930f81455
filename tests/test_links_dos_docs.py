"""Todo link relativo de todo .md leva a um arquivo ou pasta do repositório, e toda âncora, a um título."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from ferramentas.caminhos import RAIZ

_DE_FORA = {"node_modules", "var", "__pycache__"}
_PAGINA = re.compile(r"[A-Za-z0-9_-]+\.md\b")
_BLOCO = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^()\s]+)\)")
_TITULO = re.compile(r"^#+ (.+)$", re.MULTILINE)


def arquivos() -> Iterator[Path]:
    """Os do repositório, sem dependências, dados nem o que as ferramentas deixam. Não pede git."""
    for pasta, pastas, nomes in os.walk(RAIZ):
        pastas[:] = [p for p in pastas if p == ".ci" or (p[0] != "." and p not in _DE_FORA)]
        yield from (Path(pasta) / nome for nome in nomes)


def paginas() -> list[Path]:
    return sorted(arquivo for arquivo in arquivos() if arquivo.suffix == ".md")


def ancora(titulo: str) -> str:
    """Como os leitores de Markdown a derivam do título.

    >>> ancora("`PRETERIDO`: chegou na mesma janela")
    'preterido-chegou-na-mesma-janela'
    """
    return re.sub(r"[^\w\- ]", "", titulo.strip().lower()).replace(" ", "-")


def quebrados(pagina: Path) -> list[str]:
    texto = _BLOCO.sub("", pagina.read_text(encoding="utf-8"))
    achados = []
    for link in _LINK.findall(texto):
        if re.match(r"[a-z]+:", link):
            continue
        caminho, _, fragmento = unquote(link).partition("#")
        alvo = (pagina.parent / caminho).resolve() if caminho else pagina
        if not alvo.exists():
            achados.append(link)
        elif fragmento and alvo.suffix == ".md":
            titulos = _TITULO.findall(_BLOCO.sub("", alvo.read_text(encoding="utf-8")))
            if fragmento not in {ancora(titulo) for titulo in titulos}:
                achados.append(link)
    return achados


@pytest.mark.parametrize("pagina", paginas(), ids=lambda p: str(p.relative_to(RAIZ)))
def test_os_links_da_pagina_levam_a_algum_lugar(pagina: Path) -> None:
    assert quebrados(pagina) == []


def test_o_indice_das_decisoes_traz_todas_pelo_titulo() -> None:
    pasta = RAIZ / "docs" / "decisoes"
    titulos = {p.name: p.read_text(encoding="utf-8").splitlines()[0] for p in pasta.glob("0*.md")}
    indice = (pasta / "README.md").read_text(encoding="utf-8")
    linhas = re.findall(r"^\| \[(\d{4})\]\((.*?)\) \| (.*?) \|$", indice, re.MULTILINE)
    assert {arquivo: f"# {numero}: {titulo}" for numero, arquivo, titulo in linhas} == titulos


def test_todo_comando_das_paginas_existe() -> None:
    textos = [pagina.read_text(encoding="utf-8") for pagina in paginas()]
    modulos = {m for texto in textos for m in re.findall(r"python3? -m ([\w.]+)", texto)} - {"pytest"}
    alvos = {a for texto in textos for a in re.findall(r"(?:`|^\s*)make ([a-z0-9-]+)", texto, re.M)}
    assert len(modulos) > 3
    assert len(alvos) > 8
    makefile = (RAIZ / "Makefile").read_text(encoding="utf-8")
    assert {alvo for alvo in alvos if not re.search(rf"^{alvo}:", makefile, re.MULTILINE)} == set()
    assert {modulo for modulo in modulos if not _existe(modulo)} == set()


def _existe(modulo: str) -> bool:
    caminho = modulo.replace(".", "/")
    raizes = (RAIZ, RAIZ / "servico-agendamento")
    return any((r / f"{caminho}.py").exists() or (r / caminho / "__main__.py").exists() for r in raizes)


def test_toda_pagina_citada_no_codigo_existe() -> None:
    ha = {pagina.name for pagina in paginas()}
    citadas = [
        nome
        for arquivo in arquivos()
        if arquivo.suffix not in (".md", ".pyc") and arquivo != Path(__file__)
        for nome in _PAGINA.findall(arquivo.read_text(encoding="utf-8", errors="ignore"))
    ]
    assert len(citadas) > 20
    assert {nome for nome in citadas if nome not in ha} == set()


def test_controle_um_link_para_o_nada_e_percebido(tmp_path: Path) -> None:
    (tmp_path / "b.md").write_text("## Um título\n", encoding="utf-8")
    pagina = tmp_path / "a.md"
    pagina.write_text(
        "[1](b.md) [2](b.md#um-título) [3](c.md) [4](b.md#outro) [5](https://x.invalid)\n", "utf-8"
    )
    assert quebrados(pagina) == ["c.md", "b.md#outro"]
