"""O que a transação de escrita sabe fazer. Roda só na thread do ``Escritor``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, insert, update
from sqlalchemy.dialects.postgresql import insert as insert_pg
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.sql import Executable

from agendamento.aplicacao.portas import (
    ChaveJaGuardada,
    EmailJaCadastrado,
    NovoAgendamento,
    RespostaGuardada,
    SlotJaOcupado,
    SlugJaUsado,
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
from agendamento.dominio.grade import Intervalo
from agendamento.persistencia.auditoria import Trilha
from agendamento.persistencia.comandos import Comando, Conexao
from agendamento.persistencia.leituras import AGE, ARB, CIE, IDE, IND, SLO, TEL, TOK, LeituraSQL


def _aceitar_token(inserir: Any) -> Comando:
    nova = inserir(TOK).values(
        telescopio_id=bindparam("telescopio_id"), slot_inicio_utc=bindparam("slot"), token=bindparam("novo")
    )
    return Comando(
        nova.on_conflict_do_update(
            index_elements=[TOK.c.telescopio_id, TOK.c.slot_inicio_utc],
            set_={"token": nova.excluded.token},
            where=(TOK.c.token == bindparam("visto")) & (TOK.c.token < nova.excluded.token),
        )
    )


_ACEITAR_TOKEN = {"sqlite": _aceitar_token(insert_sqlite), "postgresql": _aceitar_token(insert_pg)}
_DECIDIDA = {
    nome: Comando(inserir(ARB).values(janela=bindparam("janela")).on_conflict_do_nothing())
    for nome, inserir in (("sqlite", insert_sqlite), ("postgresql", insert_pg))
}
_COLUNAS = (
    "telescopio_id", "cientista_id", "horario_inicio_utc", "horario_fim_utc", "objeto_celeste", "observacoes",
    "estado", "token", "versao", "criado_em", "atualizado_em", "clique",
)  # fmt: skip
_INSERIR_AGENDAMENTO = Comando(
    insert(AGE).values({coluna: bindparam(coluna) for coluna in _COLUNAS}).returning(AGE.c.id)
)
_OCUPAR = Comando(
    insert(SLO).values(
        {c: bindparam(c) for c in ("telescopio_id", "slot_inicio_utc", "agendamento_id", "cientista_id")}
    )
)
_DESOCUPAR = Comando(delete(SLO).where(SLO.c.agendamento_id == bindparam("id")))


class EscritaSQL(LeituraSQL):
    """Cumpre ``portas.Escrita``."""

    def __init__(
        self, con: Conexao, trilha: Trilha, rastro: tuple[str | None, str | None], *, fencing: bool
    ) -> None:
        super().__init__(con)
        self._trilha = trilha
        self._trace_id, self._request_id = rastro
        self._fencing = fencing

    def _fazer(self, expressao: Executable) -> int:
        return self._con.executar(Comando(expressao))

    def _escalar(self, expressao: Executable) -> int:
        return int(self._con.escalar(Comando(expressao)))

    @contextmanager
    def _recusa(self, como: type[Exception]) -> Iterator[None]:
        """Restrição violada vira a exceção da porta."""
        try:
            yield
        except self._con.restricao_violada as erro:
            raise como from erro

    def aceitar_token(
        self, telescopio_id: int, slots: Sequence[datetime], token: int, vistas: dict[datetime, int]
    ) -> bool:
        # Kleppmann, "How to do distributed locking" (2016): o recurso recusa token que não seja maior que o
        # último. Aqui vai além: recusa também se alguém escreveu depois da conferência, de modo que o
        # fencing sozinho, sem lock e sem UNIQUE, já impede a reserva dupla.
        if not self._fencing:
            return True
        comando = _ACEITAR_TOKEN[self._con.dialeto.name]
        return all(
            self._con.executar(
                comando, telescopio_id=telescopio_id, slot=slot, novo=token, visto=vistas.get(slot, 0)
            )
            == 1
            for slot in slots
        )

    def inserir_agendamento(self, novo: NovoAgendamento) -> Agendamento:
        id_ = self._con.escalar(
            _INSERIR_AGENDAMENTO,
            telescopio_id=novo.telescopio.id,
            cientista_id=novo.cientista_id,
            horario_inicio_utc=novo.intervalo.inicio,
            horario_fim_utc=novo.intervalo.fim,
            objeto_celeste=novo.objeto_celeste,
            observacoes=novo.observacoes,
            estado=Estado.ATIVO.value,
            token=novo.token,
            versao=1,
            criado_em=novo.criado_em,
            atualizado_em=novo.criado_em,
            clique=novo.clique,
        )
        self._ocupar(novo, id_)
        return Agendamento(
            id=id_,
            telescopio_id=novo.telescopio.id,
            telescopio_slug=novo.telescopio.slug,
            cientista_id=novo.cientista_id,
            intervalo=novo.intervalo,
            objeto_celeste=novo.objeto_celeste,
            observacoes=novo.observacoes,
            estado=Estado.ATIVO,
            token=novo.token,
            versao=1,
            criado_em=novo.criado_em,
            atualizado_em=novo.criado_em,
            clique=novo.clique,
        )

    def mover_agendamento(self, atual: Agendamento, novo: NovoAgendamento) -> Agendamento:
        self._desocupar(atual.id)
        self._fazer(
            update(AGE)
            .where(AGE.c.id == atual.id)
            .values(
                horario_inicio_utc=novo.intervalo.inicio,
                horario_fim_utc=novo.intervalo.fim,
                objeto_celeste=novo.objeto_celeste,
                observacoes=novo.observacoes,
                token=novo.token,
                versao=AGE.c.versao + 1,
                atualizado_em=novo.criado_em,
                clique=novo.clique,
            )
        )
        self._ocupar(novo, atual.id)
        return self._reler(atual.id)

    def cancelar_agendamento(
        self, atual: Agendamento, motivo: str | None, agora: datetime
    ) -> Agendamento | None:
        mudou = self._fazer(
            update(AGE)
            .where(AGE.c.id == atual.id, AGE.c.versao == atual.versao, AGE.c.estado == Estado.ATIVO.value)
            .values(
                estado=Estado.CANCELADO.value,
                motivo_cancelamento=motivo,
                versao=AGE.c.versao + 1,
                atualizado_em=agora,
            )
        )
        if mudou != 1:
            return None
        self._desocupar(atual.id)
        return self._reler(atual.id)

    def _reler(self, id_: int) -> Agendamento:
        agendamento = self.agendamento(id_)
        assert agendamento is not None
        return agendamento

    def _ocupar(self, novo: NovoAgendamento, agendamento_id: int) -> None:
        linhas = [
            {
                "telescopio_id": novo.telescopio.id,
                "slot_inicio_utc": slot,
                "agendamento_id": agendamento_id,
                "cientista_id": novo.cientista_id,
            }
            for slot in novo.telescopio.grade.slots(novo.intervalo)
        ]
        with self._recusa(SlotJaOcupado):
            self._con.executar_muitos(_OCUPAR, linhas)

    def _desocupar(self, agendamento_id: int) -> None:
        self._con.executar(_DESOCUPAR, id=agendamento_id)

    def inserir_cientista(self, dados: dict[str, Any], impressao_chave: str, agora: datetime) -> Cientista:
        valores = {"papel": Papel.CIENTISTA.value, "instituicao": None, "pais": None, **dados}
        with self._recusa(EmailJaCadastrado):
            id_ = self._escalar(
                insert(CIE)
                .values(**valores, chave_sha256=impressao_chave, criado_em=agora, versao=1)
                .returning(CIE.c.id)
            )
        return self._reler_cientista(id_)

    def alterar_cientista(self, atual: Cientista, dados: dict[str, Any]) -> Cientista:
        with self._recusa(EmailJaCadastrado):
            self._fazer(update(CIE).where(CIE.c.id == atual.id).values(**dados, versao=CIE.c.versao + 1))
        return self._reler_cientista(atual.id)

    def _reler_cientista(self, id_: int) -> Cientista:
        cientista = self.cientista(id_)
        assert cientista is not None
        return cientista

    def trocar_chave(self, cientista_id: int, impressao_chave: str) -> None:
        self._fazer(update(CIE).where(CIE.c.id == cientista_id).values(chave_sha256=impressao_chave))

    def remover_cientista(self, id_: int, agora: datetime) -> None:
        self._fazer(
            update(CIE)
            .where(CIE.c.id == id_)
            .values(
                nome="(removido)",
                email=None,
                instituicao=None,
                pais=None,
                chave_sha256=None,
                removido_em=agora,
                versao=CIE.c.versao + 1,
            )
        )
        self._fazer(delete(IDE).where(IDE.c.cientista_id == id_))

    def inserir_telescopio(self, dados: dict[str, Any]) -> Telescopio:
        valores = {"descricao": "", "janela_ms": None, "estado": EstadoTelescopio.ATIVO.value, **dados}
        with self._recusa(SlugJaUsado):
            id_ = self._escalar(insert(TEL).values(**valores, versao=1).returning(TEL.c.id))
        return self._reler_telescopio(id_)

    def alterar_telescopio(self, atual: Telescopio, dados: dict[str, Any]) -> Telescopio:
        with self._recusa(SlugJaUsado):
            self._fazer(update(TEL).where(TEL.c.id == atual.id).values(**dados, versao=TEL.c.versao + 1))
        return self._reler_telescopio(atual.id)

    def _reler_telescopio(self, id_: int) -> Telescopio:
        telescopio = self.telescopio_por_id(id_)
        assert telescopio is not None
        return telescopio

    def inserir_indisponibilidade(
        self, telescopio_id: int, intervalo: Intervalo, motivo: str, agora: datetime
    ) -> Indisponibilidade:
        id_ = self._escalar(
            insert(IND)
            .values(
                telescopio_id=telescopio_id,
                inicio_utc=intervalo.inicio,
                fim_utc=intervalo.fim,
                motivo=motivo,
                criado_em=agora,
            )
            .returning(IND.c.id)
        )
        return Indisponibilidade(id_, telescopio_id, intervalo, motivo, agora)

    def remover_indisponibilidade(self, id_: int) -> None:
        self._fazer(delete(IND).where(IND.c.id == id_))

    def auditar_arbitragem(self, janela: str, detalhes: dict[str, Any]) -> None:
        if self._con.executar(_DECIDIDA[self._con.dialeto.name], janela=janela) == 1:
            self.auditar("ARBITRAGEM_DECIDIDA", detalhes)

    def auditar(self, evento: str, detalhes: dict[str, Any]) -> None:
        self._trilha.acrescentar(datetime.now(UTC), evento, detalhes, self._trace_id, self._request_id)

    def guardar_resposta(
        self, cientista_id: int, chave: str, resposta: RespostaGuardada, agora: datetime, validade: timedelta
    ) -> None:
        self._fazer(delete(IDE).where(IDE.c.criado_em < agora - validade))
        with self._recusa(ChaveJaGuardada):
            self._fazer(
                insert(IDE).values(
                    cientista_id=cientista_id,
                    chave=chave,
                    impressao=resposta.impressao,
                    status=resposta.status,
                    corpo=resposta.corpo,
                    cabecalhos=resposta.cabecalhos,
                    criado_em=agora,
                )
            )
