"""Uma pilha do docker-compose só desta execução: projeto, portas e volumes próprios, desfeitos ao fim."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

from ferramentas.caminhos import RAIZ
from ferramentas.linhas import Linha, Linhas
from ferramentas.portas import porta_livre
from ferramentas.servicos import ambiente_limpo
from tests.apoio.espera import esperar

PRAZO_PRONTA_S = 180
SERVICOS = ("agendamento", "coordenador")


def motor_responde() -> bool:
    """Verdadeiro se há um cliente do Docker e um motor que lhe responde."""
    return shutil.which("docker") is not None and _responde(["docker", "info"])


def comandos_compose() -> list[list[str]]:
    """Os que esta máquina tem: o plug-in v2 e o docker-compose 1.29."""
    conhecidos = (["docker", "compose"], ["docker-compose"])
    return [c for c in conhecidos if shutil.which(c[0]) and _responde([*c, "version"])]


def _responde(comando: list[str]) -> bool:
    return subprocess.run(comando, capture_output=True, check=False).returncode == 0


class Pilha:
    """Constrói, inicia, consulta e desfaz, com o ``comando`` do compose dado."""

    def __init__(self, comando: list[str], ambiente: Mapping[str, str] | None = None) -> None:
        self.projeto = f"sctec-teste-{secrets.token_hex(4)}"
        agendamento, coordenador = porta_livre(), porta_livre()
        self.url = f"http://127.0.0.1:{agendamento}"
        # Sem o .env de quem executa (o 1.29 não aceita /dev/null), e com o construtor que todo motor tem.
        descritor, self._env_vazio = tempfile.mkstemp(prefix="sctec-env-")
        os.close(descritor)
        self._compose = [*comando, "--env-file", self._env_vazio, "-p", self.projeto]
        self._ambiente = {
            **ambiente_limpo(),
            "DOCKER_BUILDKIT": "0",
            "COMPOSE_DOCKER_CLI_BUILD": "0",
            "COMPOSE_PROJECT_NAME": self.projeto,
            "PORTA_AGENDAMENTO": str(agendamento),
            "PORTA_COORDENADOR": str(coordenador),
            "SCTEC_EVENTOS_URL": f"http://127.0.0.1:{coordenador}/eventos",
            **(ambiente or {}),
        }

    def compose(self, *argumentos: str, **ambiente: str) -> str:
        """Executa um comando do compose e devolve o stdout; falha com tudo o que ele disse."""
        feito = subprocess.run(
            [*self._compose, *argumentos],
            cwd=RAIZ,
            env={**self._ambiente, **ambiente},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert feito.returncode == 0, f"{argumentos}: {feito.stdout[-3000:]}{feito.stderr[-3000:]}"
        return feito.stdout

    def subir(self, **ambiente: str) -> None:
        """``up -d`` dos dois serviços (e só deles), e espera até o Docker os dar por saudáveis."""
        self.compose("up", "-d", *SERVICOS, **ambiente)
        self.esperar_saudavel()

    def esperar_saudavel(self) -> None:
        """Os dois saudáveis para o Docker, e o agendamento pronto na porta publicada."""

        def saudavel() -> bool:
            estados = [self.inspecionar(servico)["State"] for servico in SERVICOS]
            return (
                all(e["Running"] and e["Health"]["Status"] == "healthy" for e in estados) and self._pronto()
            )

        try:
            esperar(saudavel, "contêineres saudáveis", prazo_s=PRAZO_PRONTA_S)
        except TimeoutError as erro:
            raise AssertionError(f"{erro}\n{self.compose('logs', '--no-color', '--tail', '40')}") from erro

    def inspecionar(self, servico: str) -> dict[str, Any]:
        """``docker inspect`` do contêiner do serviço, também parado."""
        rotulos = {"project": self.projeto, "service": servico}
        filtros = [f"--filter=label=com.docker.compose.{nome}={valor}" for nome, valor in rotulos.items()]
        (id_,) = _docker("ps", "-aq", *filtros).split()
        lido = json.loads(_docker("inspect", id_))[0]
        assert isinstance(lido, dict)
        return lido

    def linhas(self) -> list[Linha]:
        """O que ``docker-compose logs`` mostra, sem o prefixo, na ordem em que ocorreu."""
        lidas = Linhas()
        for bruta in self.compose("logs", "--no-color").splitlines():
            nome, separador, texto = bruta.partition("|")
            if separador:
                quem = next((s for s in SERVICOS if s in nome), nome.strip())
                lidas.acrescentar(f"servico-{quem}", texto.strip())
        return lidas.lista()

    def desfazer(self) -> None:
        """``down -v``, também do que subiu pela metade."""
        self.compose("down", "-v", "--remove-orphans")
        Path(self._env_vazio).unlink(missing_ok=True)

    def _pronto(self) -> bool:
        try:
            return requests.get(f"{self.url}/saude/pronto", timeout=5).status_code == 200
        except requests.ConnectionError:
            return False


def _docker(*argumentos: str) -> str:
    return subprocess.run(["docker", *argumentos], capture_output=True, text=True, check=True).stdout
