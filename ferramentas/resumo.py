"""A última linha de ``make test``: soma os relatos JUnit das suítes e diz o que traria os testes pulados.

    python -m ferramentas.resumo CODIGO RELATO.xml…

CODIGO é o do make que as executou. Onde ``CI=true``, teste pulado é falha: lá instala-se tudo.
"""

from __future__ import annotations

import os
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

_FALHAS = ("failure", "error")


def somar(relatos: list[Path], codigo: int, *, ci: bool) -> tuple[str, bool]:
    """O texto, e se está tudo em ordem. Relato que falta é suíte que nem começou: uma falha."""
    total: Counter[str] = Counter()
    motivos: Counter[str] = Counter()
    linhas = []
    for relato in relatos:
        conta = _contar(relato, motivos)
        linhas.append(f"  {relato.stem}: {_linha(conta)}")
        total += conta
    if codigo and not total["failed"]:
        total["failed"] += 1
        linhas.append("  uma suíte terminou com erro fora dos testes; veja acima")
    for motivo, quantos in sorted(motivos.items()):
        linhas.append(f"  {quantos} pulados, {motivo}")
    if ci and motivos:
        linhas.append("  CI=true: nenhum teste pode ser pulado")
    em_ordem = bool(total["passed"]) and not total["failed"] and not (ci and motivos)
    return "\n".join([*linhas, _linha(total)]), em_ordem


def _contar(relato: Path, motivos: Counter[str]) -> Counter[str]:
    if not relato.exists():
        return Counter(failed=1)
    conta: Counter[str] = Counter()
    for caso in ET.parse(relato).iter("testcase"):
        pulado = caso.find("skipped")
        if any(caso.find(falha) is not None for falha in _FALHAS):
            conta["failed"] += 1
        elif pulado is not None and pulado.get("type") != "pytest.xfail":
            conta["skipped"] += 1
            motivos[pulado.get("message") or "sem motivo"] += 1
        else:
            conta["passed"] += 1
    return conta


def _linha(conta: Counter[str]) -> str:
    pulados = f", {conta['skipped']} skipped" if conta["skipped"] else ""
    return f"{conta['passed']} passed, {conta['failed']} failed{pulados}"


if __name__ == "__main__":
    texto, em_ordem = somar(
        [Path(nome) for nome in sys.argv[2:]], int(sys.argv[1]), ci=os.environ.get("CI") == "true"
    )
    print(f"\nResumo:\n{texto}", flush=True)
    sys.exit(0 if em_ordem else 1)
