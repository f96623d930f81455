"""Kill -9 no Flask: com o lock na mão, entre gravar e responder, e a esmo no meio de 200 agendamentos."""

from __future__ import annotations

import queue
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from uuid import uuid4

import pytest

from tests.apoio.conexao import Resposta, SemResposta
from tests.apoio.espera import esperar
from tests.apoio.sistema import Sistema, recurso
from tests.falhas.conftest import com_uma_janela_basta

AGENDAMENTOS = 200
MORTES = 4
CLIENTES = 4


def test_morto_com_o_lock_na_mao_o_horario_volta_no_fim_do_lease(sistema: Sistema) -> None:
    inicio, marca = sistema.horario(), sistema.servicos.marca()
    outra_porta = sistema.replica().porta
    dono = sistema.agendar_depois(inicio, falha="depois_do_lock=20000")
    sistema.esperar_falha(marca)
    sistema.servicos.agendamento.matar()
    assert isinstance(dono.exception(30), SemResposta)
    outro = sistema.insistir(inicio, porta=outra_porta, pessoa=sistema.pessoas[1])
    assert outro.status == 201
    assert sistema.banco.cobrem(inicio) == [outro.json["id"]]
    r = recurso(inicio)
    concedido = sistema.esperar_frase(f"Lock concedido para recurso {r}", marca)
    vencido = sistema.esperar_frase(f"Lock para o recurso {r} expirado", concedido.numero)
    sistema.esperar_frase(f"Lock concedido para recurso {r}", vencido.numero)


def test_quem_esperava_pelo_morto_vence_e_nenhum_409_e_falso(sistema: Sistema) -> None:
    inicio, marca = sistema.horario(), sistema.servicos.marca()
    outra_porta = sistema.replica().porta
    dono = sistema.agendar_depois(inicio, falha="antes_do_commit=20000")
    sistema.esperar_falha(marca)
    with ThreadPoolExecutor(5) as clientes:
        insistentes = [
            clientes.submit(sistema.insistir, inicio, porta=outra_porta, pessoa=sistema.pessoas[i])
            for i in range(5)
        ]
        esperar(lambda: sistema.esperando_lock() == 5, "os cinco na espera do lock")
        sistema.servicos.agendamento.matar()
        respostas = [insistente.result(60) for insistente in insistentes]
    assert isinstance(dono.exception(30), SemResposta)
    assert sorted(r.status for r in respostas) == [201, 409, 409, 409, 409]
    vencedor = next(r.json["id"] for r in respostas if r.status == 201)
    assert sistema.banco.cobrem(inicio) == [vencedor]


@com_uma_janela_basta
@pytest.mark.parametrize("ponto", ["depois_do_lock", "antes_do_commit", "depois_do_commit"])
def test_repetir_o_que_morreu_no_caminho_agenda_uma_vez_so(sistema: Sistema, ponto: str) -> None:
    inicio, cabecalhos = sistema.horario(), {"Idempotency-Key": str(uuid4())}
    marca = sistema.servicos.marca()
    primeiro = sistema.agendar_depois(inicio, falha=f"{ponto}=20000", cabecalhos=cabecalhos)
    sistema.esperar_falha(marca)
    salvo_antes = sistema.banco.cobrem(inicio)
    sistema.servicos.agendamento.reiniciar(matando=True)
    assert isinstance(primeiro.exception(30), SemResposta)
    repetido = sistema.insistir(inicio, cabecalhos=cabecalhos)
    assert repetido.status == 201
    assert bool(salvo_antes) == (ponto == "depois_do_commit")
    assert salvo_antes in ([], [repetido.json["id"]])
    assert sistema.banco.cobrem(inicio) == [repetido.json["id"]]
    de_novo = sistema.agendar(inicio, cabecalhos=cabecalhos)
    assert (de_novo.status, de_novo.corpo) == (201, repetido.corpo)


@com_uma_janela_basta
def test_mortes_a_esmo_em_duzentos_agendamentos(sistema: Sistema) -> None:
    sorte = random.Random(20261201)
    antes = set(sistema.banco.agendamentos())
    horarios = [sistema.horario() for _ in range(AGENDAMENTOS)]
    fila: queue.SimpleQueue[datetime] = queue.SimpleQueue()
    for inicio in horarios:
        fila.put(inicio)
    respostas: dict[datetime, Resposta] = {}
    perdidos: set[datetime] = set()
    no_ar = threading.Event()
    no_ar.set()

    acabou = threading.Event()

    def cliente() -> None:
        while len(respostas) < AGENDAMENTOS and not acabou.is_set():
            try:
                inicio = fila.get(timeout=0.05)
            except queue.Empty:
                continue
            no_ar.wait(60)
            try:
                resposta = sistema.agendar(inicio)
            except SemResposta:
                perdidos.add(inicio)
                fila.put(inicio)
                continue
            if resposta.status == 503:
                fila.put(inicio)
            else:
                respostas[inicio] = resposta

    def chegaram(quantos: int) -> bool:
        return len(respostas) >= quantos

    with ThreadPoolExecutor(CLIENTES) as clientes:
        trabalhos = [clientes.submit(cliente) for _ in range(CLIENTES)]
        try:
            for quantos in sorted(sorte.sample(range(5, AGENDAMENTOS - 20), MORTES)):
                esperar(partial(chegaram, quantos), f"{quantos} respostas", prazo_s=60)
                # Não espera por nada: só põe a morte num ponto qualquer do caminho do pedido seguinte.
                threading.Event().wait(sorte.uniform(0, 0.03))
                no_ar.clear()
                sistema.servicos.agendamento.reiniciar(matando=True)
                no_ar.set()
            esperar(partial(chegaram, AGENDAMENTOS), "todas as respostas", prazo_s=60)
        finally:
            acabou.set()
            no_ar.set()
        for trabalho in trabalhos:
            trabalho.result(60)

    assert perdidos, "nenhuma morte pegou um pedido no caminho"
    criados = {r.json["id"] for r in respostas.values() if r.status == 201}
    assert {r.status for r in respostas.values()} <= {201, 409}
    # Quem ouviu 409 é quem não soube que o seu primeiro pedido tinha valido.
    assert {inicio for inicio, r in respostas.items() if r.status == 409} <= perdidos
    assert criados <= set(sistema.banco.agendamentos())
    assert criados <= set(sistema.banco.auditados())
    assert all(len(sistema.banco.cobrem(inicio)) == 1 for inicio in horarios)
    assert len(set(sistema.banco.agendamentos()) - antes) == AGENDAMENTOS
    sistema.conferir()
