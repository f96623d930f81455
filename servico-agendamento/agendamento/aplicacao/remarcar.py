"""Remarcar: tranca juntos os slots velhos e os novos, e troca um intervalo pelo outro de uma vez."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from agendamento.aplicacao.acesso import agendamento_visivel
from agendamento.aplicacao.agendar import exigir_ativo
from agendamento.aplicacao.cronometragem import Clique
from agendamento.aplicacao.disputa import Disputa, Disputante
from agendamento.aplicacao.portas import Escrita, NovoAgendamento, Situacao
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
        pergunta = self._disputa.pergunta(quem.id, agora, pedido.inicio, pedido.fim, self._cota)
        situacao = self._disputa.banco.situar(replace(pergunta, agendamento_id=pedido.id))
        atual = self._conferir_mudavel(situacao, pedido, quem, agora)
        assert situacao is not None
        situacao = replace(situacao, pergunta=replace(situacao.pergunta, titular=atual.cientista_id))
        telescopio = situacao.telescopio
        exigir_ativo(telescopio)
        intervalo = Intervalo(pedido.inicio, pedido.fim or pedido.inicio + atual.intervalo.duracao)
        telescopio.grade.validar(intervalo, agora)
        self._cota.conferir(intervalo, situacao.ativos, situacao.horas_no_ciclo)
        self._disputa.recusar_se_ocupado(situacao, intervalo)
        disputante = Disputante(atual.cientista_id, quem.id, situacao.uso_h, pedido.clique)
        with self._disputa.trancar(
            telescopio, intervalo, disputante, exceto=atual.id, tambem=atual.intervalo
        ) as secao:

            def gravar(escrita: Escrita) -> Agendamento:
                agora = self._disputa.relogio.agora()
                novo = NovoAgendamento(
                    telescopio,
                    atual.cientista_id,
                    intervalo,
                    pedido.objeto_celeste,
                    pedido.observacoes,
                    secao.token,
                    agora,
                    secao.clique,
                )

                def conferir(vigente: Situacao | None) -> None:
                    self._conferir_mudavel(vigente, pedido, quem, agora)
                    assert vigente is not None
                    exigir_ativo(vigente.telescopio)
                    self._disputa.recusar_se_parado(vigente, intervalo)
                    self._cota.conferir(intervalo, vigente.ativos, vigente.horas_no_ciclo)

                atual.exigir_mudavel(agora)
                movido = secao.gravar(
                    escrita, situacao, lambda vista: escrita.mover_agendamento(atual, novo, vista), conferir
                )
                secao.auditar(
                    escrita,
                    "AGENDAMENTO_REMARCADO",
                    {
                        **descrever(movido),
                        "de_inicio_utc": formatar(atual.intervalo.inicio),
                        "de_fim_utc": formatar(atual.intervalo.fim),
                    },
                )
                return movido

            return secao.salvar(
                "Salvando agendamento remarcado no BD", "remarcar", gravar, "agendamento.remarcado"
            )

    @staticmethod
    def _conferir_mudavel(
        situacao: Situacao | None, pedido: PedidoDeRemarcacao, quem: Cientista, agora: datetime
    ) -> Agendamento:
        atual = agendamento_visivel(None if situacao is None else situacao.agendamento, quem)
        if atual.versao != pedido.versao:
            raise VersaoDivergente("O agendamento mudou desde que foi lido.")
        atual.exigir_mudavel(agora)
        return atual
