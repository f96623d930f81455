"""O banco lido por fora, sem uma linha do serviço: o que ele afirma aqui se confere com outros olhos."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

_SOBREPOSTOS = """
    SELECT a.id, b.id FROM agendamentos a JOIN agendamentos b
    ON a.telescopio_id = b.telescopio_id AND a.id < b.id
    AND a.horario_inicio_utc < b.horario_fim_utc AND b.horario_inicio_utc < a.horario_fim_utc
    WHERE a.estado = 'ATIVO' AND b.estado = 'ATIVO'
"""
_COBREM = """
    SELECT id FROM agendamentos
    WHERE estado = 'ATIVO' AND horario_inicio_utc <= :instante AND horario_fim_utc > :instante
"""
_TORTOS = """
    SELECT a.id FROM agendamentos a LEFT JOIN slots_ocupados s ON s.agendamento_id = a.id
    GROUP BY a.id
    HAVING COUNT(s.id) <> CASE a.estado WHEN 'ATIVO'
        THEN ROUND((JULIANDAY(a.horario_fim_utc) - JULIANDAY(a.horario_inicio_utc)) * 288) ELSE 0 END
"""


class Banco:
    """Um SQLite do serviço; cada pergunta o abre só para leitura."""

    def __init__(self, arquivo: Path) -> None:
        self.arquivo = arquivo

    def consultar(self, sql: str, **valores: object) -> list[Any]:
        with closing(sqlite3.connect(f"file:{self.arquivo}?mode=ro", uri=True, timeout=10)) as con:
            return con.execute(sql, valores).fetchall()

    @contextmanager
    def ocupado(self) -> Iterator[None]:
        """Segura a escrita: enquanto dura, ninguém mais está no meio de uma transação."""
        with closing(sqlite3.connect(self.arquivo, isolation_level=None, timeout=10)) as con:
            con.execute("BEGIN IMMEDIATE")
            yield
            con.execute("ROLLBACK")

    def sobrepostos(self) -> list[tuple[int, int]]:
        """Pares de agendamentos ativos do mesmo telescópio que se sobrepõem: as reservas duplas."""
        return self.consultar(_SOBREPOSTOS)

    def cobrem(self, instante: datetime) -> list[int]:
        """Os agendamentos ativos que cobrem o instante (em qualquer telescópio)."""
        texto = instante.strftime("%Y-%m-%d %H:%M:%S.%f")
        return [id_ for (id_,) in self.consultar(_COBREM, instante=texto)]

    def agendamentos(self) -> list[int]:
        return [id_ for (id_,) in self.consultar("SELECT id FROM agendamentos ORDER BY id")]

    def auditados(self, evento: str = "AGENDAMENTO_CRIADO") -> list[int]:
        sql = "SELECT agendamento_id FROM auditoria WHERE evento = :evento ORDER BY agendamento_id"
        return [id_ for (id_,) in self.consultar(sql, evento=evento)]

    def ativos_de(self, cientista_id: int) -> int:
        sql = "SELECT COUNT(*) FROM agendamentos WHERE cientista_id = :id AND estado = 'ATIVO'"
        return int(self.consultar(sql, id=cientista_id)[0][0])

    def conferir_inteiro(self) -> None:
        """Nada pela metade: todo agendamento tem a sua linha de auditoria e os seus slots, e vice-versa."""
        assert self.agendamentos() == self.auditados()
        assert self.consultar(_TORTOS) == []
        orfaos = "SELECT id FROM slots_ocupados WHERE agendamento_id NOT IN (SELECT id FROM agendamentos)"
        assert self.consultar(orfaos) == []
