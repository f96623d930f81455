"""Gera docs/API.md chamando os dois serviços de verdade, sobre um banco novo.

Sem opção, escreve a página. Com ``--conferir``, não escreve nada e termina com 1 se a página já não descreve
o que os serviços respondem: chamadas, status, cabeçalhos, nomes e tipos dos campos. Rota sem exemplo é erro.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import subprocess
import sys
from pathlib import Path

import requests

from ferramentas.caminhos import NODE, PYTHON, RAIZ
from ferramentas.documentacao import roteiro_coordenador
from ferramentas.documentacao.estavel import Estavel, dia_dos_exemplos, esqueleto
from ferramentas.documentacao.pagina import Pagina, Servico
from ferramentas.documentacao.roteiro_agendamento import Roteiro
from ferramentas.servicos import Servicos

PAGINA = RAIZ / "docs" / "API.md"
EXEMPLOS = RAIZ / "docs" / "exemplos"
# Uma janela larga: os dois pedidos da disputa cabem nela mesmo numa máquina ocupada.
AMBIENTE = {"SCTEC_JANELA_JUSTICA_MS": "800", "SCTEC_LEASE_MS": "10000"}

_ABERTURA = """
# API

Gerada por `python -m ferramentas.gerar_api_md`, que faz cada chamada abaixo nos serviços em execução; não
edite à mão. Horas, identificadores aleatórios e chaves foram trocados por valores fixos. Os testes conferem
que os serviços continuam respondendo assim.

Para repetir os exemplos, `make run` e:

```sh
SCTEC=http://localhost:5000  COORDENADOR=http://localhost:3000
ADA=…  BEATRIZ=…  OPERADOR=…      # as chaves que make run imprime, ou GET /demo
SEGREDO=$(cat var/segredo-coordenador)
```

- Entra e sai JSON; o domínio fala português. Campo desconhecido, chave repetida ou tipo errado é recusado.
- Todo instante é RFC 3339. Aceita-se qualquer fuso explícito; responde-se em UTC, com `Z` e milissegundos.
- Intervalos são semiabertos, `[início, fim)`, e alinhados aos slots do telescópio.
- A chave vai em `Authorization: Bearer <chave>`. São públicos a raiz, a hora,
  telescópios, agenda, documentação e saúde.
- Toda resposta traz `X-Request-Id` (o enviado, ou um novo) e `X-Trace-Id`; com chave, `RateLimit-Limit`,
  `RateLimit-Remaining` e `RateLimit-Reset`.
