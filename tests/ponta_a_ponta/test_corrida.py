"""Muitos pedidos simultâneos pelo mesmo tempo de telescópio: com todas as proteções e com cada uma sozinha.

O controle é o mesmo teste com as três desligadas, e nele as reservas duplas têm de aparecer.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import datetime

import pytest

from tests.apoio.conexao import Largada, Resposta
from tests.apoio.sistema import SEM_FENCING, SEM_TRAVA, SEM_UNICIDADE, SLOT, Sistema
from tests.conftest import Fabrica

RODADAS = 60
CONCORRENTES = 4
PAUSA = "antes_do_commit=25"
"""Alarga, em todos os casos por igual, o tempo entre conferir e gravar: o controle não depende de sorte."""

# Um lease longo: aqui o dono nunca é lento demais, nem numa máquina ocupada.
_LEASE = {"SCTEC_LEASE_MS": "10000"}
_W0 = {"SCTEC_JANELA_JUSTICA_MS": "0"}
_W50 = {"SCTEC_JANELA_JUSTICA_MS": "50"}
_SO_LOCK = SEM_FENCING | SEM_UNICIDADE
PROTEGIDOS = {
    "todas-W0": _W0,
    "todas-W50": _W50,
    "so-lock-W0": _SO_LOCK | _W0,
    "so-lock-W50": _SO_LOCK | _W50,
    "so-fencing": SEM_TRAVA | SEM_UNICIDADE,
    "so-unicidade": SEM_TRAVA | SEM_FENCING,
}


@pytest.fixture(scope="module", params=PROTEGIDOS.values(), ids=list(PROTEGIDOS))
def protegido(request: pytest.FixtureRequest, fabrica: Fabrica) -> Iterator[Sistema]:
    with fabrica(_LEASE, request.param) as sistema:
        yield sistema


@pytest.fixture(scope="module")
def desprotegido(fabrica: Fabrica) -> Iterator[Sistema]:
    with fabrica(SEM_TRAVA, SEM_FENCING, SEM_UNICIDADE) as sistema:
        yield sistema


def disputar(sistema: Sistema, n: int, portas: Sequence[int] = ()) -> tuple[datetime, list[Resposta]]:
    """``n`` pedidos simultâneos por um slot, alternando pessoas (e réplicas, se houver)."""
    inicio = sistema.horario()
    portas = portas or [sistema.porta]
    pessoas = sistema.pessoas
    with Largada([portas[i % len(portas)] for i in range(n)]) as largada:
        pedidos = [sistema.pedido(inicio, pessoa=pessoas[i % len(pessoas)], falha=PAUSA) for i in range(n)]
        return inicio, largada.disparar(pedidos)


def conferir_um_vencedor(sistema: Sistema, inicio: datetime, respostas: list[Resposta]) -> None:
    assert sorted(r.status for r in respostas) == [201] + [409] * (len(respostas) - 1)
    criado = next(r.json for r in respostas if r.status == 201)
    assert sistema.banco.cobrem(inicio) == [criado["id"]]
    assert sistema.banco.auditados().count(criado["id"]) == 1
    pessoas = sistema.pessoas
    # O índice único, sozinho, só sabe que o slot tem dono; com lock ou fencing, sabe-se quem é.
    so_unicidade = SEM_FENCING.items() <= sistema.servicos.agendamento.ambiente.items() >= SEM_TRAVA.items()
    for i, recusa in enumerate(respostas):
        if recusa.status == 201:
            continue
        assert recusa.cabecalhos["Content-Type"] == "application/problem+json"
        do_vencedor = pessoas[i % len(pessoas)].id == criado["cientista_id"]
        if do_vencedor and not (so_unicidade and recusa.json["motivo"] == "CONFLITO_HORARIO"):
            # Quem venceu com outro pedido seu não ouve que o horário é de outra pessoa.
            assert recusa.json["motivo"] == "JA_E_SEU"
            assert recusa.json["_links"]["agendamento"]["href"].endswith(f"/agendamentos/{criado['id']}")
        else:
            assert recusa.json["motivo"] in {"RECURSO_OCUPADO", "PRETERIDO", "CONFLITO_HORARIO"}
        assert recusa.json["_links"]["alternativas"]


def rodada_de_sobrepostos(
    sistema: Sistema, largada: Largada, sorte: random.Random
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Intervalos de inícios diferentes disputam um trecho novo: (concedidos, negados), em slots do trecho."""
    trecho = sistema.horario(16)
    intervalos = [(0, 6), (3, 9)]  # 03:00–03:30 e 03:15–03:45
    while len(intervalos) < CONCORRENTES:
        inicio = sorte.randrange(10)
        intervalos.append((inicio, inicio + sorte.randint(1, 6)))
    pedidos = [
        sistema.pedido(trecho + de * SLOT, ate - de, pessoa=sistema.pessoas[i], falha=PAUSA)
        for i, (de, ate) in enumerate(intervalos)
    ]
    respostas = largada.disparar(pedidos)
    assert {r.status for r in respostas} <= {201, 409}, [r.status for r in respostas]
    juntos = list(zip(intervalos, respostas, strict=True))
    concedidos = [intervalo for intervalo, r in juntos if r.status == 201]
    negados = [intervalo for intervalo, r in juntos if r.status == 409]
    return concedidos, negados


