"""O que entra: um esquema por corpo ou query. Campo desconhecido é recusado."""

from __future__ import annotations

import marshmallow as ma

from agendamento.api.campos import MAIOR_ID, Email, Escolha, Falha, Instante, Inteiro, Real, Sinal, Texto
from agendamento.api.corpo import Slug

_SLUG = f"^{Slug.regex}$"
_PREFIXO = r"^[A-Za-z0-9]([A-Za-z0-9-]{0,62}[A-Za-z0-9])?$"


class Esquema(ma.Schema):
    class Meta:
        unknown = ma.RAISE

    error_messages = {  # noqa: RUF012 (é assim que o marshmallow o lê)
        "unknown": Falha("campo desconhecido.", "Retire-o; os campos aceitos estão em /docs."),
        "type": Falha(
            "o corpo não é um objeto JSON.", 'Envie um objeto, como {"telescopio": "hubble-acad", …}.'
        ),
    }


class ComClique(Esquema):
    """O que o cliente declara do seu clique; os três são opcionais, e um bilhete que não vale é ignorado."""

    instante_clique_utc = Instante(metadata={"description": "Hora oficial do clique, segundo o cliente."})
    incerteza_ms = Real(0, 60_000, metadata={"description": "Limite do erro dela, segundo o cliente."})
    bilhete_tempo = Texto(1024, metadata={"description": "O último bilhete de GET /time."})


class NovoAgendamento(ComClique):
    telescopio = Texto(64, required=True, metadata={"examples": ["hubble-acad"]})
    horario_inicio_utc = Instante(required=True, metadata={"examples": ["2026-12-01T03:00:00Z"]})
    horario_fim_utc = Instante(metadata={"description": "Exclusivo; por omissão, um slot depois do início."})
    objeto_celeste = Texto(120, allow_none=True, load_default=None, metadata={"examples": ["M31"]})
    observacoes = Texto(2000, linhas=True, allow_none=True, load_default=None)
    cientista_id = Inteiro(1, MAIOR_ID, metadata={"description": "Por omissão, a dona da chave."})


class Remarcacao(ComClique):
    horario_inicio_utc = Instante(required=True)
    horario_fim_utc = Instante(metadata={"description": "Por omissão, mantém a duração."})
    objeto_celeste = Texto(120, allow_none=True, load_default=None)
    observacoes = Texto(2000, linhas=True, allow_none=True, load_default=None)


class Cancelamento(Esquema):
    motivo = Texto(500, linhas=True, allow_none=True, load_default=None)


class FiltroAgendamentos(Esquema):
    telescopio = Texto(64)
    cientista = Inteiro(1, MAIOR_ID, da_query=True)
    de = Instante()
    ate = Instante()
    estado = Escolha("ATIVO", "CANCELADO")
    limite = Inteiro(1, 200, da_query=True, load_default=50)
    depois = Texto(200, metadata={"description": "Opaco: vem em _links.next."})


class Simular(Esquema):
    simular = Sinal(load_default=bool, metadata={"description": "1 = diz o que aconteceria e não muda nada."})


class Agenda(Esquema):
    de = Instante(metadata={"description": "Por omissão, a meia-noite UTC de hoje."})
    ate = Instante(metadata={"description": "Exclusivo; por omissão, 24 h depois de “de”."})


class NovoTelescopio(Esquema):
    slug = Texto(64, required=True, padrao=_SLUG)
    nome = Texto(120, required=True)
    prefixo_recurso = Texto(64, required=True, padrao=_PREFIXO)
    descricao = Texto(2000, linhas=True)
    duracao_slot_s = Inteiro(
        60, 86_400, load_default=300, metadata={"description": "Divide o dia (86 400 s)."}
    )
    horizonte_dias = Inteiro(1, 3650)
    janela_ms = Inteiro(0, 5000, allow_none=True)

    @ma.validates("duracao_slot_s")
    def _divide_o_dia(self, valor: int, data_key: str) -> None:
        if 86_400 % valor:
            raise ma.ValidationError(
                [Falha("não divide o dia de 86 400 s.", "Use, por exemplo, 300 ou 600.")]
            )


class AlteracaoTelescopio(Esquema):
    nome = Texto(120)
    descricao = Texto(2000, linhas=True)
    horizonte_dias = Inteiro(1, 3650)
    janela_ms = Inteiro(0, 5000, allow_none=True)
    estado = Escolha("ATIVO", "INATIVO")


class NovaIndisponibilidade(Esquema):
    inicio_utc = Instante(required=True)
    fim_utc = Instante(required=True)
    motivo = Texto(400, required=True)


class Corrida(Esquema):
    telescopio = Texto(64, required=True, metadata={"examples": ["hubble-acad"]})


class NovoCientista(Esquema):
    nome = Texto(120, required=True)
    email = Email(required=True)
    instituicao = Texto(120, allow_none=True)
    pais = Texto(60, allow_none=True)


class AlteracaoCientista(Esquema):
    nome = Texto(120)
    email = Email()
    instituicao = Texto(120, allow_none=True)
    pais = Texto(60, allow_none=True)


class PaginaAuditoria(Esquema):
    depois = Inteiro(0, MAIOR_ID, da_query=True, load_default=0)
    limite = Inteiro(1, 500, da_query=True, load_default=100)
    evento = Texto(40)
    agendamento_id = Inteiro(1, MAIOR_ID, da_query=True)
