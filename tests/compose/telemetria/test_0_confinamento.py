"""A telemetria só escuta nesta máquina, não escreve onde não deve, cabe na memória e fala pouco."""

from __future__ import annotations

import pytest
import yaml

from ferramentas.caminhos import RAIZ
from tests.compose.pilha import SERVICOS
from tests.compose.telemetria.pilha import Observatorio, memoria_bytes

COMPOSE = yaml.safe_load((RAIZ / "docker-compose.yml").read_text("utf-8"))["services"]
TELEMETRIA = ["coletor", "loki", "prometheus", "tempo", "grafana"]
NO_AR = ["coletor", "loki", "prometheus", "tempo"]


@pytest.mark.parametrize("servico", TELEMETRIA)
def test_descrito_confinado(servico: str) -> None:
    descrito = COMPOSE[servico]
    assert descrito["read_only"] is True
    assert descrito["cap_drop"] == ["ALL"]
    assert descrito["security_opt"] == ["no-new-privileges:true"]
    assert descrito["mem_limit"]
    assert descrito["logging"]["options"]["max-size"]
    assert [porta for porta in descrito["ports"] if not porta.startswith("127.0.0.1:")] == []
    assert ":latest" not in descrito["image"]
    assert ":" in descrito["image"]


@pytest.mark.parametrize("servico", sorted(set(TELEMETRIA) - {"coletor"}))
def test_saude_sem_interpretador_de_comandos(servico: str) -> None:
    teste = COMPOSE[servico]["healthcheck"]["test"]
    assert teste[0] == "CMD"
    assert not {"sh", "bash", "/bin/sh"} & set(teste)


def test_quem_chega_explora_e_nao_administra() -> None:
    ambiente = COMPOSE["grafana"]["environment"]
    assert ambiente["GF_AUTH_ANONYMOUS_ORG_ROLE"] == "Editor"
    assert ambiente["GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION"] == "${GRAFANA_SEM_ADMIN:-true}"
    assert ambiente["GF_SECURITY_ADMIN_PASSWORD"] == "${GRAFANA_SENHA:-}"


@pytest.mark.parametrize("servico", NO_AR)
def test_no_ar_confinado(pilha: Observatorio, servico: str) -> None:
    anfitriao = pilha.inspecionar(servico)["HostConfig"]
    assert anfitriao["ReadonlyRootfs"]
    assert anfitriao["CapDrop"] == ["ALL"]
    assert anfitriao["Memory"] > 0
    publicadas = [porta for portas in anfitriao["PortBindings"].values() for porta in portas]
    assert {porta["HostIp"] for porta in publicadas} == {"127.0.0.1"}


def test_pilha_cabe_em_900_mb(pilha: Observatorio) -> None:
    """Os dois serviços e a telemetria, sem Grafana, pouco depois de iniciar."""
    ocupa = memoria_bytes(pilha, (*NO_AR, *SERVICOS))
    assert 100 * 10**6 < ocupa < 900 * 10**6


@pytest.mark.parametrize("servico", ["coletor", "loki", "prometheus"])
def test_registros_da_telemetria_sao_so_avisos_e_erros(pilha: Observatorio, servico: str) -> None:
    linhas = pilha.compose("logs", "--no-color", servico).splitlines()
    assert [linha for linha in linhas if '"level":"info"' in linha or "level=info" in linha.lower()] == []
