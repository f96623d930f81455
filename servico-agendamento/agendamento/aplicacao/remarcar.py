"""Remarcar: tranca juntos os slots velhos e os novos, e troca um intervalo pelo outro de uma vez."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from agendamento.aplicacao.acesso import agendamento_visivel
from agendamento.aplicacao.agendar import exigir_ativo
from agendamento.aplicacao.disputa import Disputa, Pedido, Plano
from agendamento.aplicacao.fila import Fila
from agendamento.aplicacao.portas import Escrita, Situacao
from agendamento.aplicacao.relato import descrever
from agendamento.dominio.agendamento import Agendamento, Cientista
from agendamento.dominio.cota import Cota
from agendamento.dominio.erros import SlotDisputado, VersaoDivergente
from agendamento.dominio.espera import Espera
from agendamento.dominio.grade import Intervalo, formatar


@dataclass(frozen=True, slots=True, kw_only=True)
class PedidoDeRemarcacao(Pedido):
    """O estado que o agendamento deve passar a ter; ``versoes`` são as do ``If-Match`` (vazio = qualquer)."""

    id: int
    versoes: frozenset[int]


class Remarcar:
    """``PUT /agendamentos/{id}``."""

    def __init__(self, disputa: Disputa, cota: Cota, fila: Fila) -> None:
        self._disputa = disputa
        self._cota = cota
        self._fila = fila

    def executar(self, pedido: PedidoDeRemarcacao, quem: Cientista) -> Agendamento:
        """Com o mesmo intervalo, só o alvo e as observações mudam, sem disputar lock.

        Raises:
            NaoEncontrado, EstadoImpede, VersaoDivergente, DadosInvalidos, LimiteExcedido: sem pedir lock.
            RecursoOcupado, Preterido, JaESeu, ConflitoHorario: o novo horário não ficou livre; o velho fica.
        """
        agora = self._disputa.relogio.agora()
        pergunta = self._disputa.pergunta(quem.id, agora, pedido.inicio, pedido.fim, self._cota)
        situacao = self._disputa.banco.situar(replace(pergunta, agendamento_id=pedido.id))
        atual = self._conferir_mudavel(situacao, pedido, quem, agora)
        assert situacao is not None
        intervalo = Intervalo(pedido.inicio, pedido.fim or pedido.inicio + atual.intervalo.duracao)
        if intervalo == atual.intervalo:
            return self._editar(pedido, quem)
        situacao = replace(situacao, pergunta=replace(situacao.pergunta, titular=atual.cientista_id))
        try:
            plano = self._planejar(situacao, intervalo, pedido, quem, agora)
            return self._mover(plano, atual, pedido, quem)
        except SlotDisputado as recusa:
            self._disputa.registrar_recusa(
                recusa, atual.telescopio_slug, atual.cientista_id, agendamento_id=atual.id
            )
            raise

    def _planejar(
        self,
        situacao: Situacao,
        intervalo: Intervalo,
        pedido: PedidoDeRemarcacao,
        quem: Cientista,
        agora: datetime,
    ) -> Plano:
        exigir_ativo(situacao.telescopio)
        situacao.telescopio.grade.validar(intervalo, agora)
        self._cota.conferir(intervalo, situacao.ativos, situacao.horas_no_ciclo)
        self._disputa.recusar_se_ocupado(situacao, intervalo)
        return Plano(situacao, intervalo, pedido, quem.id)

    def _editar(self, pedido: PedidoDeRemarcacao, quem: Cientista) -> Agendamento:
        def gravar(escrita: Escrita) -> Agendamento:
            agora = self._disputa.relogio.agora()
            atual = agendamento_visivel(escrita.agendamento(pedido.id), quem)
            _conferir_versao(atual, pedido, agora)
            editado = escrita.editar_agendamento(atual, pedido.objeto_celeste, pedido.observacoes, agora)
            if editado is None:
                raise VersaoDivergente("O agendamento mudou enquanto era alterado.")
            escrita.auditar("AGENDAMENTO_ALTERADO", {**descrever(editado), "por_cientista_id": quem.id})
            return editado

        return self._disputa.banco.escrever("editar", gravar)

    def _mover(
        self, plano: Plano, atual: Agendamento, pedido: PedidoDeRemarcacao, quem: Cientista
    ) -> Agendamento:
        ofertas: list[Espera] = []
        with self._disputa.trancar(plano) as secao:

            def gravar(escrita: Escrita) -> Agendamento:
                agora = self._disputa.relogio.agora()
                plano.telescopio.grade.validar(plano.intervalo, agora)
                novo = secao.novo(agora)

                def conferir(vigente: Situacao | None) -> None:
                    self._conferir_mudavel(vigente, pedido, quem, agora)
                    assert vigente is not None
                    exigir_ativo(vigente.telescopio)
                    self._disputa.recusar_se_fechado(vigente, plano.intervalo)
                    self._cota.conferir(plano.intervalo, vigente.ativos, vigente.horas_no_ciclo)

                atual.exigir_mudavel(agora)
                ha_fila = False

                def mover(vista: Situacao) -> Agendamento | None:
                    nonlocal ha_fila
                    ha_fila = vista.ha_fila
                    return escrita.mover_agendamento(atual, novo, vista)

                movido = secao.gravar(escrita, mover, conferir)
                secao.auditar(
                    escrita,
                    "AGENDAMENTO_REMARCADO",
                    {
                        **descrever(movido),
                        "de_inicio_utc": formatar(atual.inicio),
                        "de_fim_utc": formatar(atual.fim),
                        "por_cientista_id": plano.quem,
                    },
                )
                if ha_fila:
                    ofertas.extend(self._fila.oferecer(escrita, movido.telescopio_id, atual.intervalo))
                return movido

            movido = secao.salvar(
                "Salvando agendamento remarcado no BD", "remarcar", gravar, "agendamento.remarcado"
            )
        self._fila.anunciar(ofertas)
        return movido

    @staticmethod
    def _conferir_mudavel(
        situacao: Situacao | None, pedido: PedidoDeRemarcacao, quem: Cientista, agora: datetime
    ) -> Agendamento:
        atual = agendamento_visivel(None if situacao is None else situacao.agendamento, quem)
        _conferir_versao(atual, pedido, agora)
        return atual


def _conferir_versao(atual: Agendamento, pedido: PedidoDeRemarcacao, agora: datetime) -> None:
    if pedido.versoes and atual.versao not in pedido.versoes:
        raise VersaoDivergente("O agendamento mudou desde que foi lido.")
    atual.exigir_mudavel(agora)
