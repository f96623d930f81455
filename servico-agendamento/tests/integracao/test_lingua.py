"""As recusas falam a quem observa: sem expressões regulares; em inglês, a quem o prefere; e o motivo não muda."""

from __future__ import annotations

from typing import Any

import pytest

from agendamento.api.catalogo import CATALOGO
from agendamento.api.ingles import EM_INGLES
from tests.apoio import HUBBLE, Bancada, campos_recusados

TRES = "2026-12-01T03:00:00Z"


@pytest.mark.parametrize(
    ("caminho", "corpo", "campo"),
    [
        ("/cientistas", {"nome": "Ada", "email": "ada"}, "email"),
        ("/telescopios", {"nome": "X", "slug": "X X", "prefixo_recurso": "a b"}, "slug"),
        ("/telescopios", {"nome": "X", "slug": "X X", "prefixo_recurso": "a b"}, "prefixo_recurso"),
    ],
)
def test_nenhum_remedio_e_uma_expressao_regular(
    bancada: Bancada, caminho: str, corpo: Any, campo: str
) -> None:
    _, remedio = campos_recusados(bancada.pedir("POST", caminho, corpo, quem="operacao"))[campo]
    assert "como" in remedio
    assert not set("^$[]\\") & set(remedio)


def test_o_mais_que_virou_espaco_e_dito_com_o_remedio(bancada: Bancada) -> None:
    caminho = f"/telescopios/{HUBBLE}/agenda?de=2026-12-01T00:00:00"
    mensagem, remedio = campos_recusados(bancada.pedir("GET", f"{caminho}+03:00"))["de"]
    assert "“+”" in mensagem
    assert "%2B" in remedio
    assert bancada.pedir("GET", f"{caminho}%2B03:00").status_code == 200


def test_o_ingles_tem_todo_tipo() -> None:
    assert set(EM_INGLES) == set(CATALOGO)


@pytest.mark.parametrize(
    ("lingua", "titulo"),
    [
        ("en", "Slot already booked"),
        ("en-GB,en;q=0.9,pt;q=0.5", "Slot already booked"),
        ("pt-BR,pt;q=0.9,en;q=0.8", "Horário já agendado"),
        ("fr", "Horário já agendado"),
        ("", "Horário já agendado"),
    ],
)
def test_a_lingua_e_a_de_quem_pede_e_o_motivo_e_um_so(bancada: Bancada, lingua: str, titulo: str) -> None:
    bancada.agendar(TRES)
    recusa = bancada.agendar(TRES, quem="beatriz", Accept_Language=lingua)
    assert (recusa.json["title"], recusa.json["motivo"]) == (titulo, "CONFLITO_HORARIO")
    assert recusa.headers["Content-Language"] == ("en" if titulo[0] == "S" else "pt-BR")
    assert "Accept-Language" in recusa.headers["Vary"]


def test_em_ingles_os_campos_tambem(bancada: Bancada) -> None:
    recusa = bancada.pedir("POST", "/agendamentos", {"telescopio": HUBBLE}, Accept_Language="en")
    assert campos_recusados(recusa) == {"horario_inicio_utc": ("this field is missing.", "Send it.")}


def test_o_log_e_sempre_em_portugues(bancada: Bancada, linhas_de_log: list[str]) -> None:
    bancada.agendar(TRES)
    bancada.agendar(TRES, quem="beatriz", Accept_Language="en")
    assert any("Agendamento negado: Este horário já está agendado" in linha for linha in linhas_de_log)
