"""Um coordenador de mentira por trás de HTTP de verdade: responde o que o teste mandar, e anota o que recebeu."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Recebido:
    caminho: str
    cabecalhos: dict[str, str]
    corpo: Any
    porta: int
    """A de quem chamou: duas chamadas com a mesma vieram pela mesma conexão."""


@dataclass(frozen=True)
class Resposta:
    status: int = 200
    corpo: Any = None
    cabecalhos: tuple[tuple[str, str], ...] = ()
    cair: bool = False
    """Fecha a conexão sem responder."""
    fechar_depois: bool = False
    """Responde e fecha a conexão sem avisar no cabeçalho, como um keep-alive que venceu."""


Tratar = Callable[[Recebido], Resposta]


class Servidor:
    """``tratar`` decide cada resposta; ``recebidos`` é uma fila em que os testes esperam."""

    def __init__(self) -> None:
        self.tratar: Tratar = lambda _: Resposta(corpo={})
        self.recebidos: queue.Queue[Recebido] = queue.Queue()
        self.conexoes_fechadas = threading.Semaphore(0)
        servidor = self

        class Tratador(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                bruto = self.rfile.read(int(self.headers["Content-Length"]))
                self._responder(
                    Recebido(self.path, dict(self.headers), json.loads(bruto), self.client_address[1])
                )

            def do_GET(self) -> None:
                self._responder(Recebido(self.path, dict(self.headers), None, self.client_address[1]))

            def _responder(self, recebido: Recebido) -> None:
                servidor.recebidos.put(recebido)
                resposta = servidor.tratar(recebido)
                self.close_connection = resposta.cair or resposta.fechar_depois
                if resposta.cair:
                    return
                corpo = (
                    resposta.corpo
                    if isinstance(resposta.corpo, bytes)
                    else json.dumps(resposta.corpo).encode()
                )
                self.send_response(resposta.status)
                for nome, valor in resposta.cabecalhos:
                    self.send_header(nome, valor)
                self.send_header("Content-Length", str(len(corpo)))
                self.end_headers()
                self.wfile.write(corpo)

            def finish(self) -> None:
                super().finish()
                self.connection.close()
                servidor.conexoes_fechadas.release()

            def log_message(self, *_: Any) -> None:
                """O que chega já vai para ``recebidos``."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Tratador)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def proximo(self) -> Recebido:
        return self.recebidos.get(timeout=30)

    def parar(self) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()
