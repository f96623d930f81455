"""Catálogo das métricas: carrega metricas.yaml e as regras do Prometheus e gera docs/METRICAS.md.

Uso: python observability/catalogo.py [--conferir]
Sem opção, escreve docs/METRICAS.md. Com --conferir não escreve nada e sai com 1 se a página estiver atrasada.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

PASTA = Path(__file__).resolve().parent
PAGINA = PASTA.parent / "docs" / "METRICAS.md"
REGRAS = PASTA / "prometheus" / "regras"
SUFIXOS_HISTOGRAMA = ("_bucket", "_sum", "_count")
#: Postos pelo Prometheus em toda série; `le` só nas faixas de histograma.
ROTULOS_DE_TODOS = frozenset({"job", "instance", "le", "__name__"})
SERVICOS = ("servico-agendamento", "servico-coordenador")


@dataclass(frozen=True)
class Metrica:
    """Uma entrada do catálogo; `faixas` na unidade da métrica."""

    nome: str
    tipo: str
    unidade: str
    exportador: tuple[str, ...]
    significado: str
    rotulos: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    faixas: tuple[float, ...] = ()
    limites: str = ""
    exemplares: bool = False

    def series(self) -> tuple[str, ...]:
        """Nomes das séries que o Prometheus guarda para esta métrica."""
        if self.tipo == "histograma":
            return tuple(self.nome + sufixo for sufixo in SUFIXOS_HISTOGRAMA)
        return (self.nome,)

    def valores(self) -> dict[str, frozenset[str] | None]:
        """Rótulo → os valores que pode ter; ``None``: conjunto aberto."""
        return {
            nome: frozenset(rotulo["valores"]) if "valores" in rotulo else None
            for nome, rotulo in self.rotulos.items()
        }


@dataclass(frozen=True)
class Regra:
    """Uma regra do Prometheus: de registro (`alerta` falso) ou alerta."""

    nome: str
    expressao: str
    alerta: bool
    rotulos: Mapping[str, str]
    anotacoes: Mapping[str, str]
    espera: str


def carregar() -> tuple[list[Metrica], list[Metrica]]:
    """Devolve (métricas do SCTEC, métricas de terceiros), na ordem do arquivo."""
    bruto = yaml.safe_load((PASTA / "metricas.yaml").read_text(encoding="utf-8"))
    return [_metrica(item) for item in bruto["metricas"]], [_metrica(item) for item in bruto["externas"]]


def _metrica(item: dict[str, Any]) -> Metrica:
    return Metrica(
        **{**item, "exportador": tuple(item["exportador"]), "faixas": tuple(item.get("faixas", ()))}
    )


def regras() -> Iterator[Regra]:
    """Regras de todos os arquivos de prometheus/regras/, na ordem em que aparecem."""
    for arquivo in sorted(REGRAS.glob("*.yml")):
        for grupo in yaml.safe_load(arquivo.read_text(encoding="utf-8"))["groups"]:
            for regra in grupo["rules"]:
                yield Regra(
                    nome=regra.get("alert") or regra["record"],
                    expressao=regra["expr"],
                    alerta="alert" in regra,
                    rotulos=regra.get("labels", {}),
                    anotacoes=regra.get("annotations", {}),
                    espera=regra.get("for", "0s"),
                )


def series_permitidas() -> dict[str, dict[str, frozenset[str] | None]]:
    """Série → rótulos que uma consulta pode citar nela, e os valores deles (``None``: conjunto aberto).

    Regras de registro aceitam os rótulos do catálogo.
    """
    proprias, externas = carregar()
    permitidas = {
        serie: {**dict.fromkeys(ROTULOS_DE_TODOS), **metrica.valores()}
        for metrica in proprias + externas
        for serie in metrica.series()
    }
    todos = dict.fromkeys(nome for rotulos in permitidas.values() for nome in rotulos)
    permitidas.update({regra.nome: {**todos} for regra in regras() if not regra.alerta})
    return permitidas


def pagina() -> str:
    """Texto de docs/METRICAS.md."""
    proprias, externas = carregar()
    lista = list(regras())
    partes = [
        "# Métricas do SCTEC",
        "",
        "Gerado de `observability/metricas.yaml` e `observability/prometheus/regras/` por "
        "`observability/catalogo.py`; não edite à mão. Unidades de base, nunca um rótulo por pessoa, horário "
        "ou traço. Cada métrica com *exemplares* leva em amostras o `trace_id` da requisição.",
        "",
    ]
    for servico in SERVICOS:
        partes += [f"## {servico}", ""]
        for metrica in proprias:
            if servico in metrica.exportador:
                partes += _ficha(metrica)
    partes += ["## Métricas de terceiros usadas em painéis e regras", ""]
    partes += ["| métrica | de quem | tipo | unidade | o que diz |", "|---|---|---|---|---|"]
    partes += [
        f"| `{m.nome}` | {', '.join(m.exportador)} | {m.tipo} | {m.unidade} | {m.significado} |"
        for m in externas
    ]
    partes += ["", "## Regras de registro", "", "| série | expressão |", "|---|---|"]
    partes += [f"| `{r.nome}` | `{_em_linha(r.expressao)}` |" for r in lista if not r.alerta]
    partes += [
        "",
        "## Alertas",
        "",
        "| alerta | gravidade | depois de | o que diz | roteiro |",
        "|---|---|---|---|---|",
    ]
    partes += [
        f"| {r.nome} | {r.rotulos['gravidade']} | {r.espera} | {_sem_molde(r.anotacoes['summary'])} "
        f"| [abrir](../observability/runbooks/{r.nome}.md) |"
        for r in lista
        if r.alerta
    ]
    return "\n".join(partes) + "\n"


def _ficha(metrica: Metrica) -> list[str]:
    linhas = [f"### `{metrica.nome}`", "", metrica.significado, ""]
    linhas.append(
        f"- Tipo: {metrica.tipo}{' com exemplares' if metrica.exemplares else ''}; unidade: {metrica.unidade}"
    )
    if metrica.limites:
        linhas.append(f"- Em serviço normal: {metrica.limites}")
    for nome, rotulo in metrica.rotulos.items():
        valores = rotulo.get("valores")
        alcance = ", ".join(f"`{v}`" for v in valores) if valores else f"até {rotulo['ate']} valores"
        linhas.append(f"- Rótulo `{nome}`: {rotulo['significado']} ({alcance})")
    if metrica.faixas:
        linhas.append(f"- Faixas: {'; '.join(f'{faixa:g}'.replace('.', ',') for faixa in metrica.faixas)}")
    return [*linhas, ""]


def _em_linha(expressao: str) -> str:
    return " ".join(expressao.split()).replace("|", "\\|")


def _sem_molde(texto: str) -> str:
    return texto.replace("{{ $labels.job }}", "um alvo")


def principal(argumentos: list[str]) -> int:
    """Escreve ou confere a página; devolve o código de saída."""
    novo = pagina()
    if "--conferir" in argumentos:
        if PAGINA.exists() and PAGINA.read_text(encoding="utf-8") == novo:
            return 0
        print(f"{PAGINA.name} está atrasada: rode python observability/catalogo.py", file=sys.stderr)
        return 1
    PAGINA.write_text(novo, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(principal(sys.argv[1:]))
