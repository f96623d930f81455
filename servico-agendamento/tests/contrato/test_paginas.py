"""As páginas que se abrem: a de cada tipo de problema e a documentação, que funcionam sem internet."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from agendamento.api.catalogo import CATALOGO
from tests.apoio import Bancada


class _Enderecos(HTMLParser):
    """Os endereços que o navegador buscaria sozinho, ou a que um clique levaria."""

    def __init__(self) -> None:
        super().__init__()
        self.todos: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.todos += [
            valor for nome, valor in attrs if nome in ("src", "href", "action", "data-openapi") and valor
        ]


def _enderecos(html: str) -> list[str]:
    leitor = _Enderecos()
    leitor.feed(html)
    return leitor.todos


@pytest.mark.parametrize("slug", CATALOGO)
def test_o_tipo_de_cada_problema_abre_uma_pagina(bancada_do_modulo: Bancada, slug: str) -> None:
    resposta = bancada_do_modulo.pedir("GET", f"/erros/{slug}", quem=None)
    assert resposta.status_code == 200
    assert resposta.content_type == "text/html; charset=utf-8"
    tipo = CATALOGO[slug]
    assert f"HTTP {tipo.status}" in resposta.text
    for endereco in _enderecos(resposta.text):
        assert endereco.startswith("/"), endereco
        assert bancada_do_modulo.pedir("GET", endereco, quem=None).status_code == 200, endereco


def test_todo_tipo_diz_o_que_houve_e_o_remedio() -> None:
    for tipo in CATALOGO.values():
        assert tipo.texto.endswith("."), tipo.slug
        assert tipo.remedio.endswith("."), tipo.slug
        assert 400 <= tipo.status < 600


class TestDocumentacao:
    def test_abre_sem_internet(self, bancada_do_modulo: Bancada) -> None:
        pagina = bancada_do_modulo.pedir("GET", "/docs", quem=None)
        assert pagina.status_code == 200
        enderecos = _enderecos(pagina.text)
        assert any(endereco.endswith("swagger-ui-bundle.js") for endereco in enderecos)
        for endereco in enderecos:
            assert endereco.startswith("/"), endereco
            assert bancada_do_modulo.pedir("GET", endereco, quem=None).status_code == 200, endereco

    def test_nada_do_que_carrega_busca_outro_servidor(self, bancada_do_modulo: Bancada) -> None:
        pagina = bancada_do_modulo.pedir("GET", "/docs", quem=None)
        for endereco in _enderecos(pagina.text):
            texto = bancada_do_modulo.pedir("GET", endereco, quem=None).text
            if endereco.endswith(".css"):
                assert not re.search(r"url\(\s*['\"]?(https?:)?//|@import", texto), endereco
            elif endereco.endswith(".js") and "swagger-ui" not in endereco:
                assert not re.search(r"https?://", texto), endereco
        # O leitor em si cita endereços em textos; quem impede que os busque é a política da página.
        politica = pagina.headers["Content-Security-Policy"]
        assert "default-src 'none'" in politica
        assert "http" not in politica

    @pytest.mark.parametrize("nome", ["../app.py", "..%2fapp.py", "nenhum.js", ".hidden"])
    def test_so_serve_os_arquivos_do_leitor(self, bancada_do_modulo: Bancada, nome: str) -> None:
        assert bancada_do_modulo.pedir("GET", f"/docs/estatico/{nome}", quem=None).status_code == 404
