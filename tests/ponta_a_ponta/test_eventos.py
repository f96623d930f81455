"""O que se conta ao vivo em GET /eventos, a quem chega e a quem volta."""

from __future__ import annotations

from tests.apoio.conexao import montar, pedir
from tests.apoio.sistema import Sistema
from tests.apoio.sse import Assinatura, Evento, assinar

PESSOAIS = ("cientista", "email", "nome", "chave", "solicitante", "observacoes", "objeto")


def proximo_de(assinatura: Assinatura, tipo: str, agendamento: int) -> Evento:
    while True:
        evento = assinatura.proximo()
        if evento.tipo == tipo and evento.dados.get("agendamento_id") == agendamento:
            return evento


def test_quem_assina_recebe_o_agendamento_sem_dado_pessoal(sistema: Sistema) -> None:
    with assinar(sistema.servicos.coordenador.porta) as assinatura:
        assert assinatura.cabecalhos["Content-Type"].startswith("text/event-stream")
        assert assinatura.cabecalhos["Access-Control-Allow-Origin"] == "*"
        inicio = sistema.horario(2)
        criado = sistema.agendar(inicio, slots=2, observacoes="sigilo", objeto_celeste="M31").json
        evento = proximo_de(assinatura, "agendamento.criado", criado["id"])
        cancelar = montar(
            "DELETE",
            f"/agendamentos/{criado['id']}",
            None,
            {"Authorization": f"Bearer {sistema.pessoas[0].chave}"},
        )
        assert pedir(sistema.porta, cancelar).status == 200
        proximo_de(assinatura, "agendamento.cancelado", criado["id"])
    assert evento.dados["telescopio"] == "hubble-acad"
    assert evento.dados["horario_inicio_utc"] == criado["horario_inicio_utc"]
    assert evento.dados["horario_fim_utc"] == criado["horario_fim_utc"]
    assert not [nome for nome in evento.dados if nome.startswith(PESSOAIS)]
    assert "sigilo" not in str(evento.dados)


def test_quem_volta_recebe_so_o_que_perdeu_e_na_ordem(sistema: Sistema) -> None:
    porta = sistema.servicos.coordenador.porta
    with assinar(porta) as ouvinte:
        with assinar(porta) as quem_cai:
            visto = sistema.agendar(sistema.horario()).json["id"]
            ultimo = proximo_de(quem_cai, "agendamento.criado", visto)
        perdidos = [sistema.agendar(sistema.horario()).json["id"] for _ in range(3)]
        # O outro assinante diz quando os três já foram publicados.
        ao_vivo = [proximo_de(ouvinte, "agendamento.criado", id_) for id_ in perdidos]
        with assinar(porta, ultimo.id) as de_volta:
            assert [de_volta.proximo() for _ in perdidos] == ao_vivo
            novo = sistema.agendar(sistema.horario()).json["id"]
            assert de_volta.proximo().dados["agendamento_id"] == novo


def test_quem_volta_com_id_de_outra_epoca_e_mandado_recarregar(sistema: Sistema) -> None:
    with assinar(sistema.servicos.coordenador.porta, "0-1") as assinatura:
        assert assinatura.proximo().tipo == "recarregar"


def test_o_que_vaga_e_oferecido_a_quem_espera_sem_dizer_a_quem(sistema: Sistema) -> None:
    dona, na_fila, outra = sistema.pessoas[:3]
    inicio = sistema.horario()

    def como(chave: str, metodo: str, caminho: str, corpo: object = None) -> int:
        return pedir(
            sistema.porta, montar(metodo, caminho, corpo, {"Authorization": f"Bearer {chave}"})
        ).status

    with assinar(sistema.servicos.coordenador.porta) as assinatura:
        criado = sistema.agendar(inicio, pessoa=dona).json
        pedido = {"telescopio": "hubble-acad", "horario_inicio_utc": criado["horario_inicio_utc"]}
        assert como(na_fila.chave, "POST", "/esperas", pedido) == 201
        assert como(dona.chave, "DELETE", f"/agendamentos/{criado['id']}") == 200
        while (evento := assinatura.proximo()).tipo != "espera.oferecida":
            pass
    assert evento.dados["horario_inicio_utc"] == criado["horario_inicio_utc"]
    assert not [nome for nome in evento.dados if nome.startswith(PESSOAIS)]
    assert sistema.agendar(inicio, pessoa=outra).status == 409
    assert sistema.agendar(inicio, pessoa=na_fila).status == 201
