"""``GET /agendamentos/{id}/historico``: o que se fez com a observação, contado a quem é dono dela."""

from __future__ import annotations

from tests.apoio import HUBBLE, Bancada, links_de
from tests.postgresql import nos_dois_bancos


@nos_dois_bancos
def test_conta_em_ordem_o_que_cada_um_fez(bancada: Bancada) -> None:
    feito = bancada.agendar("2026-12-01T03:00:00Z")
    caminho = f"/agendamentos/{feito.json['id']}"
    bancada.pedir(
        "PUT", caminho, {"horario_inicio_utc": "2026-12-01T04:00:00Z"}, If_Match=feito.headers["ETag"]
    )
    parada = {"inicio_utc": "2026-12-01T04:00:00Z", "fim_utc": "2026-12-01T05:00:00Z", "motivo": "giroscópio"}
    bancada.pedir("POST", f"/telescopios/{HUBBLE}/indisponibilidades", parada, quem="operacao")
    historico = bancada.pedir("GET", feito.json["_links"]["historico"]["href"])
    fatos = historico.json["_embedded"]["fatos"]
    assert [f["evento"] for f in fatos] == [
        "AGENDAMENTO_CRIADO",
        "AGENDAMENTO_REMARCADO",
        "AGENDAMENTO_CANCELADO",
    ]
    assert fatos[1]["de_inicio_utc"] == "2026-12-01T03:00:00.000Z"
    assert fatos[1]["horario_inicio_utc"] == "2026-12-01T04:00:00.000Z"
    assert (fatos[2]["por"], fatos[2]["motivo"]) == ("operacao", "Indisponibilidade: giroscópio")
    assert links_de(historico) == {"self", "agendamento"}


def test_diz_quando_foi_a_propria_pessoa(bancada: Bancada) -> None:
    feito = bancada.agendar("2026-12-01T03:00:00Z")
    bancada.pedir("DELETE", f"/agendamentos/{feito.json['id']}", {"motivo": "mudei de ideia"})
    fatos = bancada.pedir("GET", f"/agendamentos/{feito.json['id']}/historico").json["_embedded"]["fatos"]
    assert (fatos[-1]["por"], fatos[-1]["motivo"]) == ("dona", "mudei de ideia")


def test_o_de_outra_pessoa_nao_se_ve(bancada: Bancada) -> None:
    feito = bancada.agendar("2026-12-01T03:00:00Z")
    caminho = f"/agendamentos/{feito.json['id']}/historico"
    assert bancada.pedir("GET", caminho, quem="beatriz").status_code == 404
    assert bancada.pedir("GET", caminho, quem="operacao").status_code == 200
    assert bancada.pedir("GET", caminho, quem=None).status_code == 401
