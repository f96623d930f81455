"""As tabelas (ver docs/MODELOS.md). Todo instante é UTC; ``InstanteUTC`` recusa o que não tem fuso."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import JSON, Integer


def _em_utc(instante: datetime) -> datetime:
    if instante.tzinfo is None:
        raise ValueError("instante sem fuso não entra no banco")
    return instante.astimezone(UTC)


def _em_texto(instante: datetime | None) -> str | None:
    """O mesmo texto que o SQLAlchemy grava no SQLite: ``2026-12-01 03:00:00.000000``, em UTC."""
    if instante is None:
        return None
    return _em_utc(instante).replace(tzinfo=None).isoformat(" ", "microseconds")


class InstanteUTC(TypeDecorator[datetime]):
    """``timestamptz`` no PostgreSQL; no SQLite, o texto do instante em UTC, legível e ordenável."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else _em_utc(value)

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any] | None:
        # Uma reserva leva dezenas de instantes ao banco, e o formatador comum do SQLite custa o triplo deste.
        return _em_texto if dialect.name == "sqlite" else super().bind_processor(dialect)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base, disable_autonaming=True)

_Id = BigInteger().with_variant(Integer, "sqlite")


class Telescopio(Base):
    __tablename__ = "telescopios"

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    nome: Mapped[str] = mapped_column(String(120))
    prefixo_recurso: Mapped[str] = mapped_column(String(64), unique=True)
    descricao: Mapped[str] = mapped_column(Text, default="")
    duracao_slot_s: Mapped[int]
    horizonte_dias: Mapped[int]
    janela_ms: Mapped[int | None]
    estado: Mapped[str] = mapped_column(String(16))
    versao: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        CheckConstraint("duracao_slot_s > 0 AND 86400 % duracao_slot_s = 0", name="slot_divide_o_dia"),
    )


class Cientista(Base):
    __tablename__ = "cientistas"

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    nome: Mapped[str] = mapped_column(String(120))
    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    instituicao: Mapped[str | None] = mapped_column(String(120))
    pais: Mapped[str | None] = mapped_column(String(60))
    papel: Mapped[str] = mapped_column(String(16))
    chave_sha256: Mapped[str | None] = mapped_column(String(64), unique=True)
    criado_em: Mapped[datetime] = mapped_column(InstanteUTC)
    removido_em: Mapped[datetime | None] = mapped_column(InstanteUTC)
    versao: Mapped[int] = mapped_column(default=1)


class Agendamento(Base):
    __tablename__ = "agendamentos"

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    telescopio_id: Mapped[int] = mapped_column(ForeignKey("telescopios.id"))
    cientista_id: Mapped[int] = mapped_column(ForeignKey("cientistas.id"))
    horario_inicio_utc: Mapped[datetime] = mapped_column(InstanteUTC)
    horario_fim_utc: Mapped[datetime] = mapped_column(InstanteUTC)
    objeto_celeste: Mapped[str | None] = mapped_column(String(120))
    observacoes: Mapped[str | None] = mapped_column(Text)
    estado: Mapped[str] = mapped_column(String(16))
    motivo_cancelamento: Mapped[str | None] = mapped_column(String(500))
    token: Mapped[int] = mapped_column(BigInteger)
    versao: Mapped[int] = mapped_column(default=1)
    criado_em: Mapped[datetime] = mapped_column(InstanteUTC)
    atualizado_em: Mapped[datetime] = mapped_column(InstanteUTC)
    clique: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))

    telescopio: Mapped[Telescopio] = relationship(lazy="joined", innerjoin=True)

    @property
    def telescopio_slug(self) -> str:
        return self.telescopio.slug

    __table_args__ = (
        CheckConstraint("horario_inicio_utc < horario_fim_utc", name="inicio_antes_do_fim"),
        Index(None, "horario_inicio_utc", "id"),
        Index(None, "telescopio_id", "horario_inicio_utc", "id"),
        Index(None, "cientista_id", "estado", "horario_inicio_utc", "id"),
        Index(None, "cientista_id", "horario_inicio_utc", "id"),
        {"sqlite_autoincrement": True},
    )