"""


class RotaSemExemplo(Exception):
    """Há no OpenAPI, ou na lista do coordenador, rota que a página não mostra."""


def gerar() -> str:
    """O texto da página, com os serviços iniciados e parados aqui.

    Raises:
        RotaSemExemplo: falta chamar alguma.
    """
    with Servicos(AMBIENTE) as servicos:
        agendamento = Servico(servicos.agendamento.url, "SCTEC")
        coordenador = Servico(servicos.coordenador.url, "COORDENADOR", {"SEGREDO": servicos.segredo})
        pessoas = requests.get(f"{agendamento.url}/demo", timeout=20).json()["cientistas"]
        agendamento.chaves.update(zip(("ADA", "BEATRIZ"), (p["chave"] for p in pessoas), strict=False))
        agendamento.chaves["OPERADOR"] = next(p["chave"] for p in pessoas if p["papel"] == "OPERADOR")
        dia = dia_dos_exemplos()
        enderecos = {agendamento.url: "http://localhost:5000", coordenador.url: "http://localhost:3000"}
        pagina = Pagina(Estavel(dia.date(), enderecos))
        pagina.escrever(_ABERTURA)
        _primeira_chamada(pagina, agendamento, Roteiro(pagina, agendamento, dia).hora(10))
        Roteiro(pagina, agendamento, dia).tudo()
        _sem_coordenador(pagina, agendamento, servicos, Roteiro(pagina, agendamento, dia).pedido(11))
        roteiro_coordenador.tudo(pagina, coordenador)
        _conferir_rotas(pagina, agendamento.url)
    return pagina.texto


def _primeira_chamada(pagina: Pagina, servico: Servico, inicio: str) -> None:
    pagina.escrever(
        "## O primeiro pedido, em Python e em JavaScript\n\n"
        "Os dois programas abaixo foram executados ao gerar esta página. Leem `SCTEC`, `CHAVE` e `INICIO` "
        "(um início de slot livre)."
    )
    ambiente = {**os.environ, "SCTEC": servico.url, "CHAVE": servico.chaves["BEATRIZ"], "INICIO": inicio}
    for linguagem, programa, arquivo in (
        ("python", PYTHON, EXEMPLOS / "agendar.py"),
        ("js", NODE, EXEMPLOS / "agendar.mjs"),
    ):
        feito = subprocess.run(
            [str(programa), str(arquivo)], env=ambiente, capture_output=True, text=True, check=False
        )
        codigo = arquivo.read_text(encoding="utf-8").strip()
        pagina.escrever(f"[{arquivo.name}](exemplos/{arquivo.name})\n\n```{linguagem}\n{codigo}\n```")
        pagina.trecho((feito.stdout + feito.stderr).strip().splitlines())


def _sem_coordenador(pagina: Pagina, servico: Servico, servicos: Servicos, pedido: dict[str, str]) -> None:
    pagina.escrever(
        "### 503: o coordenador de locks está fora do ar\n\n"
        "Nada foi salvo e nada ficou preso: repita depois do `Retry-After`."
    )
    servicos.coordenador.parar()
    try:
        pagina.chamar(servico, "POST", "/agendamentos", pedido, como="ADA")
    finally:
        servicos.coordenador.iniciar()


def _conferir_rotas(pagina: Pagina, base: str) -> None:
    caminhos = requests.get(f"{base}/openapi.json", timeout=20).json()["paths"]
    esperadas = {
        ("SCTEC", metodo.upper(), caminho)
        for caminho, metodos in caminhos.items()
        for metodo in metodos.keys() & {"get", "post", "put", "delete"}
    } | {("COORDENADOR", metodo, caminho) for metodo, caminho in roteiro_coordenador.ROTAS}
    faltam = {rota for rota in esperadas if not any(_casa(rota, feita) for feita in pagina.feitas)}
    if faltam:
        lista = ", ".join(f"{metodo} {caminho}" for _, metodo, caminho in sorted(faltam))
        raise RotaSemExemplo(f"docs/API.md não mostra: {lista}. Acrescente ao roteiro.")


def _casa(rota: tuple[str, str, str], feita: tuple[str, str, str]) -> bool:
    padrao = re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(rota[2]))
    return rota[:2] == feita[:2] and re.fullmatch(padrao, feita[2]) is not None


def divergencias(guardada: str, atual: str) -> list[str]:
    """O que mudou na estrutura, como um diff; vazia se nada mudou."""
    return list(
        difflib.unified_diff(
            esqueleto(guardada), esqueleto(atual), "docs/API.md", "serviços em execução", lineterm="", n=4
        )
    )


def principal(argumentos: list[str] | None = None) -> int:
    """Ponto de entrada da linha de comando."""
    leitor = argparse.ArgumentParser(description="Gera ou confere docs/API.md com os serviços de verdade.")
    leitor.add_argument(
        "--conferir", action="store_true", help="não escreve; termina com 1 se a página envelheceu"
    )
    leitor.add_argument("--pagina", type=Path, default=PAGINA)
    opcoes = leitor.parse_args(argumentos)
    atual = gerar()
    if not opcoes.conferir:
        opcoes.pagina.write_text(atual, encoding="utf-8")
        print(f"Escrita: {opcoes.pagina}")
        return 0
    diferenca = divergencias(opcoes.pagina.read_text(encoding="utf-8"), atual)
    print("\n".join(diferenca) or "docs/API.md descreve o que os serviços respondem.")
    return 1 if diferenca else 0


if __name__ == "__main__":
    sys.exit(principal())