def sobrepoem(a: tuple[int, int], b: tuple[int, int]) -> bool:
    return a[0] < b[1] and b[0] < a[1]


@pytest.mark.parametrize("n", [10, 100, 300])
def test_um_slot_tem_exatamente_um_vencedor(protegido: Sistema, n: int) -> None:
    inicio, respostas = disputar(protegido, n)
    conferir_um_vencedor(protegido, inicio, respostas)


@pytest.mark.parametrize("n", [10, 100, 300])
def test_controle_sem_protecao_ha_reserva_dupla(desprotegido: Sistema, n: int) -> None:
    inicio, respostas = disputar(desprotegido, n)
    criados = [r for r in respostas if r.status == 201]
    assert len(criados) > 1
    assert len(desprotegido.banco.cobrem(inicio)) == len(criados)


def test_intervalos_que_se_sobrepoem_nunca_sao_concedidos_juntos(protegido: Sistema) -> None:
    sorte = random.Random(20261201)
    with Largada([protegido.porta] * CONCORRENTES) as largada:
        for _ in range(RODADAS):
            concedidos, negados = rodada_de_sobrepostos(protegido, largada, sorte)
            pares = [(a, b) for i, a in enumerate(concedidos) for b in concedidos[i + 1 :] if sobrepoem(a, b)]
            assert pares == []
            # Nenhum 409 é falso: quem foi negado esbarra em alguém que ficou.
            assert all(any(sobrepoem(negado, c) for c in concedidos) for negado in negados)
    assert protegido.banco.sobrepostos() == []


def test_controle_sem_protecao_intervalos_se_sobrepoem(desprotegido: Sistema) -> None:
    sorte = random.Random(20261201)
    with Largada([desprotegido.porta] * CONCORRENTES) as largada:
        rodadas = [rodada_de_sobrepostos(desprotegido, largada, sorte)[0] for _ in range(RODADAS)]
    duplas = [c for c in rodadas if any(sobrepoem(a, b) for i, a in enumerate(c) for b in c[i + 1 :])]
    assert duplas
    assert desprotegido.banco.sobrepostos()


def test_intervalos_adjacentes_nao_se_atrapalham(protegido: Sistema) -> None:
    inicio = protegido.horario(9)
    with Largada([protegido.porta] * 3) as largada:
        pedidos = [
            protegido.pedido(inicio + i * 3 * SLOT, 3, pessoa=protegido.pessoas[i], falha=PAUSA)
            for i in range(3)
        ]
        assert [r.status for r in largada.disparar(pedidos)] == [201, 201, 201]


def test_duas_replicas_um_vencedor(protegido: Sistema) -> None:
    inicio, respostas = disputar(protegido, 100, [protegido.porta, protegido.replica().porta])
    conferir_um_vencedor(protegido, inicio, respostas)
    protegido.banco.conferir_inteiro()


def test_controle_sem_protecao_duas_replicas_reservam_em_dobro(desprotegido: Sistema) -> None:
    inicio, respostas = disputar(desprotegido, 10, [desprotegido.porta, desprotegido.replica().porta])
    assert len([r for r in respostas if r.status == 201]) > 1
    assert len(desprotegido.banco.cobrem(inicio)) > 1
