"""O trecho que agendar e remarcar têm em comum: trancar slots, conferir, gravar sob fencing, devolver.

O lock vem antes de qualquer sessão do banco: nenhuma transação fica aberta enquanto se espera a rede.
A segurança não depende do lock: depois dele vêm o fencing (na transação) e o índice único (no banco).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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
    NovoAgendamento,
    Ocupacao,
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
from agendamento.dominio.erros import (
    ConflitoHorario,
    JaESeu,
    LockPerdido,
    Preterido,
    RecursoOcupado,
    SlotDisputado,
)
from agendamento.dominio.grade import Intervalo, formatar
from agendamento.observabilidade import tracos
from agendamento.observabilidade.logs import registro
from agendamento.observabilidade.metricas import TOKENS_VELHOS

_RESUMO = ("janela", "criterio", "seu_codigo", "posicao")
_SO_DE_QUEM_PEDIU = ("seu_codigo", "posicao")

JANELA_DE_USO = timedelta(days=30)
"""Empates da arbitragem vão para quem agendou menos horas neste período (docs/JUSTICA.md)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pedido:
    """O que se quer observar, quando, e o clique com que se pediu."""

    inicio: datetime
    clique: Clique
    fim: datetime | None = None
    objeto_celeste: str | None = None
    observacoes: str | None = None


@dataclass(frozen=True, slots=True)
class Plano:
    """Um pedido já conferido em tudo o que não precisa de lock, e o que se viu no banco ao conferi-lo.

    ``quem`` clicou, e o crédito sai da reserva dele; o titular, que ficará com o horário, pode ser outro.
    """

    situacao: Situacao
    intervalo: Intervalo
    pedido: Pedido
    quem: int

    @property
    def telescopio(self) -> Telescopio:
        return self.situacao.telescopio

    @property
    def titular(self) -> int:
        return self.situacao.pergunta.titular

    @property
    def atual(self) -> Agendamento | None:
        """O agendamento que se move, se é disso que se trata."""
        return self.situacao.agendamento

    @property
    def recursos(self) -> list[str]:
        """Os slots a trancar, pelo nome: os pedidos e, numa remarcação, os que se deixam."""
        recursos = self.telescopio.recursos(self.intervalo)
        if self.atual is not None:
            recursos += self.telescopio.recursos(self.atual.intervalo)
        return list(dict.fromkeys(recursos))


