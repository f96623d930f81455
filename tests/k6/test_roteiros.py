"""Os roteiros do k6 contra os serviços de verdade; e contra serviços sem proteção, onde precisam reprovar."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ferramentas.roteiro_k6 import PASTA, achar, comando
from ferramentas.servicos import Servicos

REPROVADO = 99
CURTOS = {
    "01": {},
    "02": {"N": "20"},
    "03": {"N": "20"},
    "04": {"TAXA": "15", "SEGUNDOS": "6"},
    "05": {"TAXA": "20", "SEGUNDOS": "2", "HORARIOS": "10"},
    "06": {"PESSOAS": "5", "SEGUNDOS": "3"},
    "07": {"N": "6"},
}


@pytest.fixture(scope="module")
def servicos() -> Iterator[Servicos]:
    with Servicos() as no_ar:
        yield no_ar


def _rodar(url: str, roteiro: str, resultados: Path, **variaveis: str) -> subprocess.CompletedProcess[str]:
    partes, ambiente = comando(achar(roteiro), f"{roteiro}-teste", None)
    ambiente |= {"SCTEC_URL": url, "RESULTADOS": str(resultados), **variaveis}
    return subprocess.run(
        partes, cwd=PASTA, env=ambiente, capture_output=True, text=True, timeout=110, check=False
    )


@pytest.mark.parametrize(("roteiro", "variaveis"), CURTOS.items(), ids=CURTOS.keys())
def test_roteiro_passa(servicos: Servicos, roteiro: str, variaveis: dict[str, str], tmp_path: Path) -> None:
    feito = _rodar(servicos.agendamento.url, roteiro, tmp_path, **variaveis)
    assert feito.returncode == 0, feito.stdout + feito.stderr
    assert "Resultado: passou" in feito.stdout
    assert len(list(tmp_path.glob(f"{roteiro}-*.json"))) == 1


def test_todo_roteiro_e_executado() -> None:
    assert sorted(CURTOS) == sorted(arquivo.name[:2] for arquivo in PASTA.glob("*.js"))


def test_corrida_reprova_servico_fora_do_ar(tmp_path: Path) -> None:
    feito = _rodar("http://127.0.0.1:9", "02", tmp_path, N="5")
    assert feito.returncode != 0
    assert "Resultado: passou" not in feito.stdout


@pytest.mark.parametrize("roteiro", CURTOS)
def test_servico_que_congela_reprova(servicos: Servicos, roteiro: str, tmp_path: Path) -> None:
    """Congelado no primeiro POST /agendamentos, já com o roteiro em curso: nenhum fica verde."""
    partes, ambiente = comando(achar(roteiro), f"{roteiro}-congelado", None)
    ambiente |= {"SCTEC_URL": servicos.agendamento.url, "RESULTADOS": str(tmp_path), "PRAZO_S": "2"}
    marca = servicos.marca()
    with subprocess.Popen(
        partes,
        cwd=PASTA,
        env={**ambiente, **CURTOS[roteiro]},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as k6:
        servicos.esperar_linha(
            lambda x: x.mensagem == "Requisição recebida para POST /agendamentos", desde=marca, prazo_s=60
        )
        servicos.agendamento.congelar()
        try:
            saida, _ = k6.communicate(timeout=100)
        finally:
            servicos.agendamento.descongelar()
    assert k6.returncode != 0, saida
    assert "Resultado: passou" not in saida


def test_corrida_reprova_servico_sem_protecao(tmp_path: Path) -> None:
    """Controle: com as três camadas desligadas, o mesmo roteiro enxerga os duplicados."""
    banco = tmp_path / "descartavel.db"
    ambiente = {
        "SCTEC_BANCO_URL": f"sqlite:///{banco}",
        "SCTEC_SEM_TRAVA": "1",
        "SCTEC_SEM_FENCING": "1",
        "SCTEC_SEM_UNICIDADE": "1",
    }
    with Servicos(ambiente) as desprotegido:
        feito = _rodar(desprotegido.agendamento.url, "02", tmp_path, N="20")
    assert feito.returncode == REPROVADO, feito.stdout + feito.stderr
    assert "FALHOU  sctec_criados: count==1" in feito.stdout


def test_nenhum_roteiro_importa_de_fora() -> None:
    """Roda sem rede além do próprio serviço: nada de import remoto."""
    for arquivo in [*PASTA.glob("*.js"), *PASTA.glob("lib/*.js")]:
        for linha in arquivo.read_text("utf-8").splitlines():
            if linha.startswith("import"):
                assert "http:" not in linha
                assert "https:" not in linha
