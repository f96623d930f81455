"""Peças comuns: o banco já migrado e semeado de que cada teste recebe a sua cópia, e a coleta dos logs."""

from __future__ import annotations

import atexit
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from flask import Flask
from hypothesis import HealthCheck, settings

from agendamento.aplicacao import demonstracao
from agendamento.app import create_app
from agendamento.observabilidade import logs
from agendamento.persistencia import db
from agendamento.persistencia.db import BancoSQL
from agendamento.persistencia.migrador import migrar
from tests.apoio import Bancada, CoordenadorGravador, RelogioVirtual, config_de_teste, linhas_limpas
from tests.postgresql import ServidorPostgreSQL

settings.register_profile("sctec", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
settings.load_profile("sctec")

Montar = Callable[..., Bancada]


class _Linhas:
    """Recebe do structlog as linhas já prontas, como iriam para o stdout."""

    def __init__(self) -> None:
        self.todas: list[str] = []

    def msg(self, linha: bytes) -> None:
        self.todas.append(linha.decode())

    debug = info = warning = error = critical = exception = msg


@pytest.fixture(scope="session")
def _linhas() -> list[str]:
    linhas = _Linhas()
    structlog.configure(
        processors=[logs._completar, logs._em_json],
        logger_factory=lambda *_: linhas,
        cache_logger_on_first_use=False,
    )
    return linhas.todas


@pytest.fixture(autouse=True)
def linhas_de_log(_linhas: list[str]) -> Iterator[list[str]]:
    """As linhas que este teste registrou. Nenhuma pode trazer chave, segredo ou e-mail."""
    del _linhas[:]
    with linhas_limpas(_linhas):
        yield _linhas


@pytest.fixture(scope="session")
def modelo_sqlite(tmp_path_factory: pytest.TempPathFactory, _linhas: list[str]) -> Path:
    """Um banco SQLite migrado e semeado, para copiar."""
    pasta = tmp_path_factory.mktemp("modelo")
    config = config_de_teste(pasta)
    preparar_banco(config)
    return pasta / "descartavel.db"


def preparar_banco(config: Any) -> None:
    engine = db.ligar(Flask("modelo"), config)
    migrar(engine)
    banco = BancoSQL(engine)
    demonstracao.semear(banco, RelogioVirtual(), config.horizonte_dias, pessoas=True)
    banco.fechar()


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory, _linhas: list[str]) -> Iterator[ServidorPostgreSQL]:
    """Um servidor PostgreSQL desta sessão, com o modelo pronto para copiar."""
    motivo = ServidorPostgreSQL.o_que_falta()
    if motivo:
        pytest.skip(motivo)
    with ServidorPostgreSQL() as servidor:
        preparar_banco(config_de_teste(tmp_path_factory.mktemp("pg"), servidor.criar("modelo_descartavel")))
        yield servidor


@pytest.fixture
def banco(request: pytest.FixtureRequest) -> str:
    """``sqlite``, salvo onde o teste se declara também para ``postgresql`` (ver ``nos_dois_bancos``)."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture
def url_do_banco(banco: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Uma cópia do banco modelo, só deste teste."""
    if banco == "postgresql":
        servidor: ServidorPostgreSQL = request.getfixturevalue("postgresql")
        return servidor.copiar("modelo_descartavel")
    modelo: Path = request.getfixturevalue("modelo_sqlite")
    shutil.copyfile(modelo, tmp_path / "descartavel.db")
    return f"sqlite:///{tmp_path / 'descartavel.db'}"


@pytest.fixture
def montar(url_do_banco: str, tmp_path: Path) -> Iterator[Montar]:
    """Monta apps sobre o banco deste teste: ``montar(SCTEC_LIMITE_ATIVOS="3")``; fecha todas ao fim."""
    apps: list[Flask] = []

    def nova(
        relogio: RelogioVirtual | None = None,
        coordenador: CoordenadorGravador | None = None,
        **ambiente: str,
    ) -> Bancada:
        bancada = montar_bancada(
            tmp_path,
            url_do_banco,
            relogio or RelogioVirtual(),
            coordenador or CoordenadorGravador(),
            **ambiente,
        )
        apps.append(bancada.app)
        return bancada

    yield nova
    for app in apps:
        desmontar(app)


@pytest.fixture
def bancada(montar: Montar) -> Bancada:
    return montar()


@pytest.fixture(scope="module")
def bancada_do_modulo(modelo_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bancada]:
    """Uma app para os testes que só leem, ou cujos pedidos são todos recusados."""
    pasta = tmp_path_factory.mktemp("modulo")
    shutil.copyfile(modelo_sqlite, pasta / "descartavel.db")
    url = f"sqlite:///{pasta / 'descartavel.db'}"
    bancada = montar_bancada(pasta, url, RelogioVirtual(), CoordenadorGravador())
    yield bancada
    desmontar(bancada.app)


def montar_bancada(
    pasta: Path, url: str | None, relogio: RelogioVirtual, coordenador: CoordenadorGravador, **ambiente: str
) -> Bancada:
    config = config_de_teste(pasta, url, **ambiente)
    app = create_app(config, relogio=relogio, coordenador=coordenador, registrar=False)
    return Bancada(app, config, relogio, coordenador)


def desmontar(app: Flask) -> None:
    fechar = app.extensions["sctec-fechar"]
    fechar()
    atexit.unregister(fechar)
