"""O ``/metrics`` de cada serviço no ar é o do catálogo: nomes, tipos, rótulos, valores e faixas."""

from __future__ import annotations

import math
import secrets
from itertools import product

import catalogo
import pytest
import requests
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.parser import text_string_to_metric_families as ler_texto

from ferramentas.processo import Processo
from ferramentas.servicos import Servicos
from tests.apoio.mundo import Mundo

TIPOS = {"contador": "counter", "medidor": "gauge", "histograma": "histogram"}
INERENTES = {"le"}


def _familias(processo: Processo) -> dict[str, Metric]:
    resposta = requests.get(
        f"{processo.url}/metrics", headers={"Accept": "application/openmetrics-text"}, timeout=10
    )
    assert resposta.headers["Content-Type"].startswith("application/openmetrics-text")
    lidas = text_string_to_metric_families(resposta.text)  # type: ignore[no-untyped-call]
    return {familia.name: familia for familia in lidas}


@pytest.fixture(scope="module", autouse=True)
def reserva(mundo: Mundo) -> None:
    """Uma reserva rastreada que os dois serviços já contaram, e que devolveu o lock."""
    trace_id = secrets.token_hex(16)
    assert mundo.agendar(trace_id).status_code == 201
    mundo.servicos.esperar_linha(
        lambda x: x.campos.get("trace_id") == trace_id and x.mensagem.endswith(" liberado")
    )


@pytest.fixture(params=catalogo.SERVICOS)
def no_ar(request: pytest.FixtureRequest, mundo: Mundo) -> tuple[str, dict[str, Metric]]:
    (processo,) = [p for p in mundo.servicos.processos if p.nome == request.param]
    return request.param, _familias(processo)


def _do_catalogo(servico: str) -> dict[str, catalogo.Metrica]:
    return {
        metrica.nome.removesuffix("_total"): metrica
        for metrica in catalogo.carregar()[0]
        if servico in metrica.exportador
    }


def test_exporta_tudo_e_nada_a_mais(no_ar: tuple[str, dict[str, Metric]]) -> None:
    servico, familias = no_ar
    esperadas = _do_catalogo(servico)
    assert set(esperadas) <= set(familias)
    assert {nome for nome in familias if nome.startswith("sctec_")} <= set(esperadas)
    assert {nome for nome in familias if nome.startswith("process_")}, "faltam as do processo"
    for nome, metrica in esperadas.items():
        assert familias[nome].type == TIPOS[metrica.tipo], nome


def test_rotulos_e_valores_sao_os_do_catalogo(no_ar: tuple[str, dict[str, Metric]]) -> None:
    servico, familias = no_ar
    for nome, metrica in _do_catalogo(servico).items():
        valores = metrica.valores()
        for amostra in familias[nome].samples:
            rotulos = {r: v for r, v in amostra.labels.items() if r not in INERENTES}
            assert set(rotulos) == set(valores), amostra.name
            for rotulo, valor in rotulos.items():
                permitidos = valores[rotulo]
                assert permitidos is None or valor in permitidos, (amostra.name, rotulo, valor)


def test_faixas_sao_as_do_catalogo(no_ar: tuple[str, dict[str, Metric]]) -> None:
    servico, familias = no_ar
    for nome, metrica in _do_catalogo(servico).items():
        limites = {float(a.labels["le"]) for a in familias[nome].samples if a.name.endswith("_bucket")}
        if limites:
            assert limites == {*metrica.faixas, math.inf}, nome


def test_histogramas_de_duracao_levam_o_traco(no_ar: tuple[str, dict[str, Metric]]) -> None:
    servico, familias = no_ar
    com_exemplares = [m for m in _do_catalogo(servico).values() if m.exemplares]
    assert com_exemplares
    for metrica in com_exemplares:
        traces = {a.exemplar.labels["trace_id"] for a in familias[metrica.nome].samples if a.exemplar}
        assert traces, metrica.nome
        assert all(len(t) == 32 for t in traces)


def test_quem_pede_texto_recebe_texto(mundo: Mundo) -> None:
    for processo in mundo.servicos.processos:
        resposta = requests.get(f"{processo.url}/metrics", headers={"Accept": "text/plain"}, timeout=10)
        assert resposta.headers["Content-Type"].startswith("text/plain")
        assert list(ler_texto(resposta.text))


def test_rota_e_a_da_documentacao(mundo: Mundo) -> None:
    requests.get(f"{mundo.servicos.agendamento.url}/agendamentos/1", timeout=10)
    amostras = _familias(mundo.servicos.agendamento)["http_server_request_duration_seconds"].samples
    rotas = {a.labels["http_route"] for a in amostras}
    assert "/agendamentos/{id}" in rotas
    assert not [r for r in rotas if "<" in r]


def test_series_conhecidas_nascem_em_zero() -> None:
    """Antes do primeiro pedido, toda combinação de valores do catálogo já está no ``/metrics``."""
    with Servicos() as novos:
        for processo in novos.processos:
            familias = _familias(processo)
            for nome, metrica in _do_catalogo(processo.nome).items():
                valores = metrica.valores()
                if None not in valores.values():
                    nascidas = {
                        tuple(sorted((r, v) for r, v in a.labels.items() if r not in INERENTES))
                        for a in familias[nome].samples
                    }
                    esperadas = product(*([(r, v) for v in vs or ()] for r, vs in sorted(valores.items())))
                    assert set(esperadas) <= nascidas, nome


def test_metodo_inventado_nao_cria_serie(mundo: Mundo) -> None:
    for i in range(3):
        requests.request(f"INVENTADO{i}", f"{mundo.servicos.agendamento.url}/", timeout=10)
    amostras = _familias(mundo.servicos.agendamento)["http_server_request_duration_seconds"].samples
    metodos = {a.labels["http_request_method"] for a in amostras}
    assert "_OTHER" in metodos
    assert not [m for m in metodos if m.startswith("INVENTADO")]
