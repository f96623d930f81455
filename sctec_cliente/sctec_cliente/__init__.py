"""Cliente de referência do SCTEC: o relógio oficial visto daqui, e agendar com ele."""

from sctec_cliente.cliente import Cliente
from sctec_cliente.relogio import (
    Estado,
    Relogio,
    RelogioNaoSincronizado,
    RespostaInesperada,
    Sincronizacao,
)

__all__ = [
    "Cliente",
    "Estado",
    "Relogio",
    "RelogioNaoSincronizado",
    "RespostaInesperada",
    "Sincronizacao",
]
