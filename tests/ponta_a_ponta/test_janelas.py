"""O que a disputa promete vale em qualquer janela: um vencedor, ninguém sobreposto, recusas verdadeiras."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest

from tests.apoio.conexao import Conexao, Largada, Resposta, SemResposta
from tests.apoio.sistema import SLOT, Sistema, em_paralelo
from tests.ponta_a_ponta.conftest import JANELAS_MS

TAU_S = 0.005
RODADAS = 200
POR_LEVA = 20


@pytest.fixture(scope="module")
def sistema(arbitrado: Sistema) -> Sistema:
    return arbitrado


class TestExclusao:
    """Os casos de ``test_corrida``, em cada janela. O controle, sem proteções, está lá."""

    @pytest.mark.parametrize("n", [10, 100, 300])
    @pytest.mark.parametrize("ms", JANELAS_MS)
    def test_um_slot_um_vencedor(
        self, sistema: Sistema, telescopios: dict[int, str], ms: int, n: int
    ) -> None:
        inicio = sistema.horario()
        respostas = disputar(sistema, [(telescopios[ms], inicio, 1)] * n)
        assert sorted(r.status for r in respostas) == [201] + [409] * (n - 1)

    @pytest.mark.parametrize("ms", JANELAS_MS)
    def test_intervalos_adjacentes_nao_se_atrapalham(
        self, sistema: Sistema, telescopios: dict[int, str], ms: int
    ) -> None:
        base = sistema.horario(9)
        respostas = disputar(sistema, [(telescopios[ms], base + i * 3 * SLOT, 3) for i in range(3)])
        assert [r.status for r in respostas] == [201, 201, 201]

    @pytest.mark.parametrize("ms", JANELAS_MS)
    def test_intervalos_que_se_sobrepoem_nunca_convivem(
        self, sistema: Sistema, telescopios: dict[int, str], ms: int
    ) -> None:
        sorte = random.Random(ms)
        for _ in range(5):
            base = sistema.horario(12)
            pedidos = [
                (telescopios[ms], base + sorte.randrange(8) * SLOT, sorte.randrange(1, 5)) for _ in range(40)
            ]
            respostas = disputar(sistema, pedidos)
            assert any(r.status == 201 for r in respostas)
            assert {r.status for r in respostas} <= {201, 409}
        assert sistema.banco.sobrepostos() == []


def disputar(sistema: Sistema, pedidos: list[tuple[str, datetime, int]]) -> list[Resposta]:
    with Largada([sistema.porta] * len(pedidos)) as largada:
        corpos = [
            sistema.pedido(inicio, slots, telescopio=slug, pessoa=sistema.pessoas[i % len(sistema.pessoas)])
            for i, (slug, inicio, slots) in enumerate(pedidos)
        ]
        return largada.disparar(corpos)


class TestRecusaVerdadeira:
    """Quem ouve “ficou com outra pessoa” ouve a verdade: o horário está mesmo tomado."""

    def test_em_200_rodadas_com_nove_condenados_e_um_bom(
        self, sistema: Sistema, telescopios: dict[int, str]
    ) -> None:
        sorte = random.Random(200)
        salvos = 0
        for _ in range(RODADAS // POR_LEVA):
            inicios = [sistema.horario() for _ in range(POR_LEVA)]
            with ThreadPoolExecutor(POR_LEVA) as levas:
                sementes = [sorte.random() for _ in inicios]
                rodadas = list(
                    levas.map(lambda i, s: self.rodada(sistema, telescopios[50], i, s), inicios, sementes)
                )
            for inicio, respostas in zip(inicios, rodadas, strict=True):
                tomado = self.tomado(sistema, telescopios[50], inicio)
                salvos += tomado
                negados = [r for r in respostas if r.status == 409]
                assert tomado or not negados, [r.json for r in negados]
                assert {r.status for r in respostas} <= {201, 409, 422, 503}
        # O único bom não perde o horário para quem não podia ficar com ele.
        assert salvos == RODADAS
        sistema.conferir()

    def rodada(self, sistema: Sistema, slug: str, inicio: datetime, semente: float) -> list[Resposta]:
        """Recusáveis, desistentes e congelados com o lock na mão, e um pedido bom que insiste se ouve 503."""
        sorte = random.Random(semente)
        congelar_ms = sistema.lease_ms + sorte.randrange(50, 400)
        pessoas = sistema.pessoas

        def pedido(n: int, **opcoes: Any) -> bytes:
            return sistema.pedido(inicio, telescopio=slug, pessoa=pessoas[n % len(pessoas)], **opcoes)

        recusaveis = [pedido(n, horario_fim_utc=f"{inicio:%Y-%m-%dT%H:%M:%SZ}") for n in range(4)]
        congelados = [pedido(n, falha=f"depois_do_lock={congelar_ms}") for n in range(4, 6)]
        desistentes = [pedido(n, falha=f"antes_do_lock={sorte.randrange(40)}") for n in range(6, 9)]
        for desistente in desistentes:
            with Conexao(sistema.porta) as conexao:
                conexao.enviar(desistente)
        futuros = em_paralelo(sistema.porta, [*recusaveis, *congelados])
        bom = sistema.insistir(inicio, telescopio=slug, pessoa=pessoas[9 % len(pessoas)])
        # No instante em que ouve a recusa, e não só no fim, o horário já é de alguém.
        assert bom.status != 409 or self.tomado(sistema, slug, inicio)
        return [bom, *(f.result(60) for f in futuros)]

    @staticmethod
    def tomado(sistema: Sistema, slug: str, inicio: datetime) -> bool:
        linhas = sistema.banco.consultar(
            "SELECT 1 FROM slots_ocupados s JOIN telescopios t ON t.id = s.telescopio_id "
            "WHERE t.slug = :slug AND s.slot_inicio_utc = :slot",
            slug=slug,
            slot=f"{inicio:%Y-%m-%d %H:%M:%S.000000}",
        )
        return bool(linhas)

    @pytest.mark.parametrize("ms", JANELAS_MS)
    def test_o_vencedor_morto_entre_o_lock_e_o_commit_passa_a_vez(
        self, sistema: Sistema, telescopios: dict[int, str], ms: int
    ) -> None:
        replica = sistema.replica()
        inicio, marca = sistema.horario(), sistema.servicos.marca()
        opcoes = {"telescopio": telescopios[ms]}
        primeiro = sistema.agendar_depois(
            inicio, pessoa=sistema.pessoas[0], porta=replica.porta, falha="antes_do_commit=20000", **opcoes
        )
        recurso = f"Janela-{ms}_{inicio:%Y-%m-%dT%H:%M:%SZ}"
        sistema.esperar_frase(f"Recebido pedido de lock para recurso {recurso}", marca)
        # O segundo clique vem mais de τ depois: a vez é do primeiro, e não do desempate.
        threading.Event().wait(4 * TAU_S)
        with ThreadPoolExecutor(1) as outro:
            segundo = outro.submit(sistema.insistir, inicio, pessoa=sistema.pessoas[1], **opcoes)
            sistema.esperar_falha(marca, replica.nome)
            replica.matar()
            assert segundo.result(60).status == 201
        assert isinstance(primeiro.exception(30), SemResposta)
        sistema.conferir()
