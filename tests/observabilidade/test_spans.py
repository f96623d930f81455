"""O que um pedido deixa nos traços, com os serviços de verdade e um destino OTLP local."""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime

import pytest
import requests

from ferramentas.sumidouro_otlp import Span
from tests.apoio.espera import esperar
from tests.apoio.mundo import QUEM_CHAMA, Mundo

AGENDAMENTO, COORDENADOR = "servico-agendamento", "servico-coordenador"
FLASK = "opentelemetry.instrumentation.flask"
REQUESTS = "opentelemetry.instrumentation.requests"
HTTP, EXPRESS = "@opentelemetry/instrumentation-http", "@opentelemetry/instrumentation-express"
DE_UM_201 = {
    (AGENDAMENTO, "POST /agendamentos", "SERVER"),
    (AGENDAMENTO, "sctec.lock", "INTERNAL"),
    (AGENDAMENTO, "POST /lock", "CLIENT"),
    (AGENDAMENTO, "sctec.gravacao", "INTERNAL"),
    (COORDENADOR, "POST /lock", "SERVER"),
    (COORDENADOR, "request handler", "INTERNAL"),
}


@pytest.fixture(scope="module")
def de_um_201(mundo: Mundo) -> list[Span]:
    trace_id = secrets.token_hex(16)
    resposta = mundo.agendar(trace_id)
    assert (resposta.status_code, resposta.headers["X-Trace-Id"]) == (201, trace_id)
    return mundo.esperar_nomes(trace_id, DE_UM_201)


def _um(spans: list[Span], servico: str, nome: str) -> Span:
    (achado,) = [s for s in spans if (s.servico, s.nome) == (servico, nome)]
    return achado


def test_um_201_conta_as_etapas_em_poucos_spans_das_bibliotecas(de_um_201: list[Span]) -> None:
    do_agendamento = [s for s in de_um_201 if s.servico == AGENDAMENTO]
    assert {(s.nome, s.escopo) for s in do_agendamento} == {
        ("POST /agendamentos", FLASK),
        ("POST /lock", REQUESTS),
        ("sctec.lock", "agendamento"),
        ("sctec.gravacao", "agendamento"),
    }
    do_coordenador = {(s.nome, s.escopo) for s in de_um_201 if s.servico == COORDENADOR}
    assert {("POST /lock", HTTP), ("request handler", EXPRESS)} <= do_coordenador
    assert len(do_agendamento) <= 5
    assert len(de_um_201) - len(do_agendamento) <= 4
    assert [s for s in de_um_201 if s.falhou] == []


def test_os_dois_servicos_se_ligam_de_pai_para_filho(de_um_201: list[Span]) -> None:
    por_id = {span.span_id: span for span in de_um_201}
    raiz = _um(de_um_201, AGENDAMENTO, "POST /agendamentos")
    assert raiz.pai == QUEM_CHAMA
    for span in de_um_201:
        assert span is raiz or span.pai in por_id, span
    chamada = _um(de_um_201, AGENDAMENTO, "POST /lock")
    assert _um(de_um_201, COORDENADOR, "POST /lock").pai == chamada.span_id
    assert por_id[chamada.pai].nome == "sctec.lock"
    assert por_id[chamada.pai].pai == raiz.span_id
    assert _um(de_um_201, AGENDAMENTO, "sctec.gravacao").pai == raiz.span_id


def test_a_devolucao_e_outro_traco_ligado_ao_da_reserva(mundo: Mundo, de_um_201: list[Span]) -> None:
    """Leva as de muitos pedidos: não é filha de nenhum."""
    da_reserva = {span.span_id for span in de_um_201}

    def dela() -> list[Span]:
        lotes = [s for s in mundo.sumidouro.spans() if da_reserva & set(s.ligados)]
        return [s for lote in lotes for s in mundo.do_traco(lote.trace_id)]

    nomes = {
        (AGENDAMENTO, "sctec.carteiro", "PRODUCER"),
        (AGENDAMENTO, "POST /unlock", "CLIENT"),
        (AGENDAMENTO, "POST /eventos", "CLIENT"),
        (COORDENADOR, "POST /unlock", "SERVER"),
        (COORDENADOR, "POST /eventos", "SERVER"),
    }
    esperar(
        lambda: nomes <= {(s.servico, s.nome, s.especie) for s in dela()}, "spans da devolução", prazo_s=20
    )
    assert {s.pai for s in dela() if s.nome == "sctec.carteiro"} == {""}


