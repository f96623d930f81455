"""300 disputam um slot: tempo até a última resposta ÷ tempo de 300 GET /time no mesmo servidor."""

from __future__ import annotations

import statistics
from datetime import UTC, datetime, timedelta

from bench.carga import SEM_LIMITES, Cliente, gerar
from bench.relatorio import Medida, numero
from ferramentas.servicos import Servicos

DISPUTANTES = 300
RODADAS = 15


def medir() -> list[Medida]:
    """Pares alternados no mesmo servidor; compara-se a mediana das razões."""
    razoes, tempos, disputas = [], [], []
    hora = {"metodo": "GET", "caminho": "/time", "cabecalhos": {}}
    with Servicos(SEM_LIMITES, capturar=False) as servicos:
        cliente, porta = Cliente.de(servicos), servicos.agendamento.porta
        dia = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=30)
        gerar(porta, [hora] * DISPUTANTES, conexoes=DISPUTANTES)
        for rodada in range(RODADAS):
            tempo = gerar(porta, [hora] * DISPUTANTES, conexoes=DISPUTANTES)
            slot = dia + timedelta(hours=rodada)
            pedidos = [cliente.reserva(cliente.telescopios[0], slot, i) for i in range(DISPUTANTES)]
            disputa = gerar(porta, pedidos, conexoes=DISPUTANTES).exigir({"201": 1, "409": DISPUTANTES - 1})
            razoes.append(disputa.segundos / tempo.segundos)
            tempos.append(tempo.segundos)
            disputas.append(disputa.segundos)
    da_disputa, do_tempo = (numero(statistics.median(lado)) for lado in (disputas, tempos))
    return [
        Medida(
            "300 disputantes de um slot ÷ 300 GET /time",
            statistics.median(razoes),
            f"{da_disputa} s ÷ {do_tempo} s, mediana de {RODADAS}",
            maxima=2.0,
        )
    ]
