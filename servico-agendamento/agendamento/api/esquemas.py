"""Os recursos, cada um descrito uma vez: o mesmo esquema lê, valida, escreve, documenta e liga (``_links``).

Campo desconhecido é recusado. Um link só aparece se quem pede pode segui-lo agora; ausência é informação.
"""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import request
from marshmallow import fields as f

from agendamento import __version__
from agendamento.api.campos import (
    MAIOR_ID,
    PREFIXO,
    SLUG,
    Elos,
    Email,
    Escolha,
    Falha,
    Instante,
    Inteiro,
    Real,
    Sinal,
    Texto,
)
from agendamento.api.contexto import links
from agendamento.api.links import Link
from agendamento.aplicacao.consultar import Agenda as AgendaLida
from agendamento.aplicacao.consultar import EstadoSlot
from agendamento.dominio.agendamento import Agendamento as UmAgendamento
from agendamento.dominio.agendamento import Estado, EstadoTelescopio, Papel
from agendamento.dominio.agendamento import Telescopio as UmTelescopio
from agendamento.dominio.espera import Espera as UmaEspera
from agendamento.dominio.espera import EstadoEspera
from agendamento.dominio.grade import formatar
from agendamento.dominio.instante import Situacao

SAI: dict[str, Any] = {"dump_only": True, "required": True}
"""Campo que só existe na resposta, e sempre."""
AS_VEZES: dict[str, Any] = {"dump_only": True}
"""Campo que só existe na resposta, e nem sempre."""
OPCIONAL: dict[str, Any] = {"allow_none": True, "load_default": None}


FORMA_SLUG = "Use letras minúsculas, algarismos e, no meio, hífens, como hubble-acad."
FORMA_PREFIXO = "Use letras sem acento, algarismos e, no meio, hífens, como Hubble-Acad."
MAIOR_CORRECAO_MS = 10 * 365 * 86_400_000
"""Dez anos: relógio de quem perdeu a pilha."""


def exemplo(valor: Any, descricao: str | None = None) -> dict[str, Any]:
    return {"examples": [valor]} | ({"description": descricao} if descricao else {})


class Esquema(ma.Schema):
    class Meta:
        unknown = ma.RAISE

    error_messages = {  # noqa: RUF012 (é assim que o marshmallow o lê)
        "unknown": Falha("campo desconhecido.", "Retire-o; os campos aceitos estão em /docs."),
        "type": Falha(
            "o corpo não é um objeto JSON.", 'Envie um objeto, como {"telescopio": "hubble-acad", …}.'
        ),
    }

    def elos(self, objeto: Any) -> dict[str, Any]:
        """Os links do objeto; quem não redefine este método os traz prontos."""
        return dict(objeto["_links"])


class Recurso(Esquema):
    """O que se responde: os campos e os links."""

    _links = Elos(**SAI)


def colecao(nome: str, item: type[Esquema]) -> type[ma.Schema]:
    """``{"_embedded": {nome: […]}, "_links": …}``."""
    itens = Esquema.from_dict({nome: f.List(f.Nested(item), **SAI)}, name=f"Itens{item.__name__}")
    return Recurso.from_dict({"_embedded": f.Nested(itens, **SAI)}, name=f"Colecao{item.__name__}")


class Clique(Esquema):
    """Quando se considera que o clique aconteceu, e entre que limites; ver docs/JUSTICA.md."""

    situacao = Escolha(*(s.value for s in Situacao), **SAI)
    instante_clique_utc = Instante(allow_none=True, **SAI)
    incerteza_declarada_ms = f.Float(allow_none=True, **SAI)
    chegada_utc = Instante(**SAI)
    limite_utc = Instante(**SAI)
    efetivo_utc = Instante(**SAI)
    incerteza_ms = f.Float(allow_none=True, **SAI)
    ida_e_volta_ms = f.Float(allow_none=True, **SAI)
    amostras = f.Integer(**SAI)
    credito_ms = f.Float(allow_none=True, **SAI)
    reserva_gasta_ms = f.Float(allow_none=True, **SAI)


