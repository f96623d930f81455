"""“Quando posso observar?”: as primeiras janelas livres, de um telescópio ou de todos."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from agendamento.aplicacao.portas import Banco, Leitura, Relogio
from agendamento.aplicacao.telescopios import telescopio_existente
from agendamento.dominio.agendamento import EstadoTelescopio, Telescopio
from agendamento.dominio.erros import DadosInvalidos, ErroDeCampo
from agendamento.dominio.grade import Intervalo, numero, primeiras_livres

MAIOR_BUSCA = timedelta(days=31)
PRIMEIRO_ALCANCE = timedelta(days=2)
"""Quase sempre há o bastante nos primeiros dias; se não há, olha-se quatro vezes mais longe."""


@dataclass(frozen=True, slots=True)
class Livre:
    telescopio: Telescopio
    intervalo: Intervalo


class Livres:
    def __init__(self, banco: Banco, relogio: Relogio) -> None:
        self._banco = banco
        self._relogio = relogio

    def procurar(
        self, minutos: int, slug: str | None, de: datetime | None, ate: datetime | None, limite: int
    ) -> list[Livre]:
        """As primeiras janelas de ``minutos`` (até completar um slot), sem sobreposição no mesmo telescópio.

        Raises:
            NaoEncontrado: não há o telescópio.
            DadosInvalidos: intervalo vazio ou maior que 31 dias; mais minutos do que se pode agendar.
        """
        agora = self._relogio.agora()
        inicio = max(de or agora, agora)
        fim = ate or inicio + MAIOR_BUSCA
        if not inicio < fim <= inicio + MAIOR_BUSCA:
            raise DadosInvalidos(
                ErroDeCampo(
                    "ate",
                    "deve vir depois de agora e de “de”, e em até 31 dias.",
                    "Corrija o intervalo, ou omita “ate”.",
                )
            )
        duracao = timedelta(minutes=minutos)
        with self._banco.ler() as leitura:
            onde = self._telescopios(leitura, slug, duracao)
            alcance = PRIMEIRO_ALCANCE
            while True:
                busca = Intervalo(inicio, min(inicio + alcance, fim))
                achadas = self._na(leitura, busca, onde, duracao, limite, agora)
                if len(achadas) == limite or busca.fim == fim:
                    return achadas
                alcance *= 4

    @staticmethod
    def _na(
        leitura: Leitura,
        busca: Intervalo,
        onde: list[Telescopio],
        duracao: timedelta,
        limite: int,
        agora: datetime,
    ) -> list[Livre]:
        tomados: dict[int, list[Intervalo]] = {tel.id: [] for tel in onde}
        for id_, intervalo in leitura.tomados(list(tomados), busca, agora):
            tomados[id_].append(intervalo)

        def de_um(tel: Telescopio) -> Iterator[Livre]:
            janelas = primeiras_livres(tel.grade, tomados[tel.id], duracao, busca, agora)
            return (Livre(tel, janela) for janela in janelas)

        juntas = heapq.merge(*(de_um(tel) for tel in onde), key=lambda livre: livre.intervalo.inicio)
        return list(islice(juntas, limite))

    @staticmethod
    def _telescopios(leitura: Leitura, slug: str | None, duracao: timedelta) -> list[Telescopio]:
        todos = [telescopio_existente(leitura, slug)] if slug else leitura.telescopios()
        maior = max((tel.grade.duracao_maxima for tel in todos), default=timedelta())
        if duracao > maior:
            raise DadosInvalidos(
                ErroDeCampo(
                    "minutos",
                    f"passa de {numero(maior.total_seconds() / 60)}.",
                    "Divida a observação em agendamentos menores.",
                )
            )
        return [
            tel
            for tel in todos
            if tel.estado is EstadoTelescopio.ATIVO and duracao <= tel.grade.duracao_maxima
        ]
