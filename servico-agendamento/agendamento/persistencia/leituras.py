"""Consultas: o SQLAlchemy Core as escreve, ``comandos.py`` as executa."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Integer, Table, bindparam, extract, func, literal_column, null, select, text, tuple_

from agendamento.aplicacao.portas import (
    FiltroAgendamentos,
    Ocupacao,
    RegistroAuditoria,
    RespostaGuardada,
    Vistoria,
)
from agendamento.dominio.agendamento import (
    Agendamento,
    Cientista,
    Estado,
    Indisponibilidade,
    Telescopio,
)
from agendamento.dominio.grade import Intervalo
from agendamento.persistencia import linhas, livres
from agendamento.persistencia import modelos as m
from agendamento.persistencia.comandos import Comando, Conexao


def _tabela(modelo: type[m.Base]) -> Table:
    return cast(Table, modelo.__table__)


AGE, CIE, TEL = _tabela(m.Agendamento), _tabela(m.Cientista), _tabela(m.Telescopio)
SLO, TOK, IND = _tabela(m.SlotOcupado), _tabela(m.FencingToken), _tabela(m.Indisponibilidade)
AUD, IDE, ARB = _tabela(m.Auditoria), _tabela(m.Idempotencia), _tabela(m.Arbitragem)

_AGENDAMENTO = select(AGE, TEL.c.slug.label("telescopio_slug")).join(TEL, TEL.c.id == AGE.c.telescopio_id)
_CIENTISTA = select(CIE).where(CIE.c.removido_em.is_(None))


def _p(nome: str, coluna: Any) -> Any:
    return bindparam(nome, type_=coluna.type)


_NO_INTERVALO = (
    SLO.c.telescopio_id == bindparam("telescopio_id"),
    SLO.c.slot_inicio_utc >= _p("de", SLO.c.slot_inicio_utc),
    SLO.c.slot_inicio_utc < _p("ate", SLO.c.slot_inicio_utc),
)
_PARADAS = (
    IND.c.telescopio_id == bindparam("telescopio_id"),
    IND.c.fim_utc > _p("de", IND.c.fim_utc),
    IND.c.inicio_utc < _p("ate", IND.c.inicio_utc),
)
_ATIVOS_DE = (AGE.c.cientista_id == bindparam("cientista_id"), AGE.c.estado == Estado.ATIVO.value)

CIENTISTA_POR_CHAVE = Comando(_CIENTISTA.where(CIE.c.chave_sha256 == bindparam("impressao")))
CIENTISTA = Comando(_CIENTISTA.where(CIE.c.id == bindparam("id")))
TELESCOPIO = Comando(select(TEL).where(TEL.c.slug == bindparam("slug")))
TELESCOPIO_POR_ID = Comando(select(TEL).where(TEL.c.id == bindparam("id")))
TELESCOPIOS = Comando(select(TEL).order_by(TEL.c.slug))
AGENDAMENTO = Comando(_AGENDAMENTO.where(AGE.c.id == bindparam("id")))
QUE_TOCAM = Comando(
    _AGENDAMENTO.where(AGE.c.id.in_(select(SLO.c.agendamento_id).where(*_NO_INTERVALO))).order_by(
        AGE.c.horario_inicio_utc
    )
)
OCUPADOS = Comando(
    select(SLO.c.slot_inicio_utc, SLO.c.agendamento_id, SLO.c.cientista_id).where(*_NO_INTERVALO)
)
INDISPONIBILIDADES = Comando(select(IND).where(*_PARADAS).order_by(IND.c.inicio_utc))
INDISPONIBILIDADE = Comando(
    select(IND).where(IND.c.telescopio_id == bindparam("telescopio_id"), IND.c.id == bindparam("id"))
)
_OCUPADO, COM_TOKEN, _PARADO = range(3)
# Um comando em vez de três: cada execução solta o GIL, e retomá-lo custa mais que a busca (DESEMPENHO.md).
VISTORIA = Comando(
    select(
        literal_column(f"{_OCUPADO}", Integer).label("especie"),
        SLO.c.slot_inicio_utc.label("slot"),
        SLO.c.agendamento_id.label("valor"),
        SLO.c.cientista_id.label("cientista_id"),
    )
    .where(*_NO_INTERVALO)
    .union_all(
        select(literal_column(f"{COM_TOKEN}", Integer), TOK.c.slot_inicio_utc, TOK.c.token, null()).where(
            TOK.c.telescopio_id == bindparam("telescopio_id"),
            TOK.c.slot_inicio_utc >= _p("de", TOK.c.slot_inicio_utc),
            TOK.c.slot_inicio_utc < _p("ate", TOK.c.slot_inicio_utc),
        ),
        select(literal_column(f"{_PARADO}", Integer), IND.c.inicio_utc, IND.c.id, null()).where(*_PARADAS),
    )
)
ATIVOS = Comando(
    select(func.count()).where(
        *_ATIVOS_DE,
        # O maior agendamento cabe num dia: a busca começa um dia antes e usa o índice por início.
        AGE.c.horario_inicio_utc > _p("desde", AGE.c.horario_inicio_utc),
        AGE.c.horario_fim_utc > _p("agora", AGE.c.horario_fim_utc),
        AGE.c.id != bindparam("exceto"),
    )
)


def _somar_segundos(*condicoes: Any) -> dict[str, Comando]:
    """A soma das durações, em segundos inteiros, feita no banco: uma pessoa pode ter centenas de agendamentos."""
    inicio, fim = AGE.c.horario_inicio_utc, AGE.c.horario_fim_utc
    por_dialeto = {
        "sqlite": func.strftime("%s", fim) - func.strftime("%s", inicio),
        "postgresql": extract("epoch", fim - inicio),
    }
    return {
        nome: Comando(select(func.coalesce(func.sum(duracao), 0)).where(*condicoes))
        for nome, duracao in por_dialeto.items()
    }


HORAS = _somar_segundos(
    *_ATIVOS_DE,
    AGE.c.horario_inicio_utc >= _p("de", AGE.c.horario_inicio_utc),
    AGE.c.horario_inicio_utc < _p("ate", AGE.c.horario_inicio_utc),
    AGE.c.id != bindparam("exceto"),
)
HORAS_CRIADAS = _somar_segundos(
    *_ATIVOS_DE,
    # Começa depois de criado: a busca usa o índice por início e não percorre o passado da pessoa.
    AGE.c.horario_inicio_utc > _p("desde", AGE.c.horario_inicio_utc),
    AGE.c.criado_em >= _p("desde", AGE.c.criado_em),
)
ULTIMO_SEQ = Comando(select(func.max(AUD.c.seq)))
ULTIMOS = Comando(
    select(AUD)
    .where(AUD.c.evento == bindparam("evento"))
    .order_by(AUD.c.seq.desc())
    .limit(bindparam("limite"))
)
RESPOSTA = Comando(
    select(IDE.c.impressao, IDE.c.status, IDE.c.corpo, IDE.c.cabecalhos).where(
        IDE.c.cientista_id == bindparam("cientista_id"), IDE.c.chave == bindparam("chave")
    )
)


class LeituraSQL:
    """Cumpre ``portas.Leitura`` sobre uma conexão do driver."""

    def __init__(self, con: Conexao) -> None:
        self._con = con

    def cientista_por_chave(self, impressao: str) -> Cientista | None:
        return linhas.cientista(self._con.uma(CIENTISTA_POR_CHAVE, impressao=impressao))

    def cientista(self, id_: int) -> Cientista | None:
        return linhas.cientista(self._con.uma(CIENTISTA, id=id_))

    def impressao_da_chave(self, cientista_id: int) -> str | None:
        linha = self._con.uma(Comando(_CIENTISTA.where(CIE.c.id == cientista_id)))
        return None if linha is None else linha.chave_sha256

    def telescopio(self, slug: str) -> Telescopio | None:
        linha = self._con.uma(TELESCOPIO, slug=slug)
        return None if linha is None else linhas.telescopio(linha)

    def telescopio_por_id(self, id_: int) -> Telescopio | None:
        linha = self._con.uma(TELESCOPIO_POR_ID, id=id_)
        return None if linha is None else linhas.telescopio(linha)

    def telescopios(self) -> list[Telescopio]:
        return [linhas.telescopio(linha) for linha in self._con.linhas(TELESCOPIOS)]

    def agendamento(self, id_: int) -> Agendamento | None:
        linha = self._con.uma(AGENDAMENTO, id=id_)
        return None if linha is None else linhas.agendamento(linha)

    def agendamentos(self, filtro: FiltroAgendamentos) -> list[Agendamento]:
        consulta = _AGENDAMENTO.order_by(AGE.c.horario_inicio_utc, AGE.c.id).limit(filtro.limite)
        if filtro.telescopio_id is not None:
            consulta = consulta.where(AGE.c.telescopio_id == filtro.telescopio_id)
        if filtro.cientista_id is not None:
            consulta = consulta.where(AGE.c.cientista_id == filtro.cientista_id)
        if filtro.estado is not None:
            consulta = consulta.where(AGE.c.estado == filtro.estado.value)
        if filtro.de is not None:
            consulta = consulta.where(AGE.c.horario_inicio_utc >= filtro.de)
        if filtro.ate is not None:
            consulta = consulta.where(AGE.c.horario_inicio_utc < filtro.ate)
        if filtro.depois is not None:
            inicio, id_ = filtro.depois
            chave = tuple_(AGE.c.horario_inicio_utc, AGE.c.id)
            consulta = consulta.where(AGE.c.horario_inicio_utc >= inicio, chave > (inicio, id_))
        return [linhas.agendamento(linha) for linha in self._con.linhas(Comando(consulta))]

    def agendamentos_que_tocam(self, telescopio_id: int, intervalo: Intervalo) -> list[Agendamento]:
        achadas = self._con.linhas(
            QUE_TOCAM, telescopio_id=telescopio_id, de=intervalo.inicio, ate=intervalo.fim
        )
        return [linhas.agendamento(linha) for linha in achadas]

    def ocupados(self, telescopio_id: int, intervalo: Intervalo) -> list[Ocupacao]:
        achadas = self._con.linhas(
            OCUPADOS, telescopio_id=telescopio_id, de=intervalo.inicio, ate=intervalo.fim
        )
        return [Ocupacao(*linha) for linha in achadas]

    def tomados(self, telescopios: Sequence[int], intervalo: Intervalo) -> list[tuple[int, Intervalo]]:
        achados = self._con.linhas(Comando(livres.tomados(telescopios, intervalo)))
        return [(id_, Intervalo(inicio, fim)) for id_, inicio, fim in achados]

    def indisponibilidades(self, telescopio_id: int, intervalo: Intervalo) -> list[Indisponibilidade]:
        achadas = self._con.linhas(
            INDISPONIBILIDADES, telescopio_id=telescopio_id, de=intervalo.inicio, ate=intervalo.fim
        )
        return [linhas.indisponibilidade(linha) for linha in achadas]

    def indisponibilidade(self, telescopio_id: int, id_: int) -> Indisponibilidade | None:
        linha = self._con.uma(INDISPONIBILIDADE, telescopio_id=telescopio_id, id=id_)
        return None if linha is None else linhas.indisponibilidade(linha)

    def vistoriar(self, telescopio_id: int, intervalo: Intervalo) -> Vistoria:
        vistoria = Vistoria([], {}, parado=False)
        for linha in self._con.linhas(
            VISTORIA, telescopio_id=telescopio_id, de=intervalo.inicio, ate=intervalo.fim
        ):
            if linha.especie == _OCUPADO:
                vistoria.ocupados.append(Ocupacao(linha.slot, linha.valor, linha.cientista_id))
            elif linha.especie == COM_TOKEN:
                vistoria.tokens[linha.slot] = linha.valor
            else:
                vistoria.parado = True
        return vistoria

    def ativos(self, cientista_id: int, agora: datetime, exceto: int | None = None) -> int:
        quantos: int = self._con.escalar(
            ATIVOS,
            cientista_id=cientista_id,
            desde=agora - timedelta(days=1),
            agora=agora,
            exceto=exceto or 0,
        )
        return quantos

    def horas(self, cientista_id: int, ciclo: Intervalo, exceto: int | None = None) -> float:
        return self._horas(
            HORAS, cientista_id=cientista_id, de=ciclo.inicio, ate=ciclo.fim, exceto=exceto or 0
        )

    def horas_criadas_desde(self, cientista_id: int, desde: datetime) -> float:
        return self._horas(HORAS_CRIADAS, cientista_id=cientista_id, desde=desde)

    def _horas(self, soma: dict[str, Comando], **valores: Any) -> float:
        return float(self._con.escalar(soma[self._con.dialeto.name], **valores)) / 3600

    def auditoria(self, depois: int, limite: int, **filtros: Any) -> list[RegistroAuditoria]:
        consulta = select(AUD).where(AUD.c.seq > depois).order_by(AUD.c.seq).limit(limite)
        if (evento := filtros.get("evento")) is not None:
            consulta = consulta.where(AUD.c.evento == evento)
        if (id_ := filtros.get("agendamento_id")) is not None:
            consulta = consulta.where(AUD.c.agendamento_id == id_)
        return [linhas.registro(linha) for linha in self._con.linhas(Comando(consulta))]

    def ultimos_da_auditoria(self, evento: str, limite: int) -> list[RegistroAuditoria]:
        return [linhas.registro(linha) for linha in self._con.linhas(ULTIMOS, evento=evento, limite=limite)]

    def ultimo_seq(self) -> int:
        return self._con.escalar(ULTIMO_SEQ) or 0

    def resposta_guardada(self, cientista_id: int, chave: str) -> RespostaGuardada | None:
        linha = self._con.uma(RESPOSTA, cientista_id=cientista_id, chave=chave)
        return None if linha is None else RespostaGuardada(*linha)

    def esquema_atual(self) -> bool:
        """Verdadeiro se o banco responde e a migração esperada está aplicada."""
        try:
            versao = self._con.escalar(
                Comando(text("SELECT version_num FROM alembic_version").columns(AUD.c.evento))
            )
        except self._con.erro_do_banco:
            return False
        return bool(versao == m.VERSAO_ESQUEMA)
