"""A corrida de demonstração: dez cientistas, dez distâncias, um horário. Só em modo de demonstração.

Cada concorrente é uma thread que faz por HTTP o caminho inteiro de um cliente (aperto de mão, clique, POST) até
este mesmo serviço, com a demora da rede imitada antes e depois de cada pedido. O desfecho é o de verdade; só as
distâncias são de mentira. No fim, a reserva de quem venceu é cancelada.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import requests
from flask import g
from werkzeug.exceptions import NotFound

from agendamento.api import esquemas
from agendamento.api.contexto import agora, servicos
from agendamento.api.corpo import Blueprint
from agendamento.aplicacao import demonstracao
from agendamento.aplicacao.consultar import EstadoSlot
from agendamento.dominio.agendamento import Cientista, Papel, Telescopio
from agendamento.dominio.erros import EstadoImpede, ServicoIndisponivel
from agendamento.dominio.grade import Intervalo, formatar
from agendamento.vez import vez

blp = Blueprint("corrida", __name__, description="Demonstração")

IDAS_E_VOLTAS_MS = (6, 10, 16, 25, 40, 60, 85, 115, 150, 190)
"""De uma rede local a uma ligação entre continentes."""
CLIQUES_EM_MS = 45
"""Os dez clicam dentro deste intervalo: com a maior ida, 140 ms, menos que a janela comum; todos disputam."""
DIANTEIRA_MS = 15
"""Quem clica primeiro o faz com esta folga sobre o segundo: três τ, para que não perca num empate."""
RODADAS = 3
PREPARO_S = 0.15
PRAZO_S = 20
ALVO = "demonstração"
_em_curso = threading.Lock()


@dataclass(frozen=True, slots=True)
class Concorrente:
    """Uma pessoa e a rede que a separa daqui. ``clique_ms`` conta da largada."""

    cientista: Cientista
    chave: str
    ida_e_volta_ms: float
    clique_ms: float


@dataclass(frozen=True, slots=True, eq=False)
class Chegou:
    """O que um concorrente viu: quando de fato clicou e chegou (ms da largada), e a resposta."""

    concorrente: Concorrente
    clique_ms: float
    chegada_ms: float
    status: int
    corpo: dict[str, Any]


class Pista:
    """A largada comum e as idas e vindas de cada um até ``base``, o endereço deste serviço."""

    def __init__(self, base: str, corpo: dict[str, Any], quantos: int) -> None:
        self._base = base
        self._corpo = corpo
        self._largada = 0.0
        self._prontos = threading.Barrier(quantos, action=self._largar, timeout=PRAZO_S)

    def _largar(self) -> None:
        self._largada = time.monotonic() + PREPARO_S

    def correr(self, quem: Concorrente) -> Chegou:
        """
        Raises:
            requests.RequestException, threading.BrokenBarrierError: alguém não teve resposta no prazo.
        """
        meio_s = quem.ida_e_volta_ms / 2000
        try:
            with requests.Session() as sessao:
                sessao.trust_env = False  # Até este mesmo serviço não há proxy no caminho.
                bilhete = self._aperto_de_mao(sessao, meio_s)
                self._prontos.wait()
                _dormir_ate(self._largada + quem.clique_ms / 1000)
                clique, clique_ms = datetime.now(UTC), (time.monotonic() - self._largada) * 1000
                time.sleep(meio_s)
                chegada_ms = (time.monotonic() - self._largada) * 1000
                resposta = sessao.post(
                    f"{self._base}/agendamentos",
                    json={
                        **self._corpo,
                        "objeto_celeste": ALVO,
                        "instante_clique_utc": formatar(clique),
                        "incerteza_ms": round(quem.ida_e_volta_ms / 2, 1),
                        "bilhete_tempo": bilhete,
                    },
                    headers={"Authorization": f"Bearer {quem.chave}"},
                    timeout=PRAZO_S,
                )
                time.sleep(meio_s)
        except BaseException:
            self._prontos.abort()  # Ninguém espera por quem não vem.
            raise
        return Chegou(quem, clique_ms, chegada_ms, resposta.status_code, resposta.json())

    def _aperto_de_mao(self, sessao: requests.Session, meio_s: float) -> str | None:
        bilhete: str | None = None
        for _ in range(RODADAS):
            time.sleep(meio_s)
            parametros = {"bilhete": bilhete} if bilhete else {}
            resposta = sessao.get(f"{self._base}/time", params=parametros, timeout=PRAZO_S)
            time.sleep(meio_s)
            bilhete = resposta.json().get("bilhete")
        return bilhete


def _dormir_ate(instante_s: float) -> None:
    time.sleep(max(0.0, instante_s - time.monotonic()))


@blp.route("/demo/corrida", methods=["POST"])
@blp.arguments(esquemas.Corrida)
@blp.response(200, esquemas.Corrida)
@blp.recusas(400, 404, 409, 413, 415, 422, 503)
def correr(dados: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Dez pedidos simultâneos pelo mesmo horário, com distâncias imitadas, e o que se decidiu de cada um."""
    if not servicos().config.demo:
        raise NotFound
    if not _em_curso.acquire(blocking=False):
        raise EstadoImpede("Já há uma demonstração em curso; ela termina em segundos.", "CORRIDA_EM_CURSO")
    try:
        telescopio, horario = _horario(dados["telescopio"])
        concorrentes = _concorrentes()
        corpo = {
            "telescopio": telescopio.slug,
            "horario_inicio_utc": formatar(horario.inicio),
            "horario_fim_utc": formatar(horario.fim),
        }
        try:
            chegaram = _disputar(Pista(servicos().config.local_url, corpo, len(concorrentes)), concorrentes)
        finally:
            _desfazer(telescopio, horario, concorrentes)
    finally:
        _em_curso.release()
    return _relato(corpo, chegaram), {"Cache-Control": "no-store"}


