"""Justiça com processos, sockets e distâncias de verdade: vence quem clicou antes, e dá para conferir."""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from ferramentas.atraso import Atraso
from sctec_cliente import Cliente
from tests.apoio.conexao import Conexao, Largada, Resposta, montar, pedir
from tests.apoio.sistema import SLOT, Pessoa, Sistema, em_paralelo
from tests.conftest import Fabrica

JANELAS_MS = (0, 50, 150, 500)
LONGE_S = 0.100
"""Metade da ida e volta de quem está longe."""
VANTAGEM_S = 0.040
"""Quanto antes clica quem está longe: bem mais que a incerteza, bem menos que a distância."""
RODADAS = 200
POR_LEVA = 20


@pytest.fixture(scope="module")
def sistema(fabrica: Fabrica) -> Iterator[Sistema]:
    with fabrica({"SCTEC_LEASE_MS": "600"}) as sistema:
        yield sistema


@pytest.fixture(scope="module")
def telescopios(sistema: Sistema) -> dict[int, str]:
    """Um telescópio por janela: ela é dele, e não de quem pede."""
    autorizacao = {"Authorization": f"Bearer {sistema.operador.chave}"}
    for ms in JANELAS_MS:
        corpo = {
            "slug": f"janela-{ms}",
            "nome": f"Janela {ms}",
            "prefixo_recurso": f"Janela-{ms}",
            "janela_ms": ms,
        }
        assert pedir(sistema.porta, montar("POST", "/telescopios", corpo, autorizacao)).status == 201
    return {ms: f"janela-{ms}" for ms in JANELAS_MS}


@dataclass(frozen=True)
class Par:
    longe: Cliente
    perto: Cliente


@pytest.fixture(scope="module")
def par(sistema: Sistema) -> Iterator[Par]:
    """Duas pessoas com o cliente de referência, uma a 200 ms de ida e volta e outra a 4 ms."""
    with Atraso(sistema.porta) as rede:
        distante = rede.caminho(ida_s=LONGE_S, volta_s=LONGE_S, origem="127.20.0.1")
        vizinha = rede.caminho(ida_s=0.002, volta_s=0.002, origem="127.30.0.1")
        with (
            Cliente(distante, sistema.pessoas[0].chave) as longe,
            Cliente(vizinha, sistema.pessoas[1].chave) as perto,
        ):
            yield Par(longe, perto)


def clicar(par: Par, telescopio: str, inicio: datetime) -> tuple[requests.Response, requests.Response]:
    """Quem está longe clica primeiro; quem está perto, ``VANTAGEM_S`` depois, e chega antes."""
    respostas: dict[str, requests.Response] = {}
    partida = time.monotonic() + 0.05

    def um(nome: str, cliente: Cliente, quando: float) -> None:
        threading.Event().wait(quando - time.monotonic())
        respostas[nome] = cliente.agendar(telescopio, f"{inicio:%Y-%m-%dT%H:%M:%SZ}")

    cliques = [
        threading.Thread(target=um, args=("longe", par.longe, partida)),
        threading.Thread(target=um, args=("perto", par.perto, partida + VANTAGEM_S)),
    ]
    for clique in cliques:
        clique.start()
    for clique in cliques:
        clique.join(30)
    return respostas["longe"], respostas["perto"]


class TestRelogio:
    def test_o_servidor_mede_o_caminho_e_ninguem_o_encurta(self, par: Par) -> None:
        resposta = par.longe.sessao.get(par.longe.relogio._url, params={"bilhete": par.longe.relogio.bilhete})
        assert resposta.json()["rtt_min_ms"] >= 2 * LONGE_S * 1000

    def test_o_erro_verdadeiro_cabe_no_limite(self, par: Par) -> None:
        """Os dois lados estão nesta máquina: o relógio de parede daqui é a verdade."""
        for cliente in (par.longe, par.perto):
            erro = abs(cliente.relogio.agora_ms() - time.time() * 1000)
            assert erro <= cliente.relogio.incerteza_ms()

    def test_a_raiz_leva_a_justica(self, par: Par) -> None:
        elos = par.perto.sessao.get(par.perto._raiz, headers={"Accept": "application/json"}).json()
        justica = par.perto.seguir(elos, "justica").json()
        assert len(justica["compromissos"]) >= 8
        assert all(len(c["compromisso"]) == 64 for c in justica["compromissos"])
        assert not any(r["dia"] >= f"{datetime.now(UTC):%Y-%m-%d}" for r in justica["revelados"])


