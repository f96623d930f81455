"""O cliente web como é servido: pequeno, guardado para sempre, revalidado só no HTML, e sem brecha para código."""

from __future__ import annotations

import gzip
import re
import shutil
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from agendamento.api.paginas import PASTA_WEB, UM_ANO_S, Recursos, recursos
from tests.apoio import Bancada

LIMITE_NO_FIO = 80_000
PERIGOSO = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|setHTML|createContextualFragment|DOMParser|srcdoc"
    r"|\beval\(|new Function|setAttribute\('on|javascript:"
)


def test_a_primeira_vista_cabe_em_80_kb_no_fio() -> None:
    """O HTML, o que ele pede, e as palavras de um idioma."""
    pagina = recursos().montar("")
    pedidos = set(re.findall(r'(?:src|href)="/estatico/\w+/([^"]+)"', pagina.inteiro.decode()))
    no_fio = [pagina, *(recursos().arquivos[nome] for nome in pedidos | {"textos-pt.js"})]
    assert sum(len(r.comprimido) for r in no_fio) < LIMITE_NO_FIO


@pytest.mark.parametrize("qual", ["/", "app.js"])
def test_comprimido_so_para_quem_aceita(bancada_do_modulo: Bancada, qual: str) -> None:
    endereco = qual if qual == "/" else recursos().endereco("", qual)

    def pedir(aceita: str, **mais: str) -> TestResponse:
        return bancada_do_modulo.pedir(
            "GET", endereco, quem=None, Accept="text/html", Accept_Encoding=aceita, **mais
        )

    com, sem = pedir("br, gzip"), pedir("gzip;q=0, identity")
    assert com.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in sem.headers
    assert gzip.decompress(com.data) == sem.data
    for resposta in (com, sem):
        assert "Accept-Encoding" in resposta.vary
    assert com.headers["ETag"] != sem.headers["ETag"]
    assert pedir("gzip", If_None_Match=com.headers["ETag"]).status_code == 304
    assert pedir("identity", If_None_Match=com.headers["ETag"]).status_code == 200


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


@pytest.mark.parametrize("arquivo", sorted(PASTA_WEB.rglob("*.js")), ids=lambda p: p.stem)
def test_dado_nunca_vira_html_nem_codigo(arquivo: Path) -> None:
    assert not PERIGOSO.findall(arquivo.read_text(encoding="utf-8"))
