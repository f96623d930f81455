"""A trilha conferida: a cadeia de hashes, e o estado que ela conta, comparado campo a campo com as tabelas."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import orjson
from sqlalchemy import Connection, String, select, type_coerce

from agendamento.dominio.agendamento import Estado, EstadoTelescopio
from agendamento.dominio.grade import formatar
from agendamento.persistencia import linhas
from agendamento.persistencia import modelos as m
from agendamento.persistencia.auditoria import GENESE, encadear
from agendamento.persistencia.reserva import AGE, CIE, IND, SLO, TEL, tabela

_TRILHA, _CABECA = tabela(m.Auditoria), tabela(m.AuditoriaCabeca)
_DO_TELESCOPIO = (
    "nome", "prefixo_recurso", "descricao", "duracao_slot_s", "horizonte_dias", "janela_ms", "estado",
)  # fmt: skip
Ancora = tuple[int, str]
"""O seq e o hash de uma linha, anotados fora daqui: quem refizer a cadeia inteira não os refaz."""


@dataclass(frozen=True, slots=True)
class Divergencia:
    """O que não fecha: ``seq`` é o da linha que o acusa."""

    seq: int
    problema: str


def verificar(con: Connection, desde: Ancora | None = None) -> Iterator[Divergencia]:
    """Refaz a conta de toda a trilha e compara o que ela conta com as tabelas; nada devolvido = íntegra.

    Args:
        desde: a linha que a trilha tem de continuar a ter.
    """
    seq, hash_, esperado = 0, GENESE, _Esperado()
    for linha in con.execution_options(yield_per=1000).execute(_da_trilha(con)):
        if linha.seq != seq + 1:
            yield Divergencia(linha.seq, f"faltam as linhas de {seq + 1} a {linha.seq - 1}")
        registro = _registro(linha)
        if registro is None:
            yield Divergencia(linha.seq, "conteúdo alterado: a linha não se lê")
        else:
            if linha.seq == seq + 1 and not _fecha(hash_, registro, linha):
                yield Divergencia(linha.seq, "conteúdo alterado, ou linha fora do lugar")
            for problema in esperado.contar(linha.seq, linha.evento, registro["details"]):
                yield Divergencia(linha.seq, problema)
        if desde is not None and linha.seq == desde[0] and linha.hash != desde[1]:
            yield Divergencia(linha.seq, f"a âncora diz {desde[1]}, e o hash é {linha.hash}")
        seq, hash_ = linha.seq, linha.hash
    if desde is not None and desde[0] > seq:
        yield Divergencia(seq, f"a âncora é do seq {desde[0]}, e a trilha acaba no {seq}")
    cabeca = fim(con)
    if cabeca is None:
        yield Divergencia(seq, "a cabeça da trilha sumiu")
    elif cabeca != (seq, hash_):
        yield Divergencia(cabeca[0], f"a trilha acaba no seq {seq}, e a cabeça aponta para {cabeca[0]}")
    try:
        yield from _comparar(con, esperado, seq)
    except (KeyError, TypeError, ValueError) as erro:
        yield Divergencia(seq, f"há nas tabelas, ou na trilha, valor que não se lê: {str(erro)[:120]}")


def fim(con: Connection) -> Ancora | None:
    """A cabeça da trilha; ``None`` se sumiu."""
    cabeca = con.execute(select(_CABECA.c.seq, _CABECA.c.hash)).one_or_none()
    return None if cabeca is None else (cabeca.seq, cabeca.hash)


def _da_trilha(con: Connection) -> Any:
    colunas: list[Any] = list(_TRILHA.c)
    if con.dialect.name == "sqlite":
        # O SQLite guarda qualquer texto: um que não é instante é nomeado aqui, e não um erro na leitura.
        colunas = [type_coerce(c, String).label(c.name) if c.name == "instante_utc" else c for c in colunas]
    return select(*colunas).order_by(_TRILHA.c.seq)


def _registro(linha: Any) -> dict[str, Any] | None:
    """O registro de que fala o hash; ``None`` se a linha não tem a forma de um."""
    instante = linha.instante_utc
    try:
        detalhes = orjson.loads(linha.detalhes)
        if not isinstance(instante, datetime):
            instante = datetime.fromisoformat(instante).replace(tzinfo=UTC)
    except (ValueError, TypeError):
        return None
    if not isinstance(detalhes, dict):
        return None
    return {
        "seq": linha.seq,
        "timestamp_utc": formatar(instante),
        "event_type": linha.evento,
        "details": detalhes,
        "trace_id": linha.trace_id,
        "request_id": linha.request_id,
    }


def _fecha(hash_anterior: str, registro: dict[str, Any], linha: Any) -> bool:
    # A coluna agendamento_id só repete o que está nos detalhes, para a busca: tem de dizer o mesmo.
    mesmo_id = registro["details"].get("agendamento_id") == linha.agendamento_id
    try:
        return bool(mesmo_id and encadear(hash_anterior, registro) == linha.hash)
    except (TypeError, UnicodeEncodeError, AttributeError):
        return False  # Um BLOB onde devia haver texto.


@dataclass(slots=True)
class _Fato:
    """Uma coisa como a trilha a conta: os campos de que ela fala, e a última linha que os mudou."""

    seq: int
    campos: dict[str, Any]


@dataclass(slots=True)
class _Esperado:
    """O estado que a trilha conta, montado evento a evento."""

    agendamentos: dict[Any, _Fato] = field(default_factory=dict)
    cientistas: dict[Any, _Fato] = field(default_factory=dict)
    telescopios: dict[Any, _Fato] = field(default_factory=dict)
    indisponibilidades: dict[Any, _Fato] = field(default_factory=dict)

    def contar(self, seq: int, evento: str, detalhes: dict[str, Any]) -> Iterator[str]:
        """O que o evento muda no estado; devolve o que nele não pode ter acontecido."""
        especie, _, verbo = str(evento).partition("_")
        quais = {
            "AGENDAMENTO": (self.agendamentos, "agendamento_id", _do_agendamento),
            "CIENTISTA": (self.cientistas, "cientista_id", _do_cientista),
            "TELESCOPIO": (self.telescopios, "telescopio", _do_telescopio),
            "INDISPONIBILIDADE": (self.indisponibilidades, "indisponibilidade_id", _da_indisponibilidade),
        }.get(especie)
        if quais is None or verbo == "NEGADO":
            return
        fatos, nome_da_chave, campos_de = quais
        chave = detalhes.get(nome_da_chave)
        if not isinstance(chave, int | str):
            yield f"{evento} não diz de que fala"
            return
        if verbo in ("CRIADO", "CRIADA"):
            if chave in fatos:
                yield f"{_nome(especie, chave)} foi criado duas vezes"
            fatos[chave] = _Fato(seq, campos_de(verbo, detalhes))
        elif chave not in fatos:
            yield f"{evento} fala de {_nome(especie, chave)}, que a trilha não criou"
        elif verbo == "REMOVIDA":
            del fatos[chave]
        else:
            fatos[chave] = _Fato(seq, fatos[chave].campos | campos_de(verbo, detalhes))


def _nome(especie: str, chave: Any) -> str:
    nomes = {"AGENDAMENTO": "o agendamento", "CIENTISTA": "o cientista", "TELESCOPIO": "o telescópio"}
    return f"{nomes.get(especie, 'a indisponibilidade')} {chave}"


def _do_agendamento(verbo: str, detalhes: dict[str, Any]) -> dict[str, Any]:
    nomes = (
        "cientista_id", "telescopio", "horario_inicio_utc", "horario_fim_utc", "versao", "clique",
    )  # fmt: skip
    campos = {nome: detalhes[nome] for nome in nomes if nome in detalhes}
    if "fencing_token" in detalhes:
        campos["token"] = detalhes["fencing_token"]
    if verbo == "CANCELADO":
        return {**campos, "estado": Estado.CANCELADO.value, "motivo_cancelamento": detalhes.get("motivo")}
    return {**campos, "estado": Estado.ATIVO.value}


def _do_cientista(verbo: str, detalhes: dict[str, Any]) -> dict[str, Any]:
    papel = {"papel": detalhes["papel"]} if "papel" in detalhes else {}
    return {**papel, "removido": verbo == "REMOVIDO"}


def _do_telescopio(verbo: str, detalhes: dict[str, Any]) -> dict[str, Any]:
    estado = {"CRIADO": EstadoTelescopio.ATIVO.value, "DESATIVADO": EstadoTelescopio.INATIVO.value}
    campos = {"estado": estado[verbo]} if verbo in estado else {}
    return campos | {nome: detalhes[nome] for nome in _DO_TELESCOPIO if nome in detalhes}


def _da_indisponibilidade(_: str, detalhes: dict[str, Any]) -> dict[str, Any]:
    return {nome: detalhes.get(nome) for nome in ("telescopio", "inicio_utc", "fim_utc", "motivo")}


def _comparar(con: Connection, esperado: _Esperado, ate: int) -> Iterator[Divergencia]:
    tels = {linha.id: linhas.telescopio(linha) for linha in con.execute(select(TEL))}

    def slug(id_: int) -> str:
        return tels[id_].slug if id_ in tels else f"(id {id_})"

    comparacoes: list[tuple[str, dict[Any, _Fato], Any, Callable[[Any], tuple[Any, dict[str, Any]]]]] = [
        (
            "AGENDAMENTO",
            esperado.agendamentos,
            select(AGE),
            lambda linha: (
                linha.id,
                {
                    **linha._mapping,
                    "telescopio": slug(linha.telescopio_id),
                    "horario_inicio_utc": formatar(linha.horario_inicio_utc),
                    "horario_fim_utc": formatar(linha.horario_fim_utc),
                },
            ),
        ),
        (
            "CIENTISTA",
            esperado.cientistas,
            select(CIE.c.id, CIE.c.papel, CIE.c.removido_em),
            lambda linha: (linha.id, {"papel": linha.papel, "removido": linha.removido_em is not None}),
        ),
        ("TELESCOPIO", esperado.telescopios, select(TEL), lambda linha: (linha.slug, dict(linha._mapping))),
        (
            "INDISPONIBILIDADE",
            esperado.indisponibilidades,
            select(IND),
            lambda linha: (
                linha.id,
                {
                    "telescopio": slug(linha.telescopio_id),
                    "inicio_utc": formatar(linha.inicio_utc),
                    "fim_utc": formatar(linha.fim_utc),
                    "motivo": linha.motivo,
                },
            ),
        ),
    ]
    for especie, fatos, consulta, ler in comparacoes:
        por_achar = set(fatos)
        for chave, real in map(ler, con.execute(consulta)):
            if chave not in fatos:
                genero = "CRIADA" if especie == "INDISPONIBILIDADE" else "CRIADO"
                yield Divergencia(ate, f"{_nome(especie, chave)} não tem {especie}_{genero}")
                continue
            por_achar.discard(chave)
            fato = fatos[chave]
            for nome, valor in fato.campos.items():
                if real[nome] != valor:
                    yield Divergencia(
                        fato.seq,
                        f"{_nome(especie, chave)} mudou fora da trilha: {nome} é {str(real[nome])[:80]}, "
                        f"e devia ser {str(valor)[:80]}",
                    )
        for chave in sorted(por_achar, key=str):
            yield Divergencia(fatos[chave].seq, f"{_nome(especie, chave)} está na trilha, e já não existe")
    yield from _comparar_slots(con, esperado, ate)


def _comparar_slots(con: Connection, esperado: _Esperado, ate: int) -> Iterator[Divergencia]:
    """Cada agendamento ativo ocupa os slots do seu intervalo, e nenhum outro."""
    por_slug = {linha.slug: linhas.telescopio(linha) for linha in con.execute(select(TEL))}
    ativos = {
        id_: fato
        for id_, fato in esperado.agendamentos.items()
        if fato.campos["estado"] == Estado.ATIVO.value and fato.campos.get("telescopio") in por_slug
    }
    consulta = select(SLO).order_by(SLO.c.agendamento_id, SLO.c.slot_inicio_utc)
    for id_, grupo in groupby(con.execute(consulta), key=lambda slot: slot.agendamento_id):
        fato = ativos.pop(id_, None)
        if fato is None:
            yield Divergencia(ate, f"há slot ocupado por agendamento que não está ativo: {id_}")
            continue
        tel = por_slug[fato.campos["telescopio"]]
        inicio, fim_ = (
            datetime.fromisoformat(fato.campos[nome]) for nome in ("horario_inicio_utc", "horario_fim_utc")
        )
        devidos = [
            (tel.id, inicio + n * tel.duracao_slot, fato.campos["cientista_id"])
            for n in range((fim_ - inicio) // tel.duracao_slot)
        ]
        if [(s.telescopio_id, s.slot_inicio_utc, s.cientista_id) for s in grupo] != devidos:
            yield Divergencia(fato.seq, f"os slots ocupados pelo agendamento {id_} não são os do seu horário")
    for id_, fato in sorted(ativos.items(), key=str):
        yield Divergencia(fato.seq, f"o agendamento {id_} está ativo, e não ocupa slot algum")
