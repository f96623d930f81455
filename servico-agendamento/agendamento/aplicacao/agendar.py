"""Agendar: recusar cedo o que se pode, trancar, conferir, salvar; e devolver o lock aconteça o que acontecer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from agendamento.aplicacao.disputa import Disputa, Pedido, Plano
from agendamento.aplicacao.portas import Escrita, RespostaGuardada, Situacao
from agendamento.aplicacao.relato import descrever
from agendamento.dominio.agendamento import Agendamento, Cientista, EstadoTelescopio, Telescopio
from agendamento.dominio.cota import Cota
from agendamento.dominio.erros import (
    ChaveIdempotenteEmCurso,
    DadosInvalidos,
    ErroDeCampo,
    ErroSCTEC,
    EstadoImpede,
    NaoAutenticado,
    Proibido,
    SlotDisputado,
)
from agendamento.dominio.grade import Intervalo


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


@dataclass(frozen=True, slots=True, kw_only=True)
class PedidoDeAgendamento(Pedido):
    telescopio: str
    cientista_id: int | None = None


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
            ChaveIdempotenteEmCurso: passou a ter enquanto este pedido era atendido.
            DadosInvalidos, LimiteExcedido, Proibido, EstadoImpede: recusado sem pedir lock.
            RecursoOcupado, Preterido, ConflitoHorario: o horário é de outra pessoa.
            CoordenadorIndisponivel, BancoIndisponivel, LockPerdido: nada foi salvo.
        """
        try:
            return self._disputar(self.planejar(pedido, quem, idempotente), idempotente)
        except SlotDisputado as recusa:
            if idempotente is not None:
                self._recusar_se_respondido(pedido, quem, idempotente)
            self._disputa.registrar_recusa(recusa, pedido.telescopio, pedido.cientista_id or quem.id)
            raise

    def _recusar_se_respondido(
        self, pedido: PedidoDeAgendamento, quem: Cientista, idempotente: Idempotente
    ) -> None:
        """Quem ficou com o horário pode ter sido este mesmo pedido, noutra réplica; repetido, dirá a resposta."""
        try:
            self.planejar(pedido, quem, idempotente)
        except JaRespondido:
            raise ChaveIdempotenteEmCurso(
                "Outro pedido com esta Idempotency-Key terminou enquanto este esperava."
            ) from None
        except ErroSCTEC:
            return

    def _disputar(self, plano: Plano, idempotente: Idempotente | None) -> Agendamento:
        with self._disputa.trancar(plano) as secao:

            def gravar(escrita: Escrita) -> Agendamento:
                agora = self._disputa.relogio.agora()
                plano.telescopio.grade.validar(plano.intervalo, agora)
                novo = secao.novo(agora)
                criado = secao.gravar(
                    escrita,
                    lambda vista: escrita.inserir_agendamento(novo, vista),
                    lambda atual: self._conferir_de_novo(atual, plano),
                )
                secao.auditar(
                    escrita, "AGENDAMENTO_CRIADO", {**descrever(criado), "por_cientista_id": plano.quem}
                )
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
        return Plano(situacao, intervalo, pedido, quem.id)

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
        self._disputa.recusar_se_fechado(atual, plano.intervalo)
        self._cota.conferir(plano.intervalo, atual.ativos, atual.horas_no_ciclo)


def exigir_ativo(telescopio: Telescopio) -> None:
    """
    Raises:
        EstadoImpede: o telescópio está inativo.
    """
    if telescopio.estado is not EstadoTelescopio.ATIVO:
        raise EstadoImpede(f"O telescópio {telescopio.nome} está inativo.", "TELESCOPIO_INATIVO")
