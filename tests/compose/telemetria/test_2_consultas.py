"""Depois de uma corrida e de uma carga, toda consulta de todo painel, variável e regra tem resposta."""

from __future__ import annotations

import json
import re
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from ferramentas.caminhos import RAIZ
from tests.compose.telemetria.pilha import Observatorio, esperar, pedir

OBSERVABILIDADE = RAIZ / "observability"
PAINEIS = sorted((OBSERVABILIDADE / "grafana" / "dashboards").glob("*.json"))
PRAZO_S = 30
#: O que o Grafana poria no lugar de cada variável; as caixas de busca, vazias.
VARIAVEIS = {
    "$__rate_interval": "2m",
    "$__interval": "1m",
    "$__range": "1h",
    "$testid": ".+",
    "${lento_ms:raw}": "0",
    **{f"${{{caixa}:raw}}": "" for caixa in ("agendamento", "recurso", "trace", "request")},
}
#: Sem dado em serviço normal; precisam responder depois das falhas (test_3_falhas.py).
SO_COM_FALHA = {
    "visao-geral: Alertas disparados",
    "visao-geral: Spans com erro",
    "investigar: Avisos e erros",
    "anotação Alertas",
}


def _consultas() -> Iterator[tuple[str, str, str]]:
    """(onde, linguagem, consulta) de todo alvo, anotação e regra."""
    for arquivo in PAINEIS:
        painel = json.loads(arquivo.read_text("utf-8"))
        for peca in painel["panels"]:
            for alvo in peca.get("targets", []):
                if "expr" in alvo:
                    yield f"{arquivo.stem}: {peca['title']}", alvo["datasource"]["type"], alvo["expr"]
    for anotacao in json.loads(PAINEIS[0].read_text("utf-8"))["annotations"]["list"]:
        yield f"anotação {anotacao['name']}", "prometheus", anotacao["expr"]
    for arquivo in (OBSERVABILIDADE / "prometheus" / "regras").glob("registros.yml"):
        for regra in yaml.safe_load(arquivo.read_text("utf-8"))["groups"][0]["rules"]:
            yield f"regra {regra['record']}", "prometheus", regra["record"]


TODAS = sorted(set(_consultas()))


@pytest.fixture(scope="module")
def depois_da_carga(pilha: Observatorio) -> Observatorio:
    pilha.k6("02-corrida", N="30")
    pilha.k6("04-carga", TAXA="20", SEGUNDOS="20")
    pilha.k6("07-relogios", N="8")
    return pilha


def preencher(consulta: str) -> str:
    for variavel, valor in VARIAVEIS.items():
        consulta = consulta.replace(variavel, valor)
    assert not re.search(r"\$[{\w]*[a-z_]", consulta), consulta
    return consulta


def perguntar(pilha: Observatorio, linguagem: str, consulta: str) -> list[Any]:
    """A resposta do depósito de que a consulta fala."""
    pergunta = preencher(consulta)
    return pilha.loki(pergunta, limite=10) if linguagem == "loki" else pilha.promql(pergunta)


@pytest.mark.parametrize(
    ("onde", "linguagem", "consulta"), TODAS, ids=[f"{o}-{i}" for i, (o, _, _) in enumerate(TODAS)]
)
def test_consulta_tem_resposta(
    depois_da_carga: Observatorio, onde: str, linguagem: str, consulta: str
) -> None:
    if onde in SO_COM_FALHA:
        perguntar(depois_da_carga, linguagem, consulta)
        return
    esperar(
        lambda: perguntar(depois_da_carga, linguagem, consulta), PRAZO_S, f"resposta a {onde}: {consulta}"
    )


def test_toda_regra_avalia_sem_erro(depois_da_carga: Observatorio) -> None:
    grupos = pedir("GET", f"{depois_da_carga.prometheus}/api/v1/rules").corpo["data"]["groups"]
    regras = [regra for grupo in grupos for regra in grupo["rules"]]
    assert len(regras) >= 20
    assert [r["name"] for r in regras if r["health"] != "ok"] == []


