"""docs/API.md descreve o que os dois serviços respondem hoje; e a conferência sabe reprovar."""

from __future__ import annotations

from ferramentas.gerar_api_md import PAGINA, divergencias, gerar


def test_a_pagina_descreve_os_servicos() -> None:
    diferenca = divergencias(PAGINA.read_text(encoding="utf-8"), gerar())
    assert not diferenca, "\n".join([*diferenca, "", "Gere de novo: python -m ferramentas.gerar_api_md"])


def test_controle_campo_status_e_rota_a_mais_ou_a_menos_sao_percebidos() -> None:
    pagina = PAGINA.read_text(encoding="utf-8")
    mutantes = {
        "campo novo": pagina.replace('"fencing_token":', '"ficha":', 1),
        "outro tipo": pagina.replace('"horizonte_dias": 180', '"horizonte_dias": "180"', 1),
        "outro status": pagina.replace("201 CREATED", "200 OK", 1),
        "sem cabeçalho": pagina.replace("\nETag:", "\nX-ETag:", 1),
        "rota a menos": pagina.replace("### Hora oficial", "", 1),
    }
    for nome, mutante in mutantes.items():
        assert mutante != pagina, nome
        assert divergencias(mutante, pagina), nome


def test_o_que_so_muda_de_valor_nao_e_divergencia() -> None:
    pagina = PAGINA.read_text(encoding="utf-8")
    assert divergencias(pagina.replace('"id": 2,', '"id": 7,'), pagina) == []
