"""O que sai, em JSON Schema, para o OpenAPI 3.1; a conformidade é conferida por schemathesis nos testes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from agendamento.api.catalogo import CATALOGO

Esquema = dict[str, Any]
F = TypeVar("F", bound=Callable[..., Any])

TEXTO: Esquema = {"type": "string"}
TEXTO_OU_NULO: Esquema = {"type": ["string", "null"]}
INTEIRO: Esquema = {"type": "integer"}
NUMERO_OU_NULO: Esquema = {"type": ["number", "null"]}
INSTANTE: Esquema = {"type": "string", "format": "date-time"}
LINK: Esquema = {
    "type": "object",
    "required": ["href", "method"],
    "properties": {
        "href": TEXTO,
        "method": {"enum": ["GET", "POST", "PUT", "DELETE"]},
        "templated": {"const": True},
    },
}
LINKS: Esquema = {
    "type": "object",
    "additionalProperties": {"anyOf": [LINK, {"type": "array", "items": LINK}]},
}


def objeto(opcionais: tuple[str, ...] = (), **propriedades: Esquema) -> Esquema:
    """Objeto fechado; tudo o que não está em ``opcionais`` é obrigatório."""
    return {
        "type": "object",
        "properties": propriedades,
        "required": [nome for nome in propriedades if nome not in opcionais],
        "additionalProperties": False,
    }


def lista(de: Esquema) -> Esquema:
    return {"type": "array", "items": de}


def colecao(nome: str, item: Esquema) -> Esquema:
    return objeto((), _links=LINKS, _embedded=objeto((), **{nome: lista(item)}))


CLIQUE: Esquema = {
    **objeto(
        situacao={
            "enum": [
                "sem_bilhete", "so_bilhete", "instante", "limitado", "adiantado", "outra_origem", "vencido",
                "invalido",
            ]
        },
        instante_clique_utc={"type": ["string", "null"], "format": "date-time"},
        incerteza_declarada_ms=NUMERO_OU_NULO,
        chegada_utc=INSTANTE,
        limite_utc=INSTANTE,
        efetivo_utc=INSTANTE,
        incerteza_ms=NUMERO_OU_NULO,
        ida_e_volta_ms=NUMERO_OU_NULO,
        amostras=INTEIRO,
        credito_ms=NUMERO_OU_NULO,
        reserva_gasta_ms=NUMERO_OU_NULO,
    ),
    "type": ["object", "null"],
    "description": "Quando se considera que o clique aconteceu, e entre que limites; ver docs/JUSTICA.md.",
}  # fmt: skip
AGENDAMENTO = objeto(
    id=INTEIRO,
    telescopio=TEXTO,
    cientista_id=INTEIRO,
    horario_inicio_utc=INSTANTE,
    horario_fim_utc=INSTANTE,
    objeto_celeste=TEXTO_OU_NULO,
    observacoes=TEXTO_OU_NULO,
    estado={"enum": ["ATIVO", "CANCELADO"]},
    motivo_cancelamento=TEXTO_OU_NULO,
    fencing_token=INTEIRO,
    clique=CLIQUE,
    versao=INTEIRO,
    criado_em_utc=INSTANTE,
    atualizado_em_utc=INSTANTE,
    _links=LINKS,
)
SIMULACAO = objeto(
    simulacao={"const": True},
    resultado={"enum": ["LIVRE"]},
    telescopio=TEXTO,
    cientista_id=INTEIRO,
    horario_inicio_utc=INSTANTE,
    horario_fim_utc=INSTANTE,
    _links=LINKS,
)
TELESCOPIO = objeto(
    slug=TEXTO,
    nome=TEXTO,
    descricao=TEXTO,
    prefixo_recurso=TEXTO,
    duracao_slot_s=INTEIRO,
    horizonte_dias=INTEIRO,
    janela_ms={"type": ["integer", "null"]},
    estado={"enum": ["ATIVO", "INATIVO"]},
    _links=LINKS,
)
SLOT = objeto(
    ("motivo", "abre_em_utc", "_links"),
    inicio_utc=INSTANTE,
    fim_utc=INSTANTE,
    estado={"enum": ["livre", "ocupado", "indisponivel"]},
    motivo={"enum": ["passado", "horizonte", "manutencao", "inativo"]},
    abre_em_utc=INSTANTE,
    _links=LINKS,
)
AGENDA = objeto(
    telescopio=TEXTO, de_utc=INSTANTE, ate_utc=INSTANTE, agora_utc=INSTANTE, slots=lista(SLOT), _links=LINKS
)
INDISPONIBILIDADE = objeto(
    id=INTEIRO,
    telescopio=TEXTO,
    inicio_utc=INSTANTE,
    fim_utc=INSTANTE,
    motivo=TEXTO,
    criado_em_utc=INSTANTE,
    _links=LINKS,
)
_CANCELADOS = objeto(cancelados=lista(AGENDAMENTO))
INDISPONIBILIDADE_REGISTRADA = objeto((), **INDISPONIBILIDADE["properties"], _embedded=_CANCELADOS)
INDISPONIBILIDADE_SIMULADA = objeto(
    simulacao={"const": True},
    telescopio=TEXTO,
    inicio_utc=INSTANTE,
    fim_utc=INSTANTE,
    _embedded=_CANCELADOS,
    _links=LINKS,
)
_USO = objeto(
    ciclo=TEXTO,
    ativos=INTEIRO,
    limite_ativos=INTEIRO,
    horas_ciclo={"type": "number"},
    limite_horas_ciclo={"type": "number"},
)
CIENTISTA = objeto(
    ("uso",),
    id=INTEIRO,
    nome=TEXTO,
    email=TEXTO,
    instituicao=TEXTO_OU_NULO,
    pais=TEXTO_OU_NULO,
    papel={"enum": ["CIENTISTA", "OPERADOR"]},
    criado_em_utc=INSTANTE,
    uso=_USO,
    _links=LINKS,
)
CIENTISTA_CRIADA = objeto(("uso",), **CIENTISTA["properties"], chave=TEXTO)
REGISTRO = objeto(
    ("_links",),
    seq=INTEIRO,
    timestamp_utc=INSTANTE,
    event_type=TEXTO,
    details={"type": "object"},
    trace_id=TEXTO_OU_NULO,
    request_id=TEXTO_OU_NULO,
    hash={"type": "string", "pattern": "^[0-9a-f]{64}$"},
    _links=LINKS,
)
TEMPO = objeto(
    agora_utc=INSTANTE,
    agora_ms=INTEIRO,
    bilhete=TEXTO,
    rtt_min_ms=NUMERO_OU_NULO,
    amostras=INTEIRO,
    _links=LINKS,
)
_NUMERO: Esquema = {"type": "number"}
_COMPROMISSO = objeto(
    ("segredo",),
    dia=TEXTO,
    compromisso=TEXTO,
    publicado_em_utc=INSTANTE,
    antecipado={"type": "boolean"},
    segredo=TEXTO,
)
JUSTICA = objeto(
    versao=INTEIRO,
    parametros={"type": "object", "additionalProperties": _NUMERO},
    sorteio={"type": "object"},
    compromissos=lista(_COMPROMISSO),
    revelados=lista(_COMPROMISSO),
    disputas=objeto(
        ultimas=INTEIRO,
        candidatos=INTEIRO,
        por_criterio={"type": "object", "additionalProperties": INTEIRO},
        empates=INTEIRO,
        arrependimento_medio_ms=NUMERO_OU_NULO,
        por_ida_e_volta=lista(
            objeto(classe=TEXTO, candidatos=INTEIRO, vitorias=INTEIRO, vitorias_sobre_esperadas=_NUMERO)
        ),
        lenta_sobre_rapida=NUMERO_OU_NULO,
    ),
    relogios={"type": "object", "additionalProperties": INTEIRO},
    creditos=objeto(pedidos_disputados=INTEIRO, credito_medio_ms=NUMERO_OU_NULO, reserva_gasta_ms=_NUMERO),
    _links=LINKS,
)
RAIZ = objeto(nome=TEXTO, descricao=TEXTO, versao=TEXTO, janela_ms=INTEIRO, _links=LINKS)
VERIFICACAO = objeto(
    integra={"type": "boolean"},
    conferida_em_utc=INSTANTE,
    divergencias=lista(objeto(seq=INTEIRO, problema=TEXTO)),
    _links=LINKS,
)
TRAVAS = objeto(
    total=INTEIRO,
    esperando=INTEIRO,
    janelas_abertas=INTEIRO,
    candidatos=INTEIRO,
    concessoes=lista({"type": "object"}),
    _links=LINKS,
)
CORRIDA = objeto(
    telescopio=TEXTO,
    horario_inicio_utc=INSTANTE,
    horario_fim_utc=INSTANTE,
    trace_id=TEXTO,
    venceu=TEXTO_OU_NULO,
    venceria_por_chegada=TEXTO,
    clicou_primeiro=TEXTO,
    concorrentes=lista({"type": "object"}),
    _links=LINKS,
)
SAUDE: Esquema = {"type": "object", "required": ["estado"], "properties": {"estado": TEXTO}}
DEMO = objeto(
    cientistas=lista(objeto(id=INTEIRO, nome=TEXTO, papel=TEXTO, chave=TEXTO)),
    _links=LINKS,
)
PROBLEMA: Esquema = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance", "request_id", "trace_id", "remedio"],
    "properties": {
        "type": TEXTO,
        "title": TEXTO,
        "status": INTEIRO,
        "detail": TEXTO,
        "instance": TEXTO,
        "request_id": TEXTO,
        "trace_id": TEXTO,
        "remedio": TEXTO,
        "motivo": TEXTO,
        "erros": lista(objeto(campo=TEXTO, mensagem=TEXTO, remedio=TEXTO)),
        "_links": LINKS,
    },
}

COM_ETAG = {"ETag": {"schema": TEXTO, "description": "Versão, para If-Match e If-None-Match."}}
COM_LOCATION = {"Location": {"schema": TEXTO, "description": "Endereço do recurso criado."}}
CRIADO = {**COM_ETAG, **COM_LOCATION}
IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "schema": TEXTO,
    "description": "O ETag lido. Sem ele, 428.",
}
BILHETE = {
    "name": "bilhete",
    "in": "query",
    "required": False,
    "schema": {"type": "string", "maxLength": 1024},
    "description": "O da resposta anterior. Um que não valha é ignorado, e a sincronização recomeça.",
}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "description": "Repetir com a mesma chave e o mesmo corpo devolve a mesma resposta.",
}


def recusas(*status: int) -> Callable[[F], F]:
    """Documenta as respostas de problema que a rota pode dar."""

    def decorar(vista: F) -> F:
        manual = vista.__dict__.setdefault("_apidoc", {}).setdefault("manual_doc", {})
        respostas = manual.setdefault("responses", {})
        for codigo in status:
            tipos = [t for t in CATALOGO.values() if t.status == codigo]
            respostas[str(codigo)] = {
                "description": "; ".join(t.titulo for t in tipos),
                "content": {"application/problem+json": {"schema": PROBLEMA}},
            }
        return vista

    return decorar
