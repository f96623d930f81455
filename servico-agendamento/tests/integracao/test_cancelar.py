"""DELETE /agendamentos/{id}: o registro fica, o horário se abre, a cota volta."""

from __future__ import annotations

from typing import Any

import pytest

from tests.apoio import Bancada, ao_mesmo_tempo
from tests.postgresql import nos_dois_bancos

TRES = "2026-12-01T03:00:00Z"


@nos_dois_bancos
def test_o_registro_fica_e_o_horario_se_abre(bancada: Bancada) -> None:
    caminho = bancada.agendar(TRES).headers["Location"]
    cancelado = bancada.pedir("DELETE", caminho, {"motivo": "chuva de meteoros"})
    assert cancelado.status_code == 200
    assert cancelado.json["estado"] == "CANCELADO"
    assert cancelado.json["motivo_cancelamento"] == "chuva de meteoros"
    assert cancelado.json["versao"] == 2
    assert bancada.pedir("GET", caminho).json == cancelado.json
    assert bancada.agendar(TRES, quem="beatriz").status_code == 201
    assert bancada.eventos()[-3:] == ["AGENDAMENTO_CRIADO", "AGENDAMENTO_CANCELADO", "AGENDAMENTO_CRIADO"]
    assert [tipo for tipo, _ in bancada.coordenador.eventos][1] == "agendamento.cancelado"


def test_o_corpo_e_opcional(bancada: Bancada) -> None:
    for n, corpo in enumerate((b"", b"{}", b'{"motivo": null}')):
        caminho = bancada.agendar(f"2026-12-01T0{n + 3}:00:00Z").headers["Location"]
        cancelado = bancada.pedir("DELETE", caminho, corpo)
        assert cancelado.status_code == 200
        assert cancelado.json["motivo_cancelamento"] is None


def test_cancela_se_so_com_o_link(bancada: Bancada) -> None:
    elo = bancada.agendar(TRES).json["_links"]["cancelar"]
    assert bancada.pedir(elo["method"], elo["href"]).status_code == 200


def test_nao_precisa_do_coordenador(bancada: Bancada) -> None:
    caminho = bancada.agendar(TRES).headers["Location"]
    bancada.pedir("DELETE", caminho)
    assert len(bancada.coordenador.pedidos) == 1


@pytest.mark.parametrize(
    ("etag", "status"), [('"{id}-1"', 200), ("*", 200), ('"{id}-2"', 412), ("lixo", 412)]
)
def test_if_match_e_opcional_mas_vale(bancada: Bancada, etag: str, status: int) -> None:
    criado = bancada.agendar(TRES)
    resposta = bancada.pedir("DELETE", criado.headers["Location"], If_Match=etag.format(id=criado.json["id"]))
    assert resposta.status_code == status


def test_duas_vezes_e_409(bancada: Bancada) -> None:
    caminho = bancada.agendar(TRES).headers["Location"]
    bancada.pedir("DELETE", caminho)
    recusa = bancada.pedir("DELETE", caminho)
    assert (recusa.status_code, recusa.json["motivo"]) == (409, "JA_CANCELADO")


def test_ja_comecado_e_409(bancada: Bancada) -> None:
    caminho = bancada.agendar(TRES).headers["Location"]
    bancada.relogio.avancar(days=10, hours=15)
    recusa = bancada.pedir("DELETE", caminho)
    assert (recusa.status_code, recusa.json["motivo"]) == (409, "JA_INICIADO")


def test_alheio_e_404_e_a_operacao_pode(bancada: Bancada) -> None:
    caminho = bancada.agendar(TRES).headers["Location"]
    assert bancada.pedir("DELETE", caminho, quem="beatriz").status_code == 404
    assert bancada.pedir("DELETE", caminho, quem="operacao").status_code == 200


@nos_dois_bancos
def test_dez_cancelamentos_simultaneos_um_vale(bancada: Bancada) -> None:
    caminho = bancada.agendar(TRES).headers["Location"]
    respostas = ao_mesmo_tempo([lambda: bancada.pedir("DELETE", caminho).status_code] * 10)
    assert sorted(respostas) == [200] + [409] * 9
    assert bancada.eventos().count("AGENDAMENTO_CANCELADO") == 1


def test_a_cota_volta(montar: Any) -> None:
    bancada = montar(SCTEC_LIMITE_ATIVOS="1")
    caminho = bancada.agendar(TRES).headers["Location"]
    assert bancada.agendar("2026-12-01T04:00:00Z").status_code == 422
    bancada.pedir("DELETE", caminho)
    assert bancada.agendar("2026-12-01T04:00:00Z").status_code == 201
