"""O que uma pessoa vê: o cliente web, as páginas de erro, e os cabeçalhos que protegem cada uma.

Os arquivos de ``web/`` são servidos sob o hash do conjunto: mudou um byte, mudou o endereço de todos. Por isso o
navegador os guarda para sempre, e só revalida o HTML, que diz qual é o endereço de agora.
"""

from __future__ import annotations

import hashlib
import mimetypes
import re
from functools import cache
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from agendamento.api.catalogo import CATALOGO
from agendamento.api.contexto import servicos

PASTA_WEB = Path(__file__).resolve().parent.parent / "web"
UM_ANO_S = 31_536_000
_NAO_SAO_MODULOS = ("docs.js", "tema.js")
_SO_COMENTARIO = re.compile(
    r"^\s*(/\*.*?\*/|//[^\n]*)\s*?$|(?<=\{) ?/\*[^*\n]*\*/ ?(?=\})", re.DOTALL | re.MULTILINE
)
_RECUO = re.compile(r"^\s+", re.MULTILINE)
_FOLGA_DO_CSS = re.compile(r"(?<=[{};:,])\s+|\s+(?=[{}])|;(?=\s*})")
paginas = Blueprint("paginas", __name__)

_SO_DAQUI = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; style-src 'self'"
)
_CLIENTE = (
    f"{_SO_DAQUI}; script-src 'self'; img-src 'self'; connect-src 'self' {{eventos}}; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
_LEITOR = (
    # O leitor do OpenAPI escreve estilos nos próprios elementos e embute os ícones como data:.
    "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; script-src 'self'; connect-src 'self'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:"
)


class Recursos:
    """Os arquivos do cliente na memória (menos de 150 KB) e o resumo que entra no endereço deles."""

    def __init__(self, pasta: Path) -> None:
        self.arquivos = {
            p.relative_to(pasta).as_posix(): _enxugar(p)
            for p in sorted(pasta.rglob("*"))
            if p.is_file() and p.suffix in (".css", ".js", ".svg")
        }
        self.pagina = (pasta / "index.html").read_text(encoding="utf-8")
        total = hashlib.sha256()
        for nome, conteudo in self.arquivos.items():
            total.update(f"{nome}\0{len(conteudo)}\0".encode() + conteudo)
        self.resumo = total.hexdigest()[:16]

    def endereco(self, base: str, nome: str = "") -> str:
        return f"{base}/estatico/{self.resumo}/{nome}"

    def montar(self, base: str) -> str:
        """O HTML com os endereços de agora e todos os módulos pedidos de uma vez, sem cascata."""
        modulos = "\n".join(
            f'<link rel="modulepreload" href="{escape(self.endereco(base, nome))}">'
            for nome in self.arquivos
            if nome.endswith(".js") and nome not in _NAO_SAO_MODULOS
        )
        return (
            self.pagina.replace("{{modulos}}", modulos)
            .replace("{{estatico}}", escape(self.endereco(base)))
            .replace("{{raiz}}", escape(f"{base}/"))
        )


def _enxugar(arquivo: Path) -> bytes:
    """Sem recuo, sem as linhas que são só comentário, sem folga no CSS: 15 % a menos, sem passo de construção.

    Vale porque nenhum texto nosso ocupa mais de uma linha de código (há um teste).
    """
    texto = arquivo.read_text(encoding="utf-8")
    if arquivo.suffix in (".js", ".css"):
        texto = _SO_COMENTARIO.sub("", texto)
        texto = _RECUO.sub("", texto)
    if arquivo.suffix == ".css":
        texto = _FOLGA_DO_CSS.sub("", texto)
    return texto.encode()


@cache
def recursos() -> Recursos:
    return Recursos(PASTA_WEB)


def cliente() -> Response:
    """O cliente web. Só o HTML é revalidado, e o mesmo endereço responde HAL a quem pede JSON."""
    eventos = urlsplit(servicos().config.eventos_url)
    politica = _CLIENTE.format(eventos=f"{eventos.scheme}://{eventos.netloc}")
    pronta = _html(recursos().montar(request.script_root), politica)
    pronta.headers["Cache-Control"] = "no-cache"
    pronta.headers["Vary"] = "Accept, Authorization"
    pronta.add_etag()
    pronta.make_conditional(request)
    return pronta


@paginas.get("/estatico/<resumo>/<path:nome>")
def estatico(resumo: str, nome: str) -> Response:
    conteudo = recursos().arquivos.get(nome)
    if conteudo is None or resumo != recursos().resumo:
        raise NotFound
    tipo = mimetypes.guess_type(nome)[0] or "application/octet-stream"
    if tipo.startswith("text/"):
        tipo += "; charset=utf-8"
    pronta = Response(conteudo, content_type=tipo)
    pronta.headers["Cache-Control"] = f"public, max-age={UM_ANO_S}, immutable"
    return pronta


@paginas.get("/erros/<slug>")
def erro(slug: str) -> Response:
    """A página que explica um tipo de problema."""
    tipo = CATALOGO.get(slug)
    if tipo is None:
        raise NotFound
    return _html(
        _moldura(
            tipo.titulo,
            f'<main class="texto"><p class="rotulo">HTTP {tipo.status} · <code>{slug}</code></p>'
            f"<h1>{escape(tipo.titulo)}</h1><h2>O que aconteceu</h2><p>{escape(tipo.texto)}</p>"
            f'<h2>O que fazer</h2><p>{escape(tipo.remedio)}</p><p><a href="{escape(request.script_root)}/docs">'
            f'Documentação da API</a> · <a href="{escape(request.script_root)}/">Abrir o SCTEC</a></p></main>',
        ),
        _SO_DAQUI + "; img-src 'self'",
    )


def leitor_da_documentacao() -> Response:
    """O leitor do OpenAPI, com tudo servido daqui."""
    base = escape(request.script_root)
    corpo = (
        f'<link rel="stylesheet" href="{base}/docs/estatico/swagger-ui.css">'
        f'<main id="leitor" class="leitor" data-openapi="{base}/openapi.json"></main>'
        f'<script src="{base}/docs/estatico/swagger-ui-bundle.js"></script>'
        f'<script src="{escape(recursos().endereco(request.script_root, "docs.js"))}"></script>'
    )
    return _html(_moldura("documentação da API", corpo), _LEITOR)


def _moldura(titulo: str, corpo: str) -> str:
    endereco = escape(recursos().endereco(request.script_root))
    return (
        '<!doctype html>\n<html lang="pt-BR"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(titulo)} · SCTEC</title>"
        f'<link rel="icon" href="{endereco}icone.svg" type="image/svg+xml">'
        f'<link rel="stylesheet" href="{endereco}tokens.css"><link rel="stylesheet" href="{endereco}pagina.css">'
        f'</head><body><header class="faixa"><a href="{escape(request.script_root)}/">SCTEC</a></header>'
        f"{corpo}</body></html>\n"
    )


def _html(corpo: str, politica: str) -> Response:
    pronta = Response(corpo, content_type="text/html; charset=utf-8")
    pronta.headers["Content-Security-Policy"] = politica
    pronta.headers["Referrer-Policy"] = "no-referrer"
    return pronta
