"""A última linha de ``make test`` soma o que pytest e node relatam: nenhum erro passa por sucesso."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ferramentas.caminhos import NODE
from ferramentas.resumo import somar

TESTES = """
import pytest

def test_passa(): pass
def test_falha(): assert False
@pytest.mark.skip(reason="sem Chromium: apt-get install chromium")
def test_pulado(): pass
@pytest.fixture
def quebrada(): raise ValueError
def test_erro(quebrada): pass
"""
TESTES_JS = "import test from 'node:test'; test('a', () => {}); test('b', () => { throw new Error('x'); });"


@pytest.fixture(scope="module")
def relatos(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Relatos de verdade, do pytest e do node."""
    pasta = tmp_path_factory.mktemp("relatos")
    (pasta / "test_a.py").write_text(TESTES, encoding="utf-8")
    (pasta / "a.test.mjs").write_text(TESTES_JS, encoding="utf-8")
    pytest_ = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(pasta)]
    subprocess.run([*pytest_, "--junitxml", "tudo.xml"], cwd=pasta, capture_output=True, check=False)
    subprocess.run(
        [*pytest_, "--junitxml", "bom.xml", "-k", "passa"], cwd=pasta, capture_output=True, check=True
    )
    no_node = [str(NODE), "--test", "--test-reporter=junit", "--test-reporter-destination=node.xml"]
    subprocess.run([*no_node, "a.test.mjs"], cwd=pasta, capture_output=True, check=False)
    return {nome: pasta / f"{nome}.xml" for nome in ("tudo", "bom", "node", "falta")}


@pytest.mark.parametrize(
    ("nomes", "codigo", "ultima"),
    [
        (["bom"], 0, "1 passed, 0 failed"),
        (["bom", "tudo"], 2, "2 passed, 2 failed, 1 skipped"),
        (["node"], 2, "1 passed, 1 failed"),
        (["bom", "falta"], 2, "1 passed, 1 failed"),
        (["bom"], 2, "1 passed, 1 failed"),
    ],
)
def test_soma(relatos: dict[str, Path], nomes: list[str], codigo: int, ultima: str) -> None:
    texto, em_ordem = somar([relatos[nome] for nome in nomes], codigo, ci=False)
    assert texto.splitlines()[-1] == ultima
    assert em_ordem == (codigo == 0)


def test_diz_o_que_traria_os_pulados_e_o_ci_os_recusa(tmp_path: Path) -> None:
    relato = tmp_path / "um.xml"
    relato.write_text(
        "<testsuites><testsuite><testcase/><testcase><skipped type='pytest.skip' "
        "message='sem Chromium: apt-get install chromium'/></testcase></testsuite></testsuites>",
        encoding="utf-8",
    )
    texto, em_ordem = somar([relato], 0, ci=False)
    assert em_ordem
    assert "1 pulados, sem Chromium: apt-get install chromium" in texto
    assert not somar([relato], 0, ci=True)[1]
