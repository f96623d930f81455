"""A figura: parte das vitórias por distância, na ordem de chegada e na nossa. SVG sem dependências."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from bench.justica.contas import Estimativa, proporcao

LARGURA, ALTURA = 760, 420
ESQ, DIR, TOPO, BASE = 64, 20, 56, 56
GRUPO = 5
_CORES = {"chegada": "#b45309", "nossa": "#1d4ed8"}
_NOMES = {"chegada": "ordem de chegada", "nossa": "instante do clique (SCTEC)"}


def _pontos(braco: dict[str, Any]) -> list[tuple[float, Estimativa]]:
    """Por grupo de cinco pessoas vizinhas em distância: ida e volta média e parte das vitórias do grupo."""
    pessoas, disputas = braco["por_pessoa"], braco["disputas"]
    grupos = [pessoas[i : i + GRUPO] for i in range(0, len(pessoas), GRUPO)]
    return [(sum(r for r, _ in g) / len(g), proporcao(sum(v for _, v in g), disputas)) for g in grupos]


def desenhar(honestos: dict[str, Any], arquivo: Path) -> None:
    series = {nome: _pontos(honestos[nome]) for nome in ("chegada", "nossa")}
    teto = max(e.ate for pontos in series.values() for _, e in pontos)
    passo_y = 0.1 if teto > 0.3 else 0.05
    teto = (int(teto / passo_y) + 1) * passo_y
    justo = GRUPO / len(honestos["nossa"]["por_pessoa"])

    def x(ms: float) -> float:
        return ESQ + (LARGURA - ESQ - DIR) * ms / 310

    def y(parte: float) -> float:
        return ALTURA - BASE - (ALTURA - TOPO - BASE) * parte / teto

    def texto(px: float, py: float, que: str, extra: str = "") -> str:
        return f'<text x="{px:.1f}" y="{py:.1f}" {extra}>{escape(que)}</text>'

    partes = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LARGURA} {ALTURA}" role="img" '
        'font-family="system-ui, sans-serif" font-size="13" fill="#1f2937">',
        "<title>Parte das vitórias por ida e volta, na ordem de chegada e na do instante do clique</title>",
        f'<rect width="{LARGURA}" height="{ALTURA}" fill="#ffffff"/>',
    ]
    for marca in range(0, 301, 50):
        partes += [
            f'<line x1="{x(marca):.1f}" y1="{TOPO}" x2="{x(marca):.1f}" y2="{ALTURA - BASE}" '
            'stroke="#e5e7eb"/>',
            texto(x(marca), ALTURA - BASE + 18, str(marca), 'text-anchor="middle"'),
        ]
    for i in range(round(teto / passo_y) + 1):
        parte = i * passo_y
        partes += [
            f'<line x1="{ESQ}" y1="{y(parte):.1f}" x2="{LARGURA - DIR}" y2="{y(parte):.1f}" '
            'stroke="#e5e7eb"/>',
            texto(ESQ - 8, y(parte) + 4, f"{parte * 100:.0f} %", 'text-anchor="end"'),
        ]
    partes += [
        f'<line x1="{ESQ}" y1="{y(justo):.1f}" x2="{LARGURA - DIR}" y2="{y(justo):.1f}" stroke="#6b7280" '
        'stroke-dasharray="5 4"/>',
        texto(LARGURA - DIR, 42, "- - se a distância não pesasse", 'text-anchor="end" fill="#6b7280"'),
        texto(
            (ESQ + LARGURA - DIR) / 2, ALTURA - 14, "ida e volta até o serviço (ms)", 'text-anchor="middle"'
        ),
        texto(ESQ, 20, f"Parte das vitórias de cada grupo de {GRUPO} pessoas", 'font-weight="600"'),
        texto(LARGURA - DIR, 20, "barras: intervalo de 95 %", 'text-anchor="end" fill="#6b7280"'),
    ]
    for n, (nome, pontos) in enumerate(series.items()):
        cor = _CORES[nome]
        linha = " ".join(f"{x(ms):.1f},{y(e.valor):.1f}" for ms, e in pontos)
        traco = ' stroke-dasharray="2 3"' if nome == "chegada" else ""
        partes.append(f'<polyline points="{linha}" fill="none" stroke="{cor}" stroke-width="2"{traco}/>')
        for ms, e in pontos:
            px = x(ms) + (n - 0.5) * 4
            partes.append(
                f'<line x1="{px:.1f}" y1="{y(e.de):.1f}" x2="{px:.1f}" y2="{y(e.ate):.1f}" stroke="{cor}"/>'
            )
            forma = (
                f'<circle cx="{px:.1f}" cy="{y(e.valor):.1f}" r="4" fill="{cor}"/>'
                if nome == "nossa"
                else f'<rect x="{px - 4:.1f}" y="{y(e.valor) - 4:.1f}" width="8" height="8" fill="{cor}"/>'
            )
            partes.append(forma)
        partes.append(
            texto(
                ESQ + n * 170,
                42,
                ("●" if nome == "nossa" else "■") + " " + _NOMES[nome],
                f'fill="{cor}"',
            )
        )
    arquivo.write_text("\n".join([*partes, "</svg>"]) + "\n", encoding="utf-8")
