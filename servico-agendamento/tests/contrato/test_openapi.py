"""O OpenAPI 3.1: válido, completo e coerente com as rotas que existem."""

from __future__ import annotations

import re
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from agendamento.api.catalogo import CATALOGO
from tests.apoio import Bancada

NAO_SAO_DA_API = ("/docs", "/openapi.json", "/estatico/", "/erros/", "/metrics")
METODOS = {"get", "post", "put", "delete"}


@pytest.fixture(scope="module")
def spec(bancada_do_modulo: Bancada) -> dict[str, Any]:
    resposta = bancada_do_modulo.pedir("GET", "/openapi.json", quem=None)
    assert resposta.content_type == "application/json"
    return dict(resposta.json)


def _operacoes(spec: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (metodo, caminho): operacao
        for caminho, metodos in spec["paths"].items()
        for metodo, operacao in metodos.items()
        if metodo in METODOS
    }


def test_e_3_1_valido(spec: dict[str, Any]) -> None:
    assert spec["openapi"].startswith("3.1")
    assert [erro.message for erro in OpenAPIV31SpecValidator(spec).iter_errors()] == []


def test_o_validador_percebe_um_erro(spec: dict[str, Any]) -> None:
    """Controle negativo do teste acima."""
    quebrado = {**spec, "info": {"title": "sem versão"}}
    assert list(OpenAPIV31SpecValidator(quebrado).iter_errors())


def test_toda_rota_esta_documentada(spec: dict[str, Any], bancada_do_modulo: Bancada) -> None:
    rotas = {
        (metodo.lower(), re.sub(r"<(?:[^:>]+:)?([^>]+)>", r"{\1}", regra.rule))
        for regra in bancada_do_modulo.app.url_map.iter_rules()
        if not regra.rule.startswith(NAO_SAO_DA_API)
        for metodo in (regra.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert rotas == set(_operacoes(spec))


def test_toda_operacao_diz_o_que_faz_e_o_que_recusa(spec: dict[str, Any]) -> None:
    for (metodo, caminho), operacao in _operacoes(spec).items():
        onde = f"{metodo} {caminho}"
        assert operacao.get("summary"), onde
        assert "default" not in operacao["responses"], onde
        for status, resposta in operacao["responses"].items():
            assert resposta["description"], onde
            if status.startswith(("4", "5")):
                assert set(resposta["content"]) == {"application/problem+json"}, onde


def test_quem_exige_chave_o_diz(spec: dict[str, Any], bancada_do_modulo: Bancada) -> None:
    for (metodo, caminho), operacao in _operacoes(spec).items():
        exige = operacao.get("security") == [{"chave": []}]
        real = re.sub(r"\{id_\}", "1", caminho).replace("{slug}", "hubble-acad")
        recusado = bancada_do_modulo.pedir(metodo.upper(), real, quem=None).status_code == 401
        assert exige is recusado, f"{metodo} {caminho}"
        assert ("401" in operacao["responses"]) >= exige


def test_todo_status_de_problema_tem_tipo(spec: dict[str, Any]) -> None:
    documentados = {
        int(status)
        for operacao in _operacoes(spec).values()
        for status in operacao["responses"]
        if status.startswith(("4", "5"))
    }
    assert documentados <= {tipo.status for tipo in CATALOGO.values()}


def test_o_problema_e_um_so_formato(spec: dict[str, Any]) -> None:
    esquemas = [
        resposta["content"]["application/problem+json"]["schema"]
        for operacao in _operacoes(spec).values()
        for status, resposta in operacao["responses"].items()
        if status.startswith(("4", "5"))
    ]
    assert esquemas
    assert all(esquema == esquemas[0] for esquema in esquemas)