class Agendamento(Recurso):
    """Uma observação. Os três últimos campos da entrada dizem do clique, e um bilhete que não vale é ignorado."""

    id = f.Integer(**SAI, metadata=exemplo(123))
    telescopio = Texto(64, required=True, attribute="telescopio_slug", metadata=exemplo("hubble-acad"))
    cientista_id = Inteiro(1, MAIOR_ID, metadata=exemplo(7, "Por omissão, a dona da chave."))
    horario_inicio_utc = Instante(
        required=True, attribute="inicio", metadata=exemplo("2026-12-01T03:00:00.000Z")
    )
    horario_fim_utc = Instante(
        attribute="fim",
        metadata=exemplo(
            "2026-12-01T03:05:00.000Z", "Exclusivo. Por omissão, um slot; ao remarcar, a duração atual."
        ),
    )
    objeto_celeste = Texto(120, **OPCIONAL, metadata=exemplo("M31"))
    observacoes = Texto(2000, linhas=True, **OPCIONAL, metadata=exemplo("Filtro H-alfa"))
    estado = Escolha(*Estado, **SAI)
    motivo_cancelamento = f.String(allow_none=True, **SAI, metadata=exemplo(None))
    fencing_token = f.Integer(attribute="token", **SAI, metadata=exemplo(4711))
    clique = f.Nested(Clique, allow_none=True, **SAI)
    versao = f.Integer(**SAI, metadata=exemplo(1))
    criado_em_utc = Instante(attribute="criado_em", **SAI)
    atualizado_em_utc = Instante(attribute="atualizado_em", **SAI)
    instante_clique_utc = Instante(
        load_only=True, metadata={"description": "Hora oficial do clique, segundo o cliente."}
    )
    incerteza_ms = Real(
        0, 60_000, load_only=True, metadata=exemplo(12.5, "Limite do erro dela, segundo o cliente.")
    )
    correcao_ms = Real(
        -MAIOR_CORRECAO_MS,
        MAIOR_CORRECAO_MS,
        load_only=True,
        metadata=exemplo(
            -3.2, "Quanto o cliente corrigiu o próprio relógio para dizê-la; só para a telemetria."
        ),
    )
    bilhete_tempo = Texto(1024, load_only=True, metadata={"description": "O último bilhete de GET /time."})

    def elos(self, ag: UmAgendamento) -> dict[str, Any]:
        elos, caminho = links(), f"/agendamentos/{ag.id}"
        achados = {
            "self": elos.para(caminho),
            "telescopio": elos.para(f"/telescopios/{ag.telescopio_slug}"),
            "cientista": elos.para(f"/cientistas/{ag.cientista_id}"),
            "historico": elos.para(f"{caminho}/historico"),
        }
        if elos.quem is not None and ag.pertence_a(elos.quem) and ag.pode_mudar(elos.agora):
            achados["cancelar"] = elos.para(caminho, "DELETE")
            achados["remarcar"] = elos.para(caminho, "PUT")
        return achados


AGENDAMENTO_A_REMARCAR = Agendamento(exclude=("telescopio", "cientista_id"))


class Fato(Esquema):
    """Um registro da trilha, como o conta a quem é dono da observação."""

    quando_utc = Instante(attribute="instante", **SAI)
    evento = f.String(**SAI, metadata=exemplo("AGENDAMENTO_CANCELADO"))
    por = f.Method(
        "quem_fez", allow_none=True, **SAI, metadata={"type": "string", "enum": ["dona", "operacao"]}
    )
    motivo = f.Function(
        lambda fato: fato.detalhes.get("motivo"), allow_none=True, **SAI, metadata={"type": "string"}
    )
    horario_inicio_utc = Instante(attribute="detalhes.horario_inicio_utc", **AS_VEZES)
    horario_fim_utc = Instante(attribute="detalhes.horario_fim_utc", **AS_VEZES)
    de_inicio_utc = Instante(attribute="detalhes.de_inicio_utc", **AS_VEZES)
    de_fim_utc = Instante(attribute="detalhes.de_fim_utc", **AS_VEZES)

    def quem_fez(self, fato: Any) -> str | None:
        """Nulo nos registros antigos, que não o diziam."""
        por = fato.detalhes.get("por_cientista_id")
        if por is None:
            return None
        return "dona" if por == fato.detalhes.get("cientista_id") else "operacao"


