"""A fila de quem espera um horário vagar."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
INSTANTE = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "esperas",
        sa.Column("id", ID, nullable=False),
        sa.Column("cientista_id", ID, nullable=False),
        sa.Column("telescopio_id", ID, nullable=False),
        sa.Column("horario_inicio_utc", INSTANTE, nullable=False),
        sa.Column("horario_fim_utc", INSTANTE, nullable=False),
        sa.Column("oferecida_ate", INSTANTE, nullable=True),
        sa.Column("atendida_em", INSTANTE, nullable=True),
        sa.Column("criado_em", INSTANTE, nullable=False),
        sa.CheckConstraint(
            "horario_inicio_utc < horario_fim_utc", name=op.f("ck_esperas_inicio_antes_do_fim")
        ),
        sa.ForeignKeyConstraint(["cientista_id"], ["cientistas.id"], name=op.f("fk_esperas_cientista_id")),
        sa.ForeignKeyConstraint(["telescopio_id"], ["telescopios.id"], name=op.f("fk_esperas_telescopio_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_esperas")),
    )
    op.create_index(
        "ix_esperas_telescopio_id_horario_fim_utc", "esperas", ["telescopio_id", "horario_fim_utc"]
    )
    op.create_index("ix_esperas_cientista_id_id", "esperas", ["cientista_id", "id"])


def downgrade() -> None:
    op.drop_table("esperas")
