"""Os dois serviços de pé para um módulo de testes, sobre um banco descartável já migrado e semeado."""

from __future__ import annotations

import itertools
import shutil
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ferramentas.caminhos import AGENDAMENTO, VENV
from ferramentas.linhas import Linha, Linhas
from ferramentas.portas import porta_livre
from ferramentas.processo import Processo
from ferramentas.servicos import Servicos
from tests.apoio.banco import Banco
from tests.apoio.conexao import Resposta, montar, pedir
from tests.apoio.espera import esperar

BANCO = "descartavel.db"
SLOT = timedelta(minutes=5)
SEM_LIMITES = {"SCTEC_LIMITE_ATIVOS": "0", "SCTEC_LIMITE_HORAS_CICLO": "0", "SCTEC_LIMITE_REQUISICOES_S": "0"}
SEM_TRAVA = {"SCTEC_SEM_TRAVA": "1"}
SEM_FENCING = {"SCTEC_SEM_FENCING": "1"}
SEM_UNICIDADE = {"SCTEC_SEM_UNICIDADE": "1"}


@dataclass(frozen=True)
class Pessoa:
    id: int
    chave: str


class Sistema:
    """Servicos com o que os testes pedem a toda hora: pessoas, horários ainda livres, pedidos prontos."""

    def __init__(self, servicos: Servicos) -> None:
        self.servicos = servicos
        self.banco = Banco(servicos.dados / BANCO)
        demo = pedir(self.porta, montar("GET", "/demo")).json["cientistas"]
        self.pessoas = [Pessoa(d["id"], d["chave"]) for d in demo if d["papel"] == "CIENTISTA"]
        self.operador = next(Pessoa(d["id"], d["chave"]) for d in demo if d["papel"] == "OPERADOR")
        amanha = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        self._slots = (amanha + i * SLOT for i in itertools.count())

    @property
    def porta(self) -> int:
        return self.servicos.agendamento.porta

    @property
    def lease_ms(self) -> int:
        return int(self.servicos.agendamento.ambiente.get("SCTEC_LEASE_MS", 2000))

    @property
    def prazo_do_cliente_s(self) -> float:
        """O que o agendamento espera por um lock: janela + lease + 0,5 s."""
        janela = int(self.servicos.agendamento.ambiente.get("SCTEC_JANELA_JUSTICA_MS", 150))
        return (janela + self.lease_ms + 500) / 1000

    def horario(self, slots: int = 1) -> datetime:
        """O início de ``slots`` seguidos que nenhum teste pediu ainda."""
        inicio = next(self._slots)
        for _ in range(slots - 1):
            next(self._slots)
        return inicio

    def replica(self) -> Processo:
        """A segunda réplica do agendamento, iniciada na primeira vez que se pede."""
        if len(self.servicos.agendamentos) == 1:
            return self.servicos.nova_replica()
        replica = self.servicos.agendamentos[1]
        if not replica.vivo:
            replica.iniciar()
        return replica

    @contextmanager
    def mutante(self, nome: str) -> Iterator[int]:
        """Uma réplica com a proteção arrancada por ``mutantes.nome``; dá a porta dela."""
        molde = self.servicos.agendamento
        porta = porta_livre()
        replica = Processo(
            nome,
            [str(VENV / "bin" / "gunicorn"), "-c", "gunicorn.conf.py", f"mutantes:{nome}()"],
            pasta=AGENDAMENTO,
            porta=porta,
            ambiente={
                **molde.ambiente,
                "PORTA_AGENDAMENTO": str(porta),
                "PYTHONPATH": str(Path(__file__).parent),
            },
            linhas=Linhas(),
        )
        try:
            replica.iniciar()
            yield porta
        finally:
            replica.parar()

    def pedido(
        self,
        inicio: datetime,
        slots: int = 1,
        *,
        pessoa: Pessoa | None = None,
        falha: str | None = None,
        cabecalhos: Mapping[str, str] | None = None,
        **campos: object,
    ) -> bytes:
        """Os bytes de um POST /agendamentos; ``falha`` é o ``SCTEC-Falha``."""
        corpo = {
            "telescopio": "hubble-acad",
            "horario_inicio_utc": inicio.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "horario_fim_utc": (inicio + slots * SLOT).strftime("%Y-%m-%dT%H:%M:%SZ"),
            **campos,
        }
        todos = {
            "Authorization": f"Bearer {(pessoa or self.pessoas[0]).chave}",
            **({"SCTEC-Falha": falha} if falha else {}),
            **(cabecalhos or {}),
        }
        return montar("POST", "/agendamentos", corpo, todos)

    def agendar(self, inicio: datetime, *, porta: int | None = None, **opcoes: Any) -> Resposta:
        """Um POST numa conexão só dele; ``opcoes`` são as de ``pedido``."""
        return pedir(porta or self.porta, self.pedido(inicio, **opcoes))

    def agendar_depois(
        self, inicio: datetime, *, porta: int | None = None, **opcoes: Any
    ) -> Future[Resposta]:
        """O mesmo, sem esperar."""
        return em_paralelo(porta or self.porta, [self.pedido(inicio, **opcoes)])[0]

    def insistir(self, inicio: datetime, **opcoes: Any) -> Resposta:
        """Repete enquanto a resposta for 503, como todo bom cliente, e dá a primeira que não for."""

        def tentar() -> Resposta | None:
            resposta = self.agendar(inicio, **opcoes)
            return resposta if resposta.status != 503 else None

        return esperar(tentar, "uma resposta que não 503", prazo_s=10 * self.prazo_do_cliente_s)

    def ao_coordenador(self, metodo: str, caminho: str, corpo: object = None) -> Resposta:
        """Uma chamada interna, com o segredo."""
        segredo = {"Authorization": f"Bearer {self.servicos.segredo}"}
        return pedir(self.servicos.coordenador.porta, montar(metodo, caminho, corpo, segredo))

    def esperando_lock(self) -> int:
        """Pedidos que o coordenador ainda não respondeu, na fila ou numa janela aberta."""
        return int(self.ao_coordenador("GET", "/locks").json["esperando"])

    def esperar_sem_locks(self) -> None:
        """Todo lock devolvido ou vencido.

        Raises:
            TimeoutError: algum ficou preso muito além do lease.
        """
        esperar(
            lambda: self.ao_coordenador("GET", "/locks").json["total"] == 0,
            "nenhum lock preso",
            prazo_s=10 + 3 * self.lease_ms / 1000,
        )

    def esperar_na_espera(self, inicio: datetime, desde: int) -> None:
        """Um segundo pedido pelo mesmo horário chegou ao coordenador, que já o tinha concedido."""
        r = recurso(inicio)
        concedido = self.esperar_frase(f"Lock concedido para recurso {r}", desde)
        self.esperar_frase(f"Recebido pedido de lock para recurso {r}", concedido.numero)

    def esperar_falha(self, desde: int, servico: str = "servico-agendamento") -> Linha:
        """O pedido com ``SCTEC-Falha`` chegou ao ponto e está parado nele."""
        return self.servicos.esperar_linha(
            lambda linha: linha.servico == servico and linha.mensagem == "Falha injetada", desde=desde
        )

    def esperar_frase(self, frase: str, desde: int) -> Linha:
        return self.servicos.esperar_linha(lambda linha: linha.mensagem == frase, desde=desde, prazo_s=20)

    def conferir(self) -> None:
        """Nada pela metade, e a trilha fecha."""
        self.banco.conferir_inteiro()
        verificacao = self.servicos.cli("auditoria", "verificar")
        assert verificacao.returncode == 0, verificacao.stdout + verificacao.stderr


