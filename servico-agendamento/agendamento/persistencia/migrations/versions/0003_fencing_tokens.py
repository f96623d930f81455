"""A tabela dos fencing tokens com o nome que eles têm em todo lugar."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.rename_table("cercas", "fencing_tokens")


def downgrade() -> None:
    op.rename_table("fencing_tokens", "cercas")
