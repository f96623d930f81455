"""Nada pessoal nem secreto chega aos depósitos; e o número de séries não cresce com o de agendamentos."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Iterator

import yaml

from ferramentas.caminhos import RAIZ
from tests.compose.telemetria.pilha import COORDENADOR_INTERNO, Observatorio, pedir

SERVICOS = ("servico-agendamento", "servico-coordenador")


def _segredos(pilha: Observatorio, horarios: Iterator[str]) -> list[str]:
    """Usa o sistema com dados marcados e devolve tudo o que não pode aparecer em lugar nenhum."""
    email = "pessoa.marcada@observatorio-de-prova.org"
    criada = pedir("POST", f"{pilha.url}/cientistas", {"nome": "Zuleica Marcada", "email": email}).corpo
    pilha.agendar(criada["chave"], next(horarios))
    pilha.agendar("sctec_chave-errada-mas-marcada-000000000000000", next(horarios))
    pedir(
        "GET", f"{pilha.url}/cientistas/{criada['id']}", None, {"Authorization": f"Bearer {criada['chave']}"}
    )
    do_demo = [c["chave"] for c in pedir("GET", f"{pilha.url}/demo").corpo["cientistas"]]
    return [
        COORDENADOR_INTERNO,
        email,
        "observatorio-de-prova",
        "Zuleica",
        criada["chave"],
        "chave-errada-mas-marcada",
        "@exemplo.org",
        *do_demo,
    ]


def test_nada_secreto_nos_depositos(pilha: Observatorio, horarios: Iterator[str]) -> None:
    segredos = _segredos(pilha, horarios)
    pilha.assentar()
    for segredo in segredos:
        assert pilha.loki(f'{{service_name=~".+"}} |= "{segredo}"') == [], segredo
    rotulos = pedir("GET", f"{pilha.prometheus}/api/v1/labels").corpo["data"]
    valores = json.dumps(
        [pedir("GET", f"{pilha.prometheus}/api/v1/label/{r}/values").corpo["data"] for r in rotulos]
    )
    spans = json.dumps(
        [
            pedir(
                "GET", f"{pilha.jaeger}/api/traces?service={servico}&limit=1500&lookback=1h", prazo_s=60
            ).corpo
            for servico in SERVICOS
        ]
    )
    for segredo in segredos:
        assert segredo not in valores, segredo
        assert segredo not in spans, segredo
    # Controle: a busca acharia um segredo que estivesse lá.
    assert pilha.loki('{service_name=~".+"} |= "Requisição recebida para POST /agendamentos"')


CATALOGO = yaml.safe_load((RAIZ / "observability" / "metricas.yaml").read_text("utf-8"))["metricas"]
#: Rótulos de valores contados de antemão: que só aparecem os do catálogo prova-o tests/observabilidade.
FECHADOS = {
    rotulo for m in CATALOGO for rotulo, descrito in m.get("rotulos", {}).items() if "valores" in descrito
}


def _cardinalidade(pilha: Observatorio) -> dict[str, set[str]]:
    """Rótulo → valores das séries do catálogo, nos dois serviços, e os fluxos do Loki.

    As do próprio interpretador ficam de fora: contam o que o processo tem aberto naquele instante.
    """
    nomes = "|".join(m["nome"] for m in CATALOGO)
    filtro = f'{{job=~"servico-.+", __name__=~"({nomes})(_bucket|_count|_sum)?"}}'
    seletor = urllib.parse.urlencode({"match[]": filtro})
    series = pedir("GET", f"{pilha.prometheus}/api/v1/series?{seletor}", prazo_s=60).corpo["data"]
    valores: dict[str, set[str]] = {}
    for serie in series:
        for rotulo, valor in serie.items():
            if rotulo not in FECHADOS:
                valores.setdefault(rotulo, set()).add(valor)
    fluxos = urllib.parse.urlencode({"match[]": '{service_name=~".+"}'})
    valores["fluxos do Loki"] = {
        json.dumps(f, sort_keys=True)
        for f in pedir("GET", f"{pilha.loki_url}/loki/api/v1/series?{fluxos}").corpo["data"]
    }
    return valores


def test_cardinalidade_nao_cresce_com_os_agendamentos(pilha: Observatorio) -> None:
    """Depois de 10.000 agendamentos há os mesmos rótulos e valores que depois de 100."""
    pilha.k6("04-carga", TAXA="20", SEGUNDOS="8")
    pilha.assentar()
    antes = _cardinalidade(pilha)
    pilha.k6("04-carga", TAXA="85", SEGUNDOS="145", TELESCOPIO="euclid-acad")
    pilha.assentar()
    assert {"http_route", "le", "__name__"} <= set(antes)
    assert _cardinalidade(pilha) == antes
    assert pilha.promql('sum(sctec_agendamentos_total{resultado="criado"}) > 10000')
