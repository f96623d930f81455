"""Um proxy que serve o SCTEC noutros endereços, e não deixa passar os de sempre.

Quem só segue links não percebe; quem escreveu um endereço no código recebe 404, e fica anotado.
"""

from __future__ import annotations

import http.client
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

PREFIXO = "/instalado/aqui"
NOMES = {
    "agendamentos": "reservas-7",
    "telescopios": "olhos",
    "cientistas": "gente",
    "auditoria": "livro",
    "verificacao": "prova",
    "indisponibilidades": "pausas",
    "agenda": "quadro",
    "operacao": "sala",
    "travas": "nos",
    "demo": "ensaio",
    "corrida": "pista",
    "time": "tique",
    "estatico": "pecas",
}
_DE_VOLTA = {novo: velho for velho, novo in NOMES.items()}
_ENDERECO = re.compile(r"^/[^?{]*")


def _trocar(caminho: str, nomes: dict[str, str]) -> str:
    return "/".join(nomes.get(parte, parte) for parte in caminho.split("/"))


def _novo(href: str) -> str:
    return _ENDERECO.sub(lambda m: PREFIXO + _trocar(m[0], NOMES), href)


def _reescrever(valor: Any) -> Any:
    if isinstance(valor, dict):
        return {
            k: _novo(v) if k == "href" and isinstance(v, str) else _reescrever(v) for k, v in valor.items()
        }
    return [_reescrever(v) for v in valor] if isinstance(valor, list) else valor


class Desvio:
    """``url`` é onde a página fica; ``errados``, o que se pediu fora dela."""

    def __init__(self, porta: int) -> None:
        self.errados: list[str] = []
        desvio = self

        class Atendente(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _atender(self) -> None:
                caminho, _, query = self.path.partition("?")
                dentro = caminho.removeprefix(PREFIXO)
                if dentro == caminho or any(parte in NOMES for parte in dentro.split("/")):
                    desvio.errados.append(f"{self.command} {self.path}")
                    self.send_error(404)
                    return
                corpo = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                con = http.client.HTTPConnection("127.0.0.1", porta, timeout=30)
                alvo = _trocar(dentro, _DE_VOLTA) + (f"?{query}" if query else "")
                cabecalhos = {
                    k: v for k, v in self.headers.items() if k.lower() not in ("host", "accept-encoding")
                }
                con.request(self.command, alvo, corpo, cabecalhos)
                resposta = con.getresponse()
                conteudo = self._traduzir(resposta.read(), resposta.getheader("Content-Type") or "")
                self.send_response(resposta.status)
                for nome, valor in resposta.getheaders():
                    if nome.lower() not in ("content-length", "connection", "date", "server"):
                        self.send_header(nome, valor)
                self.send_header("Content-Length", str(len(conteudo)))
                self.end_headers()
                self.wfile.write(conteudo)
                con.close()

            do_GET = do_POST = do_PUT = do_DELETE = _atender  # noqa: N815 (nomes do http.server)

            @staticmethod
            def _traduzir(conteudo: bytes, tipo: str) -> bytes:
                if "json" in tipo and conteudo:
                    return json.dumps(_reescrever(json.loads(conteudo))).encode()
                if tipo.startswith("text/html"):
                    texto = conteudo.decode()
                    texto = texto.replace('data-raiz="/"', f'data-raiz="{PREFIXO}/"')
                    return texto.replace('"/estatico/', f'"{_novo("/estatico/")}').encode()
                return conteudo

            def log_message(self, *_: Any) -> None:
                """Em silêncio."""

        self._servidor = ThreadingHTTPServer(("127.0.0.1", 0), Atendente)
        self._servidor.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._servidor.server_port}{PREFIXO}"
        self._thread = threading.Thread(target=self._servidor.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, tipo: type[BaseException] | None, erro: BaseException | None, rastro: TracebackType | None
    ) -> None:
        self._servidor.shutdown()
        self._servidor.server_close()
        self._thread.join(5)
