"""As execuções e a figura, em docs/medicoes/; a tabela de metas, em docs/JUSTICA.md."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from bench.justica import figura
from bench.justica.somas import SOMAS
from ferramentas.caminhos import RAIZ

PASTA = RAIZ / "docs" / "medicoes"
ARQUIVO = PASTA / "justica.json"
PAGINA = RAIZ / "docs" / "JUSTICA.md"
MARCAS = "<!-- make bench-justica escreve daqui -->\n", "\n<!-- até aqui -->"

Medicoes = dict[str, list[dict[str, Any]]]
"""Por braço, as execuções que se somam."""


@dataclass(frozen=True)
class Linha:
    """Uma meta, o que se obteve e se foi alcançada."""

    medida: str
    obtido: str
    meta: str
    alcancada: bool

    def texto(self) -> str:
        return f"| {self.medida} | {self.obtido} | {self.meta} | {'✔' if self.alcancada else '✘'} |"


def ler() -> Medicoes:
    """O que já foi medido; vazio se nada."""
    if not ARQUIVO.exists():
        return {}
    lido: Medicoes = json.loads(ARQUIVO.read_text(encoding="utf-8"))
    return lido


def resumir(nome: str, partes: list[dict[str, Any]]) -> dict[str, Any]:
    """Os números de um braço, de todas as suas execuções."""
    return SOMAS[nome](partes)


def resumos(medicoes: Medicoes) -> dict[str, dict[str, Any]]:
    return {nome: resumir(nome, partes) for nome, partes in medicoes.items()}


def numero(valor: float, casas: int = 2) -> str:
    return f"{valor:.{casas}f}".replace(".", ",")


def intervalo(estimativa: dict[str, float]) -> str:
    e = estimativa
    return f"{numero(e['valor'])} (95 %: {numero(e['de'])} a {numero(e['ate'])})"


def metas(m: dict[str, dict[str, Any]]) -> list[Linha]:
    """Uma linha por meta do que foi medido."""
    linhas = []
    if "honestos" in m:
        chegada, nossa = m["honestos"]["chegada"], m["honestos"]["nossa"]
        razao, primeiro = nossa["lenta_sobre_rapida"], nossa["o_primeiro_vence"]
        linhas += [
            Linha(
                "vitórias do quarto mais lento ÷ do mais rápido, ordem de chegada",
                intervalo(chegada["lenta_sobre_rapida"]),
                "≈ 0, para comparar",
                True,
            ),
            Linha(
                "vitórias do quarto mais lento ÷ do mais rápido",
                intervalo(razao),
                "o intervalo contém 1 e começa acima de 0,75",
                0.75 < razao["de"] <= 1 <= razao["ate"],
            ),
            Linha(
                "o primeiro a clicar vence, ordem de chegada",
                intervalo(chegada["o_primeiro_vence"]),
                "para comparar",
                True,
            ),
            Linha("o primeiro a clicar vence", intervalo(primeiro), "≥ 0,70", primeiro["valor"] >= 0.70),
        ]
    if "duelos" in m:
        delta = m["duelos"]["vantagem_95_ms"]
        linhas.append(
            Linha(
                "vantagem com que 250 ms de ida e volta vencem 5 ms em 95 % das vezes",
                f"{numero(delta, 1)} ms",
                "≤ 25 ms",
                delta <= 25,
            )
        )
    for nome, frase, meta in (
        ("recuam", "10 % que recuam o clique tudo o que podem: parte das vitórias", 0.16),
        ("fingem", "… e fingem 100 ms a mais numa rede conhecida", 0.20),
        ("fingem_isolados", "… e fingem, sozinhos na sua rede", 0.20),
        ("fingem_sem_reserva", "… e fingem, com as contenções desligadas", None),
    ):
        if nome in m:
            parte = m[nome]["parte_dos_trapaceiros"]
            texto = f"≤ {numero(meta)}" if meta else "para comparar"
            linhas.append(Linha(frase, intervalo(parte), texto, meta is None or parte["valor"] <= meta))
    if "decisao" in m:
        d = m["decisao"]
        limite = d["janela_ms"] + 50
        linhas.append(
            Linha(
                f"decisão entre {d['disputantes']} disputantes, p99",
                f"{numero(d['concessao_p99_ms'], 0)} ms",
                f"≤ W + 50 = {limite} ms",
                d["concessao_p99_ms"] <= limite,
            )
        )
    if "vazao" in m:
        v = m["vazao"]
        linhas.append(
            Linha(
                f"reservas/s com W = 150 ÷ com W = 0, {v['conexoes']} conexões",
                f"{numero(v['razao'])} ({v['com_janela_por_s']:.0f}/s ÷ {v['sem_janela_por_s']:.0f}/s)",
                "≥ 0,9",
                v["razao"] >= 0.9,
            )
        )
    if "ordenacao" in m:
        o = m["ordenacao"]
        linhas += [
            Linha(
                "ordenação pura, 10 000 candidatos em intervalos sobrepostos",
                f"{o['dez_mil']['por_segundo'] / 1000:.0f} mil por segundo",
                "≥ 100 mil/s",
                o["dez_mil"]["por_segundo"] >= 100_000,
            ),
            Linha(
                "crescimento do custo de mil a dez mil candidatos",
                f"{numero(o['crescimento_de_mil_a_dez_mil'], 1)} ×",
                "≤ 20 × (quadrático seria 100 ×)",
                o["crescimento_de_mil_a_dez_mil"] <= 20,
            ),
        ]
    return linhas


def escrever(medicoes: Medicoes) -> None:
    PASTA.mkdir(parents=True, exist_ok=True)
    # Uma linha por braço: legível por programa, e a diferença entre duas medições diz qual mudou.
    linhas = ",\n".join(
        f"{json.dumps(nome)}: {json.dumps(partes, ensure_ascii=False)}" for nome, partes in medicoes.items()
    )
    ARQUIVO.write_text("{\n" + linhas + "\n}\n", encoding="utf-8")
    m = resumos(medicoes)
    if "honestos" in m:
        figura.desenhar(m["honestos"], PASTA / "justica.svg")
    tabela = "\n".join(linha.texto() for linha in metas(m))
    tabela = f"| medida | obtido | meta | |\n|---|---|---|---|\n{tabela}"
    antes, resto = PAGINA.read_text(encoding="utf-8").split(MARCAS[0])
    depois = resto.split(MARCAS[1], 1)[1]
    PAGINA.write_text(f"{antes}{MARCAS[0]}{tabela}{MARCAS[1]}{depois}", encoding="utf-8")
