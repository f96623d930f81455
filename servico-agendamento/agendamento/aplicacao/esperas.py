"""``/esperas``: entrar na fila de um horário tomado, e sair dela."""

from __future__ import annotations

from datetime import datetime, timedelta

from agendamento.aplicacao.agendar import exigir_ativo
from agendamento.aplicacao.fila import Fila
from agendamento.aplicacao.portas import Banco, Escrita, Relogio
from agendamento.aplicacao.telescopios import telescopio_existente
from agendamento.dominio.agendamento import Cientista
from agendamento.dominio.erros import EstadoImpede, LimiteExcedido, NaoEncontrado
from agendamento.dominio.espera import Espera
from agendamento.dominio.grade import Intervalo

MAIS_ESPERAS = 20
"""Em aberto, por pessoa."""
GUARDADAS = timedelta(days=30)


class Esperas:
    def __init__(self, banco: Banco, fila: Fila, relogio: Relogio) -> None:
        self._banco = banco
        self._fila = fila
        self._relogio = relogio

    def entrar(self, slug: str, inicio: datetime, fim: datetime | None, quem: Cientista) -> Espera:
        """Põe a pessoa no fim da fila do intervalo (por omissão, um slot).

        Raises:
            NaoEncontrado, DadosInvalidos: não há o telescópio; a grade não aceita o intervalo.
            EstadoImpede: o telescópio está inativo; o horário está livre, já é da pessoa, ou ela já o espera.
            LimiteExcedido: já espera por ``MAIS_ESPERAS`` horários.
        """

        def gravar(escrita: Escrita) -> Espera:
            agora = self._relogio.agora()
            telescopio = telescopio_existente(escrita, slug)
            exigir_ativo(telescopio)
            intervalo = Intervalo(inicio, fim or inicio + telescopio.duracao_slot)
            telescopio.grade.validar(intervalo, agora)
            abertas = [e for e in escrita.esperas(quem.id) if e.em_aberto(agora)]
            if any(e.telescopio_id == telescopio.id and e.intervalo.sobrepoe(intervalo) for e in abertas):
                raise EstadoImpede("Você já está na fila deste horário.", "JA_ESPERA")
            if len(abertas) >= MAIS_ESPERAS:
                raise LimiteExcedido(
                    f"Você já espera por {MAIS_ESPERAS} horários.",
                    "Saia de uma fila, em GET /esperas, antes de entrar noutra.",
                    "horario_inicio_utc",
                )
            ocupados = escrita.ocupados(telescopio.id, intervalo)
            if any(o.cientista_id == quem.id for o in ocupados):
                raise EstadoImpede("Parte deste horário já é sua.", "JA_E_SEU")
            if not ocupados and not escrita.tomados([telescopio.id], intervalo, agora):
                # Esperar pelo que está livre seria reservá-lo sem gastar a cota.
                raise EstadoImpede("Este horário está livre: agende-o.", "HORARIO_LIVRE")
            escrita.esquecer_esperas(quem.id, agora - GUARDADAS)
            return escrita.inserir_espera(quem.id, telescopio, intervalo, agora)

        return self._banco.escrever("esperar", gravar)

    def listar(self, quem: Cientista) -> list[Espera]:
        """As da pessoa, das mais novas às mais velhas."""
        with self._banco.ler() as leitura:
            return leitura.esperas(quem.id)

    def sair(self, id_: int, quem: Cientista) -> None:
        """O que lhe estava oferecido passa ao seguinte.

        Raises:
            NaoEncontrado: a pessoa não tem esta espera.
        """

        def gravar(escrita: Escrita) -> list[Espera]:
            espera = next((e for e in escrita.esperas(quem.id) if e.id == id_), None)
            if espera is None:
                raise NaoEncontrado("Não há espera sua com este id.")
            escrita.remover_espera(id_)
            return self._fila.oferecer(escrita, espera.telescopio_id, espera.intervalo)

        self._fila.anunciar(self._banco.escrever("esperar", gravar))
