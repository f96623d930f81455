"""Agendar: recusar cedo o que se pode, trancar, conferir, salvar; e devolver o lock aconteça o que acontecer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from agendamento.aplicacao.cronometragem import Clique
from agendamento.aplicacao.disputa import Disputa, Disputante, SecaoCritica
from agendamento.aplicacao.portas import Detalhes, Escrita, Leitura, NovoAgendamento
from agendamento.aplicacao.relato import descrever
from agendamento.dominio.agendamento import Agendamento, Cientista, EstadoTelescopio, Telescopio
from agendamento.dominio.cota import Cota, ciclo_de
from agendamento.dominio.erros import (
    DadosInvalidos,
    ErroDeCampo,
    EstadoImpede,
    NaoAutenticado,
    Proibido,
    SlotDisputado,
)
from agendamento.dominio.grade import Intervalo, formatar

AoGravar = Callable[[Escrita, Agendamento], None]


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

    telescopio: Telescopio
    cientista: Cientista
    intervalo: Intervalo
    pedido: PedidoDeAgendamento
    disputante: Disputante

    def novo(self, secao: SecaoCritica, agora: datetime) -> NovoAgendamento:
        return NovoAgendamento(
            self.telescopio,
            self.cientista.id,
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
        ao_gravar: AoGravar | None = None,
    ) -> Agendamento:
        """Salva o agendamento e o devolve; ``ao_gravar`` roda na mesma transação.

        Raises:
            DadosInvalidos, LimiteExcedido, Proibido, EstadoImpede: recusado sem pedir lock.
            RecursoOcupado, Preterido, ConflitoHorario: o horário é de outra pessoa.
            CoordenadorIndisponivel, BancoIndisponivel, LockPerdido: nada foi salvo.
        """
        try:
            return self._disputar(self.planejar(pedido, quem), ao_gravar)
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

    def _disputar(self, plano: Plano, ao_gravar: AoGravar | None) -> Agendamento:
        with self._disputa.trancar(plano.telescopio, plano.intervalo, plano.disputante) as secao:

            def gravar(escrita: Escrita) -> Agendamento:
                agora = self._disputa.relogio.agora()
                self._conferir_na_transacao(escrita, plano, agora)
                criado = secao.gravar(escrita, lambda: escrita.inserir_agendamento(plano.novo(secao, agora)))
                secao.auditar(escrita, "AGENDAMENTO_CRIADO", descrever(criado))
                if ao_gravar is not None:
                    ao_gravar(escrita, criado)
                return criado

            return secao.salvar("Salvando novo agendamento no BD", "agendar", gravar, "agendamento.criado")

    def planejar(self, pedido: PedidoDeAgendamento, quem: Cientista) -> Plano:
        """Tudo o que se pode recusar sem lock, numa leitura só; também é o ``?simular=1``."""
        agora = self._disputa.relogio.agora()
        with self._disputa.banco.ler() as leitura:
            telescopio = exigir_telescopio(leitura, pedido.telescopio)
            fim = pedido.fim or pedido.inicio + telescopio.duracao_slot
            intervalo = Intervalo(pedido.inicio, fim)
            telescopio.grade.validar(intervalo, agora)
            cientista = self._titular(leitura, pedido, quem)
            conferir_cota(leitura, self._cota, cientista.id, intervalo, agora)
            self._disputa.recusar_se_tomado(leitura, telescopio, intervalo, cientista.id)
            disputante = self._disputa.disputante(leitura, telescopio, cientista.id, quem.id, pedido.clique)
        return Plano(telescopio, cientista, intervalo, pedido, disputante)

    @staticmethod
    def _titular(leitura: Leitura, pedido: PedidoDeAgendamento, quem: Cientista) -> Cientista:
        if pedido.cientista_id is None or pedido.cientista_id == quem.id:
            return quem
        if not quem.operador:
            raise Proibido("Só a operação agenda em nome de outra pessoa; omita cientista_id.")
        titular = leitura.cientista(pedido.cientista_id)
        if titular is None:
            raise DadosInvalidos(
                ErroDeCampo("cientista_id", "não há cientista com este id.", "Consulte GET /cientistas/{id}.")
            )
        return titular

    def _conferir_na_transacao(self, escrita: Escrita, plano: Plano, agora: datetime) -> None:
        # O que a leitura já disse é conferido de novo aqui, onde ninguém mais escreve ao mesmo tempo.
        if escrita.cientista(plano.cientista.id) is None:
            raise NaoAutenticado("Esta conta foi removida enquanto o pedido era atendido.")
        exigir_telescopio(escrita, plano.telescopio.slug)
        self._disputa.recusar_se_indisponivel(escrita, plano.telescopio, plano.intervalo)
        conferir_cota(escrita, self._cota, plano.cientista.id, plano.intervalo, agora)


def conferir_cota(
    leitura: Leitura,
    cota: Cota,
    cientista_id: int,
    intervalo: Intervalo,
    agora: datetime,
    exceto: int | None = None,
) -> None:
    """
    Raises:
        LimiteExcedido: o pedido ultrapassaria um dos limites em vigor.
    """
    ativos = leitura.ativos(cientista_id, agora, exceto) if cota.ativos else 0
    horas = (
        leitura.horas(cientista_id, ciclo_de(intervalo.inicio).intervalo, exceto) if cota.horas_ciclo else 0.0
    )
    cota.conferir(intervalo, ativos, horas)


def exigir_telescopio(leitura: Leitura, slug: str) -> Telescopio:
    """
    Raises:
        DadosInvalidos: não existe.
        EstadoImpede: existe e está inativo.
    """
    telescopio = leitura.telescopio(slug)
    if telescopio is None:
        raise DadosInvalidos(
            ErroDeCampo(
                "telescopio", f"não há telescópio “{slug}”.", "Os que existem estão em GET /telescopios."
            )
        )
    if telescopio.estado is not EstadoTelescopio.ATIVO:
        raise EstadoImpede(f"O telescópio {telescopio.nome} está inativo.", "TELESCOPIO_INATIVO")
    return telescopio
