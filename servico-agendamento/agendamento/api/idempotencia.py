"""``Idempotency-Key`` (draft-ietf-httpapi-idempotency-key-header): repetir um POST não agenda duas vezes.

A resposta 201 é guardada na transação do próprio agendamento: se a resposta se perder, por queda da rede ou
do serviço, a repetição devolve a mesma. Os 409 também são guardados. Um 503, que nada gravou, não.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flask import Response, request

from agendamento.api.contexto import servicos
from agendamento.api.problemas import slot_disputado
from agendamento.aplicacao.agendar import Idempotente, JaRespondido
from agendamento.aplicacao.portas import Banco, ChaveJaGuardada, Escrita, RespostaGuardada
from agendamento.dominio.agendamento import Agendamento, Cientista
from agendamento.dominio.erros import (
    ChaveIdempotenteEmCurso,
    ChaveIdempotenteReusada,
    DadosInvalidos,
    ErroDeCampo,
    SlotDisputado,
)

CABECALHO = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "description": "Repetir com a mesma chave e o mesmo corpo devolve a mesma resposta.",
}
VALIDADE = timedelta(hours=24)
FAXINA_A_CADA = timedelta(hours=1)
PEDACO_DA_FAXINA = 500
"""Quantas respostas vencidas se apagam numa gravação: as reservas que esperam não notam."""
_GUARDADOS = ("Content-Type", "Location", "ETag")
_CHAVE = re.compile("[!-~]{1,255}")


def _em_curso() -> ChaveIdempotenteEmCurso:
    return ChaveIdempotenteEmCurso("O primeiro pedido com esta Idempotency-Key ainda não terminou.")


def _apagar_vencidas(banco: Banco, antes: datetime) -> None:
    """Fora do caminho da resposta, um pedaço por gravação, até não restar nenhuma."""

    def apagar(escrita: Escrita) -> None:
        if escrita.esquecer_respostas(antes, PEDACO_DA_FAXINA) == PEDACO_DA_FAXINA:
            _apagar_vencidas(banco, antes)

    banco.escrever_depois("faxina", apagar)


class Idempotencia:
    """Guarda e repete respostas; um pedido por chave de cada vez."""

    def __init__(self) -> None:
        self._em_curso: set[tuple[int, str]] = set()
        self._mutex = threading.Lock()
        self._proxima_faxina = datetime.min.replace(tzinfo=UTC)

    def executar(
        self,
        quem: Cientista,
        fazer: Callable[[Idempotente | None], Agendamento],
        responder: Callable[[Agendamento], Response],
    ) -> Response:
        """Faz o pedido, ou repete a resposta do primeiro que veio com a mesma chave.

        Raises:
            ChaveIdempotenteReusada: a chave já serviu a outro corpo.
            ChaveIdempotenteEmCurso: o primeiro pedido ainda não terminou.
        """
        chave = request.headers.get("Idempotency-Key")
        if chave is None:
            return responder(fazer(None))
        if not _CHAVE.fullmatch(chave):
            raise DadosInvalidos(
                ErroDeCampo(
                    "Idempotency-Key",
                    "não é texto ASCII visível, sem espaços, de 1 a 255 caracteres.",
                    "Use um UUID.",
                )
            )
        impressao = hashlib.sha256(
            f"{request.method} {request.full_path}\n".encode() + request.get_data()
        ).hexdigest()
        with self._mutex:
            if (quem.id, chave) in self._em_curso:
                raise _em_curso()
            self._em_curso.add((quem.id, chave))
        try:
            return self._uma_vez(quem, chave, impressao, fazer, responder)
        finally:
            agora = servicos().relogio.agora()
            with self._mutex:
                self._em_curso.discard((quem.id, chave))
                e_hora = agora >= self._proxima_faxina
                if e_hora:
                    self._proxima_faxina = agora + FAXINA_A_CADA
            if e_hora:
                _apagar_vencidas(servicos().banco, agora - VALIDADE)

    @staticmethod
    def _uma_vez(
        quem: Cientista,
        chave: str,
        impressao: str,
        fazer: Callable[[Idempotente | None], Agendamento],
        responder: Callable[[Agendamento], Response],
    ) -> Response:
        banco, relogio = servicos().banco, servicos().relogio
        desde = relogio.agora() - VALIDADE
        pronta: list[Response] = []

        def guardar(escrita: Escrita, resposta: Response) -> None:
            cabecalhos = {n: resposta.headers[n] for n in _GUARDADOS if n in resposta.headers}
            guardada = RespostaGuardada(impressao, resposta.status_code, resposta.get_data(), cabecalhos)
            try:
                escrita.guardar_resposta(quem.id, chave, guardada, relogio.agora(), desde)
            except ChaveJaGuardada:
                raise _em_curso() from None

        def ao_gravar(escrita: Escrita, agendamento: Agendamento) -> None:
            pronta.append(responder(agendamento))
            guardar(escrita, pronta[0])

        try:
            fazer(Idempotente(chave, desde, ao_gravar))
        except JaRespondido as antes:
            if antes.resposta.impressao != impressao:
                raise ChaveIdempotenteReusada("Esta Idempotency-Key já foi usada com outro corpo.") from None
            repetida = Response(antes.resposta.corpo, antes.resposta.status, antes.resposta.cabecalhos)
            repetida.headers["Idempotent-Replayed"] = "true"
            return repetida
        except SlotDisputado as erro:
            recusa = slot_disputado(erro)
            banco.escrever_depois("idempotencia", lambda escrita: guardar(escrita, recusa))
            return recusa
        return pronta[0]