class Simulacao(Recurso):
    simulacao = f.Constant(True, **SAI)
    resultado = f.Constant("livre", **SAI)
    telescopio = f.String(attribute="telescopio.slug", **SAI)
    cientista_id = f.Integer(**SAI)
    horario_inicio_utc = Instante(attribute="intervalo.inicio", **SAI)
    horario_fim_utc = Instante(attribute="intervalo.fim", **SAI)

    def elos(self, _: Any) -> dict[str, Any]:
        return {"agendar": links().para("/agendamentos", "POST")}


class Cancelamento(Esquema):
    motivo = Texto(500, linhas=True, **OPCIONAL, metadata=exemplo("Nuvens de poeira"))


class FiltroAgendamentos(Esquema):
    telescopio = Texto(64)
    cientista = Inteiro(1, MAIOR_ID, da_query=True)
    de = Instante()
    ate = Instante()
    estado = Escolha(*Estado)
    limite = Inteiro(1, 200, da_query=True, load_default=50)
    depois = Texto(200, metadata={"description": "Opaco: vem em _links.next."})


class Simular(Esquema):
    simular = Sinal(load_default=bool, metadata={"description": "1 = diz o que aconteceria e não muda nada."})


class Telescopio(Recurso):
    slug = Texto(64, required=True, padrao=SLUG, forma=FORMA_SLUG, metadata=exemplo("hubble-acad"))
    nome = Texto(120, required=True, metadata=exemplo("Hubble Acadêmico"))
    descricao = Texto(2000, minimo=0, linhas=True, metadata=exemplo("Óptico e ultravioleta, 2,4 m."))
    prefixo_recurso = Texto(
        64, required=True, padrao=PREFIXO, forma=FORMA_PREFIXO, metadata=exemplo("Hubble-Acad")
    )
    duracao_slot_s = Inteiro(60, 86_400, load_default=300, metadata=exemplo(300, "Divide o dia (86 400 s)."))
    horizonte_dias = Inteiro(1, 3650, metadata=exemplo(180))
    janela_ms = Inteiro(0, 5000, allow_none=True, metadata=exemplo(None, "Nulo = a da configuração."))
    estado = Escolha(*EstadoTelescopio)

    @ma.validates("duracao_slot_s")
    def _divide_o_dia(self, valor: int, data_key: str) -> None:
        if 86_400 % valor:
            raise ma.ValidationError(
                [Falha("não divide o dia de 86 400 s.", "Use, por exemplo, 300 ou 600.")]
            )

    def elos(self, tel: UmTelescopio) -> dict[str, Any]:
        elos, caminho = links(), f"/telescopios/{tel.slug}"
        achados = {
            "self": elos.para(caminho),
            "telescopios": elos.para("/telescopios"),
            "agenda": elos.para(f"{caminho}/agenda{{?de,ate}}", templated=True),
            "indisponibilidades": elos.para(f"{caminho}/indisponibilidades"),
        }
        ativo = tel.estado is EstadoTelescopio.ATIVO
        if elos.quem is not None and ativo:
            achados["agendar"] = elos.para("/agendamentos", "POST")
        if elos.operador:
            achados["alterar"] = elos.para(caminho, "PUT")
            achados["indisponibilizar"] = elos.para(f"{caminho}/indisponibilidades", "POST")
            achados["prever_indisponibilidade"] = elos.para(f"{caminho}/indisponibilidades?simular=1", "POST")
            if ativo:
                achados["desativar"] = elos.para(caminho, "DELETE")
        return achados


NOVO_TELESCOPIO = Telescopio(exclude=("estado",))
TELESCOPIO_A_ALTERAR = Telescopio(exclude=("slug", "prefixo_recurso", "duracao_slot_s"), partial=True)


class Periodo(Esquema):
    de = Instante(metadata={"description": "Por omissão, a meia-noite UTC de hoje."})
    ate = Instante(metadata={"description": "Exclusivo; por omissão, 24 h depois de “de”."})


class Slot(Esquema):
    inicio_utc = Instante(**SAI)
    fim_utc = Instante(**SAI)
    estado = Escolha(*EstadoSlot, **SAI)
    motivo = Escolha("passado", "horizonte", "manutencao", "inativo", **AS_VEZES)
    abre_em_utc = Instante(**AS_VEZES)
    _links = Elos(**AS_VEZES)


