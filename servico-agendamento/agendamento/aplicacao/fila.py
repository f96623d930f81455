"""O que vaga vai a quem o esperava há mais tempo, e por um prazo é só seu; vencido o prazo, vai ao seguinte."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from agendamento.aplicacao.portas import Banco, Coordenador, Escrita, Relogio
from agendamento.dominio.erros import ServicoIndisponivel
from agendamento.dominio.espera import Espera
from agendamento.dominio.grade import Intervalo, formatar

MAIS_OFERTAS = 50
"""De cada vez; se sobram, oferecem-se na vez seguinte."""
NOVA_TENTATIVA_S = 5.0


class Fila:
    """Oferece o que vaga. A exclusividade está no banco; o despertador só passa adiante a que venceu."""

    def __init__(self, banco: Banco, coordenador: Coordenador, relogio: Relogio, oferta: timedelta) -> None:
        self._banco = banco
        self._coordenador = coordenador
        self._relogio = relogio
        self._oferta = oferta
        self._despertador = _Despertador(self.passar_adiante)

    def oferecer(self, escrita: Escrita, telescopio_id: int | None, regiao: Intervalo | None) -> list[Espera]:
        """Na transação que o liberou: o que vagou na região (ou onde for) vai a quem espera há mais tempo."""
        agora = self._relogio.agora()
        feitas: list[Espera] = []
        while len(feitas) < MAIS_OFERTAS:
            proxima = escrita.proxima_espera_que_cabe(agora, telescopio_id, regiao)
            if proxima is None:
                break
            ate = min(agora + self._oferta, proxima.intervalo.inicio)
            feitas.append(escrita.oferecer_espera(proxima, ate))
            escrita.auditar(
                "ESPERA_OFERECIDA",
                {"espera_id": proxima.id, "cientista_id": proxima.cientista_id, **_anuncio(feitas[-1])},
            )
        return feitas

    def anunciar(self, ofertas: Sequence[Espera]) -> None:
        """Depois de confirmada a transação: sem dizer a quem se ofereceu."""
        for oferta in ofertas:
            self._coordenador.publicar("espera.oferecida", _anuncio(oferta))
            assert oferta.oferecida_ate is not None
            self._marcar(oferta.oferecida_ate)

    def passar_adiante(self) -> None:
        """O que ninguém usou no prazo vai ao seguinte. Repetir não muda nada: qualquer réplica pode fazê-lo."""
        try:
            self.anunciar(
                self._banco.escrever("oferecer", lambda escrita: self.oferecer(escrita, None, None))
            )
            self.retomar(timedelta(0))
        except ServicoIndisponivel:
            self._despertador.marcar(NOVA_TENTATIVA_S)

    def retomar(self, atras: timedelta = timedelta(days=1)) -> None:
        """Marca o despertador para a primeira oferta a vencer; as que venceram com o serviço parado também.

        Raises:
            BancoIndisponivel: o banco não respondeu.
        """
        vence = self._banco.primeira_oferta_a_vencer(self._relogio.agora() - atras)
        if vence is not None:
            self._marcar(vence)

    def _marcar(self, quando: datetime) -> None:
        self._despertador.marcar((quando - self._relogio.agora()).total_seconds())

    def fechar(self) -> None:
        self._despertador.parar()


class _Despertador:
    """Um ``Timer`` só, para a hora mais próxima das que se marcaram."""

    def __init__(self, tocar: Callable[[], None]) -> None:
        self._tocar = tocar
        self._mutex = threading.Lock()
        self._timer: threading.Timer | None = None
        self._quando = 0.0

    def marcar(self, em_s: float) -> None:
        quando = time.monotonic() + em_s
        with self._mutex:
            if self._timer is not None:
                if self._quando <= quando:
                    return
                self._timer.cancel()
            self._quando = quando
            self._timer = threading.Timer(max(0.0, em_s), self._acordar)
            self._timer.daemon = True
            self._timer.start()

    def _acordar(self) -> None:
        with self._mutex:
            self._timer = None
        self._tocar()

    def parar(self) -> None:
        with self._mutex:
            if self._timer is not None:
                self._timer.cancel()


def _anuncio(oferta: Espera) -> dict[str, str]:
    assert oferta.oferecida_ate is not None
    return {
        "telescopio": oferta.telescopio_slug,
        "horario_inicio_utc": formatar(oferta.intervalo.inicio),
        "horario_fim_utc": formatar(oferta.intervalo.fim),
        "oferecida_ate_utc": formatar(oferta.oferecida_ate),
    }
