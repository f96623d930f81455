"""A referência: o menor Flask + SQLAlchemy que insere, sem lock.

Mesmo servidor (gunicorn gthread), mesmo WAL e mesmo synchronous=FULL do serviço de verdade; só o que é
nosso falta.
"""

from __future__ import annotations

import os
import sqlite3
from typing import Any

from flask import Flask, request
from flask.typing import ResponseReturnValue
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


db = SQLAlchemy(model_class=Base)


class Reserva(db.Model):  # type: ignore[name-defined,misc]
    id: Mapped[int] = mapped_column(primary_key=True)
    recurso: Mapped[str]
    pessoa: Mapped[int]


def _preparar(conexao: Any, _: Any) -> None:
    if isinstance(conexao, sqlite3.Connection):
        conexao.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=30000;")


def criar() -> Flask:
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["BANCO_URL"]
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"pool_size": 64}
    db.init_app(app)
    with app.app_context():
        event.listen(db.engine, "connect", _preparar)
        db.create_all()

    @app.get("/")
    def ola() -> str:
        return "olá"

    @app.post("/reservas")
    def reservar() -> ResponseReturnValue:
        dados = request.get_json()
        reserva = Reserva(recurso=dados["recurso"], pessoa=dados["pessoa"])
        db.session.add(reserva)
        db.session.commit()
        return {"id": reserva.id}, 201

    return app
