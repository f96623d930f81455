"""A trilha encadeada por SHA-256, escrita na transação do próprio fato.

``hash = SHA-256(hash_anterior ‖ "\\n" ‖ JSON canônico do registro)``; o JSON canônico tem as chaves em ordem
e nenhum espaço. Trocar, tirar ou reordenar uma linha quebra a conta dali em diante; tirar as últimas é
percebido porque a cabeça da trilha (``auditoria_cabeca``) guarda o seq e o hash do fim.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import orjson
from sqlalchemy import Connection, Table, bindparam, insert, select, update

from agendamento.dominio.grade import formatar
from agendamento.persistencia.modelos import Auditoria, AuditoriaCabeca

GENESE = "0" * 64
_tabela = cast(Table, Auditoria.__table__)
_cabeca = cast(Table, AuditoriaCabeca.__table__)
_INSERIR = insert(_tabela)
_LER_CABECA = select(_cabeca.c.seq, _cabeca.c.hash).where(_cabeca.c.id == 1).with_for_update()
_MOVER_CABECA = (
    update(_cabeca).where(_cabeca.c.id == 1).values(seq=bindparam("novo_seq"), hash=bindparam("novo_hash"))
)


def canonico(registro: dict[str, Any]) -> bytes:
    """JSON com chaves em ordem e sem espaços: o mesmo registro dá sempre os mesmos bytes."""
    return orjson.dumps(registro, option=orjson.OPT_SORT_KEYS)


def encadear(hash_anterior: str, registro: dict[str, Any]) -> str:
    return hashlib.sha256(hash_anterior.encode() + b"\n" + canonico(registro)).hexdigest()


@dataclass(slots=True)
class Trilha:
    """O fim da trilha dentro de uma transação: acumula linhas e as insere, com a cabeça, ao confirmar."""

    seq: int
    hash: str
    pendentes: list[dict[str, Any]]

    @classmethod
    def abrir(cls, con: Connection) -> Trilha:
        """Lê e tranca a cabeça: é o que põe em série os grupos de escritas no PostgreSQL."""
        linha = con.execute(_LER_CABECA).one()
        return cls(linha.seq, linha.hash, [])

    def marcar(self) -> tuple[int, str, int]:
        return self.seq, self.hash, len(self.pendentes)

    def voltar(self, marca: tuple[int, str, int]) -> None:
        """Desfaz o que foi acrescentado desde ``marcar`` (a operação falhou)."""
        self.seq, self.hash, quantas = marca
        del self.pendentes[quantas:]

    def acrescentar(
        self,
        instante: datetime,
        evento: str,
        detalhes: dict[str, Any],
        trace_id: str | None,
        request_id: str | None,
    ) -> None:
        self.seq += 1
        registro = {
            "seq": self.seq,
            "timestamp_utc": formatar(instante),
            "event_type": evento,
            "details": detalhes,
            "trace_id": trace_id,
            "request_id": request_id,
        }
        self.hash = encadear(self.hash, registro)
        agendamento_id = detalhes.get("agendamento_id")
        self.pendentes.append(
            {
                "seq": self.seq,
                # O instante guardado tem a precisão do registro: é dele que o hash fala.
                "instante_utc": instante.replace(microsecond=instante.microsecond // 1000 * 1000),
                "evento": evento,
                "agendamento_id": agendamento_id if isinstance(agendamento_id, int) else None,
                "detalhes": canonico(detalhes).decode(),
                "trace_id": trace_id,
                "request_id": request_id,
                "hash": self.hash,
            }
        )

    def gravar(self, con: Connection) -> None:
        if self.pendentes:
            con.execute(_INSERIR, self.pendentes)
            con.execute(_MOVER_CABECA, {"novo_seq": self.seq, "novo_hash": self.hash})
