"""``make test``: as suítes que não pedem Docker, uma após a outra, e uma linha final com a soma."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from ferramentas.preparar import AGENDAMENTO, COORDENADOR, NODE, NPM, PYTHON, RAIZ
from ferramentas.servicos import ambiente_limpo

_PYTEST = re.compile(r"(\d+) (passed|failed|errors?|skipped|xfailed|xpassed)")
_NODE = re.compile(r"^[#ℹ] (pass|fail|cancelled|skipped|todo) (\d+)$")
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass
class Contagem:
    """Quantos testes passaram, falharam e foram pulados."""

    passaram: int = 0
    falharam: int = 0
    pulados: int = 0

    def somar(self, outra: Contagem) -> None:
        self.passaram += outra.passaram
        self.falharam += outra.falharam
        self.pulados += outra.pulados

    def linha(self) -> str:
        """A linha final, na forma que máquinas também leem."""
        pulados = f", {self.pulados} skipped" if self.pulados else ""
        return f"{self.passaram} passed, {self.falharam} failed{pulados}"


SUITES: list[tuple[str, Path, list[str]]] = [
    ("servico-agendamento", AGENDAMENTO, [str(PYTHON), "-m", "pytest", "-q"]),
    ("servico-coordenador", COORDENADOR, [str(NPM), "test", "--silent"]),
    ("página", RAIZ, [str(NODE), "--test", "servico-agendamento/tests/web/*.test.mjs"]),
    ("sctec_cliente", RAIZ / "sctec_cliente", [str(PYTHON), "-m", "pytest", "-q"]),
    ("os dois juntos e as ferramentas", RAIZ, [str(PYTHON), "-m", "pytest", "-q", "--ignore=tests/compose"]),
]


def contar(saida: list[str], codigo: int) -> Contagem:
    """Lê o resumo do pytest ou do node; um erro sem teste falho conta como uma falha.

    >>> contar(["=== 3 passed, 1 skipped in 0.1s ==="], 0).linha()
    '3 passed, 0 failed, 1 skipped'
    >>> contar(["ℹ pass 2", "ℹ fail 0"], 0).linha()
    '2 passed, 0 failed'
    >>> contar(["quebrou antes de testar"], 4).linha()
    '0 passed, 1 failed'
    """
    total = Contagem()
    for linha in (_ANSI.sub("", bruta).strip() for bruta in saida[-40:]):
        if achado := _NODE.match(linha):
            _acrescentar(total, achado[1], int(achado[2]))
    for linha in (_ANSI.sub("", bruta) for bruta in reversed(saida[-5:])):
        if " in " in linha and (achados := _PYTEST.findall(linha)):
            for quantos, que in achados:
                _acrescentar(total, que, int(quantos))
            break
    if codigo and not total.falharam:
        total.falharam = 1
    return total


def _acrescentar(total: Contagem, que: str, quantos: int) -> None:
    if que in ("passed", "pass", "xfailed"):
        total.passaram += quantos
    elif que in ("skipped", "todo"):
        total.pulados += quantos
    else:
        total.falharam += quantos


def executar(nome: str, pasta: Path, comando: list[str]) -> Contagem:
    """Uma suíte, com a saída na tela enquanto corre."""
    print(f"\n── {nome} ──", flush=True)
    saida: list[str] = []
    with subprocess.Popen(
        comando,
        cwd=pasta,
        env=ambiente_limpo(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as processo:
        assert processo.stdout is not None
        for linha in processo.stdout:
            saida.append(linha)
            print(linha, end="", flush=True)
    return contar(saida, processo.returncode)


def principal() -> int:
    """Ponto de entrada da linha de comando."""
    inicio, total = time.monotonic(), Contagem()
    parcelas = []
    for suite in SUITES:
        parcela = executar(*suite)
        parcelas.append(f"  {suite[0]}: {parcela.linha()}")
        total.somar(parcela)
    print(f"\nResumo, em {time.monotonic() - inicio:.0f} s:", *parcelas, sep="\n")
    print(total.linha(), flush=True)
    return 1 if total.falharam or not total.passaram else 0


if __name__ == "__main__":
    sys.exit(principal())
