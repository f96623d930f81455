"""O cliente do coordenador contra sockets de verdade: prazos, recusas, quedas, lotes e reenvios."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

from agendamento.aplicacao.portas import Lock, LockNegado, PedidoDeLock
from agendamento.coordenador import cliente as modulo
from agendamento.coordenador.cliente import ClienteCoordenador
from agendamento.dominio.erros import CoordenadorIndisponivel
from agendamento.observabilidade import instrumentacao, logs
from agendamento.vez import Vez
from tests.apoio import SEGREDO
from tests.unidade.coordenador.servidor import Recebido, Resposta, Servidor

RECURSO = "Hubble-Acad_2026-12-01T03:00:00Z"
PEDIDO = PedidoDeLock([RECURSO], "pedido:1", 150)
CONCEDIDO = {
    "concessao": "c-1",
    "token": 41,
    "expira_em_utc": "2026-12-01T00:00:02.000Z",
    "recursos": [RECURSO],
}

Criar = Callable[..., ClienteCoordenador]


@pytest.fixture
def servidor() -> Iterator[Servidor]:
    servidor = Servidor()
    servidor.tratar = lambda _: Resposta(corpo=CONCEDIDO)
    yield servidor
    servidor.parar()


@pytest.fixture
def criar(servidor: Servidor, monkeypatch: pytest.MonkeyPatch) -> Iterator[Criar]:
    monkeypatch.setattr(modulo, "_ESPERA_PARA_REENVIAR_S", 0)
    criados: list[ClienteCoordenador] = []

    def novo(url: str | None = None, **opcoes: Any) -> ClienteCoordenador:
        opcoes = {"lease_ms": 2000, "prazo_s": 20.0, "conexoes": 4, **opcoes}
        criados.append(ClienteCoordenador(url or servidor.url, SEGREDO, **opcoes))
        return criados[-1]

    yield novo
    for criado in criados:
        criado.fechar()


def test_o_maior_token_visto_vai_em_cada_pedido(servidor: Servidor, criar: Criar) -> None:
    cliente = criar()
    for visto in (None, 7, 3, 2**60):
        if visto is not None:
            cliente.exigir_tokens_acima_de(visto)
        cliente.adquirir(PEDIDO)
    idos = [servidor.recebidos.get(timeout=30).corpo.get("tokens_acima_de") for _ in range(4)]
    assert idos == [None, 7, 7, 2**49]


def _porta_fechada() -> str:
    with socket.socket() as livre:
        livre.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{livre.getsockname()[1]}"


class TestAdquirir:
    def test_concedido(self, servidor: Servidor, criar: Criar) -> None:
        assert criar().adquirir(PEDIDO) == Lock("c-1", 41, [RECURSO], None)
        recebido = servidor.proximo()
        assert recebido.caminho == "/lock"
        assert recebido.cabecalhos["Authorization"] == f"Bearer {SEGREDO}"
        assert recebido.cabecalhos["Content-Type"] == "application/json"
        assert recebido.corpo == {
            "recursos": [RECURSO],
            "solicitante": "pedido:1",
            "lease_ms": 2000,
            "janela_ms": 150,
        }

    def test_a_concessao_nao_aparece_no_repr(self, criar: Criar) -> None:
        # É o segredo que devolve o lock: não pode ir parar num log por engano.
        assert "c-1" not in repr(criar().adquirir(PEDIDO))

    def test_so_manda_da_arbitragem_o_que_se_sabe(self, servidor: Servidor, criar: Criar) -> None:
        criar().adquirir(PedidoDeLock([RECURSO], "p", 0, idade_ms=12.5, rtt_ms=40.0, uso=0.0))
        corpo = servidor.proximo().corpo
        assert {"idade_ms": 12.5, "rtt_ms": 40.0, "uso": 0.0}.items() <= corpo.items()
        assert "incerteza_ms" not in corpo

    def test_leva_os_identificadores_do_pedido_em_curso(self, servidor: Servidor, criar: Criar) -> None:
        instrumentacao.ligar(Flask("identificadores"))
        pai = SpanContext(int("1" * 32, 16), 2, True, TraceFlags(TraceFlags.SAMPLED))
        antes = logs.request_id.set("abc")
        try:
            with trace.use_span(NonRecordingSpan(pai)):
                criar().adquirir(PEDIDO)
        finally:
            logs.request_id.reset(antes)
        cabecalhos = servidor.proximo().cabecalhos
        assert cabecalhos["X-Request-Id"] == "abc"
        assert cabecalhos["traceparent"].startswith("00-" + "1" * 32)

    def test_sem_pedido_em_curso_nao_inventa_um(self, servidor: Servidor, criar: Criar) -> None:
        criar().adquirir(PEDIDO)
        assert "X-Request-Id" not in servidor.proximo().cabecalhos

    def test_as_chamadas_dividem_a_conexao_ate_a_sessao_envelhecer(
        self, servidor: Servidor, criar: Criar, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A que ficou ociosa é trocada bem antes de o coordenador a fechar."""

        def portas() -> set[int]:
            cliente = criar()
            for _ in range(3):
                cliente.adquirir(PEDIDO)
            return {servidor.proximo().porta for _ in range(3)}

        assert len(portas()) == 1
        monkeypatch.setattr(modulo, "_VIDA_DA_SESSAO_S", -1.0)
        assert len(portas()) == 3

    @pytest.mark.parametrize("chamada", ["adquirir", "pronto", "locks", "justica"])
    def test_cede_a_vez_enquanto_espera(
        self, servidor: Servidor, criar: Criar, monkeypatch: pytest.MonkeyPatch, chamada: str
    ) -> None:
        """Com um lugar só, outra thread entra e sai durante a chamada; o servidor espera por ela."""
        unica = Vez(1)
        monkeypatch.setattr(modulo, "vez", unica)
        entrou = threading.Event()

        def outra() -> None:
            unica.entrar()
            entrou.set()
            unica.sair()

        def responder(_: Recebido) -> Resposta:
            threading.Thread(target=outra).start()
            return Resposta(corpo=CONCEDIDO) if entrou.wait(30) else Resposta(500, {})

        servidor.tratar = responder
        cliente = criar()
        unica.entrar()
        assert getattr(cliente, chamada)(*([PEDIDO] if chamada == "adquirir" else []))
        unica.sair()

    def test_a_url_pode_ter_um_prefixo(self, servidor: Servidor, criar: Criar) -> None:
        criar(servidor.url + "/porteiro").adquirir(PEDIDO)
        assert servidor.proximo().caminho == "/porteiro/lock"

    @pytest.mark.parametrize("motivo", ["RECURSO_OCUPADO", "PRETERIDO"])
    def test_negado(self, servidor: Servidor, criar: Criar, motivo: str) -> None:
        arbitragem = {"criterio": "instante"}
        servidor.tratar = lambda _: Resposta(409, {"motivo": motivo, "arbitragem": arbitragem})
        with pytest.raises(LockNegado) as recusa:
            criar().adquirir(PEDIDO)
        assert (recusa.value.motivo, recusa.value.arbitragem) == (motivo, arbitragem)

    @pytest.mark.parametrize("status", [400, 401, 404, 413, 429, 500, 503])
    def test_qualquer_outra_resposta_e_indisponibilidade(
        self, servidor: Servidor, criar: Criar, status: int
    ) -> None:
        servidor.tratar = lambda _: Resposta(status, {"detail": "http://interno:3000 caiu"})
        with pytest.raises(CoordenadorIndisponivel) as recusa:
            criar().adquirir(PEDIDO)
        assert "interno" not in str(recusa.value)

    @pytest.mark.parametrize(
        ("retry_after", "esperado"), [("7", 7), ("0", 1), ("-3", 1), ("amanhã", 1), ("1.5", 1), (None, 1)]
    )
    def test_repassa_o_retry_after(
        self, servidor: Servidor, criar: Criar, retry_after: str | None, esperado: int
    ) -> None:
        cabecalhos = (("Retry-After", retry_after.encode().decode("latin-1")),) if retry_after else ()
        servidor.tratar = lambda _: Resposta(503, {}, cabecalhos)
        with pytest.raises(CoordenadorIndisponivel) as recusa:
            criar().adquirir(PEDIDO)
        assert recusa.value.tentar_em_s == esperado

    @pytest.mark.parametrize(
        "resposta",
        [
            Resposta(200, b"<html>502</html>"),
            Resposta(502, b"<html>502</html>"),
            Resposta(200, b""),
            Resposta(409, b"nada"),
            Resposta(200, []),
            Resposta(200, {"concessao": "c"}),
            Resposta(200, {**CONCEDIDO, "token": "41"}),
            Resposta(302, {}, (("Location", "http://127.0.0.1:9/lock"),)),
            Resposta(cair=True),
        ],
        ids=["html", "proxy", "vazio", "409 sem json", "lista", "sem token", "token texto", "desvio", "caiu"],
    )
    def test_resposta_fora_do_contrato_e_indisponibilidade(
        self, servidor: Servidor, criar: Criar, resposta: Resposta
    ) -> None:
        servidor.tratar = lambda _: resposta
        with pytest.raises(CoordenadorIndisponivel):
            criar().adquirir(PEDIDO)

    def test_conexao_recusada(self, criar: Criar) -> None:
        with pytest.raises(CoordenadorIndisponivel):
            criar(_porta_fechada()).adquirir(PEDIDO)

    def test_sem_resposta_desiste_no_prazo(self, servidor: Servidor, criar: Criar) -> None:
        solta = threading.Event()

        def congelar(_: Recebido) -> Resposta:
            solta.wait(30)
            return Resposta(cair=True)

        servidor.tratar = congelar
        try:
            with pytest.raises(CoordenadorIndisponivel):
                criar(prazo_s=0.1).adquirir(PEDIDO)
            # Quem desistiu foi o cliente: o servidor ainda segura o pedido.
            assert not solta.is_set()
        finally:
            solta.set()

    def test_conexao_ociosa_que_o_servidor_fechou_nao_custa_um_erro(
        self, servidor: Servidor, criar: Criar
    ) -> None:
        servidor.tratar = lambda _: Resposta(corpo=CONCEDIDO, fechar_depois=True)
        cliente = criar()
        for _ in range(3):
            cliente.adquirir(PEDIDO)
            assert servidor.conexoes_fechadas.acquire(timeout=30)


