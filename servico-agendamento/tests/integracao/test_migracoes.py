"""As migrações levam do nada aos modelos, voltam, e vão de novo; em SQLite e em PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import Engine, inspect, text

from agendamento.persistencia import db
from agendamento.persistencia.migrador import configuracao, migrar
from agendamento.persistencia.modelos import VERSAO_ESQUEMA, Base
from tests.apoio import config_de_teste
from tests.postgresql import ServidorPostgreSQL, nos_dois_bancos

pytestmark = nos_dois_bancos


@pytest.fixture
def vazio(banco: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Um banco sem tabela alguma."""
    url = None
    if banco == "postgresql":
        servidor: ServidorPostgreSQL = request.getfixturevalue("postgresql")
        url = servidor.copiar("template0")
    engine = db.ligar(Flask("migracoes"), config_de_teste(tmp_path, url))
    yield engine
    engine.dispose()


def _voltar(engine: Engine, alvo: str) -> None:
    config = configuracao()
    with engine.connect() as con:
        config.attributes["conexao"] = con
        command.downgrade(config, alvo)


def _tabelas(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names()) - {"alembic_version"}


def _diferencas(engine: Engine) -> list[object]:
    with engine.connect() as con:
        contexto = MigrationContext.configure(con, opts={"compare_type": True})
        return list(compare_metadata(contexto, Base.metadata))


def test_o_esquema_migrado_e_o_dos_modelos(vazio: Engine) -> None:
    migrar(vazio)
    assert _diferencas(vazio) == []
    with vazio.connect() as con:
        assert con.execute(text("SELECT version_num FROM alembic_version")).scalar() == VERSAO_ESQUEMA


def test_a_comparacao_percebe_o_que_falta(vazio: Engine) -> None:
    """Controle negativo do teste acima."""
    migrar(vazio)
    with vazio.begin() as con:
        con.execute(text("DROP INDEX uq_slots_ocupados_telescopio_slot"))
    assert _diferencas(vazio)


@pytest.mark.usefixtures("vazio")
def test_a_versao_que_o_codigo_espera_e_a_ultima() -> None:
    assert ScriptDirectory.from_config(configuracao()).get_current_head() == VERSAO_ESQUEMA


def test_vai_volta_e_vai(vazio: Engine) -> None:
    migrar(vazio)
    esquema = _tabelas(vazio)
    _voltar(vazio, "base")
    assert _tabelas(vazio) == set()
    migrar(vazio)
    assert _tabelas(vazio) == esquema
    assert _diferencas(vazio) == []


def test_cada_passo_volta_e_vai_sozinho(vazio: Engine) -> None:
    passos = [s.revision for s in ScriptDirectory.from_config(configuracao()).walk_revisions()]
    migrar(vazio)
    for passo in passos[1:]:
        _voltar(vazio, passo)
    for passo in reversed(passos):
        migrar(vazio, passo)
    assert _diferencas(vazio) == []


def test_migrar_duas_vezes_nao_faz_nada(vazio: Engine) -> None:
    migrar(vazio)
    with vazio.begin() as con:
        con.execute(text("UPDATE auditoria_cabeca SET seq = 7"))
    migrar(vazio)
    with vazio.connect() as con:
        assert con.execute(text("SELECT seq FROM auditoria_cabeca")).scalar() == 7
