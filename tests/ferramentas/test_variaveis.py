""".env.example, os dois serviços e o docker-compose.yml falam das mesmas variáveis."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest
from dotenv import dotenv_values

from ferramentas.caminhos import AGENDAMENTO, COORDENADOR, NODE, PYTHON, RAIZ

NOME = re.compile(r"\b(?:SCTEC|PORTA)_[A-Z][A-Z_]*[A-Z]\b")
SEGREDO = {"SCTEC_SEGREDO_COORDENADOR": "0123456789abcdef"}
# Desligar proteção é da prova da corrida, que não usa contêineres.
FORA_DO_COMPOSE = {"SCTEC_SEM_TRAVA", "SCTEC_SEM_FENCING", "SCTEC_SEM_UNICIDADE"}

CARREGAR = {
    "agendamento": (
        AGENDAMENTO,
        [str(PYTHON), "-c", "from agendamento.config import carregar; carregar()"],
    ),
    "coordenador": (
        COORDENADOR,
        [str(NODE), "-e", "import('./src/config.js').then((c) => c.carregarConfig())"],
    ),
}


def _todas() -> dict[str, str]:
    """Cada variável de .env.example, com o padrão que ele diz."""
    texto = (RAIZ / ".env.example").read_text(encoding="utf-8")
    achadas = re.findall(r"^#?([A-Z][A-Z_]+)=(.*)$", texto, re.MULTILINE)
    assert len(achadas) == len({nome for nome, _ in achadas}), "variável repetida"
    return dict(achadas)


def _documentadas() -> dict[str, str]:
    """Só as que os serviços leem."""
    return {nome: valor for nome, valor in _todas().items() if NOME.fullmatch(nome)}


def _no_codigo(arquivos: Iterable[Path]) -> set[str]:
    return {nome for arquivo in arquivos for nome in NOME.findall(arquivo.read_text(encoding="utf-8"))}


def _carregar(servico: str, ambiente: dict[str, str]) -> subprocess.CompletedProcess[str]:
    pasta, comando = CARREGAR[servico]
    return subprocess.run(comando, cwd=pasta, env=ambiente, capture_output=True, text=True, check=False)


def test_documentadas_sao_as_do_codigo() -> None:
    fontes = [*(AGENDAMENTO / "agendamento").rglob("*.py"), *(COORDENADOR / "src").rglob("*.js")]
    codigo = _no_codigo(fontes)
    assert codigo == set(_documentadas())


@pytest.mark.parametrize("servico", CARREGAR)
def test_cada_servico_conhece_todas(servico: str) -> None:
    feito = _carregar(servico, {**dict.fromkeys(_documentadas(), ""), **SEGREDO})
    assert feito.returncode == 0, feito.stderr


@pytest.mark.parametrize("servico", CARREGAR)
def test_cada_servico_aceita_os_padroes_documentados(servico: str, tmp_path: Path) -> None:
    padroes = {nome: valor for nome, valor in _documentadas().items() if valor}
    feito = _carregar(servico, {**padroes, **SEGREDO, "SCTEC_DADOS": str(tmp_path)})
    assert feito.returncode == 0, feito.stderr


@pytest.mark.parametrize("servico", CARREGAR)
def test_nome_fora_da_lista_e_recusado(servico: str) -> None:
    feito = _carregar(servico, {**SEGREDO, "SCTEC_NAO_EXISTE": "1"})
    assert feito.returncode != 0
    assert "SCTEC_NAO_EXISTE" in feito.stderr


DESENVOLVIMENTO = {"SCTEC_SEGREDO_COORDENADOR": "segredo-de-desenvolvimento"}
NO_CONTEINER = {**DESENVOLVIMENTO, "SCTEC_ENDERECO": "0.0.0.0", "SCTEC_PUBLICAR": "127.0.0.1"}


@pytest.mark.parametrize("servico", CARREGAR)
@pytest.mark.parametrize("alcance", [{"SCTEC_ENDERECO": "0.0.0.0"}, {"SCTEC_PUBLICAR": "192.0.2.7"}])
def test_segredo_de_desenvolvimento_nao_alcanca_ninguem(servico: str, alcance: dict[str, str]) -> None:
    feito = _carregar(servico, {**DESENVOLVIMENTO, **alcance})
    assert feito.returncode != 0
    assert "SCTEC_SEGREDO_COORDENADOR" in feito.stderr
    assert _carregar(servico, {**SEGREDO, **alcance}).returncode == 0
    assert _carregar(servico, NO_CONTEINER).returncode == 0


def test_demonstracao_publicada_precisa_ser_dita_de_novo() -> None:
    publicada = {**NO_CONTEINER, **SEGREDO, "SCTEC_DEMO": "1", "SCTEC_PUBLICAR": "0.0.0.0"}
    feito = _carregar("agendamento", publicada)
    assert feito.returncode != 0
    assert "SCTEC_DEMO_PUBLICA=1" in feito.stderr
    assert _carregar("agendamento", {**publicada, "SCTEC_DEMO_PUBLICA": "1"}).returncode == 0
    assert _carregar("agendamento", {**publicada, "SCTEC_PUBLICAR": "127.0.0.1"}).returncode == 0


def test_o_padrao_do_compose_e_o_segredo_que_os_servicos_recusam_fora() -> None:
    texto = (RAIZ / "docker-compose.yml").read_text(encoding="utf-8")
    assert f"${{SCTEC_SEGREDO_COORDENADOR:-{DESENVOLVIMENTO['SCTEC_SEGREDO_COORDENADOR']}}}" in texto


def test_compose_so_usa_variaveis_documentadas_e_com_o_mesmo_padrao() -> None:
    texto = (RAIZ / "docker-compose.yml").read_text(encoding="utf-8")
    usos = re.findall(r"\$\{([A-Z_]+):-([^}]*)\}", texto)
    assert len(usos) == texto.count("${")
    proprios = {
        "SCTEC_SEGREDO_COORDENADOR",
        "SCTEC_EVENTOS_URL",
        "SCTEC_LOG_FORMATO",
        "COMPOSE_PROJECT_NAME",
        "TESTID",
    }  # o texto ao lado os diz
    divergentes = {(n, v) for n, v in usos if n not in proprios and _todas().get(n) != v}
    assert divergentes == set()


def test_compose_passa_todas() -> None:
    assert _no_codigo([RAIZ / "docker-compose.yml"]) >= set(_documentadas()) - FORA_DO_COMPOSE


def test_env_exemplo_le_se_como_env(tmp_path: Path) -> None:
    texto = (RAIZ / ".env.example").read_text(encoding="utf-8")
    descomentado = tmp_path / ".env"
    descomentado.write_text(re.sub(r"^#(?=[A-Z])", "", texto, flags=re.MULTILINE), encoding="utf-8")
    assert dotenv_values(descomentado) == _todas()
    assert dotenv_values(RAIZ / ".env.example") == {}
