"""``make passeio-justica``: quem está longe clica antes e vence, e a decisão se refaz com um comando.

Inicia os dois serviços em portas livres, com dados só desta vez, e põe cada cliente atrás de um atraso.
"""

from __future__ import annotations

import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from ferramentas.atraso import Atraso
from ferramentas.servicos import Servicos
from sctec_cliente import Cliente

TELESCOPIO = "hubble-acad"
IDA_S = {"longe": 0.100, "perto": 0.002}
VANTAGEM_S = 0.040


def _disputar(clientes: dict[str, Cliente], inicio: str) -> dict[str, requests.Response]:
    partida = time.monotonic() + 0.2

    def clicar(nome: str) -> requests.Response:
        quando = partida + (VANTAGEM_S if nome == "perto" else 0)
        threading.Event().wait(quando - time.monotonic())
        return clientes[nome].agendar(TELESCOPIO, inicio)

    with ThreadPoolExecutor(len(clientes)) as pessoas:
        return dict(zip(clientes, pessoas.map(clicar, clientes), strict=True))


def _lado(entrada: dict[str, Any]) -> str:
    return (
        f"{entrada['efetivo_ms']:7.1f} ms ± {entrada['incerteza_ms']:.1f} ms, "
        f"ida e volta de {entrada['rtt_ms']:.0f} ms"
    )


def _contar(servicos: Servicos, respostas: dict[str, requests.Response], operador: str) -> int:
    for nome, resposta in respostas.items():
        corpo = resposta.json()
        clicou = 0 if nome == "longe" else VANTAGEM_S * 1000
        print(
            f"{nome}: {2000 * IDA_S[nome]:3.0f} ms de ida e volta, clica em {clicou:2.0f} ms → "
            f"{resposta.status_code} {corpo.get('motivo', corpo.get('estado', ''))}"
        )
    perdeu = next((r.json() for r in respostas.values() if r.status_code == 409), None)
    if perdeu is None or perdeu["motivo"] != "PRETERIDO":
        print("Não houve disputa na mesma janela: a máquina está ocupada demais. Tente de novo.")
        return 1
    arbitragem = perdeu["arbitragem"]
    print(f"\nA recusa diz: {perdeu['detail']}")
    print(f"  seu clique      {_lado(arbitragem['seu'])}")
    print(f"  o de quem venceu{_lado(arbitragem['vencedor'])}")
    trilha = requests.get(
        f"{servicos.agendamento.url}/auditoria?evento=ARBITRAGEM_DECIDIDA",
        headers={"Authorization": f"Bearer {operador}"},
        timeout=10,
    ).json()
    seq = trilha["_embedded"]["registros"][-1]["seq"]
    conferir = ("justica", "conferir", "--de", str(seq), "--ate", str(seq))
    print(f"\n$ python -m agendamento.cli {' '.join(conferir)}")
    feita = servicos.cli(*conferir)
    print(feita.stdout + feita.stderr, end="")
    return feita.returncode


def principal() -> int:
    """Devolve 0 se a decisão refeita é igual à registrada."""
    with Servicos(capturar=False) as servicos, Atraso(servicos.agendamento.porta) as rede:
        demo = requests.get(f"{servicos.agendamento.url}/demo", timeout=10).json()["cientistas"]
        chaves = [c["chave"] for c in demo if c["papel"] == "CIENTISTA"]
        operador = next(c["chave"] for c in demo if c["papel"] == "OPERADOR")
        clientes = {
            nome: Cliente(rede.caminho(ida_s=ida, volta_s=ida, origem=f"127.{n}.0.1"), chaves[n])
            for n, (nome, ida) in enumerate(IDA_S.items(), 1)
        }
        for cliente in clientes.values():
            cliente.relogio.sincronizar()
        amanha = datetime.now(UTC).replace(hour=3, minute=0, second=0, microsecond=0) + timedelta(days=1)
        return _contar(servicos, _disputar(clientes, f"{amanha:%Y-%m-%dT%H:%M:%SZ}"), operador)


if __name__ == "__main__":
    sys.exit(principal())
