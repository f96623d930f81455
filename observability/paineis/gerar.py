"""Gera os painéis do Grafana em grafana/dashboards/, um JSON por painel.

Uso: python observability/paineis/gerar.py [--conferir]
Com --conferir não escreve nada e sai com 1 se algum arquivo estiver atrasado ou sobrar.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # catalogo.py

from carga import carga
from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from investigacao import investigar, roteiros, telemetria
from travas import relogios, travas
from visao_geral import visao_geral

SAIDA = Path(__file__).resolve().parents[1] / "grafana" / "dashboards"


def paineis() -> dict[str, Dashboard]:
    """Nome do arquivo → painel."""
    return {
        "visao-geral": visao_geral(),
        "travas": travas(),
        "relogios": relogios(),
        "investigar": investigar(),
        "carga": carga(),
        "telemetria": telemetria(),
        "roteiros": roteiros(),
    }


def textos() -> dict[str, str]:
    """Nome do arquivo → JSON que deve estar nele."""
    codificador = JSONEncoder(sort_keys=True, indent=1, ensure_ascii=False)
    return {f"{nome}.json": codificador.encode(p.build()) + "\n" for nome, p in paineis().items()}


def principal(argumentos: list[str]) -> int:
    """Escreve ou confere; devolve o código de saída."""
    novos = textos()
    if "--conferir" in argumentos:
        atuais = {a.name: a.read_text(encoding="utf-8") for a in SAIDA.glob("*.json")}
        atrasados = sorted(nome for nome in novos | atuais if novos.get(nome) != atuais.get(nome))
        if atrasados:
            print(f"Atrasados: {', '.join(atrasados)}. Rode gerar.py.", file=sys.stderr)
        return bool(atrasados)
    SAIDA.mkdir(parents=True, exist_ok=True)
    for nome, conteudo in novos.items():
        (SAIDA / nome).write_text(conteudo, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(principal(sys.argv[1:]))
