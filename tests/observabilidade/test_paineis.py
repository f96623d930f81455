"""Painéis do Grafana: o que está no repositório é o que o gerador faz, e cada peça se sustenta."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import catalogo
import consultas
import gerar
import pytest
import yaml

GRAFANA = catalogo.PASTA / "grafana"
PAINEIS = {arquivo.stem: json.loads(arquivo.read_text("utf-8")) for arquivo in gerar.SAIDA.glob("*.json")}
FONTES = {
    fonte["uid"]: fonte
    for arquivo in (GRAFANA / "provisioning" / "datasources").glob("*.yaml")
    for fonte in yaml.safe_load(arquivo.read_text("utf-8"))["datasources"]
}
#: Rótulo de fluxo e metadados que o coletor entrega ao Loki (coletor/config.yaml, loki/loki.yaml).
CAMPOS_DO_LOKI = {"service_name", "event_type", "level", "trace_id", "request_id", "agendamento_id"}
PECAS = [
    (nome, peca)
    for nome, painel in sorted(PAINEIS.items())
    for peca in painel["panels"]
    if peca["type"] != "row"
]
peca_por_peca = pytest.mark.parametrize(("nome", "peca"), PECAS, ids=[f"{n}-{p['title']}" for n, p in PECAS])


def _uids(no: Any) -> Iterator[str]:
    if isinstance(no, dict):
        fonte = no.get("datasource")
        if isinstance(fonte, dict):
            yield fonte["uid"]
        for valor in no.values():
            yield from _uids(valor)
    elif isinstance(no, list):
        for valor in no:
            yield from _uids(valor)


def test_json_em_dia() -> None:
    assert {a.name: a.read_text("utf-8") for a in gerar.SAIDA.glob("*.json")} == gerar.textos()


@pytest.mark.parametrize("painel", PAINEIS.values(), ids=PAINEIS.keys())
def test_painel_se_apresenta(painel: dict[str, Any]) -> None:
    assert re.fullmatch(r"sctec-[a-z-]+", painel["uid"])
    assert painel["description"].endswith("?")
    assert painel["timezone"] == "utc"
    assert painel["schemaVersion"] >= 39
    assert set(_uids(painel)) <= set(FONTES)
    assert [p["id"] for p in painel["panels"]] == list(range(1, len(painel["panels"]) + 1))


def test_uids_de_paineis_nao_se_repetem() -> None:
    assert len({painel["uid"] for painel in PAINEIS.values()}) == len(PAINEIS)


@pytest.mark.parametrize("painel", PAINEIS.values(), ids=PAINEIS.keys())
def test_pecas_nao_se_sobrepoem(painel: dict[str, Any]) -> None:
    ocupadas: set[tuple[int, int]] = set()
    for peca in painel["panels"]:
        lugar = peca["gridPos"]
        celulas = {
            (x, y)
            for x in range(lugar["x"], lugar["x"] + lugar["w"])
            for y in range(lugar["y"], lugar["y"] + lugar["h"])
        }
        assert lugar["x"] + lugar["w"] <= 24
        assert not celulas & ocupadas, peca["title"]
        ocupadas |= celulas


@peca_por_peca
def test_peca_pergunta_mede_e_leva_adiante(nome: str, peca: dict[str, Any]) -> None:
    assert peca["description"].endswith("?")
    assert peca["fieldConfig"]["defaults"]["unit"]
    destinos = [re.match(r"/d/([a-z-]+)", ligacao["url"]).group(1) for ligacao in peca["links"]]  # type: ignore[union-attr]
    assert destinos
    assert set(destinos) <= {painel["uid"] for painel in PAINEIS.values()}
    assert PAINEIS[nome]["uid"] not in destinos, "uma peça não leva a si mesma"


def _alvos(linguagem: str) -> list[Any]:
    return [
        pytest.param(alvo, id=f"{nome}-{peca['title']}-{alvo['refId']}")
        for nome, peca in PECAS
        for alvo in peca.get("targets", [])
        if alvo["datasource"]["type"] == linguagem
    ]


@pytest.mark.parametrize("alvo", _alvos("prometheus"))
def test_consulta_so_cita_o_catalogo(alvo: dict[str, Any]) -> None:
    assert consultas.fora_do_catalogo(alvo["expr"], catalogo.series_permitidas()) == []


@pytest.mark.parametrize("alvo", _alvos("loki"))
def test_consulta_so_filtra_o_que_o_coletor_entrega(alvo: dict[str, Any]) -> None:
    """Antes do `json`, filtra-se por metadado do Loki; o que a pessoa digita vai cru e entre crases."""
    expressao = re.sub(r"\| (?:json|label_format|line_format) .*?(?=\| \w|$)", "", alvo["expr"])
    citados = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*[\"`]", expressao))
    assert citados <= CAMPOS_DO_LOKI | {"procurado"}
    for digitada in re.findall(r"\$\{(?!__)[^}]*\}", alvo["expr"]):
        assert digitada.endswith(":raw}")
    assert not re.search(r'"[^"`]*\$\{[^"`]*"', alvo["expr"])


@pytest.mark.parametrize("alvo", _alvos("prometheus"))
def test_exemplar_so_se_pede_a_faixas_cruas(alvo: dict[str, Any]) -> None:
    """Regra de registro não tem exemplar: o clique prometido não levaria a lugar nenhum."""
    if alvo.get("exemplar"):
        assert "_bucket" in alvo["expr"]
        assert "sctec:" not in alvo["expr"]


def test_cliques_levam_o_periodo_e_so_preenchem_caixas_que_existem() -> None:
    """Ligação de peça, de coluna e de fonte: aonde vai existe, e vai com o período da tela."""
    uids = {painel["uid"]: painel for painel in PAINEIS.values()}
    for url in {*re.findall(r'"url":\s*"(/d/[^"]+)"', json.dumps([PAINEIS, FONTES]))}:
        uid = url.split("/")[2].partition("?")[0]
        assert uid in uids, url
        assert "${__url_time_range}" in url, url
        variaveis = {v["name"] for v in uids[uid].get("templating", {}).get("list", [])}
        assert set(re.findall(r"[?&]var-(\w+)=", url)) <= variaveis, url


def test_variaveis_e_anotacoes_so_citam_o_catalogo() -> None:
    permitidas = catalogo.series_permitidas()
    for painel in PAINEIS.values():
        for anotacao in painel["annotations"]["list"]:
            assert consultas.fora_do_catalogo(anotacao["expr"], permitidas) == []
        for variavel in painel.get("templating", {}).get("list", []):
            if variavel["type"] == "query":
                metrica, rotulo = re.fullmatch(r"label_values\((\w+), (\w+)\)", variavel["query"]).groups()  # type: ignore[union-attr]
                assert rotulo in permitidas[metrica]


def test_alertas_apontam_para_o_proprio_roteiro_e_para_painel_que_existe() -> None:
    roteiros = {peca["id"]: peca["title"] for peca in PAINEIS["roteiros"]["panels"]}
    uids = {painel["uid"] for painel in PAINEIS.values()}
    for regra in catalogo.regras():
        if regra.alerta:
            numero = int(regra.anotacoes["runbook_url"].partition("viewPanel=panel-")[2])
            assert roteiros[numero] == regra.nome
            assert str(numero) == regra.rotulos["roteiro"]
            assert regra.anotacoes["painel_url"].rpartition("/d/")[2] in uids


def test_fontes_levam_de_um_sinal_ao_outro() -> None:
    """Linha → traço, traço → linhas, exemplar → traço: sem digitar."""
    assert {fonte["type"] for fonte in FONTES.values()} == {"prometheus", "loki", "tempo"}
    exemplar = FONTES["prometheus"]["jsonData"]["exemplarTraceIdDestinations"]
    assert exemplar[0]["datasourceUid"] == "tempo"
    derivado, historia = FONTES["loki"]["jsonData"]["derivedFields"]
    for url in (historia["url"], exemplar[1]["url"]):
        assert url.startswith(f"/d/{PAINEIS['investigar']['uid']}/")
        assert "var-trace=$${__value.raw}&" in url
    assert (derivado["datasourceUid"], derivado["matcherType"]) == ("tempo", "label")
    volta = FONTES["tempo"]["jsonData"]["tracesToLogsV2"]
    assert volta["datasourceUid"] == "loki"
    assert "$${__trace.traceId}" in volta["query"]


def test_provisionamento_aponta_para_onde_o_compose_monta() -> None:
    provedor = yaml.safe_load((GRAFANA / "provisioning" / "dashboards" / "paineis.yaml").read_text("utf-8"))
    assert provedor["providers"][0]["options"]["path"] == "/var/lib/grafana/dashboards"
    assert Path(gerar.SAIDA).is_dir()