def _disputar(pista: Pista, concorrentes: Sequence[Concorrente]) -> list[Chegou]:
    """
    Raises:
        ServicoIndisponivel: algum pedido não teve resposta.
    """
    try:
        with vez.cedida(), ThreadPoolExecutor(len(concorrentes)) as pool:
            # Cada um no contexto deste pedido: os dez ficam na mesma história.
            idas = [pool.submit(copy_context().run, pista.correr, quem) for quem in concorrentes]
            return [ida.result() for ida in idas]
    except (requests.RequestException, threading.BrokenBarrierError):
        raise ServicoIndisponivel(
            "A demonstração não teve todas as respostas a tempo, e foi desfeita.", "CORRIDA_INTERROMPIDA"
        ) from None


def _horario(slug: str) -> tuple[Telescopio, Intervalo]:
    """O primeiro horário livre de amanhã em diante: a demonstração não atrapalha quem observa hoje."""
    de = agora().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    achada = servicos().consultar.agenda(slug, de, de + timedelta(days=7), None)
    livre = next((s for s in achada.slots if s.estado is EstadoSlot.LIVRE), None)
    if livre is None:
        raise EstadoImpede("Não há horário livre na próxima semana neste telescópio.", "SEM_HORARIO_LIVRE")
    return achada.telescopio, Intervalo(livre.inicio, livre.inicio + achada.telescopio.duracao_slot)


def _concorrentes() -> list[Concorrente]:
    with servicos().banco.ler() as leitura:
        pessoas = [(c, chave) for c, chave in demonstracao.listar(leitura) if c.papel is Papel.CIENTISTA]
    if len(pessoas) < 2:
        raise EstadoImpede("Faltam as cientistas de demonstração; rode o comando semear.", "SEM_CIENTISTAS")
    distancias = random.sample(IDAS_E_VOLTAS_MS, k=len(IDAS_E_VOLTAS_MS))
    outros = (round(random.uniform(DIANTEIRA_MS, CLIQUES_EM_MS), 1) for _ in distancias[1:])
    cliques = [0.0, *outros]
    random.shuffle(cliques)
    return [
        Concorrente(c, chave, rtt, clique)
        for (c, chave), rtt, clique in zip(pessoas, distancias, cliques, strict=False)
    ]


def _desfazer(telescopio: Telescopio, horario: Intervalo, concorrentes: Sequence[Concorrente]) -> None:
    """Pelo que está no banco, não pelo que se ouviu: a resposta de quem venceu pode ter-se perdido."""
    pessoas = {c.cientista.id: c.cientista for c in concorrentes}
    with servicos().banco.ler() as leitura:
        achados = leitura.agendamentos_que_tocam(telescopio.id, horario)
    for agendamento in achados:
        quem = pessoas.get(agendamento.cientista_id)
        if quem is not None and agendamento.objeto_celeste == ALVO:
            servicos().cancelar.executar(agendamento.id, quem, "Fim da demonstração")


def _efetivos(chegaram: Sequence[Chegou]) -> dict[Chegou, float]:
    """O instante que valeu para cada um, em ms da abertura da janela; o de quem venceu, as recusas contam."""
    achados: dict[Chegou, float] = {}
    for c in chegaram:
        if isinstance(arbitragem := c.corpo.get("arbitragem"), dict):
            achados[c] = arbitragem["seu"]["efetivo_ms"]
            achados |= {v: arbitragem["vencedor"]["efetivo_ms"] for v in chegaram if v.status == 201}
    return achados


def _relato(corpo: dict[str, Any], chegaram: Sequence[Chegou]) -> dict[str, Any]:
    primeira = min(chegaram, key=lambda c: c.chegada_ms)
    pioneira = min(chegaram, key=lambda c: c.clique_ms)
    base = pioneira.clique_ms
    efetivos = _efetivos(chegaram)
    # A janela conta o tempo de outra origem; quase todo clique vale como declarado, e a mediana a encontra.
    deslocamento = median(c.clique_ms - efetivos[c] for c in chegaram if c in efetivos) if efetivos else 0.0
    venceu = next((c for c in chegaram if c.status == 201), None)
    return {
        **corpo,
        "trace_id": g.trace_id,
        "venceu": venceu and venceu.concorrente.cientista.nome,
        "venceria_por_chegada": primeira.concorrente.cientista.nome,
        "clicou_primeiro": pioneira.concorrente.cientista.nome,
        "concorrentes": [
            {
                "nome": c.concorrente.cientista.nome,
                "ida_e_volta_ms": c.concorrente.ida_e_volta_ms,
                "clique_ms": round(c.clique_ms - base, 1),
                "efetivo_ms": round(efetivos[c] + deslocamento - base, 1) if c in efetivos else None,
                "chegada_ms": round(c.chegada_ms - base, 1),
                "status": c.status,
                "motivo": c.corpo.get("motivo"),
                "arbitragem": c.corpo.get("arbitragem"),
            }
            for c in sorted(chegaram, key=lambda c: c.clique_ms)
        ],
    }
