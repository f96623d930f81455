"""O que um pedido deixa nos traços, com os serviços de verdade e um destino OTLP local."""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime
from itertools import pairwise

import pytest
import requests

from ferramentas.sumidouro_otlp import Span
from tests.apoio.mundo import QUEM_CHAMA, Mundo

AGENDAMENTO, COORDENADOR = "servico-agendamento", "servico-coordenador"
DE_UM_201 = {
    (AGENDAMENTO, "POST /agendamentos", "SERVER"),
    (AGENDAMENTO, "SELECT", "CLIENT"),
    (AGENDAMENTO, "POST /lock", "CLIENT"),
    (AGENDAMENTO, "sctec.escritor.fila", "INTERNAL"),
    (AGENDAMENTO, "sctec.fencing.verificar", "INTERNAL"),
    (AGENDAMENTO, "COMMIT", "CLIENT"),
    (AGENDAMENTO, "POST /unlock", "CLIENT"),
    (AGENDAMENTO, "POST /eventos", "CLIENT"),
    (COORDENADOR, "POST /lock", "SERVER"),
    (COORDENADOR, "POST /unlock", "SERVER"),
    (COORDENADOR, "POST /eventos", "SERVER"),
    (COORDENADOR, "sctec.arbitragem", "INTERNAL"),
    (COORDENADOR, "sctec.lock.espera", "INTERNAL"),
    (COORDENADOR, "sctec.lock.posse", "INTERNAL"),
    (COORDENADOR, "sctec.evento.publicar", "PRODUCER"),
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


def test_um_201_conta_todas_as_etapas_e_nenhuma_a_mais(de_um_201: list[Span]) -> None:
    assert {(s.servico, s.nome, s.especie) for s in de_um_201} == DE_UM_201
    assert [s for s in de_um_201 if s.falhou] == []


def test_os_dois_servicos_se_ligam_de_pai_para_filho(de_um_201: list[Span]) -> None:
    por_id = {span.span_id: span for span in de_um_201}
    raiz = _um(de_um_201, AGENDAMENTO, "POST /agendamentos")
    assert raiz.pai == QUEM_CHAMA
    for span in de_um_201:
        assert span is raiz or span.pai in por_id, span
    for caminho in ("/lock", "/unlock", "/eventos"):
        servidor = _um(de_um_201, COORDENADOR, f"POST {caminho}")
        assert por_id[servidor.pai].nome == f"POST {caminho}"
        assert por_id[servidor.pai].servico == AGENDAMENTO
    assert por_id[_um(de_um_201, COORDENADOR, "sctec.evento.publicar").pai] is raiz


def test_as_etapas_da_escrita_vem_uma_depois_da_outra(de_um_201: list[Span]) -> None:
    etapas = [
        _um(de_um_201, AGENDAMENTO, nome)
        for nome in ("sctec.escritor.fila", "sctec.fencing.verificar", "COMMIT")
    ]
    limites = [limite for etapa in etapas for limite in (etapa.inicio_ns, etapa.fim_ns)]
    # Os dois relógios (o da época e o monotônico) são lidos um depois do outro: folga de 1 ms.
    assert all(antes <= depois + 1_000_000 for antes, depois in pairwise(limites))
    raiz = _um(de_um_201, AGENDAMENTO, "POST /agendamentos")
    assert raiz.inicio_ns <= limites[0] + 1_000_000
    assert limites[-1] <= raiz.fim_ns + 1_000_000


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
    for nome in ("SELECT", "COMMIT"):
        for span in (s for s in de_um_201 if s.nome == nome):
            assert {"db.system.name": "sqlite", "db.operation.name": nome}.items() <= span.atributos.items()


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
    assert _um(spans, AGENDAMENTO, "POST /lock").atributos["error.type"] == "NewConnectionError"
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
