"""O trecho que agendar e remarcar têm em comum: trancar slots, conferir, gravar sob fencing, devolver.

O lock vem antes de qualquer sessão do banco: nenhuma transação fica aberta enquanto se espera a rede.
A segurança não depende do lock: depois dele vêm o fencing (na transação) e o índice único (no banco).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from agendamento.aplicacao.portas import (
    Banco,
    Coordenador,
    Detalhes,
    Escrita,
    Falhas,
    Leitura,
    PedidoDeTrava,
    Relogio,
    SlotJaOcupado,
    Trava,
    TravaNegada,
)
from agendamento.dominio.agendamento import Agendamento, Telescopio
from agendamento.dominio.erros import ConflitoHorario, Preterido, RecursoOcupado, TravaPerdida
from agendamento.dominio.grade import Intervalo, formatar
from agendamento.observabilidade.logs import registro
from agendamento.observabilidade.metricas import TOKENS_VELHOS

JANELA_DE_USO = timedelta(days=30)
"""Empates da arbitragem vão para quem agendou menos horas neste período (justica.md §3)."""


def descrever(agendamento: Agendamento) -> Detalhes:
    """O agendamento como a auditoria e os eventos o contam: sem dado pessoal além do id."""
    return {
        "agendamento_id": agendamento.id,
        "cientista_id": agendamento.cientista_id,
        "telescopio": agendamento.telescopio_slug,
        "horario_inicio_utc": formatar(agendamento.intervalo.inicio),
        "horario_fim_utc": formatar(agendamento.intervalo.fim),
        "versao": agendamento.versao,
    }


def anunciar(agendamento: Agendamento) -> Detalhes:
    """O que vai ao vivo, para todos: nem o id da cientista."""
    return {nome: valor for nome, valor in descrever(agendamento).items() if nome != "cientista_id"}


@dataclass(slots=True)
class Posse:
    """Um lock na mão e o que se viu no banco depois de obtê-lo."""

    disputa: Disputa
    telescopio: Telescopio
    intervalo: Intervalo
    slots: list[datetime]
    trava: Trava
    vistas: dict[datetime, int] = field(default_factory=dict)
    salvo: bool = False

    @property
    def token(self) -> int:
        return self.trava.token

    def evidencia(self) -> Detalhes:
        return {"arbitragem": self.trava.arbitragem} if self.trava.arbitragem else {}

    def conferir(self, exceto: int | None = None) -> None:
        """Lê a cerca e só então os slots: quem escrever entre as duas leituras é visto por uma delas."""
        registro.info("Iniciando verificação de conflito no BD")
        with self.disputa.banco.ler() as leitura:
            self.vistas = leitura.cercas(self.telescopio.id, self.slots)
            self.disputa.recusar_se_tomado(leitura, self.telescopio, self.intervalo, exceto)

    def gravar(self, escrita: Escrita, inserir: Callable[[], Agendamento]) -> Agendamento:
        """Dentro da transação: o fencing, a inserção e a tradução das recusas do banco.

        Raises:
            TravaPerdida: outra escrita passou à frente com token mais novo e o slot está livre.
            ConflitoHorario: o slot é de outra pessoa.
        """
        if not escrita.cercar(self.telescopio.id, self.slots, self.token, self.vistas):
            TOKENS_VELHOS.inc()
            registro.warning("Fencing token velho recusado", token=self.token, recurso=self.trava.recursos[0])
            if escrita.ocupados(self.telescopio.id, self.intervalo):
                raise self.disputa.conflito(self.telescopio, self.intervalo)
            raise TravaPerdida
        try:
            return inserir()
        except SlotJaOcupado:
            registro.warning("Índice único recusou o slot", recurso=self.trava.recursos[0])
            raise self.disputa.conflito(self.telescopio, self.intervalo) from None

    def salvar(
        self, mensagem: str, nome: str, operacao: Callable[[Escrita], Agendamento], evento: str
    ) -> Agendamento:
        self.disputa.falhas.ponto("antes_do_commit")
        registro.info(mensagem)
        agendamento = self.disputa.banco.escrever(nome, operacao)
        self.salvo = True
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
    janela_ms: int

    @contextmanager
    def trancar(
        self,
        telescopio: Telescopio,
        intervalo: Intervalo,
        solicitante: str,
        exceto: int | None = None,
        tambem: Intervalo | None = None,
    ) -> Iterator[Posse]:
        """Dá a posse de todos os slots do intervalo (e os de ``tambem``), e a devolve ao sair.

        Raises:
            RecursoOcupado, Preterido: outra pessoa ficou com o horário.
            ConflitoHorario: o banco já o dava por tomado.
            CoordenadorIndisponivel: o coordenador não respondeu.
        """
        slots = list(telescopio.grade.slots(intervalo))
        recursos = {telescopio.recurso(s): None for s in slots}
        if tambem is not None:
            recursos |= dict.fromkeys(telescopio.recursos(tambem))
        posse = Posse(
            self,
            telescopio,
            intervalo,
            slots,
            self._adquirir(list(recursos), telescopio, intervalo, solicitante),
        )
        try:
            self.falhas.ponto("depois_do_lock")
            posse.conferir(exceto)
            yield posse
        finally:
            registro.info(f"Liberando lock para o recurso {posse.trava.recursos[0]}")
            self.coordenador.liberar(posse.trava, salvo=posse.salvo)

    def _adquirir(
        self, recursos: list[str], telescopio: Telescopio, intervalo: Intervalo, solicitante: str
    ) -> Trava:
        self.falhas.ponto("antes_do_lock")
        extra: dict[str, Any] = {} if len(recursos) == 1 else {"recursos": recursos}
        registro.info(f"Tentando adquirir lock para o recurso {recursos[0]}", **extra)
        janela = self.janela_ms if telescopio.janela_ms is None else telescopio.janela_ms
        try:
            trava = self.coordenador.adquirir(PedidoDeTrava(recursos, solicitante, janela))
        except TravaNegada as negada:
            registro.info(
                "Falha ao adquirir lock, recurso ocupado", motivo=negada.motivo, recurso=recursos[0]
            )
            classe = Preterido if negada.motivo == "PRETERIDO" else RecursoOcupado
            frase = (
                "Outra pessoa clicou antes neste horário e ficou com ele."
                if classe is Preterido
                else "Este horário acaba de ficar com outra pessoa."
            )
            raise classe(
                frase, telescopio.id, intervalo.inicio, intervalo.fim, arbitragem=negada.arbitragem
            ) from None
        registro.info("Lock adquirido com sucesso", recurso=recursos[0], fencing_token=trava.token)
        return trava

    def recusar_se_tomado(
        self, leitura: Leitura, telescopio: Telescopio, intervalo: Intervalo, exceto: int | None = None
    ) -> None:
        """
        Raises:
            ConflitoHorario: há agendamento (que não o ``exceto``) ou indisponibilidade no intervalo.
        """
        if any(o.agendamento_id != exceto for o in leitura.ocupados(telescopio.id, intervalo)):
            raise self.conflito(telescopio, intervalo)
        self.recusar_se_indisponivel(leitura, telescopio, intervalo)

    @staticmethod
    def recusar_se_indisponivel(leitura: Leitura, telescopio: Telescopio, intervalo: Intervalo) -> None:
        """
        Raises:
            ConflitoHorario: há manutenção no intervalo.
        """
        if leitura.indisponibilidades(telescopio.id, intervalo):
            raise ConflitoHorario(
                "O telescópio está indisponível neste horário.",
                telescopio.id,
                intervalo.inicio,
                intervalo.fim,
            )

    @staticmethod
    def conflito(telescopio: Telescopio, intervalo: Intervalo) -> ConflitoHorario:
        return ConflitoHorario(
            "Este horário já está agendado por outra pessoa.", telescopio.id, intervalo.inicio, intervalo.fim
        )
