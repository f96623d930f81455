"""``make k6 ROTEIRO=02``: executa um roteiro do k6 contra os serviços que já estão no ar.

Se houver Prometheus em PROMETHEUS_URL (padrão http://127.0.0.1:9090), as séries vão para ele com o rótulo
testid, e o painel Carga k6 as mostra; se não houver, só a tela e o JSON. Variáveis do roteiro (N, TAXA,
SEGUNDOS, …) e SCTEC_URL vêm do ambiente.
"""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

from ferramentas.caminhos import RAIZ, VENV

PASTA = RAIZ / "k6"
ESTATISTICAS = "p(95),p(99),max"


def achar(comeco: str) -> Path:
    """O roteiro cujo nome começa por ``comeco``; sai com a lista se não for um só."""
    achados = sorted(PASTA.glob(f"{comeco}*.js")) if comeco else []
    if len(achados) != 1:
        nomes = "\n".join(f"  {arquivo.stem}" for arquivo in sorted(PASTA.glob("*.js")))
        sys.exit(f"Diga qual roteiro, por exemplo: make k6 ROTEIRO=02\n{nomes}")
    return achados[0]


def _ha_prometheus(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/-/ready", timeout=1) as resposta:
            return bool(resposta.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def comando(roteiro: Path, testid: str, prometheus: str | None) -> tuple[list[str], dict[str, str]]:
    """O comando do k6 e o ambiente com que ele roda."""
    partes = [str(VENV / "bin" / "k6"), "run", "--quiet", "--no-usage-report"]
    ambiente = {**os.environ, "TESTID": testid}
    if prometheus:
        partes += ["--out", "experimental-prometheus-rw"]
        ambiente["K6_PROMETHEUS_RW_SERVER_URL"] = f"{prometheus}/api/v1/write"
        ambiente["K6_PROMETHEUS_RW_TREND_STATS"] = ESTATISTICAS
    return [*partes, roteiro.name], ambiente


def principal(argumentos: list[str]) -> int:
    """Executa o roteiro e devolve o código do k6 (99: o que precisava valer não valeu)."""
    roteiro = achar(argumentos[0] if argumentos else "")
    url = os.environ.get("PROMETHEUS_URL", "http://127.0.0.1:9090").rstrip("/")
    prometheus = url if _ha_prometheus(url) else None
    testid = f"{roteiro.stem}-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    partes, ambiente = comando(roteiro, testid, prometheus)
    destino = (
        f"séries em {prometheus} (testid={testid})" if prometheus else "sem Prometheus: só a tela e o JSON"
    )
    print(f"{roteiro.stem}: {destino}", flush=True)
    return subprocess.run(partes, cwd=PASTA, env=ambiente, check=False).returncode


if __name__ == "__main__":
    sys.exit(principal(sys.argv[1:]))
