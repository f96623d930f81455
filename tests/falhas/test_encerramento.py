"""SIGTERM sob carga: quem foi aceito é respondido, quem não foi é recusado, nada fica pela metade."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime

from tests.apoio.conexao import Resposta, SemResposta
from tests.apoio.espera import esperar
from tests.apoio.sistema import Sistema
from tests.apoio.sse import assinar
from tests.falhas.conftest import com_uma_janela_basta

pytestmark = com_uma_janela_basta

CLIENTES = 6


class Carga:
    """Clientes que agendam sem parar, cada pedido numa conexão nova, até que se mande parar."""

    def __init__(self, sistema: Sistema) -> None:
        self.respostas: list[tuple[datetime, Resposta]] = []
        self.sem_resposta: list[datetime] = []
        self._sistema = sistema
        self._parar = threading.Event()
        self._horarios = threading.Lock()

    def cliente(self) -> None:
        while not self._parar.is_set():
            with self._horarios:
                inicio = self._sistema.horario()
            try:
                self.respostas.append((inicio, self._sistema.agendar(inicio)))
            except SemResposta:
                self.sem_resposta.append(inicio)
                self._parar.wait(0.02)

    def parar(self) -> None:
        self._parar.set()


@contextmanager
def sob_carga(sistema: Sistema) -> Iterator[Carga]:
    carga = Carga(sistema)
    with ThreadPoolExecutor(CLIENTES) as clientes:
        trabalhos = [clientes.submit(carga.cliente) for _ in range(CLIENTES)]
        try:
            esperar(lambda: len(carga.respostas) >= 20, "a carga correr")
            yield carga
        finally:
            carga.parar()
        for trabalho in trabalhos:
            trabalho.result(60)


def conferir(sistema: Sistema, carga: Carga) -> None:
    """Cada 201 está salvo; cada 503, e cada pedido que ninguém atendeu, não deixou nada."""
    for inicio, resposta in carga.respostas:
        assert resposta.status in {201, 503}, resposta.corpo
        if resposta.status == 503:
            assert int(resposta.cabecalhos["Retry-After"]) >= 1
        esperado = [resposta.json["id"]] if resposta.status == 201 else []
        assert sistema.banco.cobrem(inicio) == esperado
    for inicio in carga.sem_resposta:
        assert sistema.banco.cobrem(inicio) == []
    sistema.conferir()


def test_sigterm_no_agendamento(sistema: Sistema) -> None:
    horarios = [sistema.horario() for _ in range(4)]
    with sob_carga(sistema) as carga:
        marca = sistema.servicos.marca()
        no_meio = [sistema.agendar_depois(inicio, falha="antes_do_commit=700") for inicio in horarios]
        esperar(
            lambda: sum(x.mensagem == "Falha injetada" for x in sistema.servicos.linhas(marca)) == 4,
            "os quatro no meio do caminho",
        )
        assert sistema.servicos.agendamento.parar() == 0
        assert [futuro.result(30).status for futuro in no_meio] == [201] * 4
        esperar(lambda: carga.sem_resposta, "a porta recusar")
    conferir(sistema, carga)


def test_sigterm_no_coordenador(sistema: Sistema) -> None:
    disputado, marca = sistema.horario(), sistema.servicos.marca()
    with assinar(sistema.servicos.coordenador.porta), sob_carga(sistema) as carga:
        dono = sistema.agendar_depois(disputado, falha="depois_do_lock=900")
        sistema.esperar_falha(marca)
        rival = sistema.agendar_depois(disputado, pessoa=sistema.pessoas[1])
        sistema.esperar_na_espera(disputado, marca)
        assert sistema.servicos.coordenador.parar() == 0
        assert rival.result(30).status == 503
        assert dono.result(30).status == 201
        esperar(lambda: carga.respostas[-1][1].status == 503, "o 503")
        sistema.servicos.coordenador.iniciar()
        voltou = len(carga.respostas)
        esperar(lambda: 201 in {r.status for _, r in carga.respostas[voltou:]}, "voltar a agendar")
    assert carga.sem_resposta == []
    conferir(sistema, carga)
