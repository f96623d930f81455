"""Agendar: recusar cedo o que se pode, trancar, conferir, salvar; e devolver o lock aconteça o que acontecer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from agendamento.aplicacao.cronometragem import Clique
from agendamento.aplicacao.disputa import Disputa, Disputante, SecaoCritica
from agendamento.aplicacao.portas import Detalhes, Escrita, NovoAgendamento, RespostaGuardada, Situacao
from agendamento.aplicacao.relato import descrever
from agendamento.dominio.agendamento import Agendamento, Cientista, EstadoTelescopio, Telescopio
from agendamento.dominio.cota import Cota
from agendamento.dominio.erros import (
    DadosInvalidos,
    ErroDeCampo,
    EstadoImpede,
    NaoAutenticado,
    Proibido,
    SlotDisputado,
)
from agendamento.dominio.grade import Intervalo, formatar


@dataclass(frozen=True, slots=True)
class Idempotente:
    """O pedido veio com ``Idempotency-Key``: uma resposta guardada desde ``desde`` ainda vale."""

    chave: str
    desde: datetime
    ao_gravar: Callable[[Escrita, Agendamento], None]
    """Roda na transação do agendamento, para guardar a resposta com ele."""


class JaRespondido(Exception):
    """Já há resposta a um pedido com esta ``Idempotency-Key``."""

    def __init__(self, resposta: RespostaGuardada) -> None:
        super().__init__("já respondido")
        self.resposta = resposta


@dataclass(frozen=True, slots=True)
class PedidoDeAgendamento:
    telescopio: str
    inicio: datetime
    clique: Clique
    fim: datetime | None = None
    objeto_celeste: str | None = None
    observacoes: str | None = None
    cientista_id: int | None = None


@dataclass(frozen=True, slots=True)
class Plano:
    """O pedido já conferido em tudo o que não precisa de lock."""

    situacao: Situacao
    intervalo: Intervalo
    pedido: PedidoDeAgendamento
    disputante: Disputante

    @property
    def telescopio(self) -> Telescopio:
        return self.situacao.telescopio

    @property
    def cientista_id(self) -> int:
        return self.situacao.pergunta.titular

    def novo(self, secao: SecaoCritica, agora: datetime) -> NovoAgendamento:
        return NovoAgendamento(
            self.telescopio,
            self.cientista_id,
            self.intervalo,
            self.pedido.objeto_celeste,
            self.pedido.observacoes,
            secao.token,
            agora,
            secao.clique,
        )


class Agendar:
    """``POST /agendamentos``."""

    def __init__(self, disputa: Disputa, cota: Cota) -> None:
        self._disputa = disputa
        self._cota = cota

    def executar(
        self,
        pedido: PedidoDeAgendamento,
        quem: Cientista,
        idempotente: Idempotente | None = None,
    ) -> Agendamento:
        """Salva o agendamento e o devolve.

        Raises:
            JaRespondido: a ``Idempotency-Key`` já tem resposta guardada.
            DadosInvalidos, LimiteExcedido, Proibido, EstadoImpede: recusado sem pedir lock.
            RecursoOcupado, Preterido, ConflitoHorario: o horário é de outra pessoa.
            CoordenadorIndisponivel, BancoIndisponivel, LockPerdido: nada foi salvo.
        """
        try:
            return self._disputar(self.planejar(pedido, quem, idempotente), idempotente)
        except SlotDisputado as recusa:
            self._registrar_recusa(recusa, pedido, quem)
            raise

    def _registrar_recusa(self, recusa: SlotDisputado, pedido: PedidoDeAgendamento, quem: Cientista) -> None:
        """Toda recusa por disputa deixa rastro; ninguém precisa esperar por ele."""
        detalhes: Detalhes = {
            "cientista_id": pedido.cientista_id or quem.id,
            "telescopio": pedido.telescopio,
            "horario_inicio_utc": formatar(recusa.inicio),
            "horario_fim_utc": formatar(recusa.fim),
            "motivo": recusa.motivo,
        }
        if recusa.arbitragem:
            detalhes["arbitragem"] = recusa.arbitragem
        self._disputa.banco.escrever_depois(
            "negar", lambda escrita: escrita.auditar("AGENDAMENTO_NEGADO", detalhes)
        )

    def _disputar(self, plano: Plano, idempotente: Idempotente | None) -> Agendamento:
        with self._disputa.trancar(plano.telescopio, plano.intervalo, plano.disputante) as secao:

            def gravar(escrita: Escrita) -> Agendamento:
                novo = plano.novo(secao, self._disputa.relogio.agora())
                criado = secao.gravar(
                    escrita,
                    plano.situacao,
                    lambda vista: escrita.inserir_agendamento(novo, vista),
                    lambda atual: self._conferir_de_novo(atual, plano),
                )
                secao.auditar(escrita, "AGENDAMENTO_CRIADO", descrever(criado))
                if idempotente is not None:
                    idempotente.ao_gravar(escrita, criado)
                return criado

            return secao.salvar("Salvando novo agendamento no BD", "agendar", gravar, "agendamento.criado")

    def planejar(
        self, pedido: PedidoDeAgendamento, quem: Cientista, idempotente: Idempotente | None = None
    ) -> Plano:
        """Tudo o que se pode recusar sem lock, numa leitura só; também é o ``?simular=1``."""
        agora = self._disputa.relogio.agora()
        titular = pedido.cientista_id or quem.id
        pergunta = self._disputa.pergunta(titular, agora, pedido.inicio, pedido.fim, self._cota)
        if idempotente is not None:
            pergunta = replace(pergunta, idempotencia=(quem.id, idempotente.chave, idempotente.desde))
        situacao = self._disputa.banco.situar(replace(pergunta, telescopio=pedido.telescopio))
        if situacao is None:
            raise DadosInvalidos(
                ErroDeCampo(
                    "telescopio",
                    f"não há telescópio “{pedido.telescopio}”.",
                    "Os que existem estão em GET /telescopios.",
                )
            )
        if situacao.resposta is not None:
            raise JaRespondido(situacao.resposta)
        telescopio = situacao.telescopio
        exigir_ativo(telescopio)
        intervalo = Intervalo(pedido.inicio, pedido.fim or pedido.inicio + telescopio.duracao_slot)
        telescopio.grade.validar(intervalo, agora)
        self._exigir_titular(situacao, quem)
        self._cota.conferir(intervalo, situacao.ativos, situacao.horas_no_ciclo)
        self._disputa.recusar_se_ocupado(situacao, intervalo)
        disputante = Disputante(titular, quem.id, situacao.uso_h, pedido.clique)
        return Plano(situacao, intervalo, pedido, disputante)

    @staticmethod
    def _exigir_titular(situacao: Situacao, quem: Cientista) -> None:
        if situacao.pergunta.titular == quem.id:
            return
        if not quem.operador:
            raise Proibido("Só a operação agenda em nome de outra pessoa; omita cientista_id.")
        if not situacao.titular_existe:
            raise DadosInvalidos(
                ErroDeCampo("cientista_id", "não há cientista com este id.", "Consulte GET /cientistas/{id}.")
            )

    def _conferir_de_novo(self, atual: Situacao | None, plano: Plano) -> None:
        """Na transação, onde ninguém mais escreve: diz o que mudou desde ``planejar``, se ainda impede."""
        if atual is None or not atual.titular_existe:
            raise NaoAutenticado("Esta conta foi removida enquanto o pedido era atendido.")
        exigir_ativo(atual.telescopio)
        self._disputa.recusar_se_parado(atual, plano.intervalo)
        self._cota.conferir(plano.intervalo, atual.ativos, atual.horas_no_ciclo)


def exigir_ativo(telescopio: Telescopio) -> None:
    """
    Raises:
        EstadoImpede: o telescópio está inativo.
    """
    if telescopio.estado is not EstadoTelescopio.ATIVO:
        raise EstadoImpede(f"O telescópio {telescopio.nome} está inativo.", "TELESCOPIO_INATIVO")
