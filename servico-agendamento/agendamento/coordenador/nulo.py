"""O coordenador que não coordena: ``SCTEC_SEM_TRAVA=1``, só para mostrar a corrida."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Sequence

from agendamento.aplicacao.portas import Detalhes, Lock, PedidoDeLock
from agendamento.dominio.erros import CoordenadorIndisponivel
from agendamento.observabilidade.logs import registro


class SemLock:
    """Concede tudo a todos, com tokens crescentes (para que o fencing possa ser testado sozinho)."""

    def __init__(self) -> None:
        self._tokens = itertools.count(time.time_ns())
        self._mutex = threading.Lock()

    def adquirir(self, pedido: PedidoDeLock) -> Lock:
        registro.warning(f"Lock desligado: ninguém foi consultado sobre o recurso {pedido.recursos[0]}")
        with self._mutex:
            return Lock("sem-lock", next(self._tokens), pedido.recursos)

    def liberar(self, lock: Lock, *, salvo: bool, ocupados: Sequence[str]) -> None:
        """Não há o que devolver."""

    def publicar(self, tipo: str, dados: Detalhes) -> None:
        """Não há a quem avisar."""

    def exigir_tokens_acima_de(self, token: int) -> None:
        """Os daqui, tirados do relógio, são sempre maiores."""

    def pronto(self) -> bool:
        return True

    def locks(self) -> Detalhes:
        return {"total": 0, "esperando": 0, "janelas_abertas": 0, "candidatos": 0, "concessoes": []}

    def justica(self) -> Detalhes:
        raise CoordenadorIndisponivel("Sem coordenador (SCTEC_SEM_TRAVA=1) não há arbitragem a publicar.")

    def fechar(self) -> None:
        """Não há o que encerrar."""