class _Slots(f.List[dict[str, Any]]):
    """Uma agenda tem 288 slots ou mais: escritos à mão, saem dez vezes mais depressa que campo a campo."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_: Any) -> list[Any]:
        agenda: AgendaLida = obj
        tel, elos = agenda.telescopio, links()
        agendar = elos.para("/agendamentos", "POST") if elos.quem is not None else None
        slots = []
        for slot in agenda.slots:
            inicio = formatar(slot.inicio)
            item: dict[str, Any] = {
                "inicio_utc": inicio,
                "fim_utc": formatar(slot.inicio + tel.duracao_slot),
                "estado": slot.estado.value,
            }
            if slot.motivo is not None:
                item["motivo"] = slot.motivo
            if slot.motivo == "horizonte":
                item["abre_em_utc"] = formatar(tel.grade.abertura(slot.inicio))
            if slot.agendamento_id is not None:
                item["_links"] = {"agendamento": elos.para(f"/agendamentos/{slot.agendamento_id}")}
            elif slot.estado is EstadoSlot.LIVRE and agendar is not None:
                corpo = {"telescopio": tel.slug, "horario_inicio_utc": inicio}
                item["_links"] = {"agendar": {**agendar, "corpo": corpo}}
            slots.append(item)
        return slots


class Agenda(Recurso):
    telescopio = f.String(attribute="telescopio.slug", **SAI)
    de_utc = Instante(attribute="intervalo.inicio", **SAI)
    ate_utc = Instante(attribute="intervalo.fim", **SAI)
    agora_utc = Instante(**SAI, attribute="agora")
    slots = _Slots(f.Nested(Slot), **SAI)

    def elos(self, agenda: AgendaLida) -> dict[str, Any]:
        elos, i = links(), agenda.intervalo
        telescopio = f"/telescopios/{agenda.telescopio.slug}"
        de, ate = formatar(i.inicio), formatar(i.fim)
        return {
            "self": elos.para(f"{telescopio}/agenda?de={de}&ate={ate}"),
            "telescopio": elos.para(telescopio),
            "anterior": elos.para(f"{telescopio}/agenda?de={formatar(i.inicio - i.duracao)}&ate={de}"),
            "proxima": elos.para(f"{telescopio}/agenda?de={ate}&ate={formatar(i.fim + i.duracao)}"),
            "dia": elos.para(f"{telescopio}/agenda{{?de,ate}}", templated=True),
        }


_TELESCOPIO_DO_CAMINHO = f.Function(
    lambda _: (request.view_args or {})["slug"], **SAI, metadata={"type": "string"}
)


class BuscaDeLivres(Esquema):
    minutos = Inteiro(
        1, 1440, da_query=True, load_default=5, metadata={"description": "Quanto se quer observar."}
    )
    telescopio = Texto(64, metadata={"description": "Por omissão, qualquer um."})
    de = Instante(metadata={"description": "Por omissão, agora."})
    ate = Instante(metadata={"description": "Exclusivo; por omissão, 31 dias depois de “de”."})
    limite = Inteiro(1, 100, da_query=True, load_default=10)


class Livre(Esquema):
    telescopio = f.String(attribute="telescopio.slug", **SAI, metadata=exemplo("hubble-acad"))
    horario_inicio_utc = Instante(attribute="intervalo.inicio", **SAI)
    horario_fim_utc = Instante(attribute="intervalo.fim", **SAI)
    _links = Elos(**AS_VEZES)

    def elos(self, livre: Any) -> dict[str, Any]:
        elos = links()
        return {"agendar": elos.agendar(livre.telescopio.slug, livre.intervalo)} if elos.quem else {}


class Espera(Recurso):
    """Um lugar na fila de um horário. Oferecido, só esta pessoa o pode agendar, até ``oferecida_ate_utc``."""

    id = f.Integer(**SAI)
    telescopio = Texto(64, required=True, attribute="telescopio_slug", metadata=exemplo("hubble-acad"))
    horario_inicio_utc = Instante(
        required=True, attribute="inicio", metadata=exemplo("2026-12-01T03:00:00.000Z")
    )
    horario_fim_utc = Instante(
        attribute="fim", metadata=exemplo("2026-12-01T03:05:00.000Z", "Exclusivo. Por omissão, um slot.")
    )
    estado = f.Function(
        lambda espera: espera.estado(links().agora).value,
        **SAI,
        metadata={"type": "string", "enum": [estado.value for estado in EstadoEspera]},
    )
    oferecida_ate_utc = Instante(attribute="oferecida_ate", allow_none=True, **SAI, metadata=exemplo(None))
    criado_em_utc = Instante(attribute="criado_em", **SAI)

    def elos(self, espera: UmaEspera) -> dict[str, Any]:
        elos = links()
        achados = {
            "esperas": elos.para("/esperas"),
            "telescopio": elos.para(f"/telescopios/{espera.telescopio_slug}"),
        }
        if espera.em_aberto(elos.agora):
            achados["desistir"] = elos.para(f"/esperas/{espera.id}", "DELETE")
        if espera.estado(elos.agora) is EstadoEspera.OFERECIDA:
            achados["agendar"] = elos.agendar(espera.telescopio_slug, espera.intervalo)
        return achados


class Indisponibilidade(Recurso):
    id = f.Integer(**SAI)
    telescopio = _TELESCOPIO_DO_CAMINHO
    inicio_utc = Instante(required=True, attribute="inicio", metadata=exemplo("2026-12-01T03:00:00.000Z"))
    fim_utc = Instante(required=True, attribute="fim", metadata=exemplo("2026-12-01T05:00:00.000Z"))
    motivo = Texto(400, required=True, metadata=exemplo("Troca de giroscópio"))
    criado_em_utc = Instante(attribute="criado_em", **SAI)

    def elos(self, parada: Any) -> dict[str, Any]:
        elos, caminho = links(), f"/telescopios/{(request.view_args or {})['slug']}"
        achados = {"telescopio": elos.para(caminho)}
        if elos.operador:
            achados["remover"] = elos.para(f"{caminho}/indisponibilidades/{parada.id}", "DELETE")
        return achados


class _Cancelados(Esquema):
    cancelados = f.List(f.Nested(Agendamento), **SAI)


class IndisponibilidadeRegistrada(Indisponibilidade):
    _embedded = f.Nested(_Cancelados, **SAI)


class IndisponibilidadeSimulada(Recurso):
    simulacao = f.Constant(True, **SAI, metadata={"type": "boolean"})
    telescopio = _TELESCOPIO_DO_CAMINHO
    inicio_utc = Instante(attribute="inicio", **SAI)
    fim_utc = Instante(attribute="fim", **SAI)
    _embedded = f.Nested(_Cancelados, **SAI)

    def elos(self, _: Any) -> dict[str, Any]:
        return {"indisponibilizar": links().para(request.path, "POST")}


class Uso(Esquema):
    """Quanto da cota foi usado; limite 0 = sem limite."""

    ciclo = f.String(attribute="ciclo.nome", **SAI)
    ativos = f.Integer(**SAI)
    limite_ativos = f.Integer(attribute="cota.ativos", **SAI)
    horas_ciclo = f.Function(lambda uso: round(uso.horas_ciclo, 4), **SAI, metadata={"type": "number"})
    limite_horas_ciclo = f.Float(attribute="cota.horas_ciclo", **SAI)


class Cientista(Recurso):
    id = f.Integer(**SAI, metadata=exemplo(7))
    nome = Texto(120, required=True, metadata=exemplo("Ada Lovelace"))
    email = Email(required=True, metadata=exemplo("ada@exemplo.org"))
    instituicao = Texto(120, allow_none=True, metadata=exemplo("Observatório do Valongo"))
    pais = Texto(60, allow_none=True, metadata=exemplo("Brasil"))
    papel = Escolha(*Papel, **SAI)
    criado_em_utc = Instante(attribute="criado_em", **SAI)
    uso = f.Nested(Uso, **AS_VEZES)

    def elos(self, c: Any) -> dict[str, Any]:
        elos, caminho = links(), f"/cientistas/{c.id}"
        return {
            "self": elos.para(caminho),
            "agendamentos": elos.para(f"/agendamentos?cientista={c.id}"),
            "alterar": elos.para(caminho, "PUT"),
            "trocar_chave": elos.para(f"{caminho}/chave", "POST"),
            "remover": elos.para(caminho, "DELETE"),
        }


CIENTISTA_A_ALTERAR = Cientista(partial=True)


class CientistaCriada(Cientista):
    chave = f.String(**SAI, metadata={"description": "Só aparece aqui; guarde-a."})


class Chave(Esquema):
    chave = f.String(**SAI, metadata={"description": "Só aparece aqui; guarde-a."})


class Token(Esquema):
    token = Texto(64, required=True)


class PaginaAuditoria(Esquema):
    depois = Inteiro(0, MAIOR_ID, da_query=True, load_default=0)
    limite = Inteiro(1, 500, da_query=True, load_default=100)
    evento = Texto(40)
    agendamento_id = Inteiro(1, MAIOR_ID, da_query=True)


class Registro(Esquema):
    seq = f.Integer(**SAI)
    timestamp_utc = Instante(attribute="instante", **SAI)
    event_type = f.String(attribute="evento", **SAI, metadata=exemplo("AGENDAMENTO_CRIADO"))
    details = f.Dict(attribute="detalhes", **SAI)
    trace_id = f.String(allow_none=True, **SAI)
    request_id = f.String(allow_none=True, **SAI)
    hash = f.String(**SAI, metadata={"pattern": "^[0-9a-f]{64}$"})
    _links = Elos(**AS_VEZES)

    def elos(self, registro: Any) -> dict[str, Any]:
        id_ = registro.detalhes.get("agendamento_id")
        return {"agendamento": links().para(f"/agendamentos/{id_}")} if isinstance(id_, int) else {}


class Divergencia(Esquema):
    seq = f.Integer(**SAI)
    problema = f.String(**SAI)


class Verificacao(Recurso):
    integra = f.Boolean(**SAI)
    conferida_em_utc = Instante(**SAI)
    ancora = f.String(
        **SAI,
        metadata={"description": "O fim da trilha, `seq:hash`: guarde-o fora do banco, para `--desde`."},
    )
    divergencias = f.List(f.Nested(Divergencia), **SAI)

    def elos(self, _: Any) -> dict[str, Any]:
        return {
            "self": links().para("/auditoria/verificacao"),
            "auditoria": links().para("/auditoria"),
        }


class PedidoDeHora(Esquema):
    class Meta:
        unknown = ma.EXCLUDE

    bilhete = f.String(
        metadata={
            "description": "O da resposta anterior. Um que não valha é ignorado, e a sincronização recomeça.",
            "maxLength": 1024,
        }
    )


class Hora(Recurso):
    agora_utc = Instante(**SAI)
    agora_ms = f.Integer(**SAI)
    bilhete = f.String(**SAI)
    rtt_min_ms = f.Float(allow_none=True, **SAI)
    amostras = f.Integer(**SAI)


class Compromisso(Esquema):
    dia = f.String(**SAI, metadata=exemplo("2026-12-01"))
    compromisso = f.String(**SAI)
    publicado_em_utc = f.String(**SAI, metadata={"format": "date-time"})
    antecipado = f.Boolean(**SAI)
    segredo = f.String(**AS_VEZES)


class Justica(Recurso):
    versao = f.Integer(**SAI)
    parametros = f.Dict(keys=f.String(), values=f.Float(), **SAI)
    sorteio = f.Dict(**SAI)
    compromissos = f.List(f.Nested(Compromisso), **SAI)
    revelados = f.List(f.Nested(Compromisso), **SAI)
    disputas = f.Dict(**SAI)
    relogios = f.Dict(keys=f.String(), values=f.Integer(), **SAI)
    creditos = f.Dict(**SAI)

    def elos(self, _: Any) -> dict[str, Any]:
        return {"self": links().para("/justica"), "raiz": links().para("/")}


class Raiz(Recurso):
    nome = f.Constant("SCTEC", **SAI, metadata={"type": "string"})
    descricao = f.Constant(
        "Agendamento do telescópio espacial compartilhado", **SAI, metadata={"type": "string"}
    )
    versao = f.Constant(__version__, **SAI, metadata={"type": "string"})
    janela_ms = f.Integer(attribute="janela_justica_ms", **SAI)

    def elos(self, config: Any) -> dict[str, Any]:
        elos = links()
        achados: dict[str, Link] = {
            "self": elos.para("/"),
            "tempo": elos.para("/time"),
            "telescopios": elos.para("/telescopios"),
            "livres": elos.para("/livres{?minutos,telescopio,de,ate,limite}", templated=True),
            "justica": elos.para("/justica"),
            "documentacao": elos.para("/docs", type="text/html"),
            "openapi": elos.para("/openapi.json"),
            "saude": elos.para("/saude/pronto"),
            "eventos": {"href": config.eventos_url, "method": "GET", "type": "text/event-stream"},
        }
        if config.grafana_url:
            achados["grafana"] = {"href": config.grafana_url, "method": "GET", "type": "text/html"}
            investigar = f"{config.grafana_url}/d/sctec-investigar?var-busca={{busca}}"
            achados["investigar"] = {**achados["grafana"], "href": investigar, "templated": True}
        if config.demo:
            achados["demo"] = elos.para("/demo")
            achados["corrida"] = elos.para("/demo/corrida", "POST")
        if config.cadastro_aberto or elos.operador:
            achados["cadastrar"] = elos.para("/cientistas", "POST")
        if elos.quem is not None:
            achados["eu"] = elos.para(f"/cientistas/{elos.quem.id}")
            achados["agendamentos"] = elos.para(
                "/agendamentos{?telescopio,cientista,de,ate,estado,limite}", templated=True
            )
            achados["agendar"] = elos.para("/agendamentos", "POST")
            achados["esperas"] = elos.para("/esperas")
            achados["esperar"] = elos.para("/esperas", "POST")
        if elos.operador:
            achados["auditoria"] = elos.para(
                "/auditoria{?depois,limite,evento,agendamento_id}", templated=True
            )
            achados["verificar_auditoria"] = elos.para("/auditoria/verificacao")
            achados["travas"] = elos.para("/operacao/travas")
            achados["criar_telescopio"] = elos.para("/telescopios", "POST")
        return achados


class Locks(Recurso):
    total = f.Integer(**SAI)
    esperando = f.Integer(**SAI)
    janelas_abertas = f.Integer(**SAI)
    candidatos = f.Integer(**SAI)
    concessoes = f.List(f.Dict(), **SAI)

    def elos(self, _: Any) -> dict[str, Any]:
        return {"self": links().para("/operacao/travas")}


class Saude(Esquema):
    estado = f.String(**SAI, metadata=exemplo("pronto"))
    banco = f.Boolean(**AS_VEZES)
    escrita = f.Boolean(**AS_VEZES, metadata={"description": "O banco confirma uma gravação."})
    coordenador = f.Boolean(**AS_VEZES)


class PessoaDaDemo(Esquema):
    id = f.Integer(**SAI)
    nome = f.String(**SAI)
    papel = Escolha(*Papel, **SAI)
    chave = f.String(**SAI)


class Demo(Recurso):
    cientistas = f.List(f.Nested(PessoaDaDemo), **SAI)

    def elos(self, _: Any) -> dict[str, Any]:
        return {"self": links().para("/demo")}


class Corrida(Recurso):
    telescopio = Texto(64, required=True, metadata=exemplo("hubble-acad"))
    horario_inicio_utc = Instante(**SAI)
    horario_fim_utc = Instante(**SAI)
    trace_id = f.String(**SAI)
    venceu = f.String(allow_none=True, **SAI)
    venceria_por_chegada = f.String(**SAI)
    clicou_primeiro = f.String(**SAI)
    concorrentes = f.List(f.Dict(), **SAI)

    def elos(self, _: Any) -> dict[str, Any]:
        return {"self": links().para("/demo/corrida", "POST")}


class ErroDeCampo(Esquema):
    campo = f.String(**SAI, metadata=exemplo("horario_inicio_utc"))
    mensagem = f.String(**SAI, metadata=exemplo("não diz o fuso horário."))
    remedio = f.String(**SAI, metadata=exemplo("Use RFC 3339 com fuso, como 2026-12-01T03:00:00Z."))


class Problema(Esquema):
    """RFC 9457. Uma recusa pode trazer outros membros, como ``arbitragem``."""

    class Meta:
        unknown = ma.INCLUDE

    type = f.String(**SAI, metadata=exemplo("/erros/dados-invalidos"))
    title = f.String(**SAI, metadata=exemplo("Dados inválidos"))
    status = f.Integer(**SAI, metadata=exemplo(422))
    detail = f.String(**SAI)
    instance = f.String(**SAI)
    request_id = f.String(**SAI)
    trace_id = f.String(**SAI)
    remedio = f.String(**SAI, metadata=exemplo("Corrija cada campo da lista erros."))
    motivo = f.String(**AS_VEZES)
    erros = f.List(f.Nested(ErroDeCampo), **AS_VEZES)
    _links = Elos(**AS_VEZES)