class TestDevolver:
    def test_a_devolucao_diz_o_desfecho(self, servidor: Servidor, criar: Criar) -> None:
        cliente = criar()
        cliente.liberar(Lock("c-1", 1, [RECURSO]), salvo=True, ocupados=[RECURSO])
        assert servidor.proximo().corpo == {"concessoes": [{"concessao": "c-1", "desfecho": "SALVO"}]}
        cliente.liberar(Lock("c-2", 2, [RECURSO]), salvo=False, ocupados=[RECURSO])
        assert servidor.proximo().corpo == {"concessoes": [{"concessao": "c-2", "desfecho": "NAO_SALVO"}]}

    def test_a_de_uma_remarcacao_diz_so_o_que_ficou_ocupado(self, servidor: Servidor, criar: Criar) -> None:
        criar().liberar(Lock("c-1", 1, ["velho", RECURSO]), salvo=True, ocupados=[RECURSO])
        devolvida = {"concessao": "c-1", "desfecho": "SALVO", "ocupados": [RECURSO]}
        assert servidor.proximo().corpo == {"concessoes": [devolvida]}

    @pytest.mark.parametrize("quantas", [1, 10, 501, 1203])
    def test_as_que_se_acumulam_vao_juntas_em_ordem_e_nenhuma_se_perde(
        self, servidor: Servidor, criar: Criar, quantas: int
    ) -> None:
        solta = threading.Event()

        def segurar(_: Recebido) -> Resposta:
            solta.wait(30)
            return Resposta(corpo={})

        servidor.tratar = segurar
        cliente = criar()
        cliente.liberar(Lock("primeira", 0, [RECURSO]), salvo=False, ocupados=[RECURSO])
        servidor.proximo()
        for n in range(quantas):
            cliente.liberar(Lock(f"c-{n}", n, [RECURSO]), salvo=True, ocupados=[RECURSO])
        solta.set()
        cliente.fechar()
        lotes = [
            servidor.recebidos.get_nowait().corpo["concessoes"] for _ in range(servidor.recebidos.qsize())
        ]
        assert [c["concessao"] for lote in lotes for c in lote] == [f"c-{n}" for n in range(quantas)]
        assert all(len(lote) <= 1000 for lote in lotes)
        assert len(lotes) <= 1 + quantas // 500

    def test_eventos_e_devolucoes_vao_cada_um_ao_seu_endereco(self, servidor: Servidor, criar: Criar) -> None:
        cliente = criar()
        cliente.publicar("agendamento.criado", {"telescopio": "hubble-acad"})
        cliente.fechar()
        recebido = servidor.proximo()
        assert recebido.caminho == "/eventos"
        assert recebido.corpo == {
            "eventos": [{"tipo": "agendamento.criado", "dados": {"telescopio": "hubble-acad"}}]
        }

    def test_envio_perdido_e_tentado_de_novo(self, servidor: Servidor, criar: Criar) -> None:
        quedas = iter([Resposta(cair=True)])
        servidor.tratar = lambda _: next(quedas, Resposta(corpo={}))
        cliente = criar()
        cliente.liberar(Lock("c-1", 1, [RECURSO]), salvo=True, ocupados=[RECURSO])
        assert servidor.proximo().corpo == servidor.proximo().corpo

    def test_perdido_duas_vezes_fica_para_o_lease_e_o_seguinte_vai(
        self, servidor: Servidor, criar: Criar
    ) -> None:
        quedas = iter([Resposta(cair=True), Resposta(cair=True)])
        servidor.tratar = lambda _: next(quedas, Resposta(corpo={}))
        cliente = criar()
        cliente.liberar(Lock("perdida", 1, [RECURSO]), salvo=True, ocupados=[RECURSO])
        servidor.proximo()
        servidor.proximo()
        cliente.liberar(Lock("seguinte", 2, [RECURSO]), salvo=True, ocupados=[RECURSO])
        assert servidor.proximo().corpo["concessoes"][0]["concessao"] == "seguinte"

    def test_recusa_do_coordenador_nao_e_repetida(self, servidor: Servidor, criar: Criar) -> None:
        servidor.tratar = lambda _: Resposta(400, {})
        cliente = criar()
        cliente.liberar(Lock("c-1", 1, [RECURSO]), salvo=True, ocupados=[RECURSO])
        cliente.fechar()
        assert servidor.recebidos.qsize() == 1

    def test_com_o_coordenador_fora_do_ar_nada_levanta_nem_prende(self, criar: Criar) -> None:
        cliente = criar(_porta_fechada())
        for n in range(100):
            cliente.liberar(Lock(f"c-{n}", n, [RECURSO]), salvo=True, ocupados=[RECURSO])
            cliente.publicar("agendamento.criado", {})
        cliente.fechar()

    def test_fechar_entrega_o_que_resta(self, servidor: Servidor, criar: Criar) -> None:
        cliente = criar()
        cliente.liberar(Lock("ultima", 1, [RECURSO]), salvo=True, ocupados=[RECURSO])
        cliente.fechar()
        assert servidor.recebidos.get_nowait().corpo["concessoes"][0]["concessao"] == "ultima"


class TestPronto:
    def test_diz_se_o_coordenador_responde(self, servidor: Servidor, criar: Criar) -> None:
        cliente = criar()
        assert cliente.pronto()
        assert servidor.proximo().caminho == "/saude/pronto"
        servidor.tratar = lambda _: Resposta(503, {})
        assert not cliente.pronto()
        assert not criar(_porta_fechada()).pronto()
