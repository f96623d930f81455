"""Ambiente do Alembic; ``cli migrar`` passa a conexão por ``config.attributes``."""

from alembic import context

from agendamento.persistencia.modelos import Base

with context.config.attributes["conexao"].begin():
    context.configure(
        connection=context.config.attributes["conexao"],
        target_metadata=Base.metadata,
        render_as_batch=True,
        compare_type=True,
    )
    context.run_migrations()