def test_as_etapas_da_escrita_sao_eventos_uma_depois_da_outra(de_um_201: list[Span]) -> None:
    gravacao = _um(de_um_201, AGENDAMENTO, "sctec.gravacao")
    assert [nome for nome, _ in gravacao.eventos] == [
        "sctec.escritor.pegou",
        "sctec.fencing.verificado",
        "sctec.commit.inicio",
        "sctec.commit.fim",
    ]
    instantes = [gravacao.inicio_ns, *(ns for _, ns in gravacao.eventos), gravacao.fim_ns]
    assert instantes == sorted(instantes)
    raiz = _um(de_um_201, AGENDAMENTO, "POST /agendamentos")
    assert [nome for nome, _ in raiz.eventos] == ["sctec.atendimento"]
    assert raiz.inicio_ns <= gravacao.inicio_ns <= gravacao.fim_ns <= raiz.fim_ns


def test_o_span_do_pedido_diz_o_desfecho(mundo: Mundo, de_um_201: list[Span]) -> None:
    criado = _um(de_um_201, AGENDAMENTO, "POST /agendamentos").atributos
    assert criado["sctec.resultado"] == "criado"
    assert isinstance(criado["sctec.agendamento_id"], int)
    quando, recusado = datetime(2027, 1, 9, 4, tzinfo=UTC), secrets.token_hex(16)
    assert mundo.agendar(secrets.token_hex(16), quando=quando).status_code == 201
    assert mundo.agendar(recusado, quando=quando, chave=mundo.outra_chave).status_code == 409
    spans = mundo.esperar_nomes(recusado, {(AGENDAMENTO, "POST /agendamentos", "SERVER")})
    atributos = _um(spans, AGENDAMENTO, "POST /agendamentos").atributos
    assert (atributos["sctec.resultado"], atributos["sctec.motivo"]) == (
        "conflito_horario",
        "CONFLITO_HORARIO",
    )
    assert "sctec.agendamento_id" not in atributos


def test_atributos_sao_os_das_convencoes_semanticas(mundo: Mundo, de_um_201: list[Span]) -> None:
    servidor = _um(de_um_201, AGENDAMENTO, "POST /agendamentos").atributos
    assert {
        "http.request.method": "POST",
        "http.route": "/agendamentos",
        "http.response.status_code": 201,
        "url.path": "/agendamentos",
        "url.scheme": "http",
        "server.address": "127.0.0.1",
        "server.port": mundo.servicos.agendamento.porta,
    }.items() <= servidor.items()
    esperado = {
        "http.request.method": "POST",
        "http.response.status_code": 200,
        "server.address": "127.0.0.1",
        "server.port": mundo.servicos.coordenador.porta,
    }
    cliente = _um(de_um_201, AGENDAMENTO, "POST /lock").atributos
    assert {**esperado, "url.full": f"{mundo.servicos.coordenador.url}/lock"}.items() <= cliente.items()
    atendido = _um(de_um_201, COORDENADOR, "POST /lock").atributos
    assert {**esperado, "http.route": "/lock", "url.scheme": "http"}.items() <= atendido.items()
    gravacao = _um(de_um_201, AGENDAMENTO, "sctec.gravacao").atributos
    assert {"db.system.name": "sqlite", "db.operation.batch.size": 1}.items() <= gravacao.items()


def test_o_recurso_diz_qual_processo_de_qual_servico(de_um_201: list[Span]) -> None:
    (recurso,) = {tuple(sorted(s.recurso.items())) for s in de_um_201 if s.servico == AGENDAMENTO}
    dito = dict(recurso)
    assert {"service.name": AGENDAMENTO, "service.namespace": "sctec"}.items() <= dito.items()
    assert {"service.instance.id", "service.version", "deployment.environment.name"} <= dito.keys()


