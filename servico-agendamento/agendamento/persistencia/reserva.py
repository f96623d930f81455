"""Os comandos de uma reserva, montados uma vez: o SQLAlchemy Core, numa conexão, com o mínimo de idas ao banco.

Antes do lock pergunta-se tudo de que a decisão depende num comando só (``situar``). Ao gravar, o mesmo se
repete como condição da escrita: se nada do que se viu mudou, ela vale; se mudou, nenhuma linha entra.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    and_,
    bindparam,
    case,
    delete,
    exists,
    extract,
    func,
    insert,
    literal,
    literal_column,
    null,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.types import Boolean, Integer

from agendamento.aplicacao.portas import (
    NovoAgendamento,
    Ocupacao,
    Pergunta,
    RespostaGuardada,
    Situacao,
    SlotJaOcupado,
    Vistoria,
)
from agendamento.dominio.agendamento import Agendamento, Estado, EstadoTelescopio
from agendamento.dominio.grade import Intervalo
from agendamento.persistencia import linhas
from agendamento.persistencia import modelos as m


def tabela(modelo: type[m.Base]) -> Table:
    return cast(Table, modelo.__table__)


AGE, CIE, TEL, SLO, FEN, IND, IDE, ESP = map(
    tabela,
    (
        m.Agendamento,
        m.Cientista,
        m.Telescopio,
        m.SlotOcupado,
        m.FencingToken,
        m.Indisponibilidade,
        m.Idempotencia,
        m.Espera,
    ),
)
_OUTROS = AGE.alias("outros")
_NUNCA = datetime(9999, 1, 1, tzinfo=UTC)
"""Limite que nenhuma linha alcança: a conta que não interessa percorre um índice vazio."""
_INSTANTE = timedelta(microseconds=1)
MAIOR_AGENDAMENTO = timedelta(days=1)
"""Um slot também não passa disto."""
Expressao = ColumnElement[Any]


def _p(nome: str, coluna: Expressao) -> Expressao:
    return bindparam(nome, type_=coluna.type)


def _no_intervalo(coluna: Expressao) -> Expressao:
    return (coluna >= _p("de", coluna)) & (coluna < _p("ate", coluna))


def _paradas(telescopio: Expressao, ate: str = "ate") -> tuple[Expressao, ...]:
    return (
        IND.c.telescopio_id == telescopio,
        IND.c.fim_utc > _p("de", IND.c.fim_utc),
        IND.c.inicio_utc < _p(ate, IND.c.inicio_utc),
    )


def _na_fila(telescopio: Expressao) -> tuple[Expressao, ...]:
    """Quem espera por algo do intervalo, e ainda não o teve."""
    return (
        ESP.c.telescopio_id == telescopio,
        ESP.c.horario_fim_utc > _p("de", ESP.c.horario_fim_utc),
        ESP.c.horario_inicio_utc < _p("ate", ESP.c.horario_inicio_utc),
        ESP.c.atendida_em.is_(None),
    )


def _oferecido_a_outra(telescopio: Expressao, titular: Expressao) -> tuple[Expressao, ...]:
    vale = ESP.c.oferecida_ate > _p("agora", ESP.c.oferecida_ate)
    return (*_na_fila(telescopio), vale, ESP.c.cientista_id != titular)


class _Pessoa:
    """As contas de uma pessoa, fora o agendamento ``exceto``: subconsultas que o índice por ela resolve."""

    def __init__(self, titular: Expressao, exceto: Expressao) -> None:
        inicio, fim = _OUTROS.c.horario_inicio_utc, _OUTROS.c.horario_fim_utc
        suas = (
            _OUTROS.c.cientista_id == titular,
            _OUTROS.c.estado == Estado.ATIVO.value,
            _OUTROS.c.id != exceto,
        )
        segundos = select(func.coalesce(func.sum(extract("epoch", fim) - extract("epoch", inicio)), 0))
        self.existe = exists().where(CIE.c.id == titular, CIE.c.removido_em.is_(None))
        # O maior agendamento cabe num dia: a busca começa um dia antes e usa o índice por início.
        self.ativos = self._conta(
            select(func.count()).select_from(_OUTROS),
            *suas,
            inicio > _p("ativos_desde", inicio),
            fim > _p("agora", fim),
        )
        self.segundos_no_ciclo = self._conta(
            segundos, *suas, inicio >= _p("ciclo_de", inicio), inicio < _p("ciclo_ate", inicio)
        )
        # Começa depois de criado: a busca usa o índice por início e não percorre o passado da pessoa.
        self.segundos_de_uso = self._conta(
            segundos,
            *suas[:2],
            inicio > _p("uso_desde", inicio),
            _OUTROS.c.criado_em >= _p("uso_desde", _OUTROS.c.criado_em),
        )

    @staticmethod
    def _conta(consulta: Select[Any], *condicoes: Expressao) -> Expressao:
        return consulta.where(*condicoes).correlate_except(_OUTROS).scalar_subquery()


def _situacao(titular: Expressao, exceto: Expressao) -> Select[Any]:
    pessoa = _Pessoa(titular, exceto)

    def dos_ocupantes(agregado: Expressao) -> Expressao:
        tomados = (
            SLO.c.telescopio_id == TEL.c.id,
            _no_intervalo(SLO.c.slot_inicio_utc),
            SLO.c.agendamento_id != exceto,
        )
        return select(agregado).where(*tomados).correlate_except(SLO).scalar_subquery()

    com_janela = func.coalesce(TEL.c.janela_ms, bindparam("janela_ms", type_=Integer)) > 0
    return select(
        *TEL.c,
        pessoa.existe.label("titular_existe"),
        pessoa.ativos.label("ativos"),
        pessoa.segundos_no_ciclo.label("segundos_no_ciclo"),
        case((com_janela, pessoa.segundos_de_uso), else_=0).label("segundos_de_uso"),
        select(func.min(IND.c.inicio_utc))
        .where(*_paradas(TEL.c.id, "paradas_ate"))
        .correlate_except(IND)
        .scalar_subquery()
        .label("parado_em"),
        dos_ocupantes(func.min(SLO.c.cientista_id)).label("um_ocupante"),
        dos_ocupantes(func.max(SLO.c.cientista_id)).label("outro_ocupante"),
        select(func.max(ESP.c.oferecida_ate))
        .where(*_oferecido_a_outra(TEL.c.id, titular))
        .correlate_except(ESP)
        .scalar_subquery()
        .label("oferecido_ate"),
        exists()
        .where(*_na_fila(TEL.c.id), ESP.c.cientista_id == titular)
        .correlate_except(ESP)
        .label("esperado"),
    )


_TITULAR, _EXCETO = _p("titular", CIE.c.id), _p("exceto", AGE.c.id)
_GUARDADA = and_(
    IDE.c.cientista_id == _p("quem", IDE.c.cientista_id),
    IDE.c.chave == _p("chave", IDE.c.chave),
    IDE.c.criado_em >= _p("guardada_desde", IDE.c.criado_em),
)
_SITUAR_NOVO = (
    _situacao(_TITULAR, literal(0))
    .add_columns(IDE.c.impressao, IDE.c.status, IDE.c.corpo, IDE.c.cabecalhos)
    .select_from(TEL.outerjoin(IDE, _GUARDADA))
    .where(TEL.c.slug == _p("slug", TEL.c.slug))
)
_HA_FILA = (
    exists()
    .where(
        ESP.c.telescopio_id == AGE.c.telescopio_id,
        ESP.c.horario_fim_utc > AGE.c.horario_inicio_utc,
        ESP.c.horario_inicio_utc < AGE.c.horario_fim_utc,
        ESP.c.atendida_em.is_(None),
        ESP.c.oferecida_ate.is_(None),
    )
    .correlate_except(ESP)
)
"""Alguém espera pelo horário que o agendamento tem."""
_SITUAR_EXISTENTE = (
    _situacao(AGE.c.cientista_id, AGE.c.id)
    .add_columns(
        _HA_FILA.label("ha_fila"),
        *(coluna.label(f"age_{coluna.name}") for coluna in AGE.c),
        TEL.c.slug.label("age_telescopio_slug"),
    )
    .join_from(TEL, AGE, AGE.c.telescopio_id == TEL.c.id)
    .where(AGE.c.id == _p("agendamento_id", AGE.c.id))
)


def situar(con: Connection, pergunta: Pergunta) -> Situacao | None:
    """Responde à pergunta num comando; ``None`` se não há o telescópio, ou o agendamento a remarcar."""
    consulta = _SITUAR_NOVO if pergunta.agendamento_id is None else _SITUAR_EXISTENTE
    linha = con.execute(consulta, _binds(pergunta)).one_or_none()
    if linha is None:
        return None
    atual = resposta = None
    if pergunta.agendamento_id is not None:
        do_agendamento = {n[4:]: valor for n, valor in linha._mapping.items() if n.startswith("age_")}
        atual = linhas.agendamento(SimpleNamespace(**do_agendamento))
    elif linha.impressao is not None:
        resposta = RespostaGuardada(linha.impressao, linha.status, linha.corpo, linha.cabecalhos)
    return Situacao(
        pergunta,
        linhas.telescopio(linha),
        titular_existe=bool(linha.titular_existe),
        ativos=linha.ativos,
        horas_no_ciclo=float(linha.segundos_no_ciclo) / 3600,
        uso_h=float(linha.segundos_de_uso) / 3600,
        parado_em=linha.parado_em,
        ocupantes=frozenset({linha.um_ocupante, linha.outro_ocupante} - {None}),
        oferecido_ate=linha.oferecido_ate,
        esperado=bool(linha.esperado),
        ha_fila=atual is not None and bool(linha.ha_fila),
        agendamento=atual,
        resposta=resposta,
    )


_CONTAR = select(_Pessoa(_TITULAR, literal(0)).ativos, _Pessoa(_TITULAR, literal(0)).segundos_no_ciclo)


def contar(con: Connection, titular: int, agora: datetime, ciclo: Intervalo) -> tuple[int, float]:
    """Observações futuras ativas de uma pessoa, e suas horas no ciclo."""
    binds = _binds(Pergunta(titular, agora, agora, ciclo=ciclo, contar_ativos=True))
    ativos, segundos = con.execute(_CONTAR, binds).one()
    return ativos, float(segundos) / 3600


def _binds(pergunta: Pergunta) -> dict[str, Any]:
    ciclo = pergunta.ciclo
    quem, chave, guardada_desde = pergunta.idempotencia or (0, None, _NUNCA)
    return {
        "slug": pergunta.telescopio,
        "agendamento_id": pergunta.agendamento_id,
        "titular": pergunta.titular,
        "de": pergunta.inicio,
        "ate": pergunta.fim or pergunta.inicio + _INSTANTE,
        "paradas_ate": pergunta.fim or pergunta.inicio + MAIOR_AGENDAMENTO,
        "agora": pergunta.agora,
        "ativos_desde": pergunta.agora - MAIOR_AGENDAMENTO if pergunta.contar_ativos else _NUNCA,
        "ciclo_de": ciclo.inicio if ciclo else _NUNCA,
        "ciclo_ate": ciclo.fim if ciclo else _NUNCA,
        "uso_desde": pergunta.uso_desde,
        "janela_ms": pergunta.janela_ms,
        "quem": quem,
        "chave": chave,
        "guardada_desde": guardada_desde,
    }


_OCUPADO, _COM_TOKEN, _PARADO = range(3)
_VISTORIA = (
    select(
        literal_column(f"{_OCUPADO}", Integer).label("especie"),
        SLO.c.slot_inicio_utc.label("slot"),
        SLO.c.agendamento_id.label("valor"),
        SLO.c.cientista_id.label("cientista_id"),
    )
    .where(SLO.c.telescopio_id == bindparam("telescopio_id"), _no_intervalo(SLO.c.slot_inicio_utc))
    .union_all(
        select(literal_column(f"{_COM_TOKEN}", Integer), FEN.c.slot_inicio_utc, FEN.c.token, null()).where(
            FEN.c.telescopio_id == bindparam("telescopio_id"), _no_intervalo(FEN.c.slot_inicio_utc)
        ),
        select(literal_column(f"{_PARADO}", Integer), IND.c.inicio_utc, IND.c.id, null()).where(
            *_paradas(_p("telescopio_id", TEL.c.id))
        ),
    )
)


def vistoriar(con: Connection, telescopio_id: int, intervalo: Intervalo) -> Vistoria:
    """Num comando só: as três respostas são do mesmo instantâneo."""
    vistoria = Vistoria([], {}, parado=False)
    achadas = con.execute(
        _VISTORIA, {"telescopio_id": telescopio_id, "de": intervalo.inicio, "ate": intervalo.fim}
    )
    for especie, slot, valor, cientista_id in achadas:
        if especie == _OCUPADO:
            vistoria.ocupados.append(Ocupacao(slot, valor, cientista_id))
        elif especie == _COM_TOKEN:
            vistoria.tokens[slot] = valor
        else:
            vistoria.parado = True
    return vistoria


def maior_token(con: Connection) -> int:
    return con.scalar(select(func.max(FEN.c.token))) or 0


# Em texto, que vale para os dois bancos: a forma on_conflict_do_update não entra no cache de comandos do SQLAlchemy,
# e seria compilada a cada reserva.
_ACEITAR = (
    text(
        f"INSERT INTO {FEN.name} (telescopio_id, slot_inicio_utc, token) VALUES (:telescopio_id, :slot, :novo) "
        "ON CONFLICT (telescopio_id, slot_inicio_utc) DO UPDATE SET token = excluded.token "
        f"WHERE {FEN.name}.token = :visto AND {FEN.name}.token < excluded.token"
    )
    .bindparams(bindparam("slot", type_=FEN.c.slot_inicio_utc.type))
    .execution_options(preserve_rowcount=True)
)


def aceitar_token(
    con: Connection, telescopio_id: int, slots: Sequence[datetime], token: int, vistos: dict[datetime, int]
) -> bool:
    """Guarda ``token`` em cada slot se ninguém escreveu nele desde que ``vistos`` foi lido e se é maior."""
    # Kleppmann, "How to do distributed locking" (2016): o recurso recusa token que não seja maior que o
    # último. Aqui vai além: recusa também se alguém escreveu depois da conferência, de modo que o
    # fencing sozinho, sem lock e sem UNIQUE, já impede a reserva dupla.
    feito = con.execute(
        _ACEITAR,
        [
            {"telescopio_id": telescopio_id, "slot": slot, "novo": token, "visto": vistos.get(slot, 0)}
            for slot in slots
        ],
    )
    return bool(feito.rowcount == len(slots))


_COLUNAS = (
    "telescopio_id", "cientista_id", "horario_inicio_utc", "horario_fim_utc", "objeto_celeste", "observacoes",
    "estado", "token", "versao", "criado_em", "atualizado_em", "clique",
)  # fmt: skip


def _nada_mudou(titular: Expressao, exceto: Expressao) -> Expressao:
    """Quem escreve, o telescópio, as manutenções, as ofertas e as contas da pessoa são os da situação vista."""
    pessoa = _Pessoa(titular, exceto)
    telescopio = _p("no_telescopio", TEL.c.id)
    return and_(
        pessoa.existe,
        exists().where(
            TEL.c.id == telescopio,
            TEL.c.versao == bindparam("telescopio_versao"),
            TEL.c.estado == EstadoTelescopio.ATIVO.value,
        ),
        ~exists().where(*_paradas(telescopio)),
        ~exists().where(*_oferecido_a_outra(telescopio, titular)),
        pessoa.ativos <= bindparam("ativos_vistos", type_=Integer),
        pessoa.segundos_no_ciclo <= bindparam("segundos_vistos", type_=AGE.c.id.type),
    )


_INSERIR = (
    insert(AGE)
    .from_select(
        _COLUNAS,
        select(*(_p(nome, AGE.c[nome]) for nome in _COLUNAS)).where(
            _nada_mudou(_p("cientista_id", AGE.c.cientista_id), literal(0))
        ),
    )
    .returning(AGE.c.id)
)
_MOVER = (
    update(AGE)
    .where(
        AGE.c.id == bindparam("agendamento"),
        AGE.c.versao == bindparam("versao_vista"),
        AGE.c.estado == Estado.ATIVO.value,
        _nada_mudou(_TITULAR, _EXCETO),
        bindparam("fila_vista", type_=Boolean) | ~_HA_FILA,
    )
    .values(
        {
            nome: bindparam(f"novo_{nome}", type_=AGE.c[nome].type)
            for nome in _COLUNAS
            if nome not in ("telescopio_id", "cientista_id", "estado", "criado_em")
        }
    )
)
_OCUPAR = insert(SLO)
_DESOCUPAR = delete(SLO).where(SLO.c.agendamento_id == bindparam("agendamento"))


def inserir(con: Connection, novo: NovoAgendamento, vista: Situacao) -> Agendamento | None:
    """``None`` se o que se viu já não vale.

    Raises:
        SlotJaOcupado: ``UNIQUE (telescopio_id, slot_inicio_utc)`` recusou.
    """
    valores = _valores(novo, 1)
    id_ = con.execute(_INSERIR, {**_binds_vistos(novo, vista), **valores}).scalar_one_or_none()
    if id_ is None:
        return None
    _ocupar(con, novo, id_)
    return _agendamento(novo, id_, valores)


def mover(con: Connection, atual: Agendamento, novo: NovoAgendamento, vista: Situacao) -> Agendamento | None:
    """O mesmo, de um agendamento que já existe; ``None`` também se ele mudou."""
    valores = _valores(novo, atual.versao + 1)
    binds = {
        **_binds_vistos(novo, vista),
        **{f"novo_{nome}": valor for nome, valor in valores.items()},
        "agendamento": atual.id,
        "versao_vista": atual.versao,
        "titular": atual.cientista_id,
        "exceto": atual.id,
        "fila_vista": vista.ha_fila,
    }
    if con.execute(_MOVER, binds).rowcount != 1:
        return None
    desocupar(con, atual.id)
    _ocupar(con, novo, atual.id)
    return _agendamento(novo, atual.id, {**valores, "criado_em": atual.criado_em})


def _valores(novo: NovoAgendamento, versao: int) -> dict[str, Any]:
    return {
        "telescopio_id": novo.telescopio.id,
        "cientista_id": novo.cientista_id,
        "horario_inicio_utc": novo.intervalo.inicio,
        "horario_fim_utc": novo.intervalo.fim,
        "objeto_celeste": novo.objeto_celeste,
        "observacoes": novo.observacoes,
        "estado": Estado.ATIVO.value,
        "token": novo.token,
        "versao": versao,
        "criado_em": novo.criado_em,
        "atualizado_em": novo.criado_em,
        "clique": novo.clique,
    }


def _binds_vistos(novo: NovoAgendamento, vista: Situacao) -> dict[str, Any]:
    return {
        **_binds(vista.pergunta),
        "de": novo.intervalo.inicio,
        "ate": novo.intervalo.fim,
        "agora": novo.criado_em,
        "no_telescopio": novo.telescopio.id,
        "telescopio_versao": vista.telescopio.versao,
        "ativos_vistos": vista.ativos,
        "segundos_vistos": round(vista.horas_no_ciclo * 3600),
    }


def _agendamento(novo: NovoAgendamento, id_: int, valores: dict[str, Any]) -> Agendamento:
    return linhas.agendamento(
        SimpleNamespace(id=id_, telescopio_slug=novo.telescopio.slug, motivo_cancelamento=None, **valores)
    )


def _ocupar(con: Connection, novo: NovoAgendamento, agendamento_id: int) -> None:
    ocupados = [
        {
            "telescopio_id": novo.telescopio.id,
            "slot_inicio_utc": slot,
            "agendamento_id": agendamento_id,
            "cientista_id": novo.cientista_id,
        }
        for slot in novo.telescopio.grade.slots(novo.intervalo)
    ]
    try:
        con.execute(_OCUPAR, ocupados)
    except IntegrityError as erro:
        raise SlotJaOcupado from erro


def desocupar(con: Connection, agendamento_id: int) -> None:
    con.execute(_DESOCUPAR, {"agendamento": agendamento_id})
