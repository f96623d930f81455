"""``make run`` por fora: um processo de verdade, com terminal e sem, do começo à parada."""

from __future__ import annotations

import os
import pty
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from ferramentas import apagar_dados, caminhos
from ferramentas.ambiente import segredo_guardado, uso_exclusivo
from ferramentas.portas import livre, porta_livre
from ferramentas.servicos import ambiente_limpo

PRONTO = "Ctrl-C para os dois"


EXECUTAR = [sys.executable, "-m", "ferramentas.executar"]
# Num processo à parte, o terminal passa a ser o dele, e o Ctrl-C digitado lhe chega.
COM_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""


class Execucao:
    """Um ``make run`` em curso no seu próprio terminal, lido pela tela."""

    def __init__(self, dados: Path, comando: list[str] = EXECUTAR, **variaveis: str) -> None:
        self.agendamento, self.coordenador = porta_livre(), porta_livre()
        mestre, escravo = pty.openpty()
        ambiente = {
            **ambiente_limpo(),
            "SCTEC_DADOS": str(dados),
            "PORTA_AGENDAMENTO": str(self.agendamento),
            "PORTA_COORDENADOR": str(self.coordenador),
            **variaveis,
        }
        self.processo = subprocess.Popen(
            [sys.executable, "-c", COM_TERMINAL, *comando],
            cwd=caminhos.RAIZ,
            env=ambiente,
            stdin=escravo,
            stdout=escravo,
            stderr=escravo,
            start_new_session=True,
        )
        os.close(escravo)
        self._mestre = mestre
        self.saida = ""

    def ler_ate(self, trecho: str) -> str:
        """Lê até o trecho, ou até o fim da saída."""
        while trecho not in self.saida:
            try:
                lido = os.read(self._mestre, 65536)
            except OSError:  # o outro lado do terminal fechou
                break
            if not lido:
                break
            self.saida += lido.decode(errors="replace").replace("\r\n", "\n")
        return self.saida

    def digitar(self, teclas: bytes) -> None:
        os.write(self._mestre, teclas)

    def terminar(self) -> int:
        self.ler_ate("\0")
        codigo = self.processo.wait(60)
        os.close(self._mestre)
        return codigo


@pytest.fixture
def execucao(tmp_path: Path) -> Iterator[Execucao]:
    nova = Execucao(tmp_path / "var")
    yield nova
    if nova.processo.poll() is None:
        nova.processo.send_signal(signal.SIGTERM)
        nova.terminar()


@pytest.mark.parametrize("sinal", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_do_inicio_a_parada(execucao: Execucao, sinal: signal.Signals) -> None:
    execucao.ler_ate(PRONTO)
    assert f"http://127.0.0.1:{execucao.agendamento}/docs" in execucao.saida
    assert "estas chaves são públicas" in execucao.saida
    resposta = _executar_curl(execucao.saida)
    assert resposta.status_code == 201, resposta.text
    # As linhas dos dois aparecem, no formato do enunciado.
    execucao.ler_ate(":servico-coordenador:Lock concedido")
    execucao.ler_ate(":servico-agendamento:Salvando novo agendamento no BD")

    execucao.processo.send_signal(sinal)
    assert execucao.terminar() == 0, execucao.saida
    assert "Parados." in execucao.saida
    assert "Traceback" not in execucao.saida
    assert livre(execucao.agendamento)
    assert livre(execucao.coordenador)


@pytest.mark.calendario
def test_segunda_execucao_conserva_dados_e_sugere_outro_horario(tmp_path: Path) -> None:
    horarios = []
    for _ in range(2):
        execucao = Execucao(tmp_path / "var")
        execucao.ler_ate(PRONTO)
        assert _executar_curl(execucao.saida).status_code == 201
        horarios += re.findall(r'"horario_inicio_utc": "([^"]+)"', execucao.saida)
        execucao.processo.send_signal(signal.SIGINT)
        assert execucao.terminar() == 0
    assert len(set(horarios)) == 2


def test_porta_ocupada_e_nomeada_com_remedio(tmp_path: Path) -> None:
    with socket.socket() as ocupante:
        ocupante.bind(("127.0.0.1", 0))
        ocupante.listen()
        porta = ocupante.getsockname()[1]
        execucao = Execucao(tmp_path / "var", PORTA_AGENDAMENTO=str(porta))
        assert execucao.terminar() == 1
    assert f"a porta {porta} está ocupada" in execucao.saida
    assert f"make run PORTA_AGENDAMENTO={porta + 1}" in execucao.saida


def test_variavel_invalida_e_nomeada(tmp_path: Path) -> None:
    execucao = Execucao(tmp_path / "var", SCTEC_LEASE_MS="muito")
    assert execucao.terminar() == 1
    assert "SCTEC_LEASE_MS" in execucao.saida
    assert "Traceback" not in execucao.saida


def test_dados_em_uso_nao_se_executam_nem_se_apagam(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    dados = tmp_path / "var"
    monkeypatch.setenv("SCTEC_DADOS", str(dados))
    segredo_guardado(dados)
    with uso_exclusivo(dados):
        execucao = Execucao(dados)
        assert execucao.terminar() == 1
        assert "já está em execução" in execucao.saida
        assert apagar_dados.principal() == 1
        assert "já está em execução" in capsys.readouterr().err
    assert apagar_dados.principal() == 0
    assert "segredo-coordenador" in capsys.readouterr().out
    assert not dados.exists()
    assert apagar_dados.principal() == 0


def test_segredo_persiste_e_so_o_dono_le(tmp_path: Path) -> None:
    segredo = segredo_guardado(tmp_path)
    assert len(segredo) >= 16
    assert segredo_guardado(tmp_path) == segredo
    assert (tmp_path / "segredo-coordenador").stat().st_mode & 0o777 == 0o600


def _executar_curl(saida: str) -> requests.Response:
    """O curl impresso, tal e qual, lido como um shell o leria."""
    trecho = saida[saida.index("  curl -i") :].split("\n\n")[0].replace("\\\n", " ")
    _, _, url, *opcoes = shlex.split(trecho)
    pares = list(zip(opcoes[::2], opcoes[1::2], strict=True))
    cabecalhos = dict(valor.split(": ", 1) for opcao, valor in pares if opcao == "-H")
    (corpo,) = [valor for opcao, valor in pares if opcao == "-d"]
    return requests.post(url, data=corpo, headers=cabecalhos, timeout=30)


def test_ctrl_c_no_terminal_nao_chega_ao_make(tmp_path: Path) -> None:
    """Com um make de verdade por cima e um Ctrl-C digitado: 0, e nenhuma queixa do make."""
    receita = f"run:\n\t@cd {caminhos.RAIZ} && exec {sys.executable} -m ferramentas.executar\n"
    (tmp_path / "Makefile").write_text(receita, encoding="utf-8")
    execucao = Execucao(
        tmp_path / "var", comando=["make", "-C", str(tmp_path), "--no-print-directory", "run"]
    )
    execucao.ler_ate(PRONTO)
    execucao.digitar(b"\x03")
    assert execucao.terminar() == 0, execucao.saida
    assert "Parados." in execucao.saida
    assert "make:" not in execucao.saida
