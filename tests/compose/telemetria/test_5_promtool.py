"""As regras passam nos seus testes unitários, com o promtool da mesma imagem que as executa."""

from __future__ import annotations

import subprocess

import yaml

from ferramentas.caminhos import RAIZ

PASTA = RAIZ / "observability" / "prometheus"


def _promtool(*argumentos: str) -> subprocess.CompletedProcess[str]:
    imagem = yaml.safe_load((RAIZ / "docker-compose.yml").read_text("utf-8"))["services"]["prometheus"][
        "image"
    ]
    return subprocess.run(
        [
            "docker",
            "run",
            "--rm",
            "-v",
            f"{PASTA}:/p:ro",
            "-w",
            "/p",
            "--entrypoint",
            "promtool",
            imagem,
            *argumentos,
        ],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def test_regras_validas() -> None:
    feito = _promtool("check", "rules", *(f"regras/{a.name}" for a in (PASTA / "regras").glob("*.yml")))
    assert feito.returncode == 0, feito.stdout + feito.stderr


def test_cada_alerta_dispara_e_cala() -> None:
    feito = _promtool("test", "rules", *(f"testes/{a.name}" for a in (PASTA / "testes").glob("*.yml")))
    assert feito.returncode == 0, feito.stdout + feito.stderr
