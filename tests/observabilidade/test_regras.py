"""Catálogo, regras e roteiros: cada um cita só o que existe nos outros."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import catalogo
import consultas
import pytest
import yaml

PROMETHEUS = catalogo.PASTA / "prometheus"
ROTEIROS = catalogo.PASTA / "runbooks"
ALERTAS = [regra for regra in catalogo.regras() if regra.alerta]


def test_pagina_de_metricas_em_dia() -> None:
    assert catalogo.PAGINA.read_text(encoding="utf-8") == catalogo.pagina()


def test_catalogo_descreve_tudo_sem_repetir() -> None:
    proprias, externas = catalogo.carregar()
    nomes = [m.nome for m in proprias + externas]
    assert len(nomes) == len(set(nomes))
    for metrica in proprias:
        assert metrica.limites, metrica.nome
        assert (metrica.tipo == "histograma") == bool(metrica.faixas), metrica.nome
        assert list(metrica.faixas) == sorted(set(metrica.faixas)), metrica.nome
        assert metrica.nome.endswith("_total") == (metrica.tipo == "contador"), metrica.nome
        for rotulo in metrica.rotulos.values():
            assert rotulo["significado"]
            assert ("valores" in rotulo) != ("ate" in rotulo)


@pytest.mark.parametrize("regra", list(catalogo.regras()), ids=lambda r: r.nome)
def test_regra_so_usa_o_catalogo(regra: catalogo.Regra) -> None:
    assert consultas.fora_do_catalogo(regra.expressao, catalogo.series_permitidas()) == []


@pytest.mark.parametrize(
    "expressao",
    [
        "rate(sctec_inexistente_total[1m])",
        'sctec_locks_held{telescopio="x"}',
        "sum by (cientista) (sctec_locks_held)",
        "sctec_locks_held / on (slot) sctec_lock_queue_length",
        'sctec_agendamentos_total{resultado="inventado"}',
        'sctec_agendamentos_total{resultado=~"criado|inventado"}',
    ],
)
def test_conferencia_acusa_o_que_esta_fora(expressao: str) -> None:
    assert consultas.fora_do_catalogo(expressao, catalogo.series_permitidas())


@pytest.mark.parametrize("alerta", ALERTAS, ids=lambda r: r.nome)
def test_alerta_tem_roteiro_gravidade_e_textos(alerta: catalogo.Regra) -> None:
    roteiro = (ROTEIROS / f"{alerta.nome}.md").read_text(encoding="utf-8")
    for secao in ("O que aconteceu", "Quem sente", "Primeiro olhe", "Como resolver", "Como saber que passou"):
        assert f"\n## {secao}\n" in roteiro
    assert f"Alerta: `{alerta.nome}`" in roteiro
    assert alerta.rotulos["gravidade"] in {"critica", "aviso"}
    assert {"summary", "description", "runbook_url", "painel_url"} == set(alerta.anotacoes)


def test_nenhum_roteiro_sobra() -> None:
    assert {arquivo.stem for arquivo in ROTEIROS.glob("*.md")} == {alerta.nome for alerta in ALERTAS}


@pytest.mark.parametrize("alerta", ALERTAS, ids=lambda r: r.nome)
def test_alerta_tem_caso_que_dispara_e_caso_que_cala(alerta: catalogo.Regra) -> None:
    esperados = [
        bool(exame["exp_samples"])
        for caso in _casos()
        if caso["name"].startswith(f"{alerta.nome} ")
        for exame in caso["promql_expr_test"]
    ]
    assert True in esperados
    assert False in esperados


def _casos() -> list[dict[str, Any]]:
    arquivos: list[Path] = sorted((PROMETHEUS / "testes").glob("*.yml"))
    return [caso for a in arquivos for caso in yaml.safe_load(a.read_text(encoding="utf-8"))["tests"]]
