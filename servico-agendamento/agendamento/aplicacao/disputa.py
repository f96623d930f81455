"""O trecho que agendar e remarcar têm em comum: trancar slots, conferir, gravar sob fencing, devolver.

O lock vem antes de qualquer sessão do banco: nenhuma transação fica aberta enquanto se espera a rede.
A segurança não depende do lock: depois dele vêm o fencing (na transação) e o índice único (no banco).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from agendamento.aplicacao.cronometragem import Clique, Cronometragem, Medida
from agendamento.aplicacao.portas import (
    Banco,
    Coordenador,
    Detalhes,
    Escrita,
    Falhas,
    Lock,
    LockNegado,
    PedidoDeLock,
    Pergunta,
    Relogio,
    Situacao,
    SlotJaOcupado,
    Vistoria,
)
from agendamento.aplicacao.relato import anunciar, explicar, houve_disputa
from agendamento.dominio.agendamento import Agendamento, Telescopio
from agendamento.dominio.cota import Cota, ciclo_de
from agendamento.dominio.erros import ConflitoHorario, LockPerdido, Preterido, RecursoOcupado
from agendamento.dominio.grade import Intervalo
from agendamento.observabilidade import tracos
from agendamento.observabilidade.logs import registro
from agendamento.observabilidade.metricas import TOKENS_VELHOS

_RESUMO = ("janela", "criterio", "seu_codigo", "posicao")
_SO_DE_QUEM_PEDIU = ("seu_codigo", "posicao")

JANELA_DE_USO = timedelta(days=30)
"""Empates da arbitragem vão para quem agendou menos horas neste período (docs/JUSTICA.md)."""


@dataclass(frozen=True, slots=True)
class Disputante:
    """Quem disputa: ``titular`` ficará com o horário; ``quem`` clicou, e o crédito sai da reserva dele."""

    titular: int
    quem: int
    uso_h: float
    clique: Clique


@dataclass(slots=True)
class SecaoCritica:
    """Um lock na mão e o que se viu no banco depois de obtê-lo."""

    disputa: Disputa
    telescopio: Telescopio
    intervalo: Intervalo
    slots: list[datetime]
    titular: int
    lock: Lock
    clique: Detalhes
    vistos: dict[datetime, int] = field(default_factory=dict)
    salvo: bool = False

    @property
    def token(self) -> int:
        return self.lock.token

    def auditar(self, escrita: Escrita, evento: str, detalhes: Detalhes) -> None:
        """O fato e, se houve disputa, a decisão inteira que o permitiu, uma vez só por decisão."""
        evidencia: Detalhes = {"fencing_token": self.token, "clique": self.clique}
        arbitragem = self.lock.arbitragem
        if arbitragem:
            evidencia["arbitragem"] = {nome: arbitragem[nome] for nome in _RESUMO if nome in arbitragem}
        escrita.auditar(evento, {**detalhes, **evidencia})
        if arbitragem and houve_disputa(arbitragem):
            decisao = {nome: valor for nome, valor in arbitragem.items() if nome not in _SO_DE_QUEM_PEDIU}
            escrita.auditar_arbitragem(str(arbitragem["janela"]), decisao)

    def conferir(self, exceto: int | None = None) -> None:
        """Os fencing tokens e os slots são lidos juntos: quem escrever depois terá mudado o token."""
        registro.info("Iniciando verificação de conflito no BD")
        vistoria = self.disputa.banco.vistoriar(self.telescopio.id, self.intervalo)
        self._recusar_se_tomado(vistoria, exceto)
        self.vistos = vistoria.tokens

    def _recusar_se_tomado(self, vistoria: Vistoria, exceto: int | None = None) -> None:
        tomados = [o for o in vistoria.ocupados if o.agendamento_id != exceto]
        if tomados:
            mesma = all(o.cientista_id == self.titular for o in tomados)
            raise conflito(self.telescopio, self.intervalo, mesma_pessoa=mesma)
        if vistoria.parado:
            raise indisponivel(self.telescopio, self.intervalo)

    def gravar(
        self,
        escrita: Escrita,
        vista: Situacao,
        escrever: Callable[[Situacao], Agendamento | None],
        conferir: Callable[[Situacao | None], None],
    ) -> Agendamento:
        """Dentro da transação: o fencing, a escrita e a tradução das recusas do banco.

        Se o que se viu antes do lock mudou, ``escrever`` nada escreve: vê-se de novo, e ``conferir`` decide.

        Raises:
            LockPerdido: outra escrita passou à frente com token mais novo e o slot está livre.
            ConflitoHorario: o slot é de outra pessoa.
        """
        vale = escrita.aceitar_token(self.telescopio.id, self.slots, self.token, self.vistos)
        tracos.evento(
            "sctec.fencing.verificado", {"sctec.fencing.token": self.token, "sctec.fencing.vale": vale}
        )
        if not vale:
            TOKENS_VELHOS.inc()
            registro.warning("Fencing token velho recusado", token=self.token, recurso=self.lock.recursos[0])
            self._recusar_se_tomado(escrita.vistoriar(self.telescopio.id, self.intervalo))
            raise LockPerdido
        try:
            feito = escrever(vista)
            if feito is None:
                agora = self.disputa.relogio.agora()
                atual = escrita.situar(replace(vista.pergunta, fim=self.intervalo.fim, agora=agora))
                conferir(atual)
                assert atual is not None
                feito = escrever(atual)
        except SlotJaOcupado:
            registro.warning("Índice único recusou o slot", recurso=self.lock.recursos[0])
            raise conflito(self.telescopio, self.intervalo) from None
        assert feito is not None
        return feito

    def salvar(
        self, mensagem: str, nome: str, operacao: Callable[[Escrita], Agendamento], evento: str
    ) -> Agendamento:
        self.disputa.falhas.ponto("antes_do_commit")
        registro.info(mensagem)
        agendamento = self.disputa.banco.escrever(nome, operacao)
        self.salvo = True
        tracos.anotar("sctec", {"agendamento_id": agendamento.id})
        self.disputa.falhas.ponto("depois_do_commit")
        self.disputa.coordenador.publicar(evento, anunciar(agendamento))
        return agendamento


@dataclass(frozen=True, slots=True)
class Disputa:
    """As dependências da disputa por slots, e os passos dela."""

    banco: Banco
    coordenador: Coordenador
    relogio: Relogio
    falhas: Falhas
    cronometragem: Cronometragem
    janela_ms: int

    def janela_de(self, telescopio: Telescopio) -> int:
        """A janela é do telescópio, nunca de quem pede: a pressa compraria vantagem."""
        return self.janela_ms if telescopio.janela_ms is None else telescopio.janela_ms

    def pergunta(
        self, titular: int, agora: datetime, inicio: datetime, fim: datetime | None, cota: Cota
    ) -> Pergunta:
        """O que pesa sobre um pedido: os limites em vigor, e o uso recente onde há janela que desempate."""
        return Pergunta(
            titular,
            agora,
            inicio,
            fim,
            contar_ativos=bool(cota.ativos),
            ciclo=ciclo_de(inicio).intervalo if cota.horas_ciclo else None,
            uso_desde=agora - JANELA_DE_USO,
            janela_ms=self.janela_ms,
        )

    @contextmanager
    def trancar(
        self,
        telescopio: Telescopio,
        intervalo: Intervalo,
        disputante: Disputante,
        exceto: int | None = None,
        tambem: Intervalo | None = None,
    ) -> Iterator[SecaoCritica]:
        """Obtém o lock de todos os slots do intervalo (e os de ``tambem``), e o devolve ao sair.

        Raises:
            RecursoOcupado, Preterido: outra pessoa ficou com o horário.
            ConflitoHorario: o banco já o dava por tomado.
            CoordenadorIndisponivel: o coordenador não respondeu.
        """
        slots = list(telescopio.grade.slots(intervalo))
        recursos = {telescopio.recurso(s): None for s in slots}
        if tambem is not None:
            recursos |= dict.fromkeys(telescopio.recursos(tambem))
        lock, medida = self._adquirir(list(recursos), telescopio, intervalo, disputante)
        secao = SecaoCritica(self, telescopio, intervalo, slots, disputante.titular, lock, medida.registro())
        try:
            self.falhas.ponto("depois_do_lock")
            secao.conferir(exceto)
            yield secao
        finally:
            registro.info(f"Liberando lock para o recurso {secao.lock.recursos[0]}")
            self.coordenador.liberar(secao.lock, salvo=secao.salvo)

    def _adquirir(
        self, recursos: list[str], telescopio: Telescopio, intervalo: Intervalo, disputante: Disputante
    ) -> tuple[Lock, Medida]:
        self.falhas.ponto("antes_do_lock")
        extra: dict[str, Any] = {} if len(recursos) == 1 else {"recursos": recursos}
        registro.info(f"Tentando adquirir lock para o recurso {recursos[0]}", **extra)
        janela_ms = self.janela_de(telescopio)
        medida = self.cronometragem.medir(
            disputante.clique,
            disputante.quem,
            telescopio.grade.abertura(intervalo.inicio),
            com_janela=janela_ms > 0,
        )
        pedido = PedidoDeLock(
            recursos,
            self.cronometragem.pseudonimo(disputante.titular),
            janela_ms,
            idade_ms=medida.idade_ms,
            incerteza_ms=medida.instante.incerteza_ms,
            rtt_ms=medida.rtt_ms,
            uso=disputante.uso_h,
        )
        disputado = False
        try:
            lock = self.coordenador.adquirir(pedido)
            disputado = houve_disputa(lock.arbitragem or {})
        except LockNegado as negada:
            disputado = negada.motivo == "PRETERIDO"
            registro.info(
                "Falha ao adquirir lock, recurso ocupado", motivo=negada.motivo, recurso=recursos[0]
            )
            classe = Preterido if disputado else RecursoOcupado
            raise classe(
                explicar(negada.arbitragem) if disputado else "Este horário acaba de ficar com outra pessoa.",
                telescopio.id,
                intervalo.inicio,
                intervalo.fim,
                arbitragem=negada.arbitragem,
            ) from None
        finally:
            self.cronometragem.acertar(medida, disputante.quem, disputado=disputado)
        registro.info("Lock adquirido com sucesso", recurso=recursos[0], fencing_token=lock.token)
        return lock, medida

    @staticmethod
    def recusar_se_ocupado(situacao: Situacao, intervalo: Intervalo) -> None:
        """
        Raises:
            ConflitoHorario: há outro agendamento ou indisponibilidade no intervalo.
        """
        if situacao.ocupantes:
            mesma = situacao.ocupantes == {situacao.pergunta.titular}
            raise conflito(situacao.telescopio, intervalo, mesma_pessoa=mesma)
        Disputa.recusar_se_parado(situacao, intervalo)

    @staticmethod
    def recusar_se_parado(situacao: Situacao, intervalo: Intervalo) -> None:
        if situacao.parado_em is not None and situacao.parado_em < intervalo.fim:
            raise indisponivel(situacao.telescopio, intervalo)


def indisponivel(telescopio: Telescopio, intervalo: Intervalo) -> ConflitoHorario:
    return ConflitoHorario(
        "O telescópio está indisponível neste horário.", telescopio.id, intervalo.inicio, intervalo.fim
    )


def conflito(telescopio: Telescopio, intervalo: Intervalo, *, mesma_pessoa: bool = False) -> ConflitoHorario:
    de_quem = "em nome da mesma pessoa" if mesma_pessoa else "por outra pessoa"
    return ConflitoHorario(
        f"Este horário já está agendado {de_quem}.", telescopio.id, intervalo.inicio, intervalo.fim
    )
