"""O calendário assinável, e a troca de chave, que o revoga."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from icalendar import Calendar

from tests.apoio import Bancada
from tests.postgresql import nos_dois_bancos

INICIO, FIM = "2026-12-01T03:00:00Z", "2026-12-01T03:30:00Z"


def endereco(bancada: Bancada, quem: str = "ada") -> str:
    pessoa = bancada.pedir("GET", f"/cientistas/{bancada.id_de(quem)}", quem=quem)
    return str(pessoa.json["_links"]["calendario"]["href"])


def eventos(bancada: Bancada, onde: str) -> list[Any]:
    resposta = bancada.pedir("GET", onde, quem=None)
    assert resposta.status_code == 200
    assert resposta.content_type == "text/calendar; charset=utf-8"
    return list(Calendar.from_ical(resposta.data).walk("VEVENT"))


@nos_dois_bancos
def test_diz_o_que_quando_e_onde_e_avisa_antes(bancada: Bancada) -> None:
    feito = bancada.agendar(
        INICIO, FIM, corpo={"objeto_celeste": "M31; núcleo, braço", "observacoes": "um\ndois"}
    )
    (evento,) = eventos(bancada, endereco(bancada))
    assert evento["uid"] == f"agendamento-{feito.json['id']}@sctec"
    assert evento["summary"] == "M31; núcleo, braço · Hubble Acadêmico"
    assert evento["description"] == "um\ndois"
    assert evento.decoded("dtstart").isoformat() == "2026-12-01T03:00:00+00:00"
    assert evento.decoded("dtend").isoformat() == "2026-12-01T03:30:00+00:00"
    (alarme,) = evento.walk("VALARM")
    assert alarme.decoded("trigger") == timedelta(minutes=-10)


def test_o_cancelado_continua_la_como_cancelado_com_outra_sequencia(bancada: Bancada) -> None:
    feito = bancada.agendar(INICIO)
    onde = endereco(bancada)
    (antes,) = eventos(bancada, onde)
    bancada.pedir("DELETE", f"/agendamentos/{feito.json['id']}", {"motivo": "nuvens"})
    (depois,) = eventos(bancada, onde)
    assert (antes["status"], depois["status"]) == ("CONFIRMED", "CANCELLED")
    assert depois["sequence"] > antes["sequence"]
    assert depois["description"] == "nuvens"
    assert not depois.walk("VALARM")


def test_so_traz_o_que_e_da_pessoa_e_so_ela_ve_o_endereco(bancada: Bancada) -> None:
    bancada.agendar(INICIO, quem="beatriz")
    assert eventos(bancada, endereco(bancada)) == []
    assert len(eventos(bancada, endereco(bancada, "beatriz"))) == 1
    vista = bancada.pedir("GET", f"/cientistas/{bancada.id_de('ada')}", quem="operacao")
    assert "calendario" not in vista.json["_links"]


def test_sem_o_token_certo_nao_ha_nada(bancada: Bancada) -> None:
    caminho, _, token = endereco(bancada).partition("?token=")
    alheio = endereco(bancada, "beatriz").partition("?token=")[2]
    for errado in ("x", token[:-1], alheio, "é"):
        assert bancada.pedir("GET", f"{caminho}?token={errado}", quem=None).status_code == 404
    assert bancada.pedir("GET", caminho, quem=None).status_code == 422
    assert bancada.pedir("GET", f"/cientistas/999999/agenda.ics?token={token}", quem=None).status_code == 404


def test_o_que_nao_mudou_nao_se_manda_de_novo(bancada: Bancada) -> None:
    onde = endereco(bancada)
    etag = bancada.pedir("GET", onde, quem=None).headers["ETag"]
    assert bancada.pedir("GET", onde, quem=None, If_None_Match=etag).status_code == 304
    bancada.agendar(INICIO)
    assert bancada.pedir("GET", onde, quem=None, If_None_Match=etag).status_code == 200


@nos_dois_bancos
def test_trocar_a_chave_revoga_a_velha_e_o_calendario(bancada: Bancada) -> None:
    onde, caminho = endereco(bancada), f"/cientistas/{bancada.id_de('ada')}"
    trocada = bancada.pedir("POST", f"{caminho}/chave")
    assert trocada.status_code == 201
    assert trocada.headers["Cache-Control"] == "no-store"
    assert bancada.pedir("GET", caminho).status_code == 401
    assert bancada.pedir("GET", onde, quem=None).status_code == 404
    nova = {"Authorization": f"Bearer {trocada.json['chave']}"}
    pessoa = bancada.pedir("GET", caminho, quem=None, **nova)
    assert eventos(bancada, pessoa.json["_links"]["calendario"]["href"]) == []


def test_a_chave_de_outra_pessoa_so_a_operacao_troca(bancada: Bancada) -> None:
    caminho = f"/cientistas/{bancada.id_de('ada')}/chave"
    assert bancada.pedir("POST", caminho, quem="beatriz").status_code == 404
    assert bancada.pedir("GET", "/").json["_links"]["eu"]
    assert bancada.pedir("POST", caminho, quem="operacao").status_code == 201
