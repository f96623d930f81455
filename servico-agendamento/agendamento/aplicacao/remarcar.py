"""Remarcar: tranca juntos os slots velhos e os novos, e troca um intervalo pelo outro de uma vez."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from agendamento.aplicacao.agendar import conferir_cota, exigir_telescopio
from agendamento.aplicacao.cancelar import agendamento_visivel
from agendamento.aplicacao.cronometragem import Clique
from agendamento.aplicacao.disputa import Disputa
from agendamento.aplicacao.portas import Escrita, NovoAgendamento
from agendamento.aplicacao.relato import descrever
from agendamento.dominio.agendamento import Agendamento, Cientista
from agendamento.dominio.cota import Cota
from agendamento.dominio.erros import VersaoDivergente
from agendamento.dominio.grade import Intervalo, formatar


@dataclass(frozen=True, slots=True)
class PedidoDeRemarcacao:
    """O estado que o agendamento deve passar a ter; ``versao`` é a do ``If-Match``."""

    id: int
    versao: int
    inicio: datetime
    clique: Clique
    fim: datetime | None = None
    objeto_celeste: str | None = None
    observacoes: str | None = None


class Remarcar:
    """``PUT /agendamentos/{id}``."""

    def __init__(self, disputa: Disputa, cota: Cota) -> None:
        self._disputa = disputa
        self._cota = cota

    def executar(self, pedido: PedidoDeRemarcacao, quem: Cientista) -> Agendamento:
        """
        Raises:
            NaoEncontrado, EstadoImpede, VersaoDivergente, DadosInvalidos, LimiteExcedido: sem pedir lock.
            RecursoOcupado, Preterido, ConflitoHorario: o novo horário é de outra pessoa; o velho fica.
        """
        agora = self._disputa.relogio.agora()
        with self._disputa.banco.ler() as leitura:
            atual = agendamento_visivel(leitura.agendamento(pedido.id), quem)
            self._conferir_versao(atual, pedido, agora)
            telescopio = exigir_telescopio(leitura, atual.telescopio_slug)
            intervalo = Intervalo(pedido.inicio, pedido.fim or pedido.inicio + atual.intervalo.duracao)
            telescopio.grade.validar(intervalo, agora)
            conferir_cota(leitura, self._cota, atual.cientista_id, intervalo, agora, exceto=atual.id)
            self._disputa.recusar_se_tomado(
                leitura, telescopio, intervalo, atual.cientista_id, exceto=atual.id
            )
            disputante = self._disputa.disputante(
                leitura, telescopio, atual.cientista_id, quem.id, pedido.clique
            )
        with self._disputa.trancar(
            telescopio, intervalo, disputante, exceto=atual.id, tambem=atual.intervalo
        ) as secao:

            def gravar(escrita: Escrita) -> Agendamento:
                agora = self._disputa.relogio.agora()
                vigente = agendamento_visivel(escrita.agendamento(pedido.id), quem)
                self._conferir_versao(vigente, pedido, agora)
                conferir_cota(escrita, self._cota, vigente.cientista_id, intervalo, agora, exceto=vigente.id)
                self._disputa.recusar_se_indisponivel(escrita, telescopio, intervalo)
                novo = NovoAgendamento(
                    telescopio,
                    vigente.cientista_id,
                    intervalo,
                    pedido.objeto_celeste,
                    pedido.observacoes,
                    secao.token,
                    agora,
                    secao.clique,
                )
                movido = secao.gravar(escrita, lambda: escrita.mover_agendamento(vigente, novo))
                secao.auditar(
                    escrita,
                    "AGENDAMENTO_REMARCADO",
                    {
                        **descrever(movido),
                        "de_inicio_utc": formatar(vigente.intervalo.inicio),
                        "de_fim_utc": formatar(vigente.intervalo.fim),
                    },
                )
                return movido

            return secao.salvar(
                "Salvando agendamento remarcado no BD", "remarcar", gravar, "agendamento.remarcado"
            )

    @staticmethod
    def _conferir_versao(atual: Agendamento, pedido: PedidoDeRemarcacao, agora: datetime) -> None:
        if atual.versao != pedido.versao:
            raise VersaoDivergente("O agendamento mudou desde que foi lido.")
        atual.exigir_mudavel(agora)
