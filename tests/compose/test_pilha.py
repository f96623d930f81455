"""A pilha inteira: sobe confinada, passa na corrida, conta a história nos logs e não perde dados."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import requests

from ferramentas.corrida import Corrida, Resposta
from ferramentas.linhas import Linha
from tests.compose.pilha import SERVICOS, Pilha

AGENDAMENTO, COORDENADOR = "servico-agendamento", "servico-coordenador"


@pytest.mark.parametrize("servico", SERVICOS)
def test_conteiner_confinado(pilha: Pilha, servico: str) -> None:
    conteiner = pilha.inspecionar(servico)
    anfitriao = conteiner["HostConfig"]
    assert conteiner["Config"]["User"] not in ("", "0", "root")
    assert anfitriao["ReadonlyRootfs"]
    assert anfitriao["CapDrop"] == ["ALL"]
    assert anfitriao["SecurityOpt"] == ["no-new-privileges:true"]
    assert anfitriao["LogConfig"]["Config"]["tag"] == "sctec/{{.Name}}"
    publicadas = [porta for portas in anfitriao["PortBindings"].values() for porta in portas]
    assert {porta["HostIp"] for porta in publicadas} == {"127.0.0.1"}


@pytest.mark.parametrize("caso", ["mesmo_horario", "sobrepostos"])
def test_corrida_de_dez_e_a_historia_nos_logs(pilha: Pilha, caso: str) -> None:
    corrida = Corrida(pilha.url, 10)
    rodada = corrida.mesmo_horario() if caso == "mesmo_horario" else corrida.sobrepostos()
    assert rodada.excluiu, [(r.status, r.corpo) for r in rodada.respostas]

    linhas = pilha.linhas()
    (vencedor,) = rodada.com_status(201)
    recurso = corrida.recurso(vencedor.pedido.inicio)
    _em_ordem(
        linhas,
        vencedor,
        [
            (AGENDAMENTO, "Requisição recebida para POST /agendamentos"),
            (AGENDAMENTO, f"Tentando adquirir lock para o recurso {recurso}"),
            (COORDENADOR, f"Recebido pedido de lock para recurso {recurso}"),
            (COORDENADOR, f"Lock concedido para recurso {recurso}"),
            (AGENDAMENTO, "Lock adquirido com sucesso"),
            (AGENDAMENTO, "Iniciando verificação de conflito no BD"),
            (AGENDAMENTO, "Salvando novo agendamento no BD"),
            (AGENDAMENTO, "AGENDAMENTO_CRIADO"),
            (AGENDAMENTO, f"Liberando lock para o recurso {recurso}"),
            (COORDENADOR, f"Lock para o recurso {recurso} liberado"),
        ],
    )
    negados = [r for r in rodada.com_status(409) if _linhas_de(linhas, r, COORDENADOR)]
    assert negados, "nenhum perdedor chegou ao coordenador"
    for negado in negados:
        (negativa,) = [
            linha for linha in _linhas_de(linhas, negado, COORDENADOR) if "negando" in linha.mensagem
        ]
        assert negativa.mensagem.startswith("Recurso ")
        assert negativa.mensagem.endswith(" já em uso, negando lock")
        _em_ordem(
            linhas,
            negado,
            [
                (AGENDAMENTO, "Requisição recebida para POST /agendamentos"),
                (
                    COORDENADOR,
                    f"Recebido pedido de lock para recurso {corrida.recurso(negado.pedido.inicio)}",
                ),
                (COORDENADOR, negativa.mensagem),
                (AGENDAMENTO, "Falha ao adquirir lock, recurso ocupado"),
            ],
        )


def test_toda_linha_e_um_objeto_json(pilha: Pilha) -> None:
    tortas = [linha.texto for linha in pilha.linhas() if not linha.campos]
    assert tortas == []


def test_reinicio_e_recriacao_conservam_os_dados(pilha: Pilha) -> None:
    antes = _agendar(pilha)
    pilha.compose("restart", *SERVICOS)
    pilha.esperar_saudavel()
    _conferir(pilha, antes)

    pilha.compose("stop")
    assert {
        servico: pilha.inspecionar(servico)["State"]["ExitCode"] for servico in SERVICOS
    } == dict.fromkeys(SERVICOS, 0)
    pilha.compose("down")
    pilha.subir(SCTEC_LOG_FORMATO="texto")
    _conferir(pilha, antes)
    depois = _agendar(pilha)
    assert depois["fencing_token"] > antes["fencing_token"], "o contador de tokens voltou atrás"
    ditas = [linha.texto for linha in pilha.linhas()]
    for servico, frase in (
        (AGENDAMENTO, "Requisição recebida para POST /agendamentos"),
        (COORDENADOR, "Lock concedido para recurso "),
    ):
        assert any(d.startswith("INFO:") and f":{servico}:{frase}" in d for d in ditas), (
            servico,
            ditas[-20:],
        )


def _em_ordem(linhas: Sequence[Linha], resposta: Resposta, frases: Sequence[tuple[str, str]]) -> None:
    """As frases do pedido, cada uma no seu serviço e nesta ordem.

    Dentro de um serviço a ordem é a de saída; entre os dois, a do instante escrito, ao milissegundo.
    """
    instante, proxima = "", {AGENDAMENTO: 0, COORDENADOR: 0}
    for servico, frase in frases:
        deste = _linhas_de(linhas, resposta, servico)
        mensagens = [linha.mensagem for linha in deste]
        achada = next((i for i in range(proxima[servico], len(deste)) if mensagens[i] == frase), None)
        assert achada is not None, f"{servico} não disse “{frase}” na sua vez: {mensagens}"
        proxima[servico] = achada + 1
        if frase == "AGENDAMENTO_CRIADO":
            continue  # traz o instante da transação, anterior ao da escrita da linha
        assert deste[achada].instante >= instante, f"“{frase}” fora de ordem entre os serviços"
        instante = deste[achada].instante


def _linhas_de(linhas: Sequence[Linha], resposta: Resposta, servico: str) -> list[Linha]:
    id_ = resposta.pedido.request_id
    return [linha for linha in linhas if linha.servico == servico and linha.campos.get("request_id") == id_]


def _agendar(pilha: Pilha) -> dict[str, int]:
    rodada = Corrida(pilha.url, 2).mesmo_horario()
    (criado,) = rodada.com_status(201)
    return criado.corpo


def _conferir(pilha: Pilha, agendamento: dict[str, int]) -> None:
    operador = next(
        c["chave"]
        for c in requests.get(f"{pilha.url}/demo", timeout=30).json()["cientistas"]
        if c["papel"] == "OPERADOR"
    )
    lido = requests.get(
        f"{pilha.url}/agendamentos/{agendamento['id']}",
        headers={"Authorization": f"Bearer {operador}"},
        timeout=30,
    )
    assert lido.status_code == 200
    assert lido.json()["fencing_token"] == agendamento["fencing_token"]