@dataclass(slots=True)
class SecaoCritica:
    """Um lock na mão e o que se viu no banco depois de obtê-lo."""

    disputa: Disputa
    plano: Plano
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

    def novo(self, agora: datetime) -> NovoAgendamento:
        plano = self.plano
        return NovoAgendamento(
            plano.telescopio,
            plano.titular,
            plano.intervalo,
            plano.pedido.objeto_celeste,
            plano.pedido.observacoes,
            self.token,
            agora,
            self.clique,
        )

    def conferir(self) -> None:
        """Os fencing tokens e os slots são lidos juntos: quem escrever depois terá mudado o token."""
        registro.info("Iniciando verificação de conflito no BD")
        vistoria = self.disputa.banco.vistoriar(self.plano.telescopio.id, self.plano.intervalo)
        self._recusar_se_tomado(vistoria)
        self.vistos = vistoria.tokens

    def _recusar_se_tomado(self, vistoria: Vistoria) -> None:
        plano = self.plano
        exceto = None if plano.atual is None else plano.atual.id
        tomados = [o for o in vistoria.ocupados if o.agendamento_id != exceto]
        if tomados:
            raise conflito(plano.telescopio, plano.intervalo, tomados, plano.titular)
        if vistoria.parado:
            raise indisponivel(plano.telescopio, plano.intervalo)

    def gravar(
        self,
        escrita: Escrita,
        escrever: Callable[[Situacao], Agendamento | None],
        conferir: Callable[[Situacao | None], None],
    ) -> Agendamento:
        """Dentro da transação: o fencing, a escrita e a tradução das recusas do banco.

        Se o que se viu antes do lock mudou, ``escrever`` nada escreve: vê-se de novo, e ``conferir`` decide.

        Raises:
            LockPerdido: outra escrita passou à frente com token mais novo e o slot está livre.
            ConflitoHorario: o slot é de outra pessoa.
        """
        vale = escrita.aceitar_token(
            self.plano.telescopio.id,
            list(self.plano.telescopio.grade.slots(self.plano.intervalo)),
            self.token,
            self.vistos,
        )
        tracos.evento(
            "sctec.fencing.verificado", {"sctec.fencing.token": self.token, "sctec.fencing.vale": vale}
        )
        if not vale:
            TOKENS_VELHOS.inc()
            registro.warning("Fencing token velho recusado", token=self.token, recurso=self.lock.recursos[0])
            self._recusar_se_tomado(escrita.vistoriar(self.plano.telescopio.id, self.plano.intervalo))
            raise self._token_recusado(escrita)
        vista, intervalo = self.plano.situacao, self.plano.intervalo
        try:
            feito = escrever(vista)
            if feito is None:
                agora = self.disputa.relogio.agora()
                atual = escrita.situar(replace(vista.pergunta, fim=intervalo.fim, agora=agora))
                conferir(atual)
                assert atual is not None
                feito = escrever(atual)
        except SlotJaOcupado:
            registro.warning("Índice único recusou o slot", recurso=self.lock.recursos[0])
            raise conflito(self.plano.telescopio, intervalo) from None
        assert feito is not None
        if vista.esperado:
            escrita.atender_esperas(feito.cientista_id, feito.telescopio_id, intervalo, feito.atualizado_em)
        return feito

    def _token_recusado(self, escrita: Escrita) -> LockPerdido:
        if self.token > max(self.vistos.values(), default=0):
            return LockPerdido()
        # O lock é novo, e já nasceu atrás do que se leu no banco: o coordenador perdeu a conta dos tokens.
        maior = escrita.maior_token()
        registro.error("Fencing tokens do coordenador atrás do banco", token=self.token, maior=maior)
        self.disputa.coordenador.exigir_tokens_acima_de(maior)
        return LockPerdido(
            "O coordenador de locks tinha perdido a conta dos fencing tokens, e acaba de ser corrigido; nada foi "
            "gravado. Repita o pedido."
        )

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
    def trancar(self, plano: Plano) -> Iterator[SecaoCritica]:
        """Obtém o lock de todos os slots do plano, e o devolve ao sair.

        Raises:
            RecursoOcupado, Preterido: outra pessoa ficou com o horário.
            JaESeu: quem ficou com ele foi o próprio titular, noutro pedido.
            ConflitoHorario: o banco já o dava por tomado.
            CoordenadorIndisponivel: o coordenador não respondeu.
        """
        lock, medida = self._adquirir(plano)
        secao = SecaoCritica(self, plano, lock, medida.registro())
        try:
            self.falhas.ponto("depois_do_lock")
            secao.conferir()
            yield secao
        finally:
            registro.info(f"Liberando lock para o recurso {secao.lock.recursos[0]}")
            novos = plano.telescopio.recursos(plano.intervalo)
            self.coordenador.liberar(secao.lock, salvo=secao.salvo, ocupados=novos)

    def _adquirir(self, plano: Plano) -> tuple[Lock, Medida]:
        self.falhas.ponto("antes_do_lock")
        recursos, telescopio = plano.recursos, plano.telescopio
        extra: dict[str, Any] = {} if len(recursos) == 1 else {"recursos": recursos}
        registro.info(f"Tentando adquirir lock para o recurso {recursos[0]}", **extra)
        janela_ms = self.janela_de(telescopio)
        medida = self.cronometragem.medir(
            plano.pedido.clique,
            plano.quem,
            telescopio.grade.abertura(plano.intervalo.inicio),
            com_janela=janela_ms > 0,
        )
        pedido = PedidoDeLock(
            recursos,
            self.cronometragem.pseudonimo(plano.titular),
            janela_ms,
            idade_ms=medida.idade_ms,
            incerteza_ms=medida.instante.incerteza_ms,
            rtt_ms=medida.rtt_ms,
            uso=plano.situacao.uso_h,
        )
        disputado = False
        try:
            lock = self._pedir(pedido, plano)
            disputado = houve_disputa(lock.arbitragem or {})
        except LockNegado as negada:
            registro.info(
                "Falha ao adquirir lock, recurso ocupado", motivo=negada.motivo, recurso=recursos[0]
            )
            recusa = self._recusa(negada, plano)
            disputado = isinstance(recusa, Preterido)
            raise recusa from None
        finally:
            self.cronometragem.acertar(medida, plano.quem, disputado=disputado)
        registro.info("Lock adquirido com sucesso", recurso=recursos[0], fencing_token=lock.token)
        return lock, medida

    def _pedir(self, pedido: PedidoDeLock, plano: Plano) -> Lock:
        try:
            return self.coordenador.adquirir(pedido)
        except LockNegado:
            if plano.atual is None or self._tomados(plano):
                raise
            # Quem remarca logo depois de gravar esbarra no próprio lock, que ainda voltava; negado, já voltou.
            return self.coordenador.adquirir(pedido)

    def _tomados(self, plano: Plano) -> list[Ocupacao]:
        """O que há no horário pedido, fora a observação que se move."""
        with self.banco.ler() as leitura:
            achados = leitura.ocupados(plano.telescopio.id, plano.intervalo)
        return [o for o in achados if plano.atual is None or o.agendamento_id != plano.atual.id]

    def _recusa(self, negada: LockNegado, plano: Plano) -> SlotDisputado:
        """O lock só é negado depois que o vencedor salvou: o banco já sabe se ele é o próprio titular."""
        telescopio, intervalo = plano.telescopio, plano.intervalo
        tomados = self._tomados(plano)
        if tomados and {o.cientista_id for o in tomados} == {plano.titular}:
            return conflito(telescopio, intervalo, tomados, plano.titular)
        preterido = negada.motivo == "PRETERIDO"
        return (Preterido if preterido else RecursoOcupado)(
            explicar(negada.arbitragem) if preterido else "Este horário acaba de ficar com outra pessoa.",
            telescopio.id,
            intervalo.inicio,
            intervalo.fim,
            arbitragem=negada.arbitragem,
        )

    def registrar_recusa(
        self, recusa: SlotDisputado, telescopio: str, cientista_id: int, **detalhes: Any
    ) -> None:
        """Toda recusa por disputa deixa rastro, na trilha e no log; ninguém precisa esperar por ele."""
        registro.info(f"Agendamento negado: {recusa}", motivo=recusa.motivo)
        if isinstance(recusa, JaESeu):
            return
        negado: Detalhes = {
            "cientista_id": cientista_id,
            "telescopio": telescopio,
            "horario_inicio_utc": formatar(recusa.inicio),
            "horario_fim_utc": formatar(recusa.fim),
            "motivo": recusa.motivo,
            **detalhes,
        }
        if recusa.arbitragem:
            negado["arbitragem"] = recusa.arbitragem
        self.banco.escrever_depois("negar", lambda escrita: escrita.auditar("AGENDAMENTO_NEGADO", negado))

    def recusar_se_ocupado(self, situacao: Situacao, intervalo: Intervalo) -> None:
        """
        Raises:
            JaESeu: o próprio titular já o tem.
            ConflitoHorario: há outro agendamento ou indisponibilidade no intervalo.
        """
        if situacao.ocupantes:
            exceto = None if situacao.agendamento is None else situacao.agendamento.id
            with self.banco.ler() as leitura:
                tomados = leitura.ocupados(situacao.telescopio.id, intervalo)
            tomados = [o for o in tomados if o.agendamento_id != exceto]
            raise conflito(situacao.telescopio, intervalo, tomados, situacao.pergunta.titular)
        self.recusar_se_fechado(situacao, intervalo)

    @staticmethod
    def recusar_se_fechado(situacao: Situacao, intervalo: Intervalo) -> None:
        """
        Raises:
            ConflitoHorario: está em manutenção, ou oferecido a quem o esperava na fila.
        """
        if situacao.parado_em is not None and situacao.parado_em < intervalo.fim:
            raise indisponivel(situacao.telescopio, intervalo)
        if situacao.oferecido_ate is not None:
            raise ConflitoHorario(
                "Este horário vagou e está reservado, até "
                f"{formatar(situacao.oferecido_ate)}, a quem o esperava na fila.",
                situacao.telescopio.id,
                intervalo.inicio,
                intervalo.fim,
            )


def indisponivel(telescopio: Telescopio, intervalo: Intervalo) -> ConflitoHorario:
    return ConflitoHorario(
        "O telescópio está indisponível neste horário.", telescopio.id, intervalo.inicio, intervalo.fim
    )


def conflito(
    telescopio: Telescopio,
    intervalo: Intervalo,
    tomados: Sequence[Ocupacao] = (),
    titular: int | None = None,
) -> SlotDisputado:
    """A recusa de um horário tomado; se quem o tem é só o próprio titular, com o agendamento dele."""
    onde = (telescopio.id, intervalo.inicio, intervalo.fim)
    if tomados and all(o.cientista_id == titular for o in tomados):
        return JaESeu(
            "Este horário já está agendado em nome da mesma pessoa.",
            *onde,
            agendamento_id=tomados[0].agendamento_id,
        )
    return ConflitoHorario("Este horário já está agendado por outra pessoa.", *onde)
