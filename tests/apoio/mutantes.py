"""O agendamento com uma proteção arrancada: o alvo que o gunicorn carrega nos controles negativos.

Só o que não tem variável ``SCTEC_SEM_…`` está aqui. Não importa nada do serviço ao ser lido: é o gunicorn,
na pasta dele, quem o carrega.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any


def sem_cota_na_transacao() -> Any:
    """A cota fica só na leitura de antes do lock, onde pedidos simultâneos não se veem."""
    app = import_module("agendamento.app").create_app()
    app.extensions["sctec"].agendar._conferir_de_novo = lambda *_: None
    return app


def sem_dizer_o_que_ficou_ocupado() -> Any:
    """A devolução do lock de uma remarcação não distingue os slots deixados dos que ficaram."""
    app = import_module("agendamento.app").create_app()
    coordenador = app.extensions["sctec"].coordenador
    liberar = coordenador.liberar
    coordenador.liberar = lambda lock, **como: liberar(lock, **{**como, "ocupados": lock.recursos})
    return app
