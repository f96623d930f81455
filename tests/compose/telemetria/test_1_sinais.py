"""Cada sinal de cada serviço chega; e a história de um agendamento se lê inteira a partir do trace id."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import yaml

from ferramentas.preparar import RAIZ
from tests.compose.telemetria.pilha import PREFIXO, LinhaNoLoki, Observatorio, esperar, pedir

PRAZO_S = 15
SERVICOS = ("servico-agendamento", "servico-coordenador")


def _frases(linhas: list[LinhaNoLoki]) -> list[tuple[str, str]]:
    return [
        (linha.servico, linha.campos.get("message") or f"AUDIT {linha.campos['event_type']}")
        for linha in linhas
    ]


def _nesta_ordem(frases: list[tuple[str, str]], esperadas: list[tuple[str, str]]) -> bool:
    """Verdadeiro se cada esperada é o começo de uma frase que vem depois da anterior."""
    resto = iter(frases)
    return all(any(s == servico and f.startswith(comeco) for s, f in resto) for servico, comeco in esperadas)


def _historia(pilha: Observatorio, trace_id: str, ultima: str) -> list[tuple[str, str]]:
    def ler() -> list[tuple[str, str]]:
        frases = _frases(pilha.logql(f'{{service_name=~"servico-.+"}} | trace_id="{trace_id}"'))
        return frases if any(f.startswith(ultima) for _, f in frases) else []

    return esperar(ler, PRAZO_S, f"a linha “{ultima}” do traço {trace_id}")


def _spans_dos_dois_ligados(pilha: Observatorio, trace_id: str) -> bool:
    spans = pilha.trace(trace_id)
    por_id = {span["spanID"]: span for span in spans}
    return any(
        span["servico"] == SERVICOS[1]
        and span["pai"] in por_id
        and por_id[span["pai"]]["servico"] == SERVICOS[0]
        for span in spans
    )


@pytest.mark.parametrize("servico", SERVICOS)
def test_logs_chegam(pilha: Observatorio, servico: str, chave: str, horarios: Iterator[str]) -> None:
    pilha.agendar(chave, next(horarios))
    esperar(lambda: pilha.logql(f'{{service_name="{servico}"}}'), PRAZO_S, f"linhas de {servico}")


@pytest.mark.parametrize("servico", SERVICOS)
def test_metricas_chegam(pilha: Observatorio, servico: str) -> None:
    esperar(
        lambda: pilha.promql(f'sctec_build_info{{job="{servico}"}} == 1'), PRAZO_S, f"métricas de {servico}"
    )


@pytest.mark.parametrize("servico", SERVICOS)
def test_traces_chegam(pilha: Observatorio, servico: str, chave: str, horarios: Iterator[str]) -> None:
    pilha.agendar(chave, next(horarios))
    esperar(
        lambda: servico in (pedir("GET", f"{pilha.jaeger}/api/services").corpo["data"] or []),
        PRAZO_S,
        f"spans de {servico}",
    )


def test_historia_de_um_201(pilha: Observatorio, chave: str, horarios: Iterator[str]) -> None:
    trace_id = secrets.token_hex(16)
    resposta = pilha.agendar(chave, next(horarios), trace_id)
    assert resposta.status == 201, resposta.corpo

    frases = _historia(pilha, trace_id, "Lock para o recurso")
    flask, express = SERVICOS
    assert _nesta_ordem(
        frases,
        [
            (flask, "Requisição recebida para POST /agendamentos"),
            (flask, "Tentando adquirir lock para o recurso " + PREFIXO),
            (express, "Recebido pedido de lock para recurso " + PREFIXO),
            (express, "Lock concedido para recurso " + PREFIXO),
            (flask, "Lock adquirido com sucesso"),
            (flask, "Iniciando verificação de conflito no BD"),
            (flask, "Salvando novo agendamento no BD"),
            (flask, "AUDIT AGENDAMENTO_CRIADO"),
        ],
    ), frases
    assert (flask, "Liberando lock para o recurso") in [(s, f.partition(f" {PREFIXO}")[0]) for s, f in frases]
    assert [f for _, f in frases].count("AUDIT AGENDAMENTO_CRIADO") == 1
    esperar(lambda: pilha.trace(trace_id), PRAZO_S, "spans do pedido")
    esperar(
        lambda: trace_id in pilha.exemplares("http_server_request_duration_seconds_bucket"),
        PRAZO_S,
        "exemplar com o traço do 201",
    )


def test_historia_de_um_409(pilha: Observatorio, horarios: Iterator[str]) -> None:
    """Disputa de verdade: duas pessoas no mesmo instante; a história é a de quem foi recusado."""
    horario = next(horarios)
    chaves = [c["chave"] for c in pedir("GET", f"{pilha.url}/demo").corpo["cientistas"][:2]]
    traces = [secrets.token_hex(16) for _ in chaves]
    with ThreadPoolExecutor(len(chaves)) as juntos:
        respostas = list(
            juntos.map(lambda par: pilha.agendar(par[0], horario, par[1]), zip(chaves, traces, strict=True))
        )
    assert sorted(r.status for r in respostas) == [201] + [409] * (len(chaves) - 1)
    trace_id = next(
        t
        for t, r in zip(traces, respostas, strict=True)
        if r.status == 409 and r.corpo["motivo"] != "CONFLITO_HORARIO"
    )

    frases = _historia(pilha, trace_id, "Falha ao adquirir lock, recurso ocupado")
    flask, express = SERVICOS
    assert _nesta_ordem(
        frases,
        [
            (flask, "Requisição recebida para POST /agendamentos"),
            (flask, "Tentando adquirir lock para o recurso"),
            (express, "Recebido pedido de lock para recurso"),
            (express, f"Recurso {PREFIXO}"),
            (flask, "Falha ao adquirir lock, recurso ocupado"),
        ],
    ), frases
    assert not [f for _, f in frases if f.startswith("AUDIT AGENDAMENTO_CRIADO")]
    esperar(lambda: pilha.trace(trace_id), PRAZO_S, "spans do pedido")
    esperar(
        lambda: trace_id in pilha.exemplares("sctec_lock_wait_seconds_bucket"),
        PRAZO_S,
        "exemplar com o traço do 409",
    )


def test_um_trace_so_com_spans_dos_dois_de_pai_para_filho(
    pilha: Observatorio, chave: str, horarios: Iterator[str]
) -> None:
    trace_id = secrets.token_hex(16)
    assert pilha.agendar(chave, next(horarios), trace_id).status == 201
    esperar(lambda: _spans_dos_dois_ligados(pilha, trace_id), PRAZO_S, "spans dos dois serviços ligados")
    esperar(
        lambda: trace_id in pilha.exemplares("sctec_lock_wait_seconds_bucket"),
        PRAZO_S,
        "exemplar da espera pelo lock",
    )


def test_historia_de_um_503(pilha: Observatorio, chave: str, horarios: Iterator[str]) -> None:
    trace_id = secrets.token_hex(16)
    pilha.compose("stop", "-t", "5", "coordenador")
    try:
        resposta = pilha.agendar(chave, next(horarios), trace_id)
        assert (resposta.status, resposta.corpo["trace_id"]) == (503, trace_id)
        assert int(resposta.cabecalhos["Retry-After"]) > 0
        frases = _historia(pilha, trace_id, "Resposta 503")
        assert _nesta_ordem(
            frases,
            [
                (SERVICOS[0], "Requisição recebida para POST /agendamentos"),
                (SERVICOS[0], "Tentando adquirir lock para o recurso"),
                (SERVICOS[0], "Resposta 503 para POST /agendamentos"),
            ],
        ), frases
        assert not [f for _, f in frases if f.startswith("AUDIT AGENDAMENTO_CRIADO")]
        esperar(lambda: pilha.trace(trace_id), PRAZO_S, "spans do 503")
    finally:
        pilha.compose("start", "coordenador")
        pilha.pronta()


def test_forma_texto_tambem_e_lida(pilha: Observatorio) -> None:
    """SCTEC_LOG_FORMATO=texto: a linha do enunciado chega com nível, serviço e instante."""
    pilha.compose("up", "-d", "--no-deps", "coordenador", SCTEC_LOG_FORMATO="texto")
    try:
        pilha.pronta()
        linhas = esperar(
            lambda: pilha.logql('{service_name="servico-coordenador"} |~ "^INFO:20"'),
            PRAZO_S,
            "linhas em texto",
        )
        assert linhas[-1].metadados["level"] == "INFO"
        assert ":servico-coordenador:" in linhas[-1].texto
    finally:
        pilha.compose("up", "-d", "--no-deps", "coordenador")
        pilha.pronta()


def test_metricas_no_ar_sao_as_do_catalogo(pilha: Observatorio) -> None:
    """O /metrics de cada serviço exporta tudo o que o catálogo lhe atribui, e nenhuma sctec_ a mais."""
    catalogo = yaml.safe_load((RAIZ / "observability" / "metricas.yaml").read_text("utf-8"))["metricas"]
    for servico, url in zip(SERVICOS, (pilha.url, pilha.coordenador_url), strict=True):
        declaradas = {
            linha.split()[2].removesuffix("_total")
            for linha in pedir("GET", f"{url}/metrics").corpo.splitlines()
            if linha.startswith("# TYPE")
        }
        esperadas = {m["nome"].removesuffix("_total") for m in catalogo if servico in m["exportador"]}
        assert esperadas <= declaradas
        assert {nome for nome in declaradas if nome.startswith("sctec_")} <= esperadas
