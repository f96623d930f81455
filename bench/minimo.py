"""As referências: o menor Flask + SQLAlchemy + SQLite que insere, sem lock e com o lock ingênuo.

Mesmo servidor (gunicorn gthread), mesmo WAL e mesmo synchronous=FULL do serviço de verdade; só o que é
nosso falta. Com ``LOCK_URL``, pede e devolve o lock por ``requests``, como faz quem nunca mediu.
"""

from __future__ import annotations

import os
import sqlite3
from typing import Any

import requests
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
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{os.environ['BANCO']}"
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"pool_size": 64}
    db.init_app(app)
    with app.app_context():
        event.listen(db.engine, "connect", _preparar)
        db.create_all()
    lock_url, segredo = os.environ.get("LOCK_URL"), os.environ.get("SEGREDO", "")
    cabecalho = {"Authorization": f"Bearer {segredo}"}

    @app.post("/reservas")
    def reservar() -> ResponseReturnValue:
        dados = request.get_json()
        if lock_url is None:
            return _inserir(dados)
        pedido = {"recurso": dados["recurso"], "solicitante": "ingenuo", "janela_ms": 0}
        dado = requests.post(f"{lock_url}/lock", json=pedido, headers=cabecalho, timeout=10)
        if dado.status_code != 200:
            return {"erro": "ocupado"}, 409
        try:
            return _inserir(dados)
        finally:
            requests.post(
                f"{lock_url}/unlock",
                json={"concessao": dado.json()["concessao"]},
                headers=cabecalho,
                timeout=10,
            )

    def _inserir(dados: dict[str, Any]) -> ResponseReturnValue:
        reserva = Reserva(recurso=dados["recurso"], pessoa=dados["pessoa"])
        db.session.add(reserva)
        db.session.commit()
        return {"id": reserva.id}, 201

    return app
