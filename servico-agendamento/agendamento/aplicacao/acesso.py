"""Quem pode o quê: o que é de outra pessoa não se distingue do que não existe."""

from __future__ import annotations

from agendamento.aplicacao.portas import Leitura
from agendamento.dominio.agendamento import Agendamento, Cientista
from agendamento.dominio.erros import NaoEncontrado, Proibido


def exigir_operador(quem: Cientista) -> None:
    """
    Raises:
        Proibido: quem pede não é da operação.
    """
    if not quem.operador:
        raise Proibido("Só a operação pode fazer isto.")


def agendamento_visivel(agendamento: Agendamento | None, quem: Cientista) -> Agendamento:
    """O agendamento, se existe e é de quem pede (ou quem pede é da operação).

    Raises:
        NaoEncontrado: nos dois casos contrários, que daqui de fora são indistinguíveis.
    """
    if agendamento is None or not agendamento.pertence_a(quem):
        raise NaoEncontrado("Não há agendamento seu com este id.")
    return agendamento


def cientista_visivel(leitura: Leitura, id_: int, quem: Cientista) -> Cientista:
    """
    Raises:
        NaoEncontrado: não existe, ou não é quem pede (nem quem pede é da operação).
    """
    if id_ == quem.id:
        return quem
    cientista = leitura.cientista(id_) if quem.operador else None
    if cientista is None:
        raise NaoEncontrado("Não há cientista visível com este id.")
    return cientista
