"""``/esperas``: o que vaga é, por um prazo, só de quem o espera há mais tempo; depois passa ao seguinte."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from agendamento.aplicacao import esperas
from agendamento.dominio.grade import formatar
from tests.apoio import AGORA, HUBBLE, Bancada, RelogioVirtual, ao_mesmo_tempo, campos_recusados, links_de
from tests.conftest import Montar
from tests.postgresql import nos_dois_bancos

TRES, TRES_E_CINCO, QUATRO = "2026-12-01T03:00:00Z", "2026-12-01T03:05:00Z", "2026-12-01T04:00:00Z"
PARADAS = f"/telescopios/{HUBBLE}/indisponibilidades"


@pytest.fixture
def relogio() -> RelogioVirtual:
    return RelogioVirtual()


@pytest.fixture
def bancada(montar: Montar, relogio: RelogioVirtual) -> Bancada:
    return montar(relogio)


def esperar(bancada: Bancada, quem: str, inicio: str = TRES, fim: str | None = None) -> Any:
    corpo = {"telescopio": HUBBLE, "horario_inicio_utc": inicio} | ({"horario_fim_utc": fim} if fim else {})
    return bancada.pedir("POST", "/esperas", corpo, quem=quem)


def estados(bancada: Bancada, quem: str) -> list[str]:
    achadas = bancada.pedir("GET", "/esperas", quem=quem).json["_embedded"]["esperas"]
    return [espera["estado"] for espera in achadas]


def cancelar(bancada: Bancada, quem: str = "ada") -> None:
    assert bancada.pedir("DELETE", "/agendamentos/1", quem=quem).status_code == 200


def remarcar(bancada: Bancada) -> None:
    corpo = {"horario_inicio_utc": QUATRO}
    assert bancada.pedir("PUT", "/agendamentos/1", corpo, If_Match='"1-1"').status_code == 200


def remover_a_conta(bancada: Bancada) -> None:
    assert bancada.pedir("DELETE", f"/cientistas/{bancada.id_de('ada')}").status_code == 204


def passar(bancada: Bancada) -> None:
    """O que o despertador faz quando uma oferta vence."""
    bancada.app.extensions["sctec"].esperas._fila.passar_adiante()


@nos_dois_bancos
@pytest.mark.parametrize("vagar", [cancelar, remarcar, remover_a_conta])
def test_o_que_vaga_e_so_de_quem_espera_ha_mais_tempo(
    bancada: Bancada, vagar: Callable[[Bancada], None]
) -> None:
    bancada.agendar(TRES)
    assert esperar(bancada, "beatriz").status_code == 201
    assert esperar(bancada, "chandra").status_code == 201
    vagar(bancada)
    assert estados(bancada, "beatriz") == ["oferecida"]
    assert estados(bancada, "chandra") == ["esperando"]
    recusa = bancada.agendar(TRES, quem="chandra")
    assert (recusa.status_code, recusa.json["motivo"]) == (409, "CONFLITO_HORARIO")
    assert "a quem o esperava" in recusa.json["detail"]
    assert recusa.json["_links"]["alternativas"]
    assert bancada.eventos()[-1] == "AGENDAMENTO_NEGADO"
    (oferta,) = bancada.pedir("GET", "/esperas", quem="beatriz").json["_embedded"]["esperas"]
    elo = oferta["_links"]["agendar"]
    assert bancada.pedir(elo["method"], elo["href"], elo["corpo"], quem="beatriz").status_code == 201
    assert estados(bancada, "beatriz") == ["atendida"]


@nos_dois_bancos
def test_controle_sem_fila_o_que_vaga_e_de_quem_chega(bancada: Bancada) -> None:
    bancada.agendar(TRES)
    cancelar(bancada)
    assert bancada.agendar(TRES, quem="chandra").status_code == 201


@nos_dois_bancos
def test_a_oferta_vence_e_passa_ao_seguinte_e_no_fim_a_quem_chegar(
    bancada: Bancada, relogio: RelogioVirtual
) -> None:
    bancada.agendar(TRES)
    for quem in ("beatriz", "chandra"):
        esperar(bancada, quem)
    cancelar(bancada)
    passar(bancada)  # Ainda não venceu: nada muda.
    assert (estados(bancada, "beatriz"), estados(bancada, "chandra")) == (["oferecida"], ["esperando"])
    relogio.avancar(minutes=15)
    passar(bancada)
    assert (estados(bancada, "beatriz"), estados(bancada, "chandra")) == (["expirada"], ["oferecida"])
    assert bancada.agendar(TRES, quem="beatriz").status_code == 409
    relogio.avancar(minutes=15)
    passar(bancada)
    assert estados(bancada, "chandra") == ["expirada"]
    assert bancada.agendar(TRES, quem="beatriz").status_code == 201


def test_vencida_a_oferta_o_horario_nao_fica_preso_a_ninguem_que_passe_adiante(
    bancada: Bancada, relogio: RelogioVirtual
) -> None:
    bancada.agendar(TRES)
    esperar(bancada, "beatriz")
    cancelar(bancada)
    relogio.avancar(minutes=15)
    assert bancada.agendar(TRES, quem="chandra").status_code == 201


def test_quem_desiste_passa_a_oferta_ao_seguinte(bancada: Bancada) -> None:
    bancada.agendar(TRES)
    desistir = esperar(bancada, "beatriz").json["_links"]["desistir"]
    esperar(bancada, "chandra")
    cancelar(bancada)
    assert bancada.pedir(desistir["method"], desistir["href"], quem="chandra").status_code == 404
    assert bancada.pedir(desistir["method"], desistir["href"], quem="beatriz").status_code == 204
    assert (estados(bancada, "beatriz"), estados(bancada, "chandra")) == ([], ["oferecida"])


def test_o_despertador_passa_adiante_por_si(montar: Montar) -> None:
    relogio = RelogioVirtual()
    bancada = montar(relogio)
    bancada.agendar(TRES)
    for quem in ("beatriz", "chandra"):
        esperar(bancada, quem)
    cancelar(bancada)
    relogio.avancar(minutes=15)
    fila = bancada.app.extensions["sctec"].esperas._fila
    ofereceu = threading.Event()
    publicar = bancada.coordenador.publicar

    def ouvir(tipo: str, dados: Any) -> None:
        publicar(tipo, dados)
        ofereceu.set()

    bancada.coordenador.publicar = ouvir  # type: ignore[method-assign]
    fila.retomar()  # Como quem reinicia depois de a oferta vencer.
    assert ofereceu.wait(20)
    assert estados(bancada, "chandra") == ["oferecida"]


def test_ao_vivo_se_diz_o_horario_e_nunca_de_quem(bancada: Bancada) -> None:
    bancada.agendar(TRES)
    esperar(bancada, "beatriz")
    cancelar(bancada)
    tipo, dados = bancada.coordenador.eventos[-1]
    assert tipo == "espera.oferecida"
    assert dados == {
        "telescopio": HUBBLE,
        "horario_inicio_utc": "2026-12-01T03:00:00.000Z",
        "horario_fim_utc": "2026-12-01T03:05:00.000Z",
        "oferecida_ate_utc": formatar(AGORA + timedelta(minutes=15)),
    }
    assert bancada.eventos()[-2:] == ["AGENDAMENTO_CANCELADO", "ESPERA_OFERECIDA"]


def test_so_se_oferece_o_que_cabe_inteiro(bancada: Bancada) -> None:
    bancada.agendar(TRES)
    bancada.agendar(TRES_E_CINCO)
    esperar(bancada, "beatriz", TRES, "2026-12-01T03:10:00Z")
    esperar(bancada, "chandra")
    cancelar(bancada)
    assert (estados(bancada, "beatriz"), estados(bancada, "chandra")) == (["esperando"], ["oferecida"])
    # O que está oferecido a Chandra não cabe a Beatriz.
    assert bancada.pedir("DELETE", "/agendamentos/2").status_code == 200
    assert estados(bancada, "beatriz") == ["esperando"]
    bancada.pedir("DELETE", "/esperas/2", quem="chandra")
    assert estados(bancada, "beatriz") == ["oferecida"]


def test_o_que_esta_oferecido_a_outra_pessoa_nao_aparece_livre(bancada: Bancada) -> None:
    bancada.agendar(TRES)
    esperar(bancada, "beatriz")
    cancelar(bancada)

    def slot(quem: str | None) -> str:
        agenda = bancada.pedir("GET", f"/telescopios/{HUBBLE}/agenda?de={TRES}&ate={TRES_E_CINCO}", quem=quem)
        return str(agenda.json["slots"][0]["estado"])

    assert [slot(quem) for quem in ("beatriz", "chandra", None)] == ["livre", "ocupado", "ocupado"]
    livres = bancada.pedir("GET", f"/livres?telescopio={HUBBLE}&de={TRES}&limite=1", quem="chandra")
    assert livres.json["_embedded"]["livres"][0]["horario_inicio_utc"] == "2026-12-01T03:05:00.000Z"
    perto = bancada.agendar(TRES, quem="chandra").json["_links"]["alternativas"]
    assert "2026-12-01T03:00:00.000Z" not in {elo["corpo"]["horario_inicio_utc"] for elo in perto}


@nos_dois_bancos
def test_a_oferta_feita_depois_de_conferir_tambem_impede(bancada: Bancada) -> None:
    """Chandra passa pela conferência com o horário tomado só na fila; a oferta nasce enquanto espera o lock."""
    bancada.agendar(TRES)
    esperar(bancada, "beatriz")
    bancada.sql("DELETE FROM slots_ocupados")  # Livre para quem confere, e ainda por oferecer.
    bancada.coordenador.ao_adquirir = lambda _: passar(bancada)
    recusa = bancada.agendar(TRES, quem="chandra")
    assert (recusa.status_code, recusa.json["motivo"]) == (409, "CONFLITO_HORARIO")
    assert "a quem o esperava" in recusa.json["detail"]


def test_reaberto_o_telescopio_o_horario_e_oferecido(bancada: Bancada) -> None:
    parada = {"inicio_utc": TRES, "fim_utc": QUATRO, "motivo": "teste"}
    feita = bancada.pedir("POST", PARADAS, parada, quem="operacao")
    assert esperar(bancada, "beatriz").status_code == 201
    bancada.pedir("DELETE", f"{PARADAS}/{feita.json['id']}", quem="operacao")
    assert estados(bancada, "beatriz") == ["oferecida"]


def test_a_manutencao_que_cancela_oferece_o_que_nao_cobre(bancada: Bancada) -> None:
    bancada.agendar(TRES, "2026-12-01T03:10:00Z")
    esperar(bancada, "beatriz", TRES)
    esperar(bancada, "chandra", TRES_E_CINCO)
    parada = {"inicio_utc": TRES, "fim_utc": TRES_E_CINCO, "motivo": "teste"}
    bancada.pedir("POST", PARADAS, parada, quem="operacao")
    assert (estados(bancada, "beatriz"), estados(bancada, "chandra")) == (["esperando"], ["oferecida"])


def test_a_oferta_acaba_quando_o_horario_comeca(bancada: Bancada, relogio: RelogioVirtual) -> None:
    inicio = AGORA + timedelta(minutes=10)
    bancada.agendar(inicio)
    esperar(bancada, "beatriz", formatar(inicio))
    cancelar(bancada)
    (oferta,) = bancada.pedir("GET", "/esperas", quem="beatriz").json["_embedded"]["esperas"]
    assert oferta["oferecida_ate_utc"] == formatar(inicio)
    relogio.avancar(minutes=10)
    assert estados(bancada, "beatriz") == ["expirada"]


@pytest.mark.parametrize(
    ("quem", "inicio", "motivo"),
    [("beatriz", QUATRO, "HORARIO_LIVRE"), ("ada", TRES, "JA_E_SEU"), ("chandra", TRES, "JA_ESPERA")],
)
def test_nao_se_espera_pelo_livre_pelo_proprio_nem_duas_vezes(
    bancada: Bancada, quem: str, inicio: str, motivo: str
) -> None:
    bancada.agendar(TRES)
    esperar(bancada, "chandra")
    recusa = esperar(bancada, quem, inicio)
    assert (recusa.status_code, recusa.json["motivo"]) == (409, motivo)


def test_cada_um_espera_por_um_tanto(bancada: Bancada, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(esperas, "MAIS_ESPERAS", 1)
    bancada.agendar(TRES)
    bancada.agendar(QUATRO)
    assert esperar(bancada, "beatriz").status_code == 201
    recusa = esperar(bancada, "beatriz", QUATRO)
    assert (recusa.status_code, recusa.json["motivo"]) == (422, "LIMITE_EXCEDIDO")
    assert esperar(bancada, "chandra", QUATRO).status_code == 201


def test_o_corpo_ruim_diz_o_campo(bancada: Bancada) -> None:
    assert "horario_inicio_utc" in campos_recusados(esperar(bancada, "ada", "2026-12-01T03:01:00Z"))
    assert bancada.pedir("POST", "/esperas", {"telescopio": HUBBLE}).status_code == 422
    corpo = {"telescopio": "nenhum", "horario_inicio_utc": TRES}
    assert bancada.pedir("POST", "/esperas", corpo).status_code == 404
    assert bancada.pedir("GET", "/esperas", quem=None).status_code == 401


def test_os_links_da_raiz_sao_de_quem_entrou(bancada: Bancada) -> None:
    assert {"esperas", "esperar"} <= links_de(bancada.pedir("GET", "/"))
    assert not {"esperas", "esperar"} & links_de(bancada.pedir("GET", "/", quem=None))


@nos_dois_bancos
def test_quem_entra_na_fila_enquanto_se_remarca_tambem_recebe(bancada: Bancada) -> None:
    bancada.agendar(TRES)
    bancada.coordenador.ao_adquirir = lambda _: esperar(bancada, "beatriz")
    remarcar(bancada)
    assert estados(bancada, "beatriz") == ["oferecida"]


@nos_dois_bancos
def test_muitos_pedem_o_que_foi_oferecido_e_so_um_o_tem(bancada: Bancada) -> None:
    bancada.agendar(TRES)
    esperar(bancada, "beatriz")
    cancelar(bancada)
    pessoas = ["chandra", "beatriz", "ada"]
    respostas = ao_mesmo_tempo([lambda p=p: bancada.agendar(TRES, quem=p) for p in pessoas])
    assert [r.status_code for r in respostas] == [409, 201, 409]
