"""As camadas do banco contra a reserva dupla, cada uma sozinha, sem lock e com o pior entrelaçamento.

Todas as threads conferem o horário, todas o veem livre, e só então a primeira grava: quem as para é o ponto
``antes_do_commit`` da porta ``Falhas``. Sem camada alguma, a reserva dupla acontece sempre; com uma, nunca.
O lock sozinho, que precisa do coordenador de verdade, é provado em tests/ponta_a_ponta.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from agendamento.aplicacao.agendar import Agendar, PedidoDeAgendamento
from agendamento.aplicacao.cientistas import impressao_da_chave
from agendamento.aplicacao.cronometragem import Clique
from agendamento.app import create_app
from agendamento.coordenador.nulo import SemLock
from agendamento.dominio.agendamento import Agendamento
from agendamento.dominio.cota import Cota
from agendamento.dominio.erros import ConflitoHorario, ErroSCTEC, JaESeu, LockPerdido
from agendamento.persistencia.conferencia import verificar
from agendamento.persistencia.modelos import db
from tests.apoio import HUBBLE, RelogioVirtual, ao_mesmo_tempo, chave_de, config_de_teste
from tests.conftest import desmontar
from tests.postgresql import nos_dois_bancos

N = 10
TRES = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)
MEIA_HORA = timedelta(minutes=30)

SEM_TRAVA = {"SCTEC_SEM_TRAVA": "1"}
SO_FENCING = {**SEM_TRAVA, "SCTEC_SEM_UNICIDADE": "1"}
SO_UNICIDADE = {**SEM_TRAVA, "SCTEC_SEM_FENCING": "1"}
NADA = {**SO_FENCING, **SO_UNICIDADE}


class _TodasConferiram:
    """Cumpre a porta ``Falhas``: ninguém grava antes que todas tenham conferido."""

    def __init__(self, quantas: int) -> None:
        self._barreira = threading.Barrier(quantas)

    def ponto(self, nome: str) -> None:
        if nome == "antes_do_commit":
            self._barreira.wait(30)


@dataclass
class Arena:
    app: Flask

    @property
    def sctec(self) -> Any:
        return self.app.extensions["sctec"]

    def agendar_como(self, quem: str, inicio: datetime, fim: datetime | None = None, **trocas: Any) -> Any:
        """O caso de uso inteiro, com as portas trocadas por ``trocas``; devolve o agendamento ou a recusa."""
        disputa = replace(self.sctec.agendar._disputa, **trocas)
        with self.app.app_context(), self.sctec.banco.ler() as leitura:
            cientista = leitura.cientista_por_chave(impressao_da_chave(chave_de(quem)))
        pedido = PedidoDeAgendamento(telescopio=HUBBLE, inicio=inicio, fim=fim, clique=Clique(chegada_s=0.0))
        try:
            return Agendar(disputa, Cota(0, 0)).executar(pedido, cientista)
        except ErroSCTEC as recusa:
            return recusa

    def ao_mesmo_tempo(self, inicios: list[datetime], duracao: timedelta) -> list[Any]:
        falhas = _TodasConferiram(len(inicios))
        pessoas = itertools.cycle(["ada", "beatriz", "chandra", "dorothea", "edwin", "fatima", "galileu"])
        return ao_mesmo_tempo(
            [
                lambda quem=quem, inicio=inicio: self.agendar_como(
                    quem, inicio, inicio + duracao, falhas=falhas
                )
                for inicio, quem in zip(inicios, pessoas, strict=False)
            ]
        )

    def slots(self) -> list[Any]:
        with self.app.app_context(), db.engine.connect() as con:
            return list(con.exec_driver_sql("SELECT slot_inicio_utc FROM slots_ocupados").scalars())

    def trilha_fecha(self) -> bool:
        self.sctec.banco.escrever("nada", lambda _: None)
        with self.app.app_context(), db.engine.connect() as con:
            return list(verificar(con)) == []


Montar = Callable[..., Arena]


@pytest.fixture
def arena(url_do_banco: str, tmp_path: Path) -> Iterator[Montar]:
    apps: list[Flask] = []

    def nova(ambiente: dict[str, str]) -> Arena:
        config = config_de_teste(tmp_path, url_do_banco, **ambiente)
        apps.append(create_app(config, relogio=RelogioVirtual(), registrar=False))
        return Arena(apps[-1])

    yield nova
    for app in apps:
        desmontar(app)


def _criados(resultados: list[Any]) -> list[Agendamento]:
    return [r for r in resultados if isinstance(r, Agendamento)]


@nos_dois_bancos
class TestMesmoHorario:
    def test_sem_camada_alguma_ha_reserva_dupla(self, arena: Montar) -> None:
        """Controle negativo: a corrida existe, e este arranjo a mostra sempre."""
        sem_nada = arena(NADA)
        assert len(_criados(sem_nada.ao_mesmo_tempo([TRES] * N, MEIA_HORA))) == N
        assert len(sem_nada.slots()) == N * 6

    @pytest.mark.parametrize(
        "camada", [SO_FENCING, SO_UNICIDADE, SEM_TRAVA], ids=["fencing", "unico", "os dois"]
    )
    def test_com_uma_camada_so_um_fica(self, arena: Montar, camada: dict[str, str]) -> None:
        protegida = arena(camada)
        resultados = protegida.ao_mesmo_tempo([TRES] * N, MEIA_HORA)
        assert len(_criados(resultados)) == 1
        assert sum(isinstance(r, ConflitoHorario | JaESeu) for r in resultados) == N - 1
        assert len(protegida.slots()) == 6
        assert protegida.trilha_fecha()


@nos_dois_bancos
class TestSobrepostos:
    INICIOS = [TRES + n * timedelta(minutes=5) for n in range(N)]  # noqa: RUF012

    def test_sem_camada_alguma_ha_sobreposicao(self, arena: Montar) -> None:
        """Controle negativo."""
        sem_nada = arena(NADA)
        sem_nada.ao_mesmo_tempo(self.INICIOS, MEIA_HORA)
        assert len(sem_nada.slots()) > len(set(sem_nada.slots()))

    @pytest.mark.parametrize("camada", [SO_FENCING, SO_UNICIDADE], ids=["fencing", "unico"])
    def test_com_uma_camada_nunca_dois_que_se_toquem(self, arena: Montar, camada: dict[str, str]) -> None:
        protegida = arena(camada)
        criados = _criados(protegida.ao_mesmo_tempo(self.INICIOS, MEIA_HORA))
        assert criados
        assert not [
            (a, b) for a, b in itertools.combinations(criados, 2) if a.intervalo.sobrepoe(b.intervalo)
        ]
        assert len(protegida.slots()) == len(set(protegida.slots())) == 6 * len(criados)
        assert protegida.trilha_fecha()

    @pytest.mark.parametrize("camada", [SO_FENCING, SO_UNICIDADE], ids=["fencing", "unico"])
    def test_os_adjacentes_ficam_todos(self, arena: Montar, camada: dict[str, str]) -> None:
        inicios = [TRES + n * MEIA_HORA for n in range(N)]
        assert len(_criados(arena(camada).ao_mesmo_tempo(inicios, MEIA_HORA))) == N


class _Atrasada:
    """Cumpre ``Falhas``: quem chega a ``antes_do_commit`` espera que ``enquanto`` aconteça inteiro."""

    def __init__(self, enquanto: Callable[[], None]) -> None:
        self._enquanto = enquanto

    def ponto(self, nome: str) -> None:
        if nome == "antes_do_commit":
            self._enquanto()


@nos_dois_bancos
class TestTokenVelho:
    """Uma pausa maior que o lease: outra pessoa reserva e cancela, e a primeira acorda com o token velho."""

    @staticmethod
    def _reservar_e_cancelar(arena: Arena) -> None:
        criado = arena.agendar_como("beatriz", TRES)
        assert isinstance(criado, Agendamento)
        with arena.app.app_context(), arena.sctec.banco.ler() as leitura:
            beatriz = leitura.cientista_por_chave(impressao_da_chave(chave_de("beatriz")))
        arena.sctec.cancelar.executar(criado.id, beatriz, None)

    def test_e_recusado_mesmo_com_o_horario_livre_de_novo(self, arena: Montar) -> None:
        mesa = arena(SO_FENCING)
        atrasada = _Atrasada(lambda: self._reservar_e_cancelar(mesa))
        recusa = mesa.agendar_como("ada", TRES, falhas=atrasada)
        assert isinstance(recusa, LockPerdido)
        assert mesa.slots() == []
        assert isinstance(mesa.agendar_como("ada", TRES), Agendamento)

    def test_sem_fencing_passaria(self, arena: Montar) -> None:
        """Controle negativo: o índice único sozinho não distingue o token velho, porque o slot está livre."""
        mesa = arena(SO_UNICIDADE)
        atrasada = _Atrasada(lambda: self._reservar_e_cancelar(mesa))
        assert isinstance(mesa.agendar_como("ada", TRES, falhas=atrasada), Agendamento)

    def test_token_que_nao_cresce_e_recusado(self, arena: Montar) -> None:
        mesa = arena(SO_FENCING)

        class Repetido(SemLock):
            def adquirir(self, pedido: Any) -> Any:
                return replace(super().adquirir(pedido), token=7)

        repetido = Repetido()
        primeiro = mesa.agendar_como("ada", TRES, coordenador=repetido)
        assert isinstance(primeiro, Agendamento)
        with mesa.app.app_context(), mesa.sctec.banco.ler() as leitura:
            ada = leitura.cientista_por_chave(impressao_da_chave(chave_de("ada")))
        mesa.sctec.cancelar.executar(primeiro.id, ada, None)
        assert isinstance(mesa.agendar_como("ada", TRES, coordenador=repetido), LockPerdido)
        assert isinstance(mesa.agendar_como("ada", TRES), Agendamento)
