"""Várias pessoas pedindo o mesmo horário no mesmo instante, e o que cada uma ouviu.

Fala só HTTP: serve a serviços iniciados aqui ou a qualquer SCTEC em modo de demonstração.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sctec_cliente import Cliente

TELESCOPIO = "hubble-acad"
PRAZO_S = 60
CRIADO = "AGENDAMENTO_CRIADO"


class NaoSeProva(Exception):
    """O SCTEC em questão não oferece o que a prova precisa; a mensagem diz o quê."""


@dataclass(frozen=True)
class Pedido:
    """Um ``POST /agendamentos`` por fazer."""

    numero: int
    inicio: datetime
    fim: datetime
    chave: str
    request_id: str


@dataclass(frozen=True)
class Resposta:
    """O que um pedido ouviu."""

    pedido: Pedido
    status: int
    corpo: dict[str, Any]


@dataclass
class Rodada:
    """Pedidos simultâneos que conflitam dois a dois, e o que ficou no banco e na auditoria."""

    nome: str
    respostas: list[Resposta]
    salvos: list[dict[str, Any]] = field(default_factory=list)
    auditados: int = 0

    def com_status(self, status: int) -> list[Resposta]:
        return [r for r in self.respostas if r.status == status]

    @property
    def duplicou(self) -> bool:
        """Mais de um agendamento salvo onde só cabe um."""
        return len(self.com_status(201)) > 1 and len(self.salvos) > 1

    @property
    def excluiu(self) -> bool:
        """Exatamente um 201, os outros 409, um agendamento no banco e uma linha de auditoria."""
        perdedores = len(self.respostas) - 1
        um_so = len(self.com_status(201)) == 1 and len(self.salvos) == 1 and self.auditados == 1
        return um_so and len(self.com_status(409)) == perdedores


class Corrida:
    """Organiza rodadas contra um SCTEC em ``base``.

    Raises:
        NaoSeProva: não está em modo de demonstração, ou não tem o telescópio da prova.
    """

    def __init__(self, base: str, n: int) -> None:
        self.base = base
        self.n = n
        self._marca = secrets.token_hex(3)
        self._rodadas = 0
        anonimo = Cliente(base)
        demo = anonimo.pedir("GET", "/demo")
        if demo.status_code != 200:
            raise NaoSeProva(f"{base} não está em modo de demonstração (SCTEC_DEMO=1).")
        operador = next(p for p in demo.json()["cientistas"] if p["papel"].upper() == "OPERADOR")
        self._operador = Cliente(base, operador["chave"])
        telescopio = anonimo.pedir("GET", f"/telescopios/{TELESCOPIO}")
        if telescopio.status_code != 200:
            raise NaoSeProva(f"{base} não tem o telescópio {TELESCOPIO}.")
        self.prefixo = str(telescopio.json()["prefixo_recurso"])
        self.slot = timedelta(seconds=telescopio.json()["duracao_slot_s"])
        self._chaves = [self._cadastrar(i) for i in range(n)]

    def mesmo_horario(self, falha: str | None = None) -> Rodada:
        """N pedidos pelo mesmo slot. ``falha``: valor do cabeçalho ``SCTEC-Falha``."""
        inicio = self._faixa_livre(1)
        intervalos = [(inicio, inicio + self.slot)] * self.n
        return self._correr("mesmo horário", intervalos, falha)

    def sobrepostos(self, falha: str | None = None) -> Rodada:
        """N intervalos de seis slots que começam em pontos diferentes; quaisquer dois se sobrepõem."""
        inicio = self._faixa_livre(11)
        comecos = [inicio + self.slot * (i % 6) for i in range(self.n)]
        return self._correr("intervalos sobrepostos", [(c, c + self.slot * 6) for c in comecos], falha)

    def recurso(self, inicio: datetime) -> str:
        """O nome do lock do slot, como aparece nos logs."""
        return f"{self.prefixo}_{inicio:%Y-%m-%dT%H:%M:%SZ}"

    def _correr(
        self, nome: str, intervalos: Sequence[tuple[datetime, datetime]], falha: str | None
    ) -> Rodada:
        self._rodadas += 1
        pedidos = [
            Pedido(i + 1, inicio, fim, self._chaves[i], f"corrida-{self._marca}-{self._rodadas}-{i + 1:03d}")
            for i, (inicio, fim) in enumerate(intervalos)
        ]
        rodada = Rodada(nome, _simultaneos(self.base, pedidos, falha))
        de, ate = min(p.inicio for p in pedidos), max(p.fim for p in pedidos)
        intervalo = {"telescopio": TELESCOPIO, "de": de.isoformat(), "ate": ate.isoformat()}
        achados = self._operador.itens("/agendamentos", **intervalo)
        rodada.salvos = [ag for ag in achados if ag["estado"] != "CANCELADO"]
        ids = {ag["id"] for ag in rodada.salvos}
        rodada.auditados = sum(
            linha["details"].get("agendamento_id") in ids
            for linha in self._operador.itens("/auditoria", evento=CRIADO)
        )
        return rodada

    def _cadastrar(self, i: int) -> str:
        corpo = {"nome": f"Corredora {i + 1}", "email": f"corredora-{self._marca}-{i + 1}@exemplo.invalid"}
        resposta = self._operador.pedir("POST", "/cientistas", json=corpo)
        if resposta.status_code != 201:
            raise NaoSeProva(f"POST /cientistas respondeu {resposta.status_code}: {resposta.text[:300]}")
        return str(resposta.json()["chave"])

    def _faixa_livre(self, quantos: int) -> datetime:
        """O início de ``quantos`` slots livres seguidos, a partir das 03:00 UTC de depois de amanhã."""
        agora = datetime.fromisoformat(self._operador.pedir("GET", "/time").json()["agora_utc"])
        primeiro = agora.replace(hour=3, minute=0, second=0, microsecond=0) + timedelta(days=2)
        for dia in range(60):
            de = primeiro + timedelta(days=dia)
            janela = {"de": de.isoformat(), "ate": (de + timedelta(hours=21)).isoformat()}
            agenda = self._operador.pedir("GET", f"/telescopios/{TELESCOPIO}/agenda", params=janela)
            slots = agenda.json()["slots"]
            livres = [slot["estado"] == "livre" for slot in slots]
            for i in range(len(livres) - quantos + 1):
                if all(livres[i : i + quantos]):
                    return datetime.fromisoformat(slots[i]["inicio_utc"])
        raise NaoSeProva(f"não há {quantos} slots livres seguidos em {TELESCOPIO} nos próximos 60 dias.")


def _simultaneos(base: str, pedidos: Sequence[Pedido], falha: str | None) -> list[Resposta]:
    """Cada pedido na sua thread e conexão já aberta; uma barreira solta todos no mesmo instante."""
    barreira = threading.Barrier(len(pedidos))

    def pedir(pedido: Pedido) -> Resposta:
        cliente = Cliente(base, pedido.chave)
        cabecalhos = {"X-Request-Id": pedido.request_id} | ({"SCTEC-Falha": falha} if falha else {})
        barreira.wait(PRAZO_S)
        resposta = cliente.agendar(
            TELESCOPIO,
            pedido.inicio.isoformat(),
            horario_fim_utc=pedido.fim.isoformat(),
            objeto_celeste="M31",
            cabecalhos=cabecalhos,
        )
        cliente.sessao.close()
        return Resposta(pedido, resposta.status_code, resposta.json())

    with ThreadPoolExecutor(len(pedidos)) as pessoas:
        return list(pessoas.map(pedir, pedidos))
