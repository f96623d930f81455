"""O cliente web como é servido: pequeno, guardado para sempre, revalidado só no HTML, e sem brecha para código."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from agendamento.api.paginas import PASTA_WEB, UM_ANO_S, Recursos, recursos
from tests.apoio import Bancada

RAIZ = Path(__file__).resolve().parents[3]
NODE = RAIZ / ".venv" / "bin" / "node"
LIMITE_OCTETOS = 150_000
PERIGOSO = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|setHTML|createContextualFragment|DOMParser|srcdoc"
    r"|\beval\(|new Function|setAttribute\('on|javascript:"
)


def test_tudo_junto_cabe_em_150_kb() -> None:
    assert sum(map(len, recursos().arquivos.values())) < LIMITE_OCTETOS


def test_arquivos_guardados_para_sempre_e_html_revalidado(bancada_do_modulo: Bancada) -> None:
    pagina = bancada_do_modulo.pedir("GET", "/", quem=None, Accept="text/html")
    assert pagina.headers["Cache-Control"] == "no-cache"
    etag = pagina.headers["ETag"]
    de_novo = bancada_do_modulo.pedir("GET", "/", quem=None, Accept="text/html", If_None_Match=etag)
    assert de_novo.status_code == 304
    assert de_novo.data == b""
    enderecos = set(re.findall(r'(?:src|href)="(/estatico/[^"]+)"', pagina.text))
    assert len(enderecos) > 30
    for endereco in enderecos:
        resposta = bancada_do_modulo.pedir("GET", endereco, quem=None)
        assert resposta.status_code == 200, endereco
        assert resposta.headers["Cache-Control"] == f"public, max-age={UM_ANO_S}, immutable"
        assert resposta.headers["X-Content-Type-Options"] == "nosniff"


def test_um_octeto_muda_o_endereco_de_todos(tmp_path: Path) -> None:
    copia = tmp_path / "web"
    shutil.copytree(PASTA_WEB, copia)
    igual = Recursos(copia)
    assert igual.resumo == recursos().resumo
    with (copia / "tokens.css").open("a", encoding="utf-8") as arquivo:
        arquivo.write(".x{}")
    assert Recursos(copia).resumo != igual.resumo


def test_endereco_de_outra_versao_nao_existe(bancada_do_modulo: Bancada) -> None:
    velho = recursos().endereco("", "app.js").replace(recursos().resumo, "0" * 16)
    assert bancada_do_modulo.pedir("GET", velho, quem=None).status_code == 404


def test_politica_so_deixa_o_que_e_daqui(bancada_do_modulo: Bancada) -> None:
    pagina = bancada_do_modulo.pedir("GET", "/", quem=None, Accept="text/html")
    diretivas = pagina.headers["Content-Security-Policy"].split("; ")
    politica = {nome: valor for nome, _, valor in (diretiva.partition(" ") for diretiva in diretivas)}
    assert politica["default-src"] == "'none'"
    assert politica["script-src"] == politica["style-src"] == politica["img-src"] == "'self'"
    assert politica["require-trusted-types-for"] == "'script'"
    assert politica["trusted-types"] == politica["base-uri"] == politica["frame-ancestors"] == "'none'"
    assert "unsafe" not in pagina.headers["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=", pagina.text)


@pytest.mark.parametrize("arquivo", sorted(PASTA_WEB.glob("*.js")), ids=lambda p: p.name)
def test_dado_nunca_vira_html_nem_codigo(arquivo: Path) -> None:
    assert not PERIGOSO.findall(arquivo.read_text(encoding="utf-8"))


def test_enxugar_nao_muda_o_programa(tmp_path: Path) -> None:
    """Os mesmos símbolos, na mesma ordem, com e sem recuo e comentários."""
    for nome, conteudo in recursos().arquivos.items():
        if nome.endswith(".js"):
            (tmp_path / nome).write_bytes(conteudo)
    feito = subprocess.run(
        [str(NODE), str(Path(__file__).parent / "simbolos.mjs"), str(PASTA_WEB), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert feito.returncode == 0, feito.stdout + feito.stderr


def test_controle_enxugar_que_muda_e_visto(tmp_path: Path) -> None:
    (tmp_path / "antes").mkdir()
    (tmp_path / "depois").mkdir()
    (tmp_path / "antes" / "a.js").write_text("export const a = `um\n  dois`;\n", encoding="utf-8")
    (tmp_path / "depois" / "a.js").write_text("export const a = `um\ndois`;\n", encoding="utf-8")
    feito = subprocess.run(
        [
            str(NODE),
            str(Path(__file__).parent / "simbolos.mjs"),
            str(tmp_path / "antes"),
            str(tmp_path / "depois"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert feito.returncode == 1
    assert "a.js" in feito.stdout
