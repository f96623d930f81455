"""``make bench-justica``: mede a justiça com os serviços de verdade e escreve em docs/.

Tudo em 127.0.0.1, com número fixo de disputas. Cada braço pode ser medido só; o resto do JSON fica. Com
``--somar``, as disputas juntam-se às já medidas (noutra semente), e os números são os de todas:

    python -m bench.justica --bracos honestos --disputas 300 --semente 2 --somar
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from bench.justica import bracos, custos, relatorio
from bench.justica.cenario import VARIACAO_S, Cenario
from bench.justica.maquina import Ocupacao
from ferramentas.atraso import Atraso
from ferramentas.servicos import Servicos

SEM_LIMITES = {"SCTEC_LIMITE_ATIVOS": "0", "SCTEC_LIMITE_HORAS_CICLO": "0", "SCTEC_LIMITE_REQUISICOES_S": "0"}
SEM_RESERVA = {"SCTEC_CREDITO_RESERVA_MS": "0"}
SEMENTE = 20_261_124
TROCA_DE_THREAD_S = 0.0005
"""O padrão do Python, 5 ms, é da ordem do que se mede entre o proxy e os contendores."""


def _com_servicos(
    medir: Callable[[Cenario], Any], semente: int, ambiente: Mapping[str, str] | None = None
) -> dict[str, Any]:
    sorte = random.Random(semente)
    with (
        Servicos(SEM_LIMITES, do_agendamento=ambiente, capturar=False) as servicos,
        Atraso(servicos.agendamento.porta, lambda: sorte.expovariate(1 / VARIACAO_S)) as rede,
    ):
        medido: dict[str, Any] = asyncio.run(medir(Cenario(servicos, rede, semente)))
        return medido


def principal() -> int:
    """Devolve 0 se toda meta medida foi alcançada."""
    leitor = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    leitor.add_argument("--disputas", type=int, default=600, help="por braço (600)")
    leitor.add_argument("--bracos", default="", help="separados por vírgula; por omissão, todos")
    leitor.add_argument("--semente", type=int, default=SEMENTE, help="de tudo o que é sorteado")
    leitor.add_argument("--somar", action="store_true", help="junta às disputas já medidas")
    args = leitor.parse_args()
    n, semente = args.disputas, args.semente
    sys.setswitchinterval(TROCA_DE_THREAD_S)
    todos: dict[str, Callable[[], dict[str, Any]]] = {
        "honestos": lambda: _com_servicos(lambda c: bracos.honestos(c, n), semente),
        "recuam": lambda: _com_servicos(lambda c: bracos.trapaca(c, n, fingem=False), semente),
        "fingem": lambda: _com_servicos(lambda c: bracos.trapaca(c, n, fingem=True), semente),
        "fingem_isolados": lambda: _com_servicos(
            lambda c: bracos.trapaca(c, n, fingem=True, isolados=True), semente
        ),
        "fingem_sem_reserva": lambda: _com_servicos(
            lambda c: bracos.trapaca(c, max(1, n // 2), fingem=True), semente, SEM_RESERVA
        ),
        "duelos": lambda: _com_servicos(bracos.duelos, semente),
        "decisao": custos.decisao,
        "vazao": custos.vazao,
        "ordenacao": custos.ordenacao,
    }
    escolhidos = args.bracos.split(",") if args.bracos else list(todos)
    if desconhecidos := set(escolhidos) - set(todos):
        leitor.error(f"braços desconhecidos: {', '.join(sorted(desconhecidos))}; há {', '.join(todos)}")
    medicoes = relatorio.ler()
    for nome in escolhidos:
        inicio = time.monotonic()
        print(f"— {nome} …", flush=True)
        ocupacao = Ocupacao()
        medido = todos[nome]()
        parte = {
            "semente": semente,
            "medido_em": f"{datetime.now(UTC):%Y-%m-%d}",
            "maquina": f"{os.cpu_count()} núcleos, Python {platform.python_version()}",
            **ocupacao.ate_agora(),
            **medido,
        }
        partes = [p for p in medicoes.get(nome, []) if p["semente"] != semente] if args.somar else []
        medicoes[nome] = [*partes, parte]
        relatorio.escrever(medicoes)
        resumo = json.dumps(relatorio.resumir(nome, medicoes[nome]), ensure_ascii=False)
        print(f"  {time.monotonic() - inicio:.0f} s, {ocupacao.ate_agora()}  {resumo[:900]}", flush=True)
    linhas = relatorio.metas(relatorio.resumos(medicoes))
    print("\n".join(linha.texto() for linha in linhas))
    return 0 if all(linha.alcancada for linha in linhas) else 1


if __name__ == "__main__":
    sys.exit(principal())
