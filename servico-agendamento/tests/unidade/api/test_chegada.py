"""A chegada de um pedido é a do seu último byte à máquina, ainda que o serviço o leia muito depois."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from agendamento.api.chegada import medir

FOLGA_S = 0.008
"""Dois passos do relógio do núcleo."""
ESPERA_S = 0.080


@pytest.fixture
def pontas() -> Iterator[tuple[socket.socket, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as servidor:
        cliente = socket.create_connection(servidor.getsockname())
        aceito, _ = servidor.accept()
        with cliente, aceito:
            yield cliente, aceito


def esperar(segundos: float) -> None:
    """O tempo é a própria grandeza medida aqui."""
    threading.Event().wait(segundos)


def enviar(cliente: socket.socket, dados: bytes) -> tuple[float, float]:
    """Entre que instantes os dados chegaram: no loopback, durante o envio."""
    antes = time.monotonic()
    cliente.sendall(dados)
    return antes, time.monotonic()


def test_a_espera_por_um_nucleo_nao_conta(pontas: tuple[socket.socket, socket.socket]) -> None:
    cliente, aceito = pontas
    antes, depois = enviar(cliente, b"pedido inteiro")
    esperar(ESPERA_S)
    aceito.recv(100)
    chegada = medir({"gunicorn.socket": aceito})
    assert antes - FOLGA_S <= chegada <= depois + FOLGA_S


def test_os_primeiros_bytes_nao_guardam_lugar(pontas: tuple[socket.socket, socket.socket]) -> None:
    cliente, aceito = pontas
    enviar(cliente, b"cabecalhos cedo")
    esperar(ESPERA_S)
    antes, depois = enviar(cliente, b"corpo")
    esperar(ESPERA_S)
    aceito.recv(100)
    chegada = medir({"gunicorn.socket": aceito})
    assert antes - FOLGA_S <= chegada <= depois + FOLGA_S


@pytest.mark.parametrize("ambiente", [{}, {"gunicorn.socket": None}])
def test_sem_tomada_vale_o_instante_da_leitura(ambiente: dict[str, object]) -> None:
    antes = time.monotonic()
    assert antes <= medir(ambiente) <= time.monotonic()


def test_numa_tomada_que_nao_e_tcp_vale_o_instante_da_leitura() -> None:
    um, outro = socket.socketpair()
    with um, outro:
        antes = time.monotonic()
        assert antes <= medir({"gunicorn.socket": um}) <= time.monotonic()