class SlotOcupado(Base):
    """Uma linha por slot agendado: a terceira camada contra a reserva dupla é o índice único daqui."""

    __tablename__ = "slots_ocupados"

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    telescopio_id: Mapped[int] = mapped_column(ForeignKey("telescopios.id"))
    slot_inicio_utc: Mapped[datetime] = mapped_column(InstanteUTC)
    agendamento_id: Mapped[int] = mapped_column(ForeignKey("agendamentos.id"), index=True)
    cientista_id: Mapped[int] = mapped_column(ForeignKey("cientistas.id"))

    __table_args__ = (
        Index("uq_slots_ocupados_telescopio_slot", "telescopio_id", "slot_inicio_utc", unique=True),
    )


class FencingToken(Base):
    """O fencing token da última escrita em cada slot. Permanece quando o slot é liberado."""

    __tablename__ = "fencing_tokens"

    telescopio_id: Mapped[int] = mapped_column(ForeignKey("telescopios.id"), primary_key=True)
    slot_inicio_utc: Mapped[datetime] = mapped_column(InstanteUTC, primary_key=True)
    token: Mapped[int] = mapped_column(BigInteger)


class Indisponibilidade(Base):
    __tablename__ = "indisponibilidades"

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    telescopio_id: Mapped[int] = mapped_column(ForeignKey("telescopios.id"))
    inicio_utc: Mapped[datetime] = mapped_column(InstanteUTC)
    fim_utc: Mapped[datetime] = mapped_column(InstanteUTC)
    motivo: Mapped[str] = mapped_column(String(500))
    criado_em: Mapped[datetime] = mapped_column(InstanteUTC)

    __table_args__ = (
        CheckConstraint("inicio_utc < fim_utc", name="inicio_antes_do_fim"),
        Index(None, "telescopio_id", "fim_utc"),
    )


class Espera(Base):
    """Quem quer um horário tomado. O estado se deduz dos instantes, e nada precisa ser gravado para expirar."""

    __tablename__ = "esperas"

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    cientista_id: Mapped[int] = mapped_column(ForeignKey("cientistas.id"))
    telescopio_id: Mapped[int] = mapped_column(ForeignKey("telescopios.id"))
    horario_inicio_utc: Mapped[datetime] = mapped_column(InstanteUTC)
    horario_fim_utc: Mapped[datetime] = mapped_column(InstanteUTC)
    oferecida_ate: Mapped[datetime | None] = mapped_column(InstanteUTC)
    atendida_em: Mapped[datetime | None] = mapped_column(InstanteUTC)
    criado_em: Mapped[datetime] = mapped_column(InstanteUTC)

    telescopio: Mapped[Telescopio] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (
        CheckConstraint("horario_inicio_utc < horario_fim_utc", name="inicio_antes_do_fim"),
        Index(None, "telescopio_id", "horario_fim_utc"),
        Index(None, "cientista_id", "id"),
    )


class Arbitragem(Base):
    """Uma linha por decisão já escrita na trilha: vários vencedores de uma decisão a registram uma vez só."""

    __tablename__ = "arbitragens"

    janela: Mapped[str] = mapped_column(String(64), primary_key=True)


class Auditoria(Base):
    """A trilha encadeada: ``hash = SHA-256(hash_anterior ‖ registro canônico)`` (ver auditoria.py)."""

    __tablename__ = "auditoria"

    seq: Mapped[int] = mapped_column(_Id, primary_key=True, autoincrement=False)
    instante_utc: Mapped[datetime] = mapped_column(InstanteUTC)
    evento: Mapped[str] = mapped_column(String(40))
    agendamento_id: Mapped[int | None] = mapped_column(_Id, index=True)
    detalhes: Mapped[str] = mapped_column(Text)
    trace_id: Mapped[str | None] = mapped_column(String(32))
    request_id: Mapped[str | None] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))

    __table_args__ = (Index(None, "evento", "seq"),)


class AuditoriaCabeca(Base):
    """Uma linha só: o fim da trilha. Trancada por cada grupo de escritas, também no PostgreSQL."""

    __tablename__ = "auditoria_cabeca"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str] = mapped_column(String(64))


class Idempotencia(Base):
    __tablename__ = "idempotencia"

    cientista_id: Mapped[int] = mapped_column(ForeignKey("cientistas.id"), primary_key=True)
    chave: Mapped[str] = mapped_column(String(255), primary_key=True)
    impressao: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    corpo: Mapped[bytes] = mapped_column(LargeBinary)
    cabecalhos: Mapped[dict[str, Any]] = mapped_column(JSON)
    criado_em: Mapped[datetime] = mapped_column(InstanteUTC, index=True)


VERSAO_ESQUEMA = "0004"
"""A migração que este código espera encontrar aplicada."""
