"""O que a transação de escrita sabe fazer. Roda só na thread do ``Escritor``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as insert_pg
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from agendamento.aplicacao.portas import (
    ChaveJaGuardada,
    EmailJaCadastrado,
    NovoAgendamento,
    Pergunta,
    RespostaGuardada,
    Situacao,
    SlugJaUsado,
    Vistoria,
)
from agendamento.dominio.agendamento import (
    Agendamento,
    Cientista,
    Estado,
    EstadoTelescopio,
    Indisponibilidade,
    Papel,
    Telescopio,
)
from agendamento.dominio.espera import Espera
from agendamento.dominio.grade import Intervalo
from agendamento.persistencia import linhas, livres, reserva
from agendamento.persistencia import modelos as m
from agendamento.persistencia.auditoria import Trilha
from agendamento.persistencia.leituras import LeituraSQL
from agendamento.persistencia.reserva import AGE, CIE, ESP, FEN, IDE, IND, SLO, TEL, tabela

CABECA = tabela(m.AuditoriaCabeca)
_INSERT: dict[str, Any] = {"sqlite": insert_sqlite, "postgresql": insert_pg}
_DECIDIDA = {
    nome: inserir(tabela(m.Arbitragem))
    .values(janela=bindparam("janela"))
    .on_conflict_do_nothing()
    .execution_options(preserve_rowcount=True)
    for nome, inserir in _INSERT.items()
}


def _guardar(inserir: Any) -> Any:
    nova = inserir(IDE).values({coluna.name: bindparam(coluna.name) for coluna in IDE.c})
    return nova.on_conflict_do_update(
        index_elements=[IDE.c.cientista_id, IDE.c.chave],
        set_={
            nome: nova.excluded[nome] for nome in ("impressao", "status", "corpo", "cabecalhos", "criado_em")
        },
        where=IDE.c.criado_em < bindparam("vencida", type_=IDE.c.criado_em.type),
    ).execution_options(preserve_rowcount=True)


_GUARDAR = {nome: _guardar(inserir) for nome, inserir in _INSERT.items()}


class EscritaSQL(LeituraSQL):
    """Cumpre ``portas.Escrita``."""

    def __init__(
        self, con: Connection, trilha: Trilha, rastro: tuple[str | None, str | None], *, fencing: bool
    ) -> None:
        self._con = con
        self._trilha = trilha
        self._trace_id, self._request_id = rastro
        self._fencing = fencing

    @property
    def _sessao(self) -> Session:  # type: ignore[override]
        # Uma por consulta: o que se escreveu na mesma transação é sempre lido de novo.
        return Session(self._con)

    @contextmanager
    def _recusa(self, como: type[Exception]) -> Iterator[None]:
        """Restrição violada vira a exceção da porta."""
        try:
            yield
        except IntegrityError as erro:
            raise como from erro

    def situar(self, pergunta: Pergunta) -> Situacao | None:
        return reserva.situar(self._con, pergunta)

    def vistoriar(self, telescopio_id: int, intervalo: Intervalo) -> Vistoria:
        return reserva.vistoriar(self._con, telescopio_id, intervalo)

    def aceitar_token(
        self, telescopio_id: int, slots: Sequence[datetime], token: int, vistos: dict[datetime, int]
    ) -> bool:
        return not self._fencing or reserva.aceitar_token(self._con, telescopio_id, slots, token, vistos)

    def maior_token(self) -> int:
        return reserva.maior_token(self._con)

    def inserir_agendamento(self, novo: NovoAgendamento, vista: Situacao) -> Agendamento | None:
        return reserva.inserir(self._con, novo, vista)

    def mover_agendamento(
        self, atual: Agendamento, novo: NovoAgendamento, vista: Situacao
    ) -> Agendamento | None:
        return reserva.mover(self._con, atual, novo, vista)

    def editar_agendamento(
        self, atual: Agendamento, objeto_celeste: str | None, observacoes: str | None, agora: datetime
    ) -> Agendamento | None:
        return self._mudar(atual, agora, objeto_celeste=objeto_celeste, observacoes=observacoes)

    def cancelar_agendamento(
        self, atual: Agendamento, motivo: str | None, agora: datetime
    ) -> Agendamento | None:
        cancelado = self._mudar(atual, agora, estado=Estado.CANCELADO, motivo_cancelamento=motivo)
        if cancelado is not None:
            reserva.desocupar(self._con, atual.id)
        return cancelado

    def _mudar(self, atual: Agendamento, agora: datetime, **campos: Any) -> Agendamento | None:
        """O agendamento com estes campos e a versão seguinte; ``None`` se já não é o de ``atual``."""
        novos = {**campos, "versao": atual.versao + 1, "atualizado_em": agora}
        este = (AGE.c.id == atual.id, AGE.c.versao == atual.versao, AGE.c.estado == Estado.ATIVO.value)
        mudou = self._con.execute(update(AGE).where(*este).values(**novos)).rowcount
        return replace(atual, **novos) if mudou == 1 else None

    def inserir_cientista(self, dados: dict[str, Any], impressao_chave: str, agora: datetime) -> Cientista:
        valores = {"papel": Papel.CIENTISTA.value, **dados, "chave_sha256": impressao_chave}
        return self._cientista(insert(CIE).values(**valores, criado_em=agora, versao=1))

    def alterar_cientista(self, atual: Cientista, dados: dict[str, Any]) -> Cientista:
        return self._cientista(
            update(CIE).where(CIE.c.id == atual.id).values(**dados, versao=CIE.c.versao + 1)
        )

    def _cientista(self, comando: Any) -> Cientista:
        with self._recusa(EmailJaCadastrado):
            cientista = linhas.cientista(self._con.execute(comando.returning(CIE)).one())
        assert cientista is not None
        return cientista

    def trocar_chave(self, cientista_id: int, impressao_chave: str) -> None:
        self._con.execute(update(CIE).where(CIE.c.id == cientista_id).values(chave_sha256=impressao_chave))

    def remover_cientista(self, id_: int, agora: datetime) -> None:
        apagados = dict.fromkeys(("email", "instituicao", "pais", "chave_sha256"))
        self._con.execute(
            update(CIE)
            .where(CIE.c.id == id_)
            .values(nome="(removido)", **apagados, removido_em=agora, versao=CIE.c.versao + 1)
        )
        self._con.execute(delete(IDE).where(IDE.c.cientista_id == id_))
        self._con.execute(delete(ESP).where(ESP.c.cientista_id == id_))

    def inserir_telescopio(self, dados: dict[str, Any]) -> Telescopio:
        valores = {"descricao": "", "estado": EstadoTelescopio.ATIVO.value, **dados}
        return self._telescopio(insert(TEL).values(**valores, versao=1))

    def alterar_telescopio(self, atual: Telescopio, dados: dict[str, Any]) -> Telescopio:
        return self._telescopio(
            update(TEL).where(TEL.c.id == atual.id).values(**dados, versao=TEL.c.versao + 1)
        )

    def _telescopio(self, comando: Any) -> Telescopio:
        with self._recusa(SlugJaUsado):
            return linhas.telescopio(self._con.execute(comando.returning(TEL)).one())

    def inserir_indisponibilidade(
        self, telescopio_id: int, intervalo: Intervalo, motivo: str, agora: datetime
    ) -> Indisponibilidade:
        nova = self._con.execute(
            insert(IND)
            .values(
                telescopio_id=telescopio_id,
                inicio_utc=intervalo.inicio,
                fim_utc=intervalo.fim,
                motivo=motivo,
                criado_em=agora,
            )
            .returning(IND)
        )
        return linhas.indisponibilidade(nova.one())

    def remover_indisponibilidade(self, id_: int) -> None:
        self._con.execute(delete(IND).where(IND.c.id == id_))

    def sondar(self) -> None:
        # Lê as tabelas de que uma reserva depende, e reescreve uma linha com o mesmo valor.
        for coluna in (AGE.c.id, SLO.c.id, CIE.c.id, FEN.c.telescopio_id, IDE.c.cientista_id):
            self._con.execute(select(func.max(coluna)))
        self._con.execute(update(CABECA).values(seq=CABECA.c.seq))

    def inserir_espera(
        self, cientista_id: int, telescopio: Telescopio, intervalo: Intervalo, agora: datetime
    ) -> Espera:
        valores = {
            "cientista_id": cientista_id,
            "telescopio_id": telescopio.id,
            "horario_inicio_utc": intervalo.inicio,
            "horario_fim_utc": intervalo.fim,
            "criado_em": agora,
        }
        id_ = self._con.execute(insert(ESP).values(**valores).returning(ESP.c.id)).scalar_one()
        return Espera(id_, cientista_id, telescopio.id, telescopio.slug, intervalo, None, None, agora)

    def remover_espera(self, id_: int) -> None:
        self._con.execute(delete(ESP).where(ESP.c.id == id_))

    def esquecer_esperas(self, cientista_id: int, antes: datetime) -> None:
        self._con.execute(
            delete(ESP).where(ESP.c.cientista_id == cientista_id, ESP.c.horario_fim_utc < antes)
        )

    def atender_esperas(
        self, cientista_id: int, telescopio_id: int, intervalo: Intervalo, agora: datetime
    ) -> None:
        suas = (
            ESP.c.cientista_id == cientista_id,
            ESP.c.telescopio_id == telescopio_id,
            ESP.c.horario_fim_utc > intervalo.inicio,
            ESP.c.horario_inicio_utc < intervalo.fim,
            ESP.c.atendida_em.is_(None),
        )
        self._con.execute(update(ESP).where(*suas).values(atendida_em=agora))

    def proxima_espera_que_cabe(
        self, agora: datetime, telescopio_id: int | None, regiao: Intervalo | None
    ) -> Espera | None:
        achada = self._sessao.scalar(livres.que_cabem(agora, telescopio_id, regiao).limit(1))
        return None if achada is None else linhas.espera(achada)

    def oferecer_espera(self, espera: Espera, ate: datetime) -> Espera:
        self._con.execute(update(ESP).where(ESP.c.id == espera.id).values(oferecida_ate=ate))
        return replace(espera, oferecida_ate=ate)

    def auditar_arbitragem(self, janela: str, detalhes: dict[str, Any]) -> None:
        if self._con.execute(_DECIDIDA[self._con.dialect.name], {"janela": janela}).rowcount == 1:
            self.auditar("ARBITRAGEM_DECIDIDA", detalhes)

    def auditar(self, evento: str, detalhes: dict[str, Any]) -> None:
        self._trilha.acrescentar(datetime.now(UTC), evento, detalhes, self._trace_id, self._request_id)

    def guardar_resposta(
        self, cientista_id: int, chave: str, resposta: RespostaGuardada, agora: datetime, vencida: datetime
    ) -> None:
        """A que foi guardada antes de ``vencida`` é substituída.

        Raises:
            ChaveJaGuardada: já há resposta a um pedido com esta chave.
        """
        valores = {
            "cientista_id": cientista_id,
            "chave": chave,
            "impressao": resposta.impressao,
            "status": resposta.status,
            "corpo": resposta.corpo,
            "cabecalhos": resposta.cabecalhos,
            "criado_em": agora,
            "vencida": vencida,
        }
        if self._con.execute(_GUARDAR[self._con.dialect.name], valores).rowcount != 1:
            raise ChaveJaGuardada

    def esquecer_respostas(self, antes: datetime, limite: int) -> int:
        este = tuple_(IDE.c.cientista_id, IDE.c.chave)
        velhas = select(IDE.c.cientista_id, IDE.c.chave).where(IDE.c.criado_em < antes).limit(limite)
        return self._con.execute(delete(IDE).where(este.in_(velhas))).rowcount
