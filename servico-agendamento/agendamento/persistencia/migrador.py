"""Aplica as migrações do Alembic que faltam."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config as ConfigAlembic
from sqlalchemy import Engine

PASTA = Path(__file__).parent / "migrations"


def configuracao() -> ConfigAlembic:
    config = ConfigAlembic()
    config.set_main_option("script_location", str(PASTA))
    return config


def migrar(engine: Engine, alvo: str = "head") -> None:
    """Leva o banco à versão ``alvo``; não faz nada se já está nela."""
    config = configuracao()
    with engine.connect() as con:
        config.attributes["conexao"] = con
        command.upgrade(config, alvo)
