"""docs/ERROS.md diz o mesmo que o catálogo de problemas, tipo por tipo."""

from __future__ import annotations

from pathlib import Path

from agendamento.api.catalogo import CATALOGO

PAGINA = Path(__file__).resolve().parents[3] / "docs" / "ERROS.md"


def test_ha_uma_linha_por_tipo_e_ela_esta_em_dia() -> None:
    linhas = [x for x in PAGINA.read_text(encoding="utf-8").splitlines() if x.startswith("| `")]
    assert linhas == [
        f"| `{tipo.slug}` | {tipo.status} | {tipo.titulo} | {tipo.texto} | {tipo.remedio} |"
        for tipo in CATALOGO.values()
    ]
