"""Com relógios e rede virtuais: o que se afirma é conferido contra a hora verdadeira."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from sctec_cliente import Cliente, Relogio, RelogioNaoSincronizado, RespostaInesperada
from sctec_cliente.relogio import CRESCIMENTO_MS, DERIVA_COMUM, RODADAS

VERDADE_0 = 1_796_094_000.0


class Resposta:
    url = "http://sctec.exemplo/"

    def __init__(self, corpo: Any) -> None:
        self._corpo = corpo

    def raise_for_status(self) -> None: ...

    def json(self) -> Any:
        if isinstance(self._corpo, Exception):
            raise self._corpo
        return self._corpo


class Mundo(requests.Session):
    """O tempo só anda quando alguém espera, e sabe-se a hora verdadeira. Segundos."""

    def __init__(self) -> None:
        super().__init__()
        self.verdade = VERDADE_0
        self.deriva = 0.0
        self.parede = -1.2
        self.salto = 0.0
        self.atrasos: list[tuple[float, float]] = []
        self.pedidos: list[str | None] = []
        self.corrente = 0
        self.cai_na: int | None = None
        self.recomeca_na: int | None = None
        self.resposta: Any = None

    def monotonico(self) -> float:
        return (self.verdade - VERDADE_0) * (1 + self.deriva) + 777

    def hora_de_parede(self) -> float:
        return self.monotonico() - 777 + VERDADE_0 + self.parede

    def get(self, url: Any, **opcoes: Any) -> Any:
        if "params" not in opcoes:
            elos = {"tempo": {"href": "/hora"}, "agendar": {"href": "/agendar", "method": "POST"}}
            return Resposta({"_links": elos})
        n = len(self.pedidos)
        bilhete = opcoes["params"].get("bilhete")
        self.pedidos.append(bilhete)
        if self.cai_na is not None and n >= self.cai_na:
            raise requests.ConnectionError("caiu")
        if self.resposta is not None:
            return Resposta(self.resposta)
        ida, volta = self.atrasos[n] if n < len(self.atrasos) else (0.005, 0.005)
        self.verdade += ida
        if n == self.recomeca_na:
            self.salto = 3600
        self.corrente = 0 if bilhete is None or n == self.recomeca_na else self.corrente + 1
        corpo = {
            "agora_ms": int((self.verdade + self.salto) * 1000),
            "bilhete": f"b{n}",
            "amostras": self.corrente,
        }
        self.verdade += volta
        return Resposta(corpo)

    def relogio(self) -> Relogio:
        return Relogio(
            "http://sctec.exemplo/hora", self, monotonico=self.monotonico, parede=self.hora_de_parede
        )


@pytest.fixture
def mundo() -> Mundo:
    return Mundo()


def erro_ms(relogio: Relogio, mundo: Mundo) -> float:
    return abs(relogio.agora_ms() - (mundo.verdade + mundo.salto) * 1000)


def test_oito_perguntas_cada_uma_com_o_bilhete_da_anterior(mundo: Mundo) -> None:
    relogio = mundo.relogio()
    relogio.sincronizar()
    assert mundo.pedidos == [None, *(f"b{i}" for i in range(RODADAS - 1))]
    assert relogio.bilhete == f"b{RODADAS - 1}"


def test_fica_com_a_menor_ida_e_volta(mundo: Mundo) -> None:
    mundo.atrasos = [(0.09, 0.01), (0.06, 0.2), (0.008, 0.004), *[(0.15, 0.03)] * 5]
    relogio = mundo.relogio()
    relogio.sincronizar()
    assert relogio.estado().ida_e_volta_ms == pytest.approx(12, abs=0.01)
    assert erro_ms(relogio, mundo) <= relogio.incerteza_ms() < 6.6


@pytest.mark.parametrize("ida", [i / 200 for i in range(21)])
def test_o_limite_vale_para_qualquer_assimetria(mundo: Mundo, ida: float) -> None:
    mundo.atrasos = [(ida, 0.1 - ida)] * RODADAS
    relogio = mundo.relogio()
    relogio.sincronizar()
    assert erro_ms(relogio, mundo) <= relogio.incerteza_ms()


def test_estado_e_declaracao(mundo: Mundo) -> None:
    relogio = mundo.relogio()
    assert relogio.declarar() == {}
    with pytest.raises(RelogioNaoSincronizado):
        relogio.estado()
    relogio.sincronizar()
    mundo.verdade += 5
    estado = relogio.estado()
    assert estado.offset_ms == pytest.approx(1200, abs=1)
    assert estado.idade_s == pytest.approx(5, abs=0.2)
    assert len(estado.amostras) == RODADAS
    declarado = relogio.declarar()
    assert declarado["bilhete_tempo"] == "b7"
    assert declarado["instante_clique_utc"].endswith("Z")


def test_um_acerto_do_relogio_do_computador_nao_desloca_o_clique(mundo: Mundo) -> None:
    relogio = mundo.relogio()
    relogio.sincronizar()
    mundo.parede += 3600
    assert erro_ms(relogio, mundo) <= relogio.incerteza_ms()


def test_se_o_servidor_recomeca_esquece_as_amostras_da_base_antiga(mundo: Mundo) -> None:
    mundo.atrasos, mundo.recomeca_na = [(0.001, 0.001)], 4
    relogio = mundo.relogio()
    relogio.sincronizar()
    assert erro_ms(relogio, mundo) <= relogio.incerteza_ms()
    assert len(relogio.estado().amostras) == 4


@pytest.mark.parametrize("ppm", [-180, 0, 40, 180])
def test_segue_a_deriva_sempre_dentro_do_limite(mundo: Mundo, ppm: float) -> None:
    mundo.deriva = ppm * 1e-6
    relogio = mundo.relogio()
    for i in range(10):
        relogio.sincronizar()
        mundo.verdade += 30
        assert i < 3 or erro_ms(relogio, mundo) <= relogio.incerteza_ms()
    medida = relogio.estado().deriva_ppm
    if abs(ppm) > 100:
        assert medida == pytest.approx(-ppm, abs=50)


def test_um_salto_do_servidor_descarta_a_deriva(mundo: Mundo) -> None:
    relogio = mundo.relogio()
    relogio.sincronizar()
    mundo.verdade += 30
    mundo.salto = 3600
    relogio.sincronizar()
    assert erro_ms(relogio, mundo) <= relogio.incerteza_ms()
    assert relogio.estado().deriva_ppm is None


def test_precisa_perguntar_de_novo_quando_o_limite_cresceu(mundo: Mundo) -> None:
    relogio = mundo.relogio()
    assert relogio.precisa()
    relogio.sincronizar()
    mundo.verdade += CRESCIMENTO_MS / DERIVA_COMUM / 1000 - 1
    assert not relogio.precisa()
    mundo.verdade += 2
    assert relogio.precisa()


def test_falha_no_meio_aproveita_o_que_veio_e_sem_nada_levanta(mundo: Mundo) -> None:
    mundo.cai_na = 3
    relogio = mundo.relogio()
    relogio.sincronizar()
    assert len(relogio.estado().amostras) == 3
    mundo.cai_na = 0
    with pytest.raises(requests.ConnectionError):
        relogio.sincronizar()
    assert relogio.sincronizado


ESTRANHAS = [
    "um portal",
    [],
    {},
    {"agora_ms": "1", "amostras": 0, "bilhete": "b"},
    {"agora_ms": float("nan"), "amostras": 0, "bilhete": "b"},
    {"agora_ms": 10**30, "amostras": 0, "bilhete": "b"},
    {"agora_ms": 1, "amostras": None, "bilhete": "b"},
    {"agora_ms": 1, "amostras": 0, "bilhete": None},
    ValueError("não é JSON"),
    RecursionError("fundo demais"),
]


@pytest.mark.parametrize("resposta", ESTRANHAS, ids=str)
def test_quem_mantem_o_relogio_sobrevive_a_qualquer_resposta(mundo: Mundo, resposta: Any) -> None:
    relogio = mundo.relogio()
    esperas: list[float] = []

    class Parada:
        """Deixa o guardião errar 2.000 vezes, acertar uma e terminar."""

        def wait(self, espera_s: float) -> bool:
            esperas.append(espera_s)
            mundo.resposta = resposta if len(esperas) <= 2000 else None
            return len(esperas) > 2001

    relogio._parar = Parada()  # type: ignore[assignment]
    relogio._guardar()
    assert max(esperas) == 30
    assert relogio.sincronizado
    assert erro_ms(relogio, mundo) <= relogio.incerteza_ms()


def test_o_que_nao_e_o_relogio_e_recusado_com_o_motivo(mundo: Mundo) -> None:
    relogio = mundo.relogio()
    mundo.resposta = {"hora": "12:00"}
    with pytest.raises(RespostaInesperada, match="agora_ms, amostras e bilhete"):
        relogio.sincronizar()
    assert not relogio.sincronizado


def test_a_incerteza_declarada_cabe_no_que_a_api_aceita(mundo: Mundo) -> None:
    relogio = mundo.relogio()
    relogio.sincronizar()
    mundo.verdade += 1e10
    assert relogio.declarar()["incerteza_ms"] == 60_000


def test_descobre_o_relogio_e_a_agenda_pelos_links(mundo: Mundo) -> None:
    cliente = Cliente("http://sctec.exemplo/", "sctec_x", sessao=mundo)
    assert cliente.relogio._url == "http://sctec.exemplo/hora"
    assert Relogio.descobrir("http://sctec.exemplo/", mundo)._url == "http://sctec.exemplo/hora"
    assert mundo.headers["Authorization"] == "Bearer sctec_x"