def test_variaveis_dos_paineis_tem_valores(depois_da_carga: Observatorio) -> None:
    variaveis = [
        variavel["query"]
        for arquivo in PAINEIS
        for variavel in json.loads(arquivo.read_text("utf-8")).get("templating", {}).get("list", [])
        if variavel["type"] == "query"
    ]
    assert variaveis
    for variavel in variaveis:
        metrica, rotulo = re.fullmatch(r"label_values\((\w+), (\w+)\)", variavel).groups()  # type: ignore[union-attr]
        valores = pedir(
            "GET", f"{depois_da_carga.prometheus}/api/v1/label/{rotulo}/values?match[]={metrica}"
        ).corpo["data"]
        assert valores, variavel


@pytest.mark.parametrize(
    ("roteiro", "variaveis"),
    [
        ("01-fumaca", {}),
        ("03-sobreposicao", {"N": "20"}),
        ("05-pico", {"TAXA": "20", "SEGUNDOS": "2", "HORARIOS": "10"}),
        ("06-resistencia", {"PESSOAS": "5", "SEGUNDOS": "3"}),
    ],
)
def test_os_outros_roteiros_passam_neste_k6(
    depois_da_carga: Observatorio, roteiro: str, variaveis: dict[str, str]
) -> None:
    """O k6 da imagem é o 2.2; os mesmos roteiros correm no 1.1 em tests/k6."""
    assert depois_da_carga.k6(roteiro, **variaveis)["passou"]


def test_toda_peca_que_pede_exemplar_recebe_um(depois_da_carga: Observatorio) -> None:
    """O clique prometido existe: cada alvo com exemplares ligados devolve ao menos um, com traço."""
    for arquivo in PAINEIS:
        for peca in json.loads(arquivo.read_text("utf-8"))["panels"]:
            for alvo in peca.get("targets", []):
                if alvo.get("exemplar"):
                    traces = esperar(
                        lambda expr=alvo["expr"]: depois_da_carga.exemplares(preencher(expr)) - {""},  # type: ignore[misc]
                        PRAZO_S,
                        f"exemplar de {arquivo.stem}: {peca['title']}",
                    )
                    assert {len(t) for t in traces} == {32}


def test_tres_cliques_da_pagina_inicial_a_historia(depois_da_carga: Observatorio) -> None:
    """Um ponto da página inicial → o endereço que a fonte dá a ele → as linhas e o traço que lá aparecem."""
    fontes = yaml.safe_load(
        (OBSERVABILIDADE / "grafana" / "provisioning" / "datasources" / "fontes.yaml").read_text("utf-8")
    )
    (prometheus,) = [f for f in fontes["datasources"] if f["uid"] == "prometheus"]
    for expr in depois_da_carga.peca("visao-geral", "Demora para agendar, percentis"):
        traces = depois_da_carga.exemplares(preencher(expr)) - {""}
        assert traces
        clique = prometheus["jsonData"]["exemplarTraceIdDestinations"][1]["url"]
        destino = clique.replace("$${__value.raw}", traces.pop()).partition("?")[2]
        caixas = dict(urllib.parse.parse_qsl(destino, keep_blank_values=True))
        (historia,) = depois_da_carga.peca("investigar", "A história, nos dois serviços")
        for nome in ("agendamento", "recurso", "request", "trace"):
            historia = historia.replace(f"${{{nome}:raw}}", caixas[f"var-{nome}"])
        linhas = esperar(lambda: depois_da_carga.logql(historia), PRAZO_S, "linhas da história")  # noqa: B023
        ditas = [linha.texto for linha in linhas]
        assert any("Requisição recebida para POST /agendamentos" in dita for dita in ditas)
        assert esperar(lambda: depois_da_carga.trace(caixas["var-trace"]), PRAZO_S, "o traço")  # noqa: B023
