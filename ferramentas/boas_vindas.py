"""O que ``make run`` mostra quando tudo está pronto: endereços, chaves e um primeiro pedido que dá certo."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from ferramentas.servicos import Servicos

TELESCOPIO = "hubble-acad"


def texto(servicos: Servicos, ambiente: Mapping[str, str], segundos: float) -> str:
    """As boas-vindas inteiras."""
    agendamento, coordenador = servicos.agendamento.url, servicos.coordenador.url
    partes = [
        "",
        f"SCTEC pronto em {segundos:.1f} s.".replace(".", ",", 1),
        "",
        f"  página          {agendamento}/",
        f"  documentação    {agendamento}/docs",
        f"  agendamento     {agendamento}     (GET / dá os links de tudo)",
        f"  coordenador     {coordenador}     (eventos ao vivo em /eventos)",
        f"  dados           {servicos.dados}",
    ]
    if ambiente.get("SCTEC_DEMO") == "1":
        partes += _demonstracao(agendamento)
    return "\n".join([*partes, "", "Ctrl-C para os dois. As linhas dos dois serviços vêm a seguir.", ""])


def _demonstracao(base: str) -> list[str]:
    cientistas = requests.get(f"{base}/demo", timeout=10).json()["cientistas"]
    partes = ["", "Modo de demonstração (SCTEC_DEMO=1): estas chaves são públicas, não use com dados reais."]
    partes += [f"  {c['nome']:<16} {c['papel'].lower():<10} {c['chave']}" for c in cientistas]
    achado = _primeiro_pedido(base, [c for c in cientistas if c["papel"].lower() != "operador"])
    if achado is None:
        return [
            *partes,
            "",
            "Nenhuma chave de demonstração pode agendar agora (`make reset`).",
        ]
    chave, inicio = achado
    corpo = json.dumps({"telescopio": TELESCOPIO, "horario_inicio_utc": inicio, "objeto_celeste": "M31"})
    return [
        *partes,
        "",
        "Um primeiro pedido, num horário que está livre agora (copie e cole; responde 201):",
        "",
        f"  curl -i {base}/agendamentos \\",
        f"    -H 'Authorization: Bearer {chave}' \\",
        "    -H 'Content-Type: application/json' \\",
        f"    -d {shlex.quote(corpo)}",
        "",
        "O mesmo em Python e em JavaScript: docs/API.md.",
        "Dez pessoas disputando um horário: make prova-corrida.",
    ]


def _primeiro_pedido(base: str, cientistas: list[dict[str, Any]]) -> tuple[str, str] | None:
    """Uma chave e um início que a própria API confirma, por simulação, que podem ser agendados."""
    for cientista in cientistas:
        cabecalho = {"Authorization": f"Bearer {cientista['chave']}"}
        for inicio in _livres(base):
            resposta = requests.post(
                f"{base}/agendamentos",
                params={"simular": "1"},
                headers=cabecalho,
                json={"telescopio": TELESCOPIO, "horario_inicio_utc": inicio},
                timeout=10,
            )
            if resposta.status_code == 200:
                return str(cientista["chave"]), inicio
            if resposta.status_code != 409:
                break  # esta pessoa não pode agendar (limite); a próxima talvez
    return None


def _livres(base: str) -> Iterator[str]:
    """Os slots livres a partir de amanhã: quem lê devagar ainda os encontra no futuro."""
    amanha = datetime.now(UTC).replace(hour=3, minute=0, second=0, microsecond=0) + timedelta(days=1)
    for dia in range(7):
        de = amanha + timedelta(days=dia)
        pedido = {"de": de.isoformat(), "ate": (de + timedelta(hours=21)).isoformat()}
        agenda = requests.get(f"{base}/telescopios/{TELESCOPIO}/agenda", params=pedido, timeout=10).json()
        for slot in agenda["slots"]:
            if slot["estado"].lower() == "livre":
                yield str(slot["inicio_utc"])
