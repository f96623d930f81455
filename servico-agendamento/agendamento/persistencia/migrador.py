"""Aplica as migrações do Alembic que faltam."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config as ConfigAlembic
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine

from agendamento.dominio.erros import ErroSCTEC
from agendamento.persistencia.db import traduzindo_falhas
from agendamento.persistencia.modelos import VERSAO_ESQUEMA

PASTA = Path(__file__).parent / "migrations"


def configuracao() -> ConfigAlembic:
    config = ConfigAlembic()
    config.set_main_option("script_location", str(PASTA))
    return config


def exigir_versao_atual(engine: Engine) -> None:
    """
    Raises:
        BancoIndisponivel: o banco não responde.
        ErroSCTEC: responde, e falta migrá-lo.
    """
    with traduzindo_falhas(), engine.connect() as con:
        versao = MigrationContext.configure(con).get_current_revision()
    if versao != VERSAO_ESQUEMA:
        raise ErroSCTEC("o banco não está na versão atual. Execute antes: python -m agendamento.cli migrar")


def migrar(engine: Engine, alvo: str = "head") -> None:
    """Leva o banco à versão ``alvo``; não faz nada se já está nela."""
    config = configuracao()
    with engine.connect() as con:
        config.attributes["conexao"] = con
        command.upgrade(config, alvo)
