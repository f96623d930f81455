"""A memória do crédito: as reservas por chave e o que se mediu em cada rede. Vive no processo e tem tamanho fixo.

Um reinício a esquece, e cada réplica tem a sua: o pior que resulta é uma reserva cheia de novo.
"""

from __future__ import annotations

import ipaddress
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

from agendamento.dominio import credito
from agendamento.dominio.credito import CreditoConcedido, Politica, Saldo

K = TypeVar("K")
V = TypeVar("V")

MAIS_PESSOAS = 10_000
MAIS_REDES = 10_000
MAIS_POR_REDE = 64


def rede_de(endereco: str | None) -> str:
    """O prefixo que identifica a rede: /24 no IPv4, /48 no IPv6 (o que um provedor dá a um cliente)."""
    try:
        ip = ipaddress.ip_address((endereco or "").partition("%")[0])
    except ValueError:
        return ""
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is None:
            return f"{int(ip) >> 80:012x}"
        ip = ip.ipv4_mapped
    return str(ip).rpartition(".")[0]


class Creditos:
    """Concede crédito a quem prova uma ida e volta, e lembra o que cada um gastou."""

    def __init__(self, politica: Politica, monotonico: Callable[[], float]) -> None:
        self.politica = politica
        self._agora = monotonico
        self._saldos: OrderedDict[int, Saldo] = OrderedDict()
        self._redes: OrderedDict[str, OrderedDict[int, float]] = OrderedDict()
        self._pedidos, self._credito_ms, self._gasto_ms = 0, 0.0, 0.0
        self._mutex = threading.Lock()

    def conceder(self, quem: int, rede: str, rtt_ms: float, *, com_reserva: bool = True) -> CreditoConcedido:
        """O crédito deste pedido; o que sair da reserva volta por ``acertar`` se não houver disputa.

        Sem reserva (não há janela, logo não há o que ganhar), só o máximo limita.
        """
        if not com_reserva:
            return CreditoConcedido(min(rtt_ms / 2, self.politica.maximo_ms), 0.0)
        with self._mutex:
            saldo = self._saldo(quem)
            vizinhos = [r for outra, r in self._redes.get(rede, {}).items() if outra != quem]
            norma = credito.norma_de(vizinhos, self.politica)
            concedido = credito.conceder(rtt_ms, norma, saldo, self.politica)
            _guardar(self._saldos, quem, Saldo(saldo.ms - concedido.gasto_ms, saldo.em_s), MAIS_PESSOAS)
            self._anotar(quem, rede, rtt_ms)
        return concedido

    def acertar(self, quem: int, concedido: CreditoConcedido, *, disputado: bool) -> None:
        """Repõe o que um pedido sem concorrente tinha gasto; do disputado, soma o que usou."""
        with self._mutex:
            if disputado:
                self._pedidos += 1
                self._credito_ms += concedido.credito_ms
                self._gasto_ms += concedido.gasto_ms
            elif concedido.gasto_ms:
                saldo = self._saldo(quem)
                cheio = min(self.politica.reserva_ms, saldo.ms + concedido.gasto_ms)
                _guardar(self._saldos, quem, Saldo(cheio, saldo.em_s), MAIS_PESSOAS)

    def totais(self) -> tuple[int, float, float]:
        """Desde o início do processo: pedidos disputados com crédito, crédito dado e reserva gasta (ms)."""
        with self._mutex:
            return self._pedidos, self._credito_ms, self._gasto_ms

    def _saldo(self, quem: int) -> Saldo:
        agora = self._agora()
        saldo = self._saldos.get(quem)
        return Saldo(self.politica.reserva_ms, agora) if saldo is None else saldo.em(agora, self.politica)

    def _anotar(self, quem: int, rede: str, rtt_ms: float) -> None:
        if rede:
            daqui = self._redes.get(rede, OrderedDict())
            _guardar(daqui, quem, rtt_ms, MAIS_POR_REDE)
            _guardar(self._redes, rede, daqui, MAIS_REDES)


def _guardar(onde: OrderedDict[K, V], chave: K, valor: V, maximo: int) -> None:
    onde[chave] = valor
    onde.move_to_end(chave)
    if len(onde) > maximo:
        onde.popitem(last=False)
