"""A agenda de demonstração: uma semana viva, que não se repete nem toma a vez de ninguém."""

from __future__ import annotations

from datetime import timedelta

from agendamento.aplicacao import demonstracao
from tests.apoio import Bancada
from tests.postgresql import nos_dois_bancos


@nos_dois_bancos
def test_enche_a_semana_uma_vez_so_e_a_trilha_fecha(bancada: Bancada) -> None:
    sctec = bancada.app.extensions["sctec"]
    with bancada.app.app_context():
        criadas = demonstracao.semear_agenda(sctec.banco, bancada.relogio)
        assert criadas > 100
        assert demonstracao.semear_agenda(sctec.banco, bancada.relogio) == 0
        assert sctec.banco.conferir_auditoria().divergencias == []
    por_telescopio = [
        n
        for (n,) in bancada.sql(
            "SELECT count(*) FROM agendamentos a JOIN telescopios t ON t.id = a.telescopio_id "
            "GROUP BY t.id ORDER BY t.id"
        )
    ]
    assert len(por_telescopio) == 6
    assert por_telescopio[0] == max(por_telescopio)
    assert por_telescopio[-1] == min(por_telescopio)
    ada = bancada.pedir("GET", f"/cientistas/{bancada.id_de('ada')}").json
    assert ada["uso"]["ativos"] == 0


def test_o_que_ja_tem_observacao_fica_como_esta(bancada: Bancada) -> None:
    livre = bancada.pedir("GET", "/livres?telescopio=hubble-acad").json["_embedded"]["livres"][0]
    assert bancada.agendar(livre["horario_inicio_utc"]).status_code == 201
    with bancada.app.app_context():
        demonstracao.semear_agenda(bancada.app.extensions["sctec"].banco, bancada.relogio)
    do_hubble = bancada.sql(
        "SELECT count(*) FROM agendamentos a JOIN telescopios t ON t.id = a.telescopio_id "
        "WHERE t.slug = 'hubble-acad'"
    )
    assert do_hubble[0][0] == 1


def test_a_hora_dos_exemplos_fica_livre(bancada: Bancada) -> None:
    """O `curl` do README, das 3 h do dia seguinte, responde 201 com a semana semeada."""
    with bancada.app.app_context():
        demonstracao.semear_agenda(bancada.app.extensions["sctec"].banco, bancada.relogio)
    amanha = (bancada.relogio.agora() + timedelta(days=1)).date()
    assert bancada.agendar(f"{amanha}T03:00:00Z").status_code == 201
    das_tres_as_quatro = "a.horario_inicio_utc < '{0} 04:00' AND a.horario_fim_utc > '{0} 03:30'"
    for dias in range(6):
        dia = amanha + timedelta(days=dias)
        tomadas = bancada.sql(f"SELECT count(*) FROM agendamentos a WHERE {das_tres_as_quatro.format(dia)}")
        assert tomadas[0][0] == 0
