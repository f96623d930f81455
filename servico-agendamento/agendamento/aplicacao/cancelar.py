"""Cancelar: o registro fica, os slots se abrem e a cota volta, numa transação só."""

from __future__ import annotations

from agendamento.aplicacao.acesso import agendamento_visivel
from agendamento.aplicacao.fila import Fila
from agendamento.aplicacao.portas import Banco, Coordenador, Escrita, Relogio
from agendamento.aplicacao.relato import anunciar, descrever
from agendamento.dominio.agendamento import Agendamento, Cientista
from agendamento.dominio.erros import VersaoDivergente
from agendamento.dominio.espera import Espera


class Cancelar:
    """``DELETE /agendamentos/{id}``."""

    def __init__(self, banco: Banco, coordenador: Coordenador, relogio: Relogio, fila: Fila) -> None:
        self._fila = fila
        self._banco = banco
        self._coordenador = coordenador
        self._relogio = relogio

    def executar(
        self, id_: int, quem: Cientista, motivo: str | None, versoes: frozenset[int] = frozenset()
    ) -> Agendamento:
        """
        Raises:
            NaoEncontrado: não existe, ou não é de quem pede.
            EstadoImpede: já cancelado, ou a observação já começou.
            VersaoDivergente: ``versoes`` não está vazio e não tem a atual.
        """

        def gravar(escrita: Escrita) -> tuple[Agendamento, list[Espera]]:
            agora = self._relogio.agora()
            atual = agendamento_visivel(escrita.agendamento(id_), quem)
            if versoes and atual.versao not in versoes:
                raise VersaoDivergente("O agendamento mudou desde que foi lido.")
            atual.exigir_mudavel(agora)
            cancelado = escrita.cancelar_agendamento(atual, motivo, agora)
            if cancelado is None:
                raise VersaoDivergente("O agendamento mudou enquanto era cancelado.")
            escrita.auditar(
                "AGENDAMENTO_CANCELADO",
                {**descrever(cancelado), "por_cientista_id": quem.id, "motivo": motivo},
            )
            return cancelado, self._fila.oferecer(escrita, cancelado.telescopio_id, cancelado.intervalo)

        cancelado, ofertas = self._banco.escrever("cancelar", gravar)
        self._coordenador.publicar("agendamento.cancelado", anunciar(cancelado))
        self._fila.anunciar(ofertas)
        return cancelado
