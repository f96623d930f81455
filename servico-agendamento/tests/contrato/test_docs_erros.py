"""docs/erros/ diz o mesmo que o catálogo de problemas, página por página."""

from __future__ import annotations

from pathlib import Path

from agendamento.api.catalogo import CATALOGO, em_markdown

PASTA = Path(__file__).resolve().parents[3] / "docs" / "erros"


def test_ha_uma_pagina_por_tipo_e_ela_esta_em_dia() -> None:
    paginas = {p.stem: p.read_text(encoding="utf-8") for p in PASTA.glob("*.md")}
    assert paginas == {slug: em_markdown(tipo) for slug, tipo in CATALOGO.items()}
