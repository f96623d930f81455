"""``make prova-corrida`` (Entrega 2): a mesma disputa sem e com as proteções, com as linhas que a explicam.

Termina com 0 só se a duplicação foi vista sem as proteções e a exclusão se manteve com elas. Com ``--url``,
corre só a metade protegida, contra um SCTEC que já está no ar.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import requests

from ferramentas.corrida import CRIADO, Corrida, NaoSeProva, Resposta, Rodada
from ferramentas.linhas import Linha
from ferramentas.servicos import MigracaoFalhou, Servicos

N_MAXIMO = 300
SEM_PROTECOES = {"SCTEC_SEM_TRAVA": "1", "SCTEC_SEM_FENCING": "1", "SCTEC_SEM_UNICIDADE": "1"}
ALARGAR = "antes_do_commit=200"
TENTATIVAS = 3
_VERIFICACAO = "Iniciando verificação de conflito no BD"


def sem_protecoes(n: int) -> bool:
    """Num banco descartável, com as três camadas desligadas, a disputa duplica nos dois casos."""
    print("\n1. SEM PROTEÇÕES: lock, fencing e índice único desligados, num banco descartável")
    with tempfile.TemporaryDirectory(prefix="sctec-prova-") as pasta:
        banco = f"sqlite:///{Path(pasta) / 'descartavel.db'}"
        ambiente = {**SEM_PROTECOES, "SCTEC_BANCO_URL": banco, "SCTEC_FALHAS": "1"}
        with Servicos(ambiente, dados=Path(pasta)) as servicos:
            corrida = Corrida(servicos.agendamento.url, n)
            return all(
                [_ate_duplicar(servicos, corrida.mesmo_horario), _ate_duplicar(servicos, corrida.sobrepostos)]
            )


def _ate_duplicar(servicos: Servicos, correr: Callable[[str | None], Rodada]) -> bool:
    """A corrida como ela é; só se não duplicar por si é alargada, e isso é dito."""
    for falha in [None] * TENTATIVAS + [ALARGAR]:
        marca = servicos.marca()
        rodada = correr(falha)
        if rodada.duplicou:
            como = (
                f"alargada com {falha} ms entre verificar e salvar"
                if falha
                else "como é, sem nada que a alargue"
            )
            _contar(rodada, f"DUPLICADO ({como})")
            primeiros = _por_verificacao(servicos.linhas(marca), rodada.com_status(201))[:2]
            _linhas(servicos, marca, primeiros)
            _explicar_duplicacao(servicos.linhas(marca), primeiros)
            return True
    _contar(rodada, "não duplicou: a prova NÃO mostrou a corrida")
    return False


def com_protecoes(n: int) -> bool:
    """Serviços e banco novos, tudo ligado: exatamente um 201 em cada caso."""
    print("\n2. COM AS PROTEÇÕES: lock, fencing e índice único ligados (o padrão)")
    with Servicos() as servicos:
        corrida = Corrida(servicos.agendamento.url, n)
        certos = []
        for correr in (corrida.mesmo_horario, corrida.sobrepostos):
            marca = servicos.marca()
            rodada = correr(None)
            certos.append(_julgar(rodada))
            _linhas(servicos, marca, [*rodada.com_status(201)[:1], *rodada.com_status(409)[:1]])
            print("     Por quê: quem pediu o lock depois esperou; salvo o horário, ouviu que ele tem dono.")
        cadeia = servicos.cli("auditoria", "verificar")
        print(f"\n   Auditoria: {cadeia.stdout.strip() or cadeia.stderr.strip()}")
        return all(certos) and cadeia.returncode == 0


def contra(url: str, n: int) -> bool:
    """A metade protegida contra um SCTEC que já está no ar."""
    print(f"\nCOM AS PROTEÇÕES, contra {url}")
    corrida = Corrida(url, n)
    return all([_julgar(corrida.mesmo_horario()), _julgar(corrida.sobrepostos())])


def _julgar(rodada: Rodada) -> bool:
    _contar(rodada, "exclusão mantida" if rodada.excluiu else "EXCLUSÃO VIOLADA")
    return rodada.excluiu


def _contar(rodada: Rodada, veredicto: str) -> None:
    pedidos = [r.pedido for r in rodada.respostas]
    de, ate = min(p.inicio for p in pedidos), max(p.fim for p in pedidos)
    outros = len(rodada.respostas) - len(rodada.com_status(201)) - len(rodada.com_status(409))
    print(f"\n   {len(pedidos)} pedidos simultâneos, {rodada.nome}, em {de:%d/%m/%Y %H:%M}–{ate:%H:%M} UTC")
    print(
        f"     201: {len(rodada.com_status(201))}   409: {len(rodada.com_status(409))}   outros: {outros}   "
        f"no banco: {len(rodada.salvos)}   AGENDAMENTO_CRIADO: {rodada.auditados}   → {veredicto}"
    )
    for resposta in rodada.respostas:
        if resposta.status not in (201, 409):
            print(
                f"     pedido {resposta.pedido.numero}: {resposta.status} {resposta.corpo.get('detail', '')}"
            )


def _linhas(servicos: Servicos, marca: int, respostas: Sequence[Resposta]) -> None:
    """As linhas dos pedidos escolhidos, dos dois serviços, intercaladas como ocorreram."""
    numeros = {r.pedido.request_id: r.pedido.numero for r in respostas}
    escolhidas = [linha for linha in servicos.linhas(marca) if linha.campos.get("request_id") in numeros]
    quem = " e ".join(f"do pedido {r.pedido.numero} ({r.status})" for r in respostas)
    print(f"     Linhas {quem}, intercaladas como ocorreram:")
    for linha in escolhidas:
        numero = numeros[linha.campos["request_id"]]
        print(f"       {linha.instante[11:-1]}  {linha.servico:<20} pedido {numero:>3}  {linha.mensagem}")


def _por_verificacao(linhas: Sequence[Linha], respostas: Sequence[Resposta]) -> list[Resposta]:
    """As respostas na ordem em que os pedidos verificaram o banco: os dois primeiros são os que se cruzam."""
    ordem = [linha.campos.get("request_id") for linha in linhas if linha.mensagem == _VERIFICACAO]
    vistos = [r for r in respostas if r.pedido.request_id in ordem]
    return sorted(vistos, key=lambda r: ordem.index(r.pedido.request_id))


def _explicar_duplicacao(linhas: Sequence[Linha], vencedores: Sequence[Resposta]) -> None:
    """A linha de auditoria só é escrita depois do commit: quem verificou antes dela não o viu."""
    ids = {r.pedido.request_id for r in vencedores}
    deles = [linha.mensagem for linha in linhas if linha.campos.get("request_id") in ids]
    antes_do_commit = deles[: deles.index(CRIADO)] if CRIADO in deles else deles
    if antes_do_commit.count(_VERIFICACAO) == len(vencedores):
        print(f"     Por quê: os dois verificaram antes do primeiro {CRIADO} (escrito depois do commit),")
        print("     e cada um viu livre o horário que o outro ainda não tinha salvado.")
    else:
        print(
            "     Por quê: um verificou antes de o commit do outro se tornar visível, e viu o horário livre."
        )


def principal() -> int:
    """Ponto de entrada da linha de comando."""
    opcoes = argparse.ArgumentParser(description="Prova da corrida por um horário, sem e com as proteções.")
    opcoes.add_argument("--n", type=int, default=10, help="pedidos simultâneos, de 2 a 300 (padrão: 10)")
    opcoes.add_argument(
        "--url", help="só a metade protegida, contra um SCTEC em modo de demonstração já no ar"
    )
    escolhas = opcoes.parse_args()
    if not 2 <= escolhas.n <= N_MAXIMO:
        opcoes.error(f"N={escolhas.n}: esperado de 2 a {N_MAXIMO}")
    print(f"PROVA DA CORRIDA: {escolhas.n} pessoas querem o mesmo horário no mesmo instante")
    try:
        if escolhas.url:
            provado = contra(escolhas.url, escolhas.n)
        else:
            provado = all([sem_protecoes(escolhas.n), com_protecoes(escolhas.n)])
    except (NaoSeProva, MigracaoFalhou, requests.RequestException) as erro:
        print(f"\nNão deu: {erro}", file=sys.stderr)
        return 1
    print(f"\nResultado: {'PROVADO' if provado else 'NÃO PROVADO'}")
    return 0 if provado else 1


if __name__ == "__main__":
    sys.exit(principal())
