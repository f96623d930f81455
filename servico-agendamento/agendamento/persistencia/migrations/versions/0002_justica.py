"""O clique de cada agendamento, e as decisões da arbitragem já escritas na trilha."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "arbitragens",
        sa.Column("janela", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("janela", name=op.f("pk_arbitragens")),
    )
    op.add_column("agendamentos", sa.Column("clique", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    op.drop_column("agendamentos", "clique")
    op.drop_table("arbitragens")
