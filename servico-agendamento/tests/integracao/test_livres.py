"""``GET /livres``: as primeiras janelas livres, de um telescópio ou de qualquer um."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from agendamento.dominio.grade import Grade, Intervalo, formatar, primeiras_livres
from tests.apoio import AGORA, HUBBLE, Bancada, campos_recusados
from tests.postgresql import nos_dois_bancos

DIA = datetime.fromisoformat("2026-12-01T00:00:00Z")


def buscar(bancada: Bancada, quem: str | None = "ada", **query: Any) -> TestResponse:
    return bancada.pedir("GET", f"/livres?{urlencode(query)}", quem=quem)


def livres(bancada: Bancada, **query: Any) -> list[tuple[str, str]]:
    resposta = buscar(bancada, **query)
    assert resposta.status_code == 200, resposta.json
    return [(j["telescopio"], j["horario_inicio_utc"][11:16]) for j in resposta.json["_embedded"]["livres"]]


@nos_dois_bancos
def test_pula_o_agendado_e_o_parado_e_cada_janela_se_agenda_como_veio(bancada: Bancada) -> None:
    bancada.agendar("2026-12-01T00:10:00Z", "2026-12-01T00:20:00Z")
    parada = {"inicio_utc": "2026-12-01T00:31:00Z", "fim_utc": "2026-12-01T00:41:00Z", "motivo": "teste"}
    bancada.pedir("POST", f"/telescopios/{HUBBLE}/indisponibilidades", parada, quem="operacao")
    query = {"minutos": 10, "telescopio": HUBBLE, "de": formatar(DIA), "limite": 4}
    assert [hora for _, hora in livres(bancada, **query)] == ["00:00", "00:20", "00:45", "00:55"]
    achadas = buscar(bancada, **query).json["_embedded"]["livres"]
    for janela in achadas:
        elo = janela["_links"]["agendar"]
        feito = bancada.pedir(elo["method"], elo["href"], elo["corpo"])
        assert (feito.status_code, feito.json["horario_fim_utc"]) == (201, janela["horario_fim_utc"])
    assert livres(bancada, **query)[0][1] == "01:05"


def test_cancelado_volta_a_ser_livre_e_quem_nao_entrou_ve_sem_o_link(bancada: Bancada) -> None:
    feito = bancada.agendar("2026-12-01T00:00:00Z")
    query = {"telescopio": HUBBLE, "de": formatar(DIA), "limite": 1}
    assert livres(bancada, **query) == [(HUBBLE, "00:05")]
    bancada.pedir("DELETE", f"/agendamentos/{feito.json['id']}")
    assert livres(bancada, **query) == [(HUBBLE, "00:00")]
    anonima = buscar(bancada, None, **query).json["_embedded"]["livres"]
    assert "_links" not in anonima[0]


def test_sem_telescopio_valem_todos_os_ativos_por_ordem_de_hora(bancada: Bancada) -> None:
    bancada.pedir("DELETE", "/telescopios/chandra-acad", quem="operacao")
    achadas = livres(bancada, de=formatar(DIA), limite=100)
    assert "chandra-acad" not in {slug for slug, _ in achadas}
    assert {slug for slug, _ in achadas[:5]} >= {HUBBLE, "james-webb-acad"}
    assert [hora for _, hora in achadas] == sorted(hora for _, hora in achadas)


def test_por_omissao_de_agora_em_diante_e_alem_do_horizonte_nada(bancada: Bancada) -> None:
    primeira = buscar(bancada, None).json["_embedded"]["livres"][0]
    assert primeira["horario_inicio_utc"] > formatar(AGORA)
    bancada.pedir("PUT", f"/telescopios/{HUBBLE}", {"horizonte_dias": 1}, quem="operacao")
    assert livres(bancada, telescopio=HUBBLE, de=formatar(AGORA + timedelta(days=2))) == []


def test_um_dia_cheio_nao_esconde_o_seguinte_nem_a_janela_que_cruza_a_meia_noite(bancada: Bancada) -> None:
    parada = {"inicio_utc": formatar(DIA), "fim_utc": formatar(DIA + timedelta(hours=23, minutes=55))}
    bancada.pedir(
        "POST", f"/telescopios/{HUBBLE}/indisponibilidades", {**parada, "motivo": "teste"}, quem="operacao"
    )
    query = {"telescopio": HUBBLE, "de": formatar(DIA), "minutos": 30, "limite": 2}
    assert [hora for _, hora in livres(bancada, **query)] == ["23:55", "00:25"]


@pytest.mark.parametrize(
    ("query", "campo"),
    [
        ({"minutos": 0}, "minutos"),
        ({"minutos": "muitos"}, "minutos"),
        ({"minutos": 1440}, "minutos"),
        ({"limite": 101}, "limite"),
        ({"de": "2026-12-01T03:00:00"}, "de"),
        ({"de": formatar(DIA), "ate": formatar(DIA)}, "ate"),
        ({"de": formatar(DIA), "ate": formatar(DIA + timedelta(days=32))}, "ate"),
    ],
)
def test_recusas_com_remedio(bancada: Bancada, query: dict[str, Any], campo: str) -> None:
    resposta = buscar(bancada, **query)
    assert resposta.status_code == 422
    assert campo in campos_recusados(resposta)


def test_telescopio_que_nao_ha(bancada: Bancada) -> None:
    assert buscar(bancada, telescopio="nenhum").status_code == 404


@given(
    tomados=st.lists(st.tuples(st.integers(0, 200), st.integers(1, 40)), max_size=12),
    minutos=st.integers(1, 60),
)
def test_as_mesmas_que_se_acham_slot_a_slot(tomados: list[tuple[int, int]], minutos: int) -> None:
    """Contra a busca ingênua: toda janela devolvida está livre, e nenhuma livre antes dela foi pulada."""
    grade = Grade(timedelta(minutes=5), timedelta(days=30))
    minuto = timedelta(minutes=1)
    ocupados = sorted(
        (Intervalo(DIA + a * minuto, DIA + (a + quanto) * minuto) for a, quanto in tomados),
        key=lambda i: i.inicio,
    )
    busca = Intervalo(DIA, DIA + timedelta(hours=4))
    achadas = list(primeiras_livres(grade, ocupados, minutos * minuto, busca, DIA - timedelta(hours=1)))
    esperadas, inicio = [], DIA
    tamanho = -(-minutos // 5) * timedelta(minutes=5)
    while inicio + tamanho <= busca.fim:
        janela = Intervalo(inicio, inicio + tamanho)
        if any(janela.sobrepoe(o) for o in ocupados):
            inicio += grade.duracao_slot
        else:
            esperadas.append(janela)
            inicio += tamanho
    assert achadas == esperadas
