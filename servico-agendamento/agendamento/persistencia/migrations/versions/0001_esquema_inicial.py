"""Esquema inicial, com a trilha de auditoria já começada (gênese: 64 zeros)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

INSTANTE = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "auditoria",
        sa.Column("seq", ID, autoincrement=False, nullable=False),
        sa.Column("instante_utc", INSTANTE, nullable=False),
        sa.Column("evento", sa.String(length=40), nullable=False),
        sa.Column("agendamento_id", ID, nullable=True),
        sa.Column("detalhes", sa.Text(), nullable=False),
        sa.Column("trace_id", sa.String(length=32), nullable=True),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_auditoria")),
    )
    with op.batch_alter_table("auditoria", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_auditoria_agendamento_id"), ["agendamento_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_auditoria_evento_seq"), ["evento", "seq"], unique=False)

    op.create_table(
        "auditoria_cabeca",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_auditoria_cabeca")),
    )
    op.create_table(
        "cientistas",
        sa.Column("id", ID, nullable=False),
        sa.Column("nome", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("instituicao", sa.String(length=120), nullable=True),
        sa.Column("pais", sa.String(length=60), nullable=True),
        sa.Column("papel", sa.String(length=16), nullable=False),
        sa.Column("chave_sha256", sa.String(length=64), nullable=True),
        sa.Column("criado_em", INSTANTE, nullable=False),
        sa.Column("removido_em", INSTANTE, nullable=True),
        sa.Column("versao", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cientistas")),
        sa.UniqueConstraint("chave_sha256", name=op.f("uq_cientistas_chave_sha256")),
        sa.UniqueConstraint("email", name=op.f("uq_cientistas_email")),
    )
    op.create_table(
        "telescopios",
        sa.Column("id", ID, nullable=False),
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("nome", sa.String(length=120), nullable=False),
        sa.Column("prefixo_recurso", sa.String(length=64), nullable=False),
        sa.Column("descricao", sa.Text(), nullable=False),
        sa.Column("duracao_slot_s", sa.Integer(), nullable=False),
        sa.Column("horizonte_dias", sa.Integer(), nullable=False),
        sa.Column("janela_ms", sa.Integer(), nullable=True),
        sa.Column("estado", sa.String(length=16), nullable=False),
        sa.Column("versao", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "duracao_slot_s > 0 AND 86400 % duracao_slot_s = 0", name=op.f("ck_telescopios_slot_divide_o_dia")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_telescopios")),
        sa.UniqueConstraint("prefixo_recurso", name=op.f("uq_telescopios_prefixo_recurso")),
        sa.UniqueConstraint("slug", name=op.f("uq_telescopios_slug")),
    )
    op.create_table(
        "agendamentos",
        sa.Column("id", ID, nullable=False),
        sa.Column("telescopio_id", ID, nullable=False),
        sa.Column("cientista_id", ID, nullable=False),
        sa.Column("horario_inicio_utc", INSTANTE, nullable=False),
        sa.Column("horario_fim_utc", INSTANTE, nullable=False),
        sa.Column("objeto_celeste", sa.String(length=120), nullable=True),
        sa.Column("observacoes", sa.Text(), nullable=True),
        sa.Column("estado", sa.String(length=16), nullable=False),
        sa.Column("motivo_cancelamento", sa.String(length=500), nullable=True),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("versao", sa.Integer(), nullable=False),
        sa.Column("criado_em", INSTANTE, nullable=False),
        sa.Column("atualizado_em", INSTANTE, nullable=False),
        sa.CheckConstraint(
            "horario_inicio_utc < horario_fim_utc", name=op.f("ck_agendamentos_inicio_antes_do_fim")
        ),
        sa.ForeignKeyConstraint(
            ["cientista_id"], ["cientistas.id"], name=op.f("fk_agendamentos_cientista_id")
        ),
        sa.ForeignKeyConstraint(
            ["telescopio_id"], ["telescopios.id"], name=op.f("fk_agendamentos_telescopio_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agendamentos")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("agendamentos", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_agendamentos_cientista_id_estado_horario_inicio_utc_id"),
            ["cientista_id", "estado", "horario_inicio_utc", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_agendamentos_cientista_id_horario_inicio_utc_id"),
            ["cientista_id", "horario_inicio_utc", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_agendamentos_horario_inicio_utc_id"), ["horario_inicio_utc", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_agendamentos_telescopio_id_horario_inicio_utc_id"),
            ["telescopio_id", "horario_inicio_utc", "id"],
            unique=False,
        )

    op.create_table(
        "cercas",
        sa.Column("telescopio_id", ID, nullable=False),
        sa.Column("slot_inicio_utc", INSTANTE, nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["telescopio_id"], ["telescopios.id"], name=op.f("fk_cercas_telescopio_id")),
        sa.PrimaryKeyConstraint("telescopio_id", "slot_inicio_utc", name=op.f("pk_cercas")),
    )
    op.create_table(
        "idempotencia",
        sa.Column("cientista_id", ID, nullable=False),
        sa.Column("chave", sa.String(length=255), nullable=False),
        sa.Column("impressao", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("corpo", sa.LargeBinary(), nullable=False),
        sa.Column("cabecalhos", sa.JSON(), nullable=False),
        sa.Column("criado_em", INSTANTE, nullable=False),
        sa.ForeignKeyConstraint(
            ["cientista_id"], ["cientistas.id"], name=op.f("fk_idempotencia_cientista_id")
        ),
        sa.PrimaryKeyConstraint("cientista_id", "chave", name=op.f("pk_idempotencia")),
    )
    with op.batch_alter_table("idempotencia", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_idempotencia_criado_em"), ["criado_em"], unique=False)

    op.create_table(
        "indisponibilidades",
        sa.Column("id", ID, nullable=False),
        sa.Column("telescopio_id", ID, nullable=False),
        sa.Column("inicio_utc", INSTANTE, nullable=False),
        sa.Column("fim_utc", INSTANTE, nullable=False),
        sa.Column("motivo", sa.String(length=500), nullable=False),
        sa.Column("criado_em", INSTANTE, nullable=False),
        sa.CheckConstraint("inicio_utc < fim_utc", name=op.f("ck_indisponibilidades_inicio_antes_do_fim")),
        sa.ForeignKeyConstraint(
            ["telescopio_id"], ["telescopios.id"], name=op.f("fk_indisponibilidades_telescopio_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indisponibilidades")),
    )
    with op.batch_alter_table("indisponibilidades", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_indisponibilidades_telescopio_id_fim_utc"),
            ["telescopio_id", "fim_utc"],
            unique=False,
        )

    op.create_table(
        "slots_ocupados",
        sa.Column("id", ID, nullable=False),
        sa.Column("telescopio_id", ID, nullable=False),
        sa.Column("slot_inicio_utc", INSTANTE, nullable=False),
        sa.Column("agendamento_id", ID, nullable=False),
        sa.Column("cientista_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["agendamento_id"], ["agendamentos.id"], name=op.f("fk_slots_ocupados_agendamento_id")
        ),
        sa.ForeignKeyConstraint(
            ["cientista_id"], ["cientistas.id"], name=op.f("fk_slots_ocupados_cientista_id")
        ),
        sa.ForeignKeyConstraint(
            ["telescopio_id"], ["telescopios.id"], name=op.f("fk_slots_ocupados_telescopio_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slots_ocupados")),
    )
    with op.batch_alter_table("slots_ocupados", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_slots_ocupados_agendamento_id"), ["agendamento_id"], unique=False
        )
        batch_op.create_index(
            "uq_slots_ocupados_telescopio_slot", ["telescopio_id", "slot_inicio_utc"], unique=True
        )

    op.execute(f"INSERT INTO auditoria_cabeca (id, seq, hash) VALUES (1, 0, '{'0' * 64}')")


def downgrade() -> None:
    with op.batch_alter_table("slots_ocupados", schema=None) as batch_op:
        batch_op.drop_index("uq_slots_ocupados_telescopio_slot")
        batch_op.drop_index(batch_op.f("ix_slots_ocupados_agendamento_id"))

    op.drop_table("slots_ocupados")
    with op.batch_alter_table("indisponibilidades", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_indisponibilidades_telescopio_id_fim_utc"))

    op.drop_table("indisponibilidades")
    with op.batch_alter_table("idempotencia", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_idempotencia_criado_em"))

    op.drop_table("idempotencia")
    op.drop_table("cercas")
    with op.batch_alter_table("agendamentos", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_agendamentos_telescopio_id_horario_inicio_utc_id"))
        batch_op.drop_index(batch_op.f("ix_agendamentos_horario_inicio_utc_id"))
        batch_op.drop_index(batch_op.f("ix_agendamentos_cientista_id_horario_inicio_utc_id"))
        batch_op.drop_index(batch_op.f("ix_agendamentos_cientista_id_estado_horario_inicio_utc_id"))

    op.drop_table("agendamentos")
    op.drop_table("telescopios")
    op.drop_table("cientistas")
    op.drop_table("auditoria_cabeca")
    with op.batch_alter_table("auditoria", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_auditoria_evento_seq"))
        batch_op.drop_index(batch_op.f("ix_auditoria_agendamento_id"))

    op.drop_table("auditoria")
