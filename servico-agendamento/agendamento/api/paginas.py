"""O que uma pessoa vê: o cliente web, as páginas de erro, e os cabeçalhos que protegem cada uma.

Os arquivos de ``web/`` são servidos sob o hash do conjunto: mudou um byte, mudou o endereço de todos. Por isso o
navegador os guarda para sempre, e só revalida o HTML, que diz qual é o endereço de agora.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache, lru_cache
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from agendamento.api.catalogo import CATALOGO
from agendamento.api.contexto import servicos

PASTA_WEB = Path(__file__).resolve().parent.parent / "web"
UM_ANO_S = 31_536_000
_NAO_VEM_ANTES = ("docs.js", "tema.js", "textos-pt.js", "textos-en.js", "vistas/")
"""O que não é módulo, as palavras (só as do idioma de quem abre) e as vistas que se abrem a pedido."""
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


@dataclass(frozen=True)
class Recurso:
    """Um arquivo como está no disco e já comprimido, para que ninguém o comprima a cada pedido."""

    tipo: str
    inteiro: bytes
    comprimido: bytes

    @classmethod
    def de(cls, nome: str, conteudo: bytes) -> Recurso:
        tipo = mimetypes.guess_type(nome)[0] or "application/octet-stream"
        if tipo.startswith("text/"):
            tipo += "; charset=utf-8"
        return cls(tipo, conteudo, gzip.compress(conteudo, 9, mtime=0))

    def resposta(self) -> Response:
        """Como quem pede o aceita; o ETag diz qual dos dois foi."""
        aceita_gzip = request.accept_encodings.best_match(["gzip", "identity"]) == "gzip"
        pronta = Response(self.comprimido if aceita_gzip else self.inteiro, content_type=self.tipo)
        if aceita_gzip:
            pronta.headers["Content-Encoding"] = "gzip"
        pronta.vary.add("Accept-Encoding")
        pronta.add_etag()
        return pronta


class Recursos:
    """Os arquivos do cliente na memória e o resumo que entra no endereço deles."""

    def __init__(self, pasta: Path) -> None:
        self.arquivos = {
            nome: Recurso.de(nome, p.read_bytes())
            for nome, p in ((p.relative_to(pasta).as_posix(), p) for p in sorted(pasta.rglob("*")))
            if p.suffix in (".css", ".js", ".svg")
        }
        self._pagina = (pasta / "index.html").read_text(encoding="utf-8")
        total = hashlib.sha256()
        for nome, arquivo in self.arquivos.items():
            total.update(f"{nome}\0{len(arquivo.inteiro)}\0".encode() + arquivo.inteiro)
        self.resumo = total.hexdigest()[:16]
        self.montar = lru_cache(8)(self._montar)

    def endereco(self, base: str, nome: str = "") -> str:
        return f"{base}/estatico/{self.resumo}/{nome}"

    def _montar(self, base: str) -> Recurso:
        """O HTML com os endereços de agora e os módulos da primeira vista pedidos de uma vez, sem cascata."""
        modulos = "\n".join(
            f'<link rel="modulepreload" href="{escape(self.endereco(base, nome))}">'
            for nome in self.arquivos
            if nome.endswith(".js") and not nome.startswith(_NAO_VEM_ANTES)
        )
        pronta = (
            self._pagina.replace("{{modulos}}", modulos)
            .replace("{{estatico}}", escape(self.endereco(base)))
            .replace("{{raiz}}", escape(f"{base}/"))
        )
        return Recurso.de("index.html", pronta.encode())


@cache
def recursos() -> Recursos:
    return Recursos(PASTA_WEB)


def cliente() -> Response:
    """O cliente web. Só o HTML é revalidado, e o mesmo endereço responde HAL a quem pede JSON."""
    eventos = urlsplit(servicos().config.eventos_url)
    pronta = recursos().montar(request.script_root).resposta()
    _proteger(pronta, _CLIENTE.format(eventos=f"{eventos.scheme}://{eventos.netloc}"))
    pronta.headers["Cache-Control"] = "no-cache"
    pronta.vary.update(("Accept", "Authorization"))
    pronta.make_conditional(request)
    return pronta


@paginas.get("/estatico/<resumo>/<path:nome>")
def estatico(resumo: str, nome: str) -> Response:
    arquivo = recursos().arquivos.get(nome)
    if arquivo is None or resumo != recursos().resumo:
        raise NotFound
    pronta = arquivo.resposta()
    pronta.headers["Cache-Control"] = f"public, max-age={UM_ANO_S}, immutable"
    pronta.make_conditional(request)
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
    _proteger(pronta, politica)
    return pronta


def _proteger(pronta: Response, politica: str) -> None:
    pronta.headers["Content-Security-Policy"] = politica
    pronta.headers["Referrer-Policy"] = "no-referrer"