def test_toda_linha_do_pedido_leva_os_ids_e_o_span_dela_existe(mundo: Mundo, de_um_201: list[Span]) -> None:
    trace_id = de_um_201[0].trace_id
    linhas = mundo.linhas(trace_id)
    assert "AGENDAMENTO_CRIADO" in {linha.get("event_type") for linha in linhas}
    assert {linha["span_id"] for linha in linhas} <= {span.span_id for span in de_um_201}
    request_id = linhas[0]["request_id"]
    do_pedido = [x for x in mundo.servicos.linhas() if x.campos.get("request_id") == request_id]
    assert len(do_pedido) == len(linhas)


def test_recusa_por_disputa_nao_e_erro_e_falta_do_coordenador_e(mundo: Mundo) -> None:
    quando = datetime(2027, 1, 9, 3, tzinfo=UTC)
    assert mundo.agendar(secrets.token_hex(16), quando=quando).status_code == 201
    recusado = secrets.token_hex(16)
    assert mundo.agendar(recusado, quando=quando).status_code == 409
    (raiz,) = [
        s
        for s in mundo.esperar_nomes(recusado, {(AGENDAMENTO, "POST /agendamentos", "SERVER")})
        if s.especie == "SERVER"
    ]
    assert raiz.atributos["http.response.status_code"] == 409
    assert not raiz.falhou

    indisponivel = secrets.token_hex(16)
    mundo.servicos.coordenador.parar()
    try:
        assert mundo.agendar(indisponivel).status_code == 503
    finally:
        mundo.servicos.coordenador.iniciar()
    spans = mundo.esperar_nomes(
        indisponivel,
        {(AGENDAMENTO, "POST /agendamentos", "SERVER"), (AGENDAMENTO, "POST /lock", "CLIENT")},
    )
    assert _um(spans, AGENDAMENTO, "POST /agendamentos").atributos["error.type"] == "503"
    assert _um(spans, AGENDAMENTO, "POST /lock").atributos["error.type"] == "ConnectionError"
    assert {s.nome for s in spans if s.falhou} == {"POST /agendamentos", "POST /lock"}


def test_quem_diz_que_nao_amostra_e_obedecido_nos_dois(mundo: Mundo) -> None:
    calado, ouvido = secrets.token_hex(16), secrets.token_hex(16)
    resposta = mundo.agendar(calado, marcas="00")
    assert (resposta.status_code, resposta.headers["X-Trace-Id"]) == (201, calado)
    # O que vem depois já chegou inteiro: o que veio antes não vem mais.
    assert mundo.agendar(ouvido).status_code == 201
    mundo.esperar_nomes(ouvido, DE_UM_201)
    assert mundo.do_traco(calado) == []
    servicos = {linha["service"] for linha in mundo.linhas(calado)}
    assert servicos == {AGENDAMENTO, COORDENADOR}


def test_nada_pessoal_nem_secreto_nos_spans(mundo: Mundo) -> None:
    url = mundo.servicos.agendamento.url
    email = "pessoa.marcada@observatorio-de-prova.org"
    criada = requests.post(
        f"{url}/cientistas", json={"nome": "Zuleica Marcada", "email": email}, timeout=10
    ).json()
    requests.get(f"{url}/cientistas/{criada['chave']}", timeout=10)
    requests.get(f"{url}/telescopios/{email}?chave={criada['chave']}", timeout=10)
    trace_id = secrets.token_hex(16)
    assert mundo.agendar(trace_id).status_code == 201
    mundo.esperar_nomes(trace_id, DE_UM_201)
    tudo = json.dumps([[s.nome, dict(s.atributos)] for s in mundo.sumidouro.spans()], ensure_ascii=False)
    for segredo in (mundo.servicos.segredo, mundo.chave, criada["chave"], email, "Zuleica"):
        assert segredo not in tudo, segredo
    assert "/cientistas/" in tudo
