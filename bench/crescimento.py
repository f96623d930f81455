"""Com 1.000.000 de agendamentos, ainda se agenda e se lê a agenda no mesmo tempo? E a memória, cresce?

O banco grande é enchido por SQL, sem passar pela API; o tempo dos pedidos é medido por HTTP nos dois.
"""

from __future__ import annotations

import sqlite3
import statistics
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.carga import SEM_LIMITES, Cliente, gerar
from bench.relatorio import Medida
from ferramentas.processo import Processo
from ferramentas.servicos import Servicos

AGENDAMENTOS = 1_000_000
RODADAS = 5
RESERVAS = 300
PRIMEIRAS, ULTIMAS = 5_000, 50_000

_ENCHER = """
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :total)
INSERT INTO agendamentos (telescopio_id, cientista_id, horario_inicio_utc, horario_fim_utc,
                          estado, token, versao, criado_em, atualizado_em)
SELECT 1 + i % 6, 1 + i % 10,
       strftime('%Y-%m-%d %H:%M:%f000', '2024-01-01', '+' || ((i / 6) * 5) || ' minutes'),
       strftime('%Y-%m-%d %H:%M:%f000', '2024-01-01', '+' || ((i / 6) * 5 + 5) || ' minutes'),
       'ATIVO', 0, 1, '2024-01-01 00:00:00.000000', '2024-01-01 00:00:00.000000' FROM n
"""


def _encher(banco: Path) -> None:
    """Quase dez anos de telescópios cheios até anteontem, e o futuro livre para medir."""
    with sqlite3.connect(banco) as con:
        con.execute("PRAGMA synchronous=OFF")
        con.execute(_ENCHER, {"total": AGENDAMENTOS})
        limite = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%d %H:%M:%S.000000")
        # O que cairia no futuro vai para o passado distante: a quantidade é a mesma, os slots ficam livres.
        con.execute(
            "UPDATE agendamentos SET "
            "horario_inicio_utc = datetime(horario_inicio_utc, '-12 years') || '.000000', "
            "horario_fim_utc = datetime(horario_fim_utc, '-12 years') || '.000000' "
            "WHERE horario_inicio_utc >= ?",
            (limite,),
        )
        con.execute(
            "INSERT INTO slots_ocupados (telescopio_id, slot_inicio_utc, agendamento_id, cientista_id) "
            "SELECT telescopio_id, horario_inicio_utc, id, cientista_id FROM agendamentos"
        )
        con.execute(
            "INSERT INTO fencing_tokens (telescopio_id, slot_inicio_utc, token) "
            "SELECT telescopio_id, slot_inicio_utc, 0 FROM slots_ocupados"
        )
        con.execute("ANALYZE")
    con.close()


def medir() -> list[Medida]:
    """Os dois bancos no ar ao mesmo tempo, medidos em trechos alternados; vale a mediana das razões."""
    agendar, agenda = [], []
    with Servicos(SEM_LIMITES, capturar=False) as vazio, Servicos(SEM_LIMITES, capturar=False) as cheio:
        cheio.agendamento.parar()
        _encher(cheio.dados / "sctec.db")
        cheio.agendamento.iniciar()
        clientes = [Cliente.de(vazio), Cliente.de(cheio)]
        for cliente in clientes:
            cliente.agendar(RESERVAS, conexoes=8)
        for _ in range(RODADAS):
            reservas = [c.agendar(RESERVAS, conexoes=8) for c in clientes]
            agendar.append(reservas[1].segundos / reservas[0].segundos)
            leituras = [gerar(c.servicos.agendamento.porta, [_agenda(c)] * 100, conexoes=4) for c in clientes]
            agenda.append(leituras[1].segundos / leituras[0].segundos)
    return [
        Medida(
            "agendar com 1.000.000 ÷ com 0", statistics.median(agendar), f"mediana de {RODADAS}", maxima=1.3
        ),
        Medida(
            "ler a agenda com 1.000.000 ÷ com 0",
            statistics.median(agenda),
            f"mediana de {RODADAS}",
            maxima=1.3,
        ),
        *_memoria(),
    ]


def _agenda(cliente: Cliente) -> dict[str, object]:
    dia = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y-%m-%dT00:00:00Z")
    return {
        "metodo": "GET",
        "caminho": f"/telescopios/{cliente.telescopios[0]}/agenda?de={dia}",
        "cabecalhos": {},
    }


def _memoria() -> list[Medida]:
    """RSS depois de 50.000 reservas ÷ depois de 5.000, de cada serviço."""
    with Servicos(SEM_LIMITES, capturar=False) as servicos:
        cliente = Cliente.de(servicos)
        processos = {"agendamento": servicos.agendamento, "coordenador": servicos.coordenador}
        cliente.agendar(PRIMEIRAS)
        antes = {nome: _rss_mb(p) for nome, p in processos.items()}
        for _ in range((ULTIMAS - PRIMEIRAS) // PRIMEIRAS):
            cliente.agendar(PRIMEIRAS)
        depois = {nome: _rss_mb(p) for nome, p in processos.items()}
    return [
        Medida(
            f"memória do {nome}: 50.000 ÷ 5.000 reservas",
            depois[nome] / antes[nome],
            f"{depois[nome]:.0f} MB ÷ {antes[nome]:.0f} MB (limite 200 MB)",
            maxima=1.2,
        )
        for nome in processos
    ]


def _rss_mb(processo: Processo) -> float:
    """Memória residente do processo e dos seus filhos, em MB."""
    filhos = Path(f"/proc/{processo.pid}/task/{processo.pid}/children").read_text().split()
    total = 0
    for pid in [str(processo.pid), *filhos]:
        for linha in Path(f"/proc/{pid}/status").read_text().splitlines():
            if linha.startswith("VmRSS:"):
                total += int(linha.split()[1])
    return total / 1024
