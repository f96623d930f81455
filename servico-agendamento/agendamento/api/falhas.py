"""Os pontos de falha dos testes e das lições, que só se ligam com ``SCTEC_FALHAS=1``."""

from __future__ import annotations

import time

from flask import request

from agendamento.observabilidade import logs
from agendamento.vez import vez


class SemFalhas:
    def ponto(self, nome: str) -> None:
        """Em produção, nada acontece aqui."""


class FalhasPorCabecalho:
    """``SCTEC-Falha: depois_do_lock=3000`` faz o pedido esperar 3 s naquele ponto (``SCTEC_FALHAS=1``)."""

    MAIOR_ESPERA_S = 30.0

    def ponto(self, nome: str) -> None:
        for parte in request.headers.get("SCTEC-Falha", "").split(","):
            ponto, _, ms = parte.strip().partition("=")
            if ponto == nome and ms.isdecimal():
                espera = min(int(ms) / 1000, self.MAIOR_ESPERA_S)
                logs.registro.warning("Falha injetada", ponto=nome, espera_ms=int(espera * 1000))
                with vez.cedida():
                    time.sleep(espera)
