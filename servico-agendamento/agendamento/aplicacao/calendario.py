"""A agenda de uma pessoa em iCalendar (RFC 5545), para assinar no calendário de cada um."""

from __future__ import annotations

import hmac
from datetime import timedelta

from icalendar import Alarm, Calendar, Event

from agendamento.aplicacao.portas import Banco, FiltroAgendamentos, Leitura, Relogio
from agendamento.dominio.agendamento import Agendamento, Cientista, Estado
from agendamento.dominio.erros import NaoEncontrado

PASSADO = timedelta(days=90)
"""Quanto do que já foi continua no calendário."""
MAIS_EVENTOS = 1000
AVISO_ANTES = timedelta(minutes=10)
RELER_A_CADA = timedelta(minutes=15)


class Calendario:
    """``GET /cientistas/{id}/agenda.ics``.

    Um calendário não manda cabeçalhos: o que autoriza é um token no endereço. Ele sai da impressão da chave de
    API, e por isso trocar a chave o revoga; e só lê a agenda, nada mais.
    """

    def __init__(self, banco: Banco, relogio: Relogio) -> None:
        self._banco = banco
        self._relogio = relogio

    def token(self, cientista: Cientista) -> str:
        with self._banco.ler() as leitura:
            return _token(leitura, cientista.id) or ""

    def escrever(self, cientista_id: int, token: str) -> bytes:
        """
        Raises:
            NaoEncontrado: não há a pessoa, ou o token não é o dela.
        """
        agora = self._relogio.agora()
        with self._banco.ler() as leitura:
            esperado = _token(leitura, cientista_id)
            if esperado is None or not hmac.compare_digest(esperado.encode(), token.encode()):
                raise NaoEncontrado("Não há calendário neste endereço: o token foi revogado ou nunca valeu.")
            agendamentos = leitura.agendamentos(
                FiltroAgendamentos(cientista_id=cientista_id, de=agora - PASSADO, limite=MAIS_EVENTOS)
            )
            nomes = {tel.id: tel.nome for tel in leitura.telescopios()}
        calendario = Calendar()
        calendario.add("prodid", "-//SCTEC//Agenda//PT")
        calendario.add("version", "2.0")
        calendario.add("method", "PUBLISH")
        calendario.add("x-wr-calname", "SCTEC")
        calendario.add("refresh-interval", RELER_A_CADA, parameters={"value": "DURATION"})
        for agendamento in agendamentos:
            calendario.add_component(_evento(agendamento, nomes[agendamento.telescopio_id]))
        pronto: bytes = calendario.to_ical()
        return pronto


def _token(leitura: Leitura, cientista_id: int) -> str | None:
    impressao = leitura.impressao_da_chave(cientista_id)
    return None if impressao is None else hmac.digest(impressao.encode(), b"sctec/agenda.ics", "sha256").hex()


def _evento(agendamento: Agendamento, telescopio: str) -> Event:
    alvo = agendamento.objeto_celeste or "Observação"
    evento = Event()
    evento.add("uid", f"agendamento-{agendamento.id}@sctec")
    evento.add("sequence", agendamento.versao)
    evento.add("dtstamp", agendamento.atualizado_em)
    evento.add("dtstart", agendamento.inicio)
    evento.add("dtend", agendamento.fim)
    evento.add("summary", f"{alvo} · {telescopio}")
    evento.add("location", telescopio)
    descricao = [texto for texto in (agendamento.motivo_cancelamento, agendamento.observacoes) if texto]
    if descricao:
        evento.add("description", "\n".join(descricao))
    if agendamento.estado is Estado.CANCELADO:
        evento.add("status", "CANCELLED")
        return evento
    evento.add("status", "CONFIRMED")
    alarme = Alarm()
    alarme.add("action", "DISPLAY")
    alarme.add("description", f"{alvo} em {telescopio}")
    alarme.add("trigger", -AVISO_ANTES)
    evento.add_component(alarme)
    return evento
