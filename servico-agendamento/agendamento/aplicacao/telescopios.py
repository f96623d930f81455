"""Telescópios e suas indisponibilidades: o que só a operação muda."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from agendamento.aplicacao.acesso import exigir_operador
from agendamento.aplicacao.fila import Fila
from agendamento.aplicacao.portas import (
    Banco,
    Coordenador,
    Escrita,
    FiltroAgendamentos,
    Leitura,
    Relogio,
    SlugJaUsado,
)
from agendamento.aplicacao.relato import descrever
from agendamento.dominio.agendamento import (
    Agendamento,
    Cientista,
    Estado,
    EstadoTelescopio,
    Indisponibilidade,
    Telescopio,
)
from agendamento.dominio.erros import DadosInvalidos, ErroDeCampo, EstadoImpede, NaoEncontrado
from agendamento.dominio.espera import Espera
from agendamento.dominio.grade import Intervalo, formatar

MAIOR_INDISPONIBILIDADE = timedelta(days=366)


def telescopio_existente(leitura: Leitura, slug: str) -> Telescopio:
    """
    Raises:
        NaoEncontrado: não há telescópio com este slug.
    """
    telescopio = leitura.telescopio(slug)
    if telescopio is None:
        raise NaoEncontrado(f"Não há telescópio “{slug}”. Os que existem estão em GET /telescopios.")
    return telescopio


@dataclass(frozen=True, slots=True)
class IndisponibilidadeRegistrada:
    """``indisponibilidade`` é ``None`` numa simulação; ``atingidos`` são os agendamentos cancelados por ela."""

    indisponibilidade: Indisponibilidade | None
    atingidos: list[Agendamento]


class Telescopios:
    def __init__(self, banco: Banco, coordenador: Coordenador, relogio: Relogio, fila: Fila) -> None:
        self._banco = banco
        self._coordenador = coordenador
        self._relogio = relogio
        self._fila = fila

    def criar(self, dados: dict[str, Any], quem: Cientista) -> Telescopio:
        """
        Raises:
            Proibido, DadosInvalidos: não é da operação; slug ou prefixo já usado.
        """
        exigir_operador(quem)

        def gravar(escrita: Escrita) -> Telescopio:
            try:
                telescopio = escrita.inserir_telescopio(dados)
            except SlugJaUsado:
                raise DadosInvalidos(
                    ErroDeCampo("slug", "slug ou prefixo_recurso já em uso.", "Escolha outros.")
                ) from None
            escrita.auditar(
                "TELESCOPIO_CRIADO", {"telescopio": telescopio.slug, "por_cientista_id": quem.id, **dados}
            )
            return telescopio

        return self._banco.escrever("telescopio", gravar)

    def alterar(self, slug: str, dados: dict[str, Any], quem: Cientista) -> Telescopio:
        """
        Raises:
            EstadoImpede: a mudança o desativaria com observações em curso ou futuras.
        """
        exigir_operador(quem)

        def gravar(escrita: Escrita) -> tuple[Telescopio, bool]:
            telescopio = telescopio_existente(escrita, slug)
            if dados.get("estado") == EstadoTelescopio.INATIVO:
                self._exigir_sem_observacoes(escrita, telescopio)
            alterado = escrita.alterar_telescopio(telescopio, dados)
            escrita.auditar("TELESCOPIO_ALTERADO", {"telescopio": slug, "por_cientista_id": quem.id, **dados})
            return alterado, alterado.estado != telescopio.estado

        alterado, mudou = self._banco.escrever("telescopio", gravar)
        if mudou:
            self._anunciar(alterado)
        return alterado

    def desativar(self, slug: str, quem: Cientista) -> Telescopio:
        """Tira o telescópio de serviço; o histórico fica.

        Raises:
            EstadoImpede: ainda há observações ativas em curso ou futuras nele.
        """
        exigir_operador(quem)

        def gravar(escrita: Escrita) -> Telescopio:
            telescopio = telescopio_existente(escrita, slug)
            self._exigir_sem_observacoes(escrita, telescopio)
            inativo = escrita.alterar_telescopio(telescopio, {"estado": EstadoTelescopio.INATIVO.value})
            escrita.auditar("TELESCOPIO_DESATIVADO", {"telescopio": slug, "por_cientista_id": quem.id})
            return inativo

        inativo = self._banco.escrever("telescopio", gravar)
        self._anunciar(inativo)
        return inativo

    def _anunciar(self, telescopio: Telescopio) -> None:
        self._coordenador.publicar(
            "telescopio.estado", {"telescopio": telescopio.slug, "estado": telescopio.estado.value}
        )

    def _exigir_sem_observacoes(self, leitura: Leitura, telescopio: Telescopio) -> None:
        por_terminar = leitura.agendamentos(
            FiltroAgendamentos(telescopio.id, de=self._relogio.agora(), estado=Estado.ATIVO, limite=1)
        )
        if por_terminar:
            raise EstadoImpede(
                "Há observações em curso ou futuras neste telescópio; espere a que está em curso, e registre uma "
                "indisponibilidade que cancele as futuras.",
                "TEM_AGENDAMENTOS",
            )

    def indisponibilizar(
        self, slug: str, intervalo: Intervalo, motivo: str, quem: Cientista, *, simular: bool
    ) -> IndisponibilidadeRegistrada:
        """Registra a manutenção e, na mesma transação, cancela, devolve a cota e audita o que ela cobre."""
        exigir_operador(quem)
        agora = self._relogio.agora()
        if intervalo.fim <= intervalo.inicio or intervalo.duracao > MAIOR_INDISPONIBILIDADE:
            raise DadosInvalidos(
                ErroDeCampo(
                    "fim_utc", "o fim deve vir depois do início, e em até 366 dias.", "Corrija o intervalo."
                )
            )
        if intervalo.fim <= agora:
            raise DadosInvalidos(
                ErroDeCampo("fim_utc", "o intervalo já passou.", f"Use um fim depois de {formatar(agora)}.")
            )
        if simular:
            with self._banco.ler() as leitura:
                telescopio = telescopio_existente(leitura, slug)
                return IndisponibilidadeRegistrada(None, self._atingidos(leitura, telescopio, intervalo))

        def gravar(escrita: Escrita) -> tuple[IndisponibilidadeRegistrada, list[Espera]]:
            telescopio = telescopio_existente(escrita, slug)
            nova = escrita.inserir_indisponibilidade(telescopio.id, intervalo, motivo, agora)
            escrita.auditar(
                "INDISPONIBILIDADE_CRIADA",
                {
                    "indisponibilidade_id": nova.id,
                    "telescopio": slug,
                    "inicio_utc": formatar(intervalo.inicio),
                    "fim_utc": formatar(intervalo.fim),
                    "motivo": motivo,
                    "por_cientista_id": quem.id,
                },
            )
            atingidos = []
            for atual in self._atingidos(escrita, telescopio, intervalo):
                cancelado = escrita.cancelar_agendamento(atual, f"Indisponibilidade: {motivo}"[:500], agora)
                if cancelado is not None:
                    escrita.auditar(
                        "AGENDAMENTO_CANCELADO",
                        {
                            **descrever(cancelado),
                            "por_cientista_id": quem.id,
                            "indisponibilidade_id": nova.id,
                            "motivo": cancelado.motivo_cancelamento,
                        },
                    )
                    atingidos.append(cancelado)
            # Do que foi cancelado, pode vagar o que a manutenção não cobre.
            ofertas = self._fila.oferecer(escrita, telescopio.id, None) if atingidos else []
            return IndisponibilidadeRegistrada(nova, atingidos), ofertas

        resultado, ofertas = self._banco.escrever("indisponibilidade", gravar)
        self._coordenador.publicar(
            "agenda.indisponivel",
            {
                "telescopio": slug,
                "inicio_utc": formatar(intervalo.inicio),
                "fim_utc": formatar(intervalo.fim),
            },
        )
        self._fila.anunciar(ofertas)
        return resultado

    def _atingidos(self, leitura: Leitura, telescopio: Telescopio, intervalo: Intervalo) -> list[Agendamento]:
        alinhado = Intervalo(telescopio.grade.slot_em(intervalo.inicio), intervalo.fim)
        agora = self._relogio.agora()
        return [a for a in leitura.agendamentos_que_tocam(telescopio.id, alinhado) if a.pode_mudar(agora)]

    def remover_indisponibilidade(self, slug: str, id_: int, quem: Cientista) -> None:
        """Reabre os slots; o que foi cancelado continua cancelado.

        Raises:
            NaoEncontrado: não há esta indisponibilidade neste telescópio.
        """
        exigir_operador(quem)

        def gravar(escrita: Escrita) -> tuple[Indisponibilidade, list[Espera]]:
            atual = escrita.indisponibilidade(telescopio_existente(escrita, slug).id, id_)
            if atual is None:
                raise NaoEncontrado("Não há esta indisponibilidade neste telescópio.")
            escrita.remover_indisponibilidade(id_)
            escrita.auditar(
                "INDISPONIBILIDADE_REMOVIDA",
                {"indisponibilidade_id": id_, "telescopio": slug, "por_cientista_id": quem.id},
            )
            return atual, self._fila.oferecer(escrita, atual.telescopio_id, atual.intervalo)

        removida, ofertas = self._banco.escrever("indisponibilidade", gravar)
        self._coordenador.publicar(
            "agenda.indisponivel",
            {
                "telescopio": slug,
                "inicio_utc": formatar(removida.intervalo.inicio),
                "fim_utc": formatar(removida.intervalo.fim),
                "removida": True,
            },
        )
        self._fila.anunciar(ofertas)