class TestCliqueAnterior:
    def test_com_janela_vence_quem_clicou_antes_de_longe(
        self, sistema: Sistema, par: Par, telescopios: dict[int, str]
    ) -> None:
        longe, perto = clicar(par, telescopios[500], sistema.horario())
        assert (longe.status_code, perto.status_code) == (201, 409)
        clique = longe.json()["clique"]
        assert clique["situacao"] == "instante"
        recusa = perto.json()
        assert recusa["motivo"] == "PRETERIDO"
        assert recusa["_links"]["alternativas"]
        arbitragem = recusa["arbitragem"]
        assert (arbitragem["criterio"], arbitragem["empate"]) == ("instante", False)
        assert arbitragem["vencedor"]["efetivo_ms"] < arbitragem["seu"]["efetivo_ms"]
        assert arbitragem["vencedor"]["incerteza_ms"] > arbitragem["seu"]["incerteza_ms"]
        # Nada na recusa diz quem venceu.
        for segredo in (f'"cientista_id":{longe.json()["cientista_id"]}', "Ada", "email"):
            assert segredo not in perto.text

    def test_sem_janela_os_mesmos_cliques_dao_a_vez_ao_cabo_mais_curto(
        self, sistema: Sistema, par: Par, telescopios: dict[int, str]
    ) -> None:
        """O controle: é a arbitragem, e não outra coisa, que faz o teste de cima passar."""
        longe, perto = clicar(par, telescopios[0], sistema.horario())
        assert (longe.status_code, perto.status_code) == (409, 201)

    def test_a_decisao_se_refaz_da_trilha_e_a_adulterada_e_nomeada(
        self, sistema: Sistema, par: Par, telescopios: dict[int, str]
    ) -> None:
        clicar(par, telescopios[500], sistema.horario())
        seq, detalhes = sistema.banco.consultar(
            "SELECT seq, detalhes FROM auditoria WHERE evento = 'ARBITRAGEM_DECIDIDA' "
            "ORDER BY seq DESC LIMIT 1"
        )[0]
        so_esta = ("justica", "conferir", "--de", str(seq), "--ate", str(seq))
        feita = sistema.servicos.cli(*so_esta)
        assert feita.returncode == 0, feita.stdout + feita.stderr
        assert "1 refeitas e iguais" in feita.stdout
        arquivo = sistema.banco.arquivo
        falso = detalhes.replace('"posicao":0', '"posicao":9').replace('"posicao":1', '"posicao":0')
        assert falso != detalhes
        with closing(sqlite3.connect(arquivo, timeout=10)) as con:
            con.execute("UPDATE auditoria SET detalhes = ? WHERE seq = ?", (falso, seq))
            con.commit()
            adulterada = sistema.servicos.cli(*so_esta)
            con.execute("UPDATE auditoria SET detalhes = ? WHERE seq = ?", (detalhes, seq))
            con.commit()
        assert adulterada.returncode == 1
        assert f"seq {seq}:" in adulterada.stdout


class TestExclusao:
    @pytest.mark.parametrize("ms", JANELAS_MS)
    def test_um_slot_um_vencedor(self, sistema: Sistema, telescopios: dict[int, str], ms: int) -> None:
        inicio = sistema.horario()
        respostas = disputar(sistema, [(telescopios[ms], inicio, 1)] * 60)
        assert sorted(r.status for r in respostas) == [201] + [409] * 59

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

    def test_o_vencedor_morto_entre_o_lock_e_o_commit_passa_a_vez(
        self, sistema: Sistema, telescopios: dict[int, str]
    ) -> None:
        for _ in range(3):
            replica = sistema.replica()
            inicio, marca = sistema.horario(), sistema.servicos.marca()
            primeiro = sistema.agendar_depois(
                inicio,
                telescopio=telescopios[150],
                pessoa=sistema.pessoas[0],
                porta=replica.porta,
                falha="antes_do_commit=20000",
            )
            segundo = sistema.agendar_depois(inicio, telescopio=telescopios[150], pessoa=sistema.pessoas[1])
            sistema.esperar_falha(marca, replica.nome)
            replica.matar()
            assert segundo.result(30).status == 201
            assert primeiro.exception(30) is not None
        sistema.conferir()


class TestReservaDoCredito:
    def test_parecer_longe_numa_rede_conhecida_rende_pouco(
        self, sistema: Sistema, telescopios: dict[int, str]
    ) -> None:
        """Três vizinhas medidas a 6 ms; a quarta demora 120 ms a devolver cada bilhete."""
        with Atraso(sistema.porta) as rede:
            creditos = []
            for n, demora in enumerate((0.0, 0.0, 0.0, 0.060)):
                url = rede.caminho(ida_s=0.003 + demora, volta_s=0.003 + demora, origem=f"127.77.1.{n + 1}")
                pessoa: Pessoa = sistema.pessoas[n]
                cliente = Cliente(url, pessoa.chave)
                cliente.relogio.sincronizar()
                resposta = cliente.agendar(telescopios[50], f"{sistema.horario():%Y-%m-%dT%H:%M:%SZ}")
                assert resposta.status_code == 201
                creditos.append(resposta.json()["clique"])
        vizinhas = sorted(c["ida_e_volta_ms"] for c in creditos[:3])
        finge = creditos[3]
        assert finge["ida_e_volta_ms"] >= 120
        assert finge["credito_ms"] <= vizinhas[1] / 2 + 5 + 25 + 0.01
        assert timedelta(milliseconds=finge["reserva_gasta_ms"]) > timedelta(0)
