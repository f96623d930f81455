"""As linhas dos dois serviços contam a mesma história, na ordem, e nada do que é segredo."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from ferramentas.linhas import Linha
from tests.apoio.conexao import Resposta, montar, pedir
from tests.apoio.espera import esperar
from tests.apoio.sistema import Sistema, recurso

EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w+")
CHAVE = re.compile(r"sctec_[\w-]{20,}")
CONCESSAO = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
FLASK, EXPRESS = "servico-agendamento", "servico-coordenador"


def identificacao() -> dict[str, str]:
    """Os identificadores que um cliente manda; o X-Request-Id é novo a cada vez."""
    return {"X-Request-Id": f"teste-{uuid4().hex}", "traceparent": f"00-{TRACE_ID}-00f067aa0ba902b7-01"}


def historia(sistema: Sistema, pedido: str, *fins: str) -> list[Linha]:
    """As linhas de um pedido, dos dois serviços, depois de vistas as frases que o encerram em cada um."""

    def completas() -> list[Linha] | None:
        linhas = [linha for linha in sistema.servicos.linhas() if linha.campos.get("request_id") == pedido]
        return linhas if set(fins) <= {linha.mensagem for linha in linhas} else None

    return esperar(completas, "as linhas do pedido")


def frases(linhas: Sequence[Linha], servico: str) -> list[str]:
    return [linha.mensagem for linha in linhas if linha.servico == servico]


def instante_de(linhas: Sequence[Linha], frase: str) -> datetime:
    return datetime.fromisoformat(next(linha.instante for linha in linhas if linha.mensagem == frase))


def test_um_201_conta_a_historia_do_enunciado_nos_dois_servicos(sistema: Sistema) -> None:
    inicio, cabecalhos = sistema.horario(), identificacao()
    resposta = sistema.agendar(inicio, cabecalhos=cabecalhos)
    assert resposta.status == 201
    assert resposta.cabecalhos["X-Request-Id"] == cabecalhos["X-Request-Id"]
    r = recurso(inicio)
    linhas = historia(sistema, cabecalhos["X-Request-Id"], f"Lock para o recurso {r} liberado")
    assert frases(linhas, FLASK) == [
        "Requisição recebida para POST /agendamentos",
        f"Tentando adquirir lock para o recurso {r}",
        "Lock adquirido com sucesso",
        "Iniciando verificação de conflito no BD",
        "Salvando novo agendamento no BD",
        "AGENDAMENTO_CRIADO",
        f"Liberando lock para o recurso {r}",
        "Resposta 201 para POST /agendamentos",
    ]
    assert frases(linhas, EXPRESS) == [
        f"Recebido pedido de lock para recurso {r}",
        f"Lock concedido para recurso {r}",
        f"Lock para o recurso {r} liberado",
    ]
    intercaladas = [
        f"Tentando adquirir lock para o recurso {r}",
        f"Recebido pedido de lock para recurso {r}",
        f"Lock concedido para recurso {r}",
        "Lock adquirido com sucesso",
        f"Liberando lock para o recurso {r}",
        f"Lock para o recurso {r} liberado",
    ]
    instantes = [instante_de(linhas, frase) for frase in intercaladas]
    assert instantes == sorted(instantes)


def test_um_409_em_disputa_conta_a_recusa_nos_dois_servicos(sistema: Sistema) -> None:
    inicio, cabecalhos = sistema.horario(), identificacao()
    r = recurso(inicio)
    negativa = f"Recurso {r} já em uso, negando lock"
    marca = sistema.servicos.marca()
    vencedor = sistema.agendar_depois(inicio, falha="depois_do_lock=400")
    sistema.esperar_falha(marca)
    perdedor = sistema.agendar(inicio, pessoa=sistema.pessoas[1], cabecalhos=cabecalhos)
    assert (vencedor.result(30).status, perdedor.status) == (201, 409)
    assert perdedor.json["request_id"] == cabecalhos["X-Request-Id"]
    linhas = historia(sistema, cabecalhos["X-Request-Id"], "AGENDAMENTO_NEGADO", negativa)
    assert [f for f in frases(linhas, FLASK) if f != "AGENDAMENTO_NEGADO"] == [
        "Requisição recebida para POST /agendamentos",
        f"Tentando adquirir lock para o recurso {r}",
        "Falha ao adquirir lock, recurso ocupado",
        "Agendamento negado: Este horário acaba de ficar com outra pessoa.",
        "Resposta 409 para POST /agendamentos",
    ]
    assert frases(linhas, EXPRESS) == [
        f"Recebido pedido de lock para recurso {r}",
        negativa,
    ]


def test_request_id_e_traceparent_do_cliente_estao_em_toda_linha_dos_dois(sistema: Sistema) -> None:
    inicio, cabecalhos = sistema.horario(), identificacao()
    assert sistema.agendar(inicio, cabecalhos=cabecalhos).status == 201
    linhas = historia(sistema, cabecalhos["X-Request-Id"], f"Lock para o recurso {recurso(inicio)} liberado")
    assert {linha.servico for linha in linhas} == {FLASK, EXPRESS}
    assert {linha.campos.get("trace_id") for linha in linhas} == {TRACE_ID}


def test_sem_identificacao_do_cliente_o_servico_da_uma(sistema: Sistema) -> None:
    inicio = sistema.horario()
    resposta = sistema.agendar(inicio)
    pedido = resposta.cabecalhos["X-Request-Id"]
    linhas = historia(sistema, pedido, f"Lock para o recurso {recurso(inicio)} liberado")
    assert {linha.servico for linha in linhas} == {FLASK, EXPRESS}


def test_identificacao_hostil_do_cliente_nao_entra_nas_linhas(sistema: Sistema) -> None:
    hostil = "linha falsa;INFO:tudo bem" + "x" * 200
    resposta = sistema.agendar(sistema.horario(), cabecalhos={"X-Request-Id": hostil})
    assert resposta.status == 201
    assert resposta.cabecalhos["X-Request-Id"] != hostil
    assert not [linha for linha in sistema.servicos.linhas() if "linha falsa" in linha.texto]


def exercitar_segredos(sistema: Sistema) -> list[Resposta]:
    """Passa chaves e e-mails por toda parte que poderia registrá-los, sãos e malformados."""
    dona = sistema.pessoas[0]
    com_chave = {"Authorization": f"Bearer {dona.chave}"}
    da_operacao = {"Authorization": f"Bearer {sistema.operador.chave}"}
    cadastro = {"nome": "Vera R.", "email": f"vera.{uuid4().hex}@exemplo.org"}
    nova = montar("POST", "/cientistas", cadastro)
    pedidos = [
        nova,
        nova,  # o e-mail repetido é recusado, e a recusa também não o escreve
        montar("POST", "/cientistas", {**cadastro, "email": "sem arroba vera@"}),
        montar("GET", f"/cientistas/{dona.id}", None, com_chave),
        montar("GET", f"/agendamentos?cientista={dona.id}", None, com_chave),
        montar("GET", f"/agendamentos?depois={dona.chave}", None, com_chave),
        montar("GET", f"/time?bilhete={dona.chave}"),
        montar("GET", "/demo"),
        montar("GET", "/auditoria", None, da_operacao),
        montar("POST", "/agendamentos", {"observacoes": cadastro["email"], "chave": dona.chave}, com_chave),
        sistema.pedido(sistema.horario(), observacoes=f"falar com {cadastro['email']} {dona.chave}"),
        montar("GET", "/agendamentos", None, {"Authorization": f"Basic {dona.chave}"}),
        montar("GET", "/agendamentos", None, {"Authorization": f"Bearer {dona.chave}x"}),
        montar("POST", "/agendamentos", None, com_chave),
    ]
    respostas = [pedir(sistema.porta, pedido) for pedido in pedidos]
    errado = {"Authorization": f"Bearer {sistema.servicos.segredo}x"}
    respostas.append(pedir(sistema.servicos.coordenador.porta, montar("POST", "/lock", {}, errado)))
    respostas.append(sistema.ao_coordenador("POST", "/lock", {"recurso": 7, "segredo": dona.chave}))
    return respostas


def test_nenhuma_linha_leva_segredo_chave_email_ou_concessao(sistema: Sistema) -> None:
    respostas = exercitar_segredos(sistema)
    assert respostas[0].status == 201
    assert all(r.status < 500 for r in respostas)
    inicio, cabecalhos = sistema.horario(), identificacao()
    assert sistema.agendar(inicio, cabecalhos=cabecalhos).status == 201
    historia(sistema, cabecalhos["X-Request-Id"], f"Lock para o recurso {recurso(inicio)} liberado")
    linhas = sistema.servicos.linhas()
    assert {linha.servico for linha in linhas} == {FLASK, EXPRESS}
    for linha in linhas:
        assert sistema.servicos.segredo not in linha.texto
        for proibido in (EMAIL, CHAVE, CONCESSAO):
            assert not proibido.search(linha.texto), linha.texto
