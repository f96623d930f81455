"""Cada sinal de cada serviço chega; e a história de um agendamento se lê inteira a partir do trace id."""

from __future__ import annotations

import json
import re
import secrets
import shlex
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby, islice, repeat

import pytest
import yaml

from ferramentas.caminhos import RAIZ
from tests.compose.telemetria.pilha import PREFIXO, LinhaNoLoki, Observatorio, Resposta, esperar, pedir

PRAZO_S = 15
SERVICOS = ("servico-agendamento", "servico-coordenador")


def _frase(linha: LinhaNoLoki) -> str:
    return linha.campos.get("message") or f"AUDIT {linha.campos['event_type']}"


def _nesta_ordem(linhas: list[LinhaNoLoki], esperadas: list[tuple[str, str]]) -> bool:
    """Verdadeiro se cada esperada é o começo de uma frase que vem depois da anterior.

    O milissegundo é a resolução dos logs: dentro dele, só há ordem entre as linhas de um mesmo serviço.
    """
    faltam = list(esperadas)
    for _, juntas in groupby(linhas, key=lambda linha: linha.instante_ns // 10**6):
        restam: dict[str, list[str]] = {}
        for linha in juntas:
            restam.setdefault(linha.servico, []).append(_frase(linha))
        while faltam:
            servico, comeco = faltam[0]
            frases = restam.get(servico, [])
            achada = next((i for i, frase in enumerate(frases) if frase.startswith(comeco)), None)
            if achada is None:
                break
            del frases[: achada + 1], faltam[0]
    return not faltam


def _historia(
    pilha: Observatorio, trace_id: str, esperadas: list[tuple[str, str]], auditoria: str | None
) -> None:
    """Espera que as frases esperadas estejam no Loki, na ordem, com a linha de auditoria (ou nenhuma)."""
    linhas: list[LinhaNoLoki] = []

    def contada() -> bool:
        linhas[:] = pilha.logql(f'{{service_name=~"servico-.+"}} | trace_id="{trace_id}"')
        auditadas = [f for f in map(_frase, linhas) if f.startswith("AUDIT ")]
        return _nesta_ordem(linhas, esperadas) and auditadas == ([f"AUDIT {auditoria}"] if auditoria else [])

    try:
        esperar(contada, PRAZO_S, f"a história do traço {trace_id}")
    except AssertionError as erro:
        raise AssertionError(f"{erro}: {[(x.instante_ns, x.servico, _frase(x)) for x in linhas]}") from erro


def test_a_ordem_so_se_afrouxa_dentro_do_milissegundo() -> None:
    flask, express = SERVICOS

    def linhas(*instantes_ms: float) -> list[LinhaNoLoki]:
        ditas = zip(instantes_ms, (flask, express, flask), ("pede", "nega", "recusa"), strict=True)
        todas = [
            LinhaNoLoki(int(ms * 10**6), servico, {}, json.dumps({"message": frase}))
            for ms, servico, frase in ditas
        ]
        return sorted(todas, key=lambda linha: linha.instante_ns)

    esperadas = [(flask, "pede"), (express, "nega"), (flask, "recusa")]
    assert _nesta_ordem(linhas(1, 2, 3), esperadas)
    assert _nesta_ordem(linhas(1, 2.9, 2.1), esperadas)
    assert not _nesta_ordem(linhas(1, 3, 2), esperadas)
    assert not _nesta_ordem(linhas(2.9, 2.5, 2.1), esperadas)


def _exemplar(pilha: Observatorio, serie: str, trace_id: str) -> None:
    esperar(lambda: trace_id in pilha.exemplares(serie), PRAZO_S, f"exemplar de {serie} com {trace_id}")


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

    flask, express = SERVICOS
    _historia(
        pilha,
        trace_id,
        [
            (flask, "Requisição recebida para POST /agendamentos"),
            (flask, "Tentando adquirir lock para o recurso " + PREFIXO),
            (express, "Recebido pedido de lock para recurso " + PREFIXO),
            (express, "Lock concedido para recurso " + PREFIXO),
            (flask, "Lock adquirido com sucesso"),
            (flask, "Iniciando verificação de conflito no BD"),
            (flask, "Salvando novo agendamento no BD"),
            (flask, "Liberando lock para o recurso " + PREFIXO),
            (express, "Lock para o recurso " + PREFIXO),
        ],
        "AGENDAMENTO_CRIADO",
    )
    esperar(lambda: _spans_dos_dois_ligados(pilha, trace_id), PRAZO_S, "spans dos dois serviços ligados")
    for serie in ("http_server_request_duration", "sctec_lock_wait", "sctec_db_transaction"):
        _exemplar(pilha, f"{serie}_seconds_bucket", trace_id)


def _recusado_no_lock(pilha: Observatorio, horarios: Iterator[str]) -> tuple[str, Resposta]:
    """(trace id, resposta) de quem disputou e perdeu; quem chega tarde nem pede o lock: repete-se."""
    # Só um perde: a série guarda um exemplar por faixa, e o de outro perdedor tomaria o lugar do dele.
    chaves = [c["chave"] for c in pedir("GET", f"{pilha.url}/demo").corpo["cientistas"][:2]]
    for horario in islice(horarios, 10):
        traces = [secrets.token_hex(16) for _ in chaves]
        with ThreadPoolExecutor(len(chaves)) as juntos:
            respostas = list(juntos.map(pilha.agendar, chaves, repeat(horario), traces))
        assert sorted(r.status for r in respostas) == [201] + [409] * (len(chaves) - 1)
        for trace_id, resposta in zip(traces, respostas, strict=True):
            if resposta.status == 409 and resposta.corpo["motivo"] != "CONFLITO_HORARIO":
                return trace_id, resposta
    raise AssertionError("ninguém chegou a disputar o lock")


def test_historia_de_um_409(pilha: Observatorio, horarios: Iterator[str]) -> None:
    trace_id, recusa = _recusado_no_lock(pilha, horarios)
    assert recusa.corpo["trace_id"] == trace_id

    flask, express = SERVICOS
    _historia(
        pilha,
        trace_id,
        [
            (flask, "Requisição recebida para POST /agendamentos"),
            (flask, "Tentando adquirir lock para o recurso"),
            (express, "Recebido pedido de lock para recurso"),
            (express, f"Recurso {PREFIXO}"),
            (flask, "Falha ao adquirir lock, recurso ocupado"),
        ],
        "AGENDAMENTO_NEGADO",
    )
    esperar(lambda: _spans_dos_dois_ligados(pilha, trace_id), PRAZO_S, "spans dos dois serviços ligados")
    for serie in ("http_server_request_duration", "sctec_lock_wait"):
        _exemplar(pilha, f"{serie}_seconds_bucket", trace_id)


def test_historia_de_um_503(pilha: Observatorio, chave: str, horarios: Iterator[str]) -> None:
    trace_id = secrets.token_hex(16)
    pilha.compose("stop", "-t", "5", "coordenador")
    try:
        resposta = pilha.agendar(chave, next(horarios), trace_id)
        assert (resposta.status, resposta.corpo["trace_id"]) == (503, trace_id)
        assert int(resposta.cabecalhos["Retry-After"]) > 0
        _historia(
            pilha,
            trace_id,
            [
                (SERVICOS[0], "Requisição recebida para POST /agendamentos"),
                (SERVICOS[0], "Tentando adquirir lock para o recurso"),
                (SERVICOS[0], "Coordenador não respondeu"),
                (SERVICOS[0], "Resposta 503 para POST /agendamentos"),
            ],
            None,
        )
        spans = esperar(lambda: pilha.trace(trace_id), PRAZO_S, "spans do 503")
        por_nome = {span["operationName"]: span for span in spans}
        por_id = {span["spanID"]: span for span in spans}
        acima = por_nome["POST /lock"]
        while acima["pai"] in por_id:
            acima = por_id[acima["pai"]]
        assert acima["operationName"] == "POST /agendamentos"
        _exemplar(pilha, "http_server_request_duration_seconds_bucket", trace_id)
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


def _openmetrics(url: str) -> str:
    corpo = pedir("GET", f"{url}/metrics", None, {"Accept": "application/openmetrics-text"}).corpo
    assert isinstance(corpo, str)
    return corpo


def test_metricas_no_ar_sao_as_do_catalogo(pilha: Observatorio) -> None:
    """O /metrics de cada serviço exporta tudo o que o catálogo lhe atribui, e nenhuma sctec_ a mais."""
    catalogo = yaml.safe_load((RAIZ / "observability" / "metricas.yaml").read_text("utf-8"))["metricas"]
    for servico, url in zip(SERVICOS, (pilha.url, pilha.coordenador_url), strict=True):
        declaradas = {
            linha.split()[2].removesuffix("_total")
            for linha in _openmetrics(url).splitlines()
            if linha.startswith("# TYPE")
        }
        esperadas = {m["nome"].removesuffix("_total") for m in catalogo if servico in m["exportador"]}
        assert esperadas <= declaradas
        assert {nome for nome in declaradas if nome.startswith("sctec_")} <= esperadas


def test_comandos_dos_roteiros_funcionam_na_pilha(pilha: Observatorio) -> None:
    """Os que só olham, digitados como estão escritos (`-T`: sem terminal)."""
    textos = [a.read_text("utf-8") for a in (RAIZ / "observability" / "runbooks").glob("*.md")]
    comandos = {c for t in textos for c in re.findall(r"`docker-compose ((?:exec|logs|ps)[^`<]*)`", t)}
    assert len(comandos) >= 4
    for comando in sorted(comandos):
        verbo, *resto = shlex.split(comando)
        assert pilha.compose(verbo, *(["-T"] if verbo == "exec" else []), *resto), comando


def test_grafo_de_servicos_nao_tem_desconhecido(
    pilha: Observatorio, chave: str, horarios: Iterator[str]
) -> None:
    pilha.agendar(chave, next(horarios))
    pares = esperar(
        lambda: {
            (r["metric"]["client"], r["metric"]["server"])
            for r in pilha.promql("sum by (client, server) (traces_service_graph_request_total)")
        },
        PRAZO_S * 2,
        "o grafo de serviços",
    )
    assert SERVICOS in pares
    assert "unknown" not in {nome for par in pares for nome in par}, pares
