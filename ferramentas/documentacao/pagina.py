"""Faz chamadas de verdade e escreve, em Markdown, o pedido e a resposta."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests

from ferramentas.documentacao.estavel import Estavel

PRAZO_S = 20
MAIS_ITENS = 2
_CABECALHOS = (
    "Content-Type", "Location", "ETag", "Link", "Allow", "Retry-After", "WWW-Authenticate",
    "Idempotent-Replayed", "Cache-Control",
)  # fmt: skip


@dataclass(frozen=True)
class Servico:
    """Um dos dois serviços: onde está, como a página o chama e as chaves que ele aceita."""

    url: str
    variavel: str
    chaves: dict[str, str] = field(default_factory=dict)
    """Nome da variável que a página mostra → a chave de verdade."""


class Pagina:
    """O texto que se acumula, e as chamadas feitas (``feitas``: método e caminho sem a query)."""

    def __init__(self, estavel: Estavel) -> None:
        self._estavel = estavel
        self._partes: list[str] = []
        self._numero = 0
        self.feitas: list[tuple[str, str, str]] = []

    @property
    def texto(self) -> str:
        return "\n\n".join(self._partes) + "\n"

    def escrever(self, texto: str) -> None:
        self._partes.append(texto.strip("\n"))

    def chamar(
        self,
        servico: Servico,
        metodo: str,
        caminho: str,
        corpo: Any = None,
        *,
        como: str | None = None,
        mostrar: bool = True,
        arrumar: Callable[[Any], Any] | None = None,
        **cabecalhos: str,
    ) -> requests.Response:
        """Chama e escreve. ``como`` é a variável da chave; ``arrumar`` escolhe o que mostrar do corpo;
        sublinhado no nome do cabeçalho vira hífen."""
        self._numero += 1
        extras = {nome.replace("_", "-"): valor for nome, valor in cabecalhos.items()}
        enviados = {"X-Request-Id": f"exemplo-{self._numero:02d}", **extras}
        if como:
            enviados["Authorization"] = f"Bearer {servico.chaves[como]}"
        texto = corpo if isinstance(corpo, str) else json.dumps(corpo, ensure_ascii=False)
        if corpo is not None:
            enviados.setdefault("Content-Type", "application/json")
        resposta = requests.request(
            metodo,
            servico.url + caminho,
            data=None if corpo is None else texto.encode(),
            headers=enviados,
            timeout=PRAZO_S,
        )
        self.feitas.append((servico.variavel, metodo, caminho.partition("?")[0]))
        if mostrar:
            self._pedido(servico, metodo, caminho, None if corpo is None else texto, como, extras)
            self.resposta(resposta, arrumar)
        return resposta

    def _pedido(
        self,
        servico: Servico,
        metodo: str,
        caminho: str,
        corpo: str | None,
        como: str | None,
        extras: dict[str, str],
    ) -> None:
        verbo = "" if metodo == "GET" else f"-X {metodo} "
        linhas = [f'curl -i {verbo}"${servico.variavel}{caminho}"']
        if como:
            linhas.append(f'-H "Authorization: Bearer ${como}"')
        if corpo is not None and "Content-Type" not in extras:
            linhas.append("-H 'Content-Type: application/json'")
        linhas += [f"-H '{nome}: {valor}'" for nome, valor in extras.items()]
        if corpo is not None:
            linhas.append(f"-d '{corpo}'")
        comando = self._estavel.texto(" \\\n  ".join(linhas))
        self.escrever(f"```sh\n{comando}\n```")

    def resposta(self, resposta: requests.Response, arrumar: Callable[[Any], Any] | None = None) -> None:
        cabecalhos = [
            f"{nome}: {self._estavel.texto(resposta.headers[nome])}"
            for nome in _CABECALHOS
            if nome in resposta.headers
        ]
        self.escrever("\n".join(["```http", f"{resposta.status_code} {resposta.reason}", *cabecalhos, "```"]))
        if "json" in resposta.headers.get("Content-Type", "") and resposta.content:
            corpo = resposta.json()
            self.documento(arrumar(corpo) if arrumar else corpo)

    def documento(self, corpo: Any) -> None:
        """Um corpo JSON, com as listas longas encurtadas (e isso dito)."""
        encurtadas: list[str] = []
        mostrado = _encurtar(self._estavel.json(corpo), "", encurtadas)
        self.escrever(f"```json\n{json.dumps(mostrado, ensure_ascii=False, indent=2)}\n```")
        if encurtadas:
            self.escrever(f"*Encurtado aqui: {'; '.join(encurtadas)}.*")

    def trecho(self, linhas: list[str]) -> None:
        """Linhas de um corpo que não é JSON."""
        self.escrever("\n".join(["```text", *(self._estavel.texto(linha) for linha in linhas), "```"]))


def _encurtar(valor: Any, nome: str, encurtadas: list[str]) -> Any:
    if isinstance(valor, dict):
        return {chave: _encurtar(dentro, chave, encurtadas) for chave, dentro in valor.items()}
    if isinstance(valor, list):
        if len(valor) > MAIS_ITENS:
            encurtadas.append(f"`{nome}` traz {len(valor)} itens")
        return [_encurtar(dentro, nome, encurtadas) for dentro in valor[:MAIS_ITENS]]
    return valor
