"""Um coordenador restaurado de uma cópia antiga: os tokens alcançam os do banco, e ninguém fica preso ao 503."""

from __future__ import annotations

import json

import pytest

from tests.apoio import Bancada, CoordenadorGravador
from tests.conftest import Montar
from tests.postgresql import nos_dois_bancos

TRES, QUATRO = "2026-12-01T03:00:00Z", "2026-12-01T04:00:00Z"


@pytest.fixture
def atrasada(bancada: Bancada) -> Bancada:
    """Dois horários já agendados e cancelados com tokens altos; o coordenador recomeça do 1."""
    bancada.coordenador.exigir_tokens_acima_de(40_000)
    for inicio in (TRES, QUATRO):
        bancada.pedir("DELETE", bancada.agendar(inicio).headers["Location"])
    bancada.coordenador.__post_init__()
    return bancada


@nos_dois_bancos
def test_a_primeira_recusa_o_diz_e_a_repeticao_agenda(atrasada: Bancada, linhas_de_log: list[str]) -> None:
    recusa = atrasada.agendar(TRES)
    assert (recusa.status_code, recusa.json["motivo"]) == (503, "TRAVA_PERDIDA")
    assert "fencing tokens" in recusa.json["detail"]
    (dita,) = [json.loads(linha) for linha in linhas_de_log if "atrás do banco" in linha]
    assert (dita["token"], dita["maior"]) == (1, 40_002)
    assert atrasada.agendar(TRES).status_code == 201
    # O piso é o do banco inteiro: o outro horário já não precisa de recusa.
    assert atrasada.agendar(QUATRO).status_code == 201


@nos_dois_bancos
@pytest.mark.usefixtures("atrasada")
def test_quem_inicia_ja_diz_o_que_o_banco_viu(montar: Montar) -> None:
    assert montar(coordenador=CoordenadorGravador()).agendar(TRES).status_code == 201


def test_sem_o_piso_o_horario_nao_se_agenda_nunca(atrasada: Bancada, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atrasada.coordenador, "exigir_tokens_acima_de", lambda _: None)
    assert [atrasada.agendar(TRES).status_code for _ in range(5)] == [503] * 5