def recurso(inicio: datetime) -> str:
    """O nome do slot no coordenador."""
    return f"Hubble-Acad_{inicio:%Y-%m-%dT%H:%M:%SZ}"


def em_paralelo(porta: int, pedidos: Sequence[bytes]) -> list[Future[Resposta]]:
    """Cada pedido na sua thread; o futuro traz a resposta ou ``SemResposta``."""

    def cumprir(futuro: Future[Resposta], pedido: bytes) -> None:
        try:
            futuro.set_result(pedir(porta, pedido))
        except BaseException as erro:
            futuro.set_exception(erro)

    futuros: list[Future[Resposta]] = [Future() for _ in pedidos]
    for futuro, pedido in zip(futuros, pedidos, strict=True):
        threading.Thread(target=cumprir, args=(futuro, pedido), daemon=True).start()
    return futuros


@contextmanager
def de_pe(modelo: Path, dados: Path, *ambientes: Mapping[str, str]) -> Iterator[Sistema]:
    """Inicia os dois sobre uma cópia do banco modelo e os encerra ao sair."""
    shutil.copy(modelo, dados / BANCO)
    ambiente = {"SCTEC_BANCO_URL": f"sqlite:///{dados / BANCO}", "SCTEC_FALHAS": "1", **SEM_LIMITES}
    for parte in ambientes:
        ambiente |= parte
    servicos = Servicos(ambiente, dados=dados, semear=False)
    try:
        for processo in servicos.processos:
            processo.iniciar(esperar=False)
        for processo in servicos.processos:
            processo.esperar_pronto()
        yield Sistema(servicos)
    finally:
        servicos.encerrar()
