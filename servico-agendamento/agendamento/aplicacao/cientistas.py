"""Cientistas e suas chaves. A chave só é vista uma vez: guarda-se o SHA-256 dela."""

from __future__ import annotations

import hashlib
import secrets
import time
from typing import Any

from agendamento.aplicacao.acesso import cientista_visivel
from agendamento.aplicacao.fila import Fila
from agendamento.aplicacao.portas import (
    Banco,
    Coordenador,
    EmailJaCadastrado,
    Escrita,
    FiltroAgendamentos,
    Relogio,
)
from agendamento.aplicacao.relato import anunciar, descrever
from agendamento.dominio.agendamento import Agendamento, Cientista, Estado
from agendamento.dominio.erros import DadosInvalidos, ErroDeCampo, NaoAutenticado, NaoEncontrado, Proibido
from agendamento.dominio.espera import Espera

PREFIXO_CHAVE = "sctec_"
VALIDADE_DA_CHAVE_S = 1.0
"""Por quanto tempo uma chave já conferida dispensa o banco; revogada noutro processo, ainda vale isto."""
MAIS_CHAVES_CONHECIDAS = 10_000


def gerar_chave() -> str:
    """``sctec_`` e 256 bits aleatórios em base64url."""
    return PREFIXO_CHAVE + secrets.token_urlsafe(32)


def impressao_da_chave(chave: str) -> str:
    """SHA-256 em hexadecimal; sem sal porque a chave tem 256 bits de entropia."""
    return hashlib.sha256(chave.encode()).hexdigest()


class Cientistas:
    def __init__(
        self, banco: Banco, coordenador: Coordenador, relogio: Relogio, fila: Fila, *, cadastro_aberto: bool
    ) -> None:
        self._banco = banco
        self._coordenador = coordenador
        self._relogio = relogio
        self._fila = fila
        self.cadastro_aberto = cadastro_aberto
        self._conhecidas: dict[str, tuple[float, Cientista]] = {}

    def autenticar(self, chave: str) -> Cientista:
        """
        Raises:
            NaoAutenticado: a chave não é de ninguém.
        """
        impressao = impressao_da_chave(chave)
        instante = time.monotonic()
        ate, conhecida = self._conhecidas.get(impressao, (0.0, None))
        if conhecida is not None and instante < ate:
            return conhecida
        with self._banco.ler() as leitura:
            cientista = leitura.cientista_por_chave(impressao)
        if cientista is None:
            self._conhecidas.pop(impressao, None)
            raise NaoAutenticado("Esta chave não vale: foi revogada ou nunca existiu.")
        if len(self._conhecidas) >= MAIS_CHAVES_CONHECIDAS:
            self._conhecidas.clear()
        self._conhecidas[impressao] = (instante + VALIDADE_DA_CHAVE_S, cientista)
        return cientista

    def _esquecer(self) -> None:
        """Depois de mudar uma pessoa: neste processo, a mudança vale já."""
        self._conhecidas.clear()

    def cadastrar(
        self, dados: dict[str, Any], quem: Cientista | None, chave: str | None = None
    ) -> tuple[Cientista, str]:
        """Cria a cientista e devolve, com ela, a chave: a única vez que aparece.

        Raises:
            NaoAutenticado, Proibido: o cadastro é só da operação, e quem pede não é.
            DadosInvalidos: e-mail já cadastrado.
        """
        if not self.cadastro_aberto:
            if quem is None:
                raise NaoAutenticado("O cadastro é feito pela operação.")
            if not quem.operador:
                raise Proibido("O cadastro é feito pela operação.")
        chave = chave or gerar_chave()

        def gravar(escrita: Escrita) -> Cientista:
            try:
                cientista = escrita.inserir_cientista(dados, impressao_da_chave(chave), self._relogio.agora())
            except EmailJaCadastrado:
                raise _email_repetido() from None
            escrita.auditar(
                "CIENTISTA_CRIADO", {"cientista_id": cientista.id, "papel": cientista.papel.value}
            )
            return cientista

        return self._banco.escrever("cientista", gravar), chave

    def alterar(self, id_: int, dados: dict[str, Any], quem: Cientista) -> Cientista:
        def gravar(escrita: Escrita) -> Cientista:
            atual = cientista_visivel(escrita, id_, quem)
            try:
                alterado = escrita.alterar_cientista(atual, dados)
            except EmailJaCadastrado:
                raise _email_repetido() from None
            # Os nomes dos campos, nunca os valores: a trilha não guarda dado pessoal.
            escrita.auditar(
                "CIENTISTA_ALTERADO",
                {"cientista_id": id_, "por_cientista_id": quem.id, "campos": sorted(dados)},
            )
            return alterado

        alterada = self._banco.escrever("cientista", gravar)
        self._esquecer()
        return alterada

    def trocar_chave(self, id_: int, quem: Cientista | None) -> str:
        """Revoga a chave atual e devolve outra. ``quem`` ``None`` = pela linha de comando."""
        chave = gerar_chave()

        def gravar(escrita: Escrita) -> None:
            if quem is not None:
                cientista_visivel(escrita, id_, quem)
            elif escrita.cientista(id_) is None:
                raise NaoEncontrado(f"Não há cientista com o id {id_}.")
            escrita.trocar_chave(id_, impressao_da_chave(chave))
            escrita.auditar(
                "CIENTISTA_CHAVE_TROCADA",
                {"cientista_id": id_, "por_cientista_id": quem.id if quem else None},
            )

        self._banco.escrever("cientista", gravar)
        self._esquecer()
        return chave

    def remover(self, id_: int, quem: Cientista) -> None:
        """Apaga os dados pessoais, revoga a chave e cancela as observações futuras, numa transação."""

        def gravar(escrita: Escrita) -> tuple[list[Agendamento], list[Espera]]:
            agora = self._relogio.agora()
            cientista_visivel(escrita, id_, quem)
            canceladas = []
            por_vir = FiltroAgendamentos(cientista_id=id_, de=agora, estado=Estado.ATIVO, limite=500)
            while futuras := [a for a in escrita.agendamentos(por_vir) if a.pode_mudar(agora)]:
                for atual in futuras:
                    cancelado = escrita.cancelar_agendamento(atual, "Conta removida", agora)
                    assert cancelado is not None
                    escrita.auditar(
                        "AGENDAMENTO_CANCELADO",
                        {**descrever(cancelado), "por_cientista_id": quem.id, "motivo": "Conta removida"},
                    )
                    canceladas.append(cancelado)
            escrita.remover_cientista(id_, agora)
            escrita.auditar("CIENTISTA_REMOVIDO", {"cientista_id": id_, "por_cientista_id": quem.id})
            return canceladas, self._fila.oferecer(escrita, None, None)

        canceladas, ofertas = self._banco.escrever("cientista", gravar)
        self._esquecer()
        for cancelado in canceladas:
            self._coordenador.publicar("agendamento.cancelado", anunciar(cancelado))
        self._fila.anunciar(ofertas)


def _email_repetido() -> DadosInvalidos:
    return DadosInvalidos(
        ErroDeCampo(
            "email", "este e-mail já está cadastrado.", "Use outro, ou peça à operação uma chave nova."
        )
    )
