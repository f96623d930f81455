"""O que pode ser recusado, e por quê. A API traduz cada classe num ``application/problem+json``."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ErroDeCampo:
    """Um campo recusado: onde, por quê e o que fazer."""

    campo: str
    mensagem: str
    remedio: str


class ErroSCTEC(Exception):
    """Raiz das recusas previstas; ``str(erro)`` é uma frase em pt-BR para quem pediu."""


class DadosInvalidos(ErroSCTEC):
    """O pedido foi entendido, mas um ou mais campos não podem ser aceitos (422)."""

    def __init__(self, *erros: ErroDeCampo) -> None:
        super().__init__(" ".join(f"{e.campo}: {e.mensagem}" for e in erros))
        self.erros = erros


class NaoEncontrado(ErroSCTEC):
    """O recurso não existe, ou não é visível para quem pede (404)."""


class Proibido(ErroSCTEC):
    """Quem pede é conhecido, mas não pode fazer isto (403)."""


class NaoAutenticado(ErroSCTEC):
    """Falta a chave, ou ela não vale (401)."""


class VersaoDivergente(ErroSCTEC):
    """O ``If-Match`` não é o da versão atual (412)."""


class PreCondicaoExigida(ErroSCTEC):
    """Falta o ``If-Match`` numa troca que sobrescreve (428)."""


class ChaveIdempotenteReusada(ErroSCTEC):
    """A mesma ``Idempotency-Key`` veio com outro corpo (422)."""


class ChaveIdempotenteEmCurso(ErroSCTEC):
    """O primeiro pedido com esta ``Idempotency-Key`` ainda não terminou (409)."""


class LimiteExcedido(ErroSCTEC):
    """Um limite da cientista seria ultrapassado (422)."""

    def __init__(self, mensagem: str, remedio: str, campo: str = "cientista_id") -> None:
        super().__init__(mensagem)
        self.campo = campo
        self.remedio = remedio


class EstadoImpede(ErroSCTEC):
    """O estado atual do recurso não permite a ação (409)."""

    def __init__(self, mensagem: str, motivo: str) -> None:
        super().__init__(mensagem)
        self.motivo = motivo


@dataclass
class SlotDisputado(ErroSCTEC):
    """Base dos três 409 de ``POST /agendamentos``: o intervalo não pôde ser dado a quem pediu."""

    mensagem: str
    telescopio_id: int
    inicio: datetime
    fim: datetime
    motivo: str = field(init=False, default="")
    arbitragem: dict[str, object] | None = None

    def __str__(self) -> str:
        return self.mensagem


@dataclass
class RecursoOcupado(SlotDisputado):
    """O lock foi negado: outra pessoa segurava o slot e ficou com ele."""

    motivo: str = field(init=False, default="RECURSO_OCUPADO")


@dataclass
class Preterido(SlotDisputado):
    """Perdeu a arbitragem da janela de justiça."""

    motivo: str = field(init=False, default="PRETERIDO")


@dataclass
class ConflitoHorario(SlotDisputado):
    """O intervalo já está agendado, ou indisponível, no banco."""

    motivo: str = field(init=False, default="CONFLITO_HORARIO")


@dataclass
class JaESeu(SlotDisputado):
    """O horário já é do próprio titular, por outro pedido: nem disputa, nem crédito gasto."""

    agendamento_id: int | None = None
    motivo: str = field(init=False, default="JA_E_SEU")


class ServicoIndisponivel(ErroSCTEC):
    """Uma dependência não respondeu; nada foi salvo (503). ``tentar_em_s`` vai no ``Retry-After``."""

    def __init__(self, mensagem: str, motivo: str, tentar_em_s: int = 1) -> None:
        super().__init__(mensagem)
        self.motivo = motivo
        self.tentar_em_s = tentar_em_s


class CoordenadorIndisponivel(ServicoIndisponivel):
    """O coordenador não respondeu dentro do prazo."""

    def __init__(self, mensagem: str, tentar_em_s: int = 1) -> None:
        super().__init__(mensagem, "COORDENADOR_INDISPONIVEL", tentar_em_s)


class BancoIndisponivel(ServicoIndisponivel):
    """O banco não aceitou a transação (ocupado, cheio, fora do ar); ela foi desfeita por inteiro."""

    def __init__(self, mensagem: str, tentar_em_s: int = 1) -> None:
        super().__init__(mensagem, "BANCO_INDISPONIVEL", tentar_em_s)


class LockPerdido(ServicoIndisponivel):
    """O fencing token não serve mais: o lease venceu, ou o coordenador se atrasou. Nada foi salvo."""

    def __init__(
        self,
        mensagem: str = "A reserva do horário venceu antes de o agendamento ser salvo; nada foi gravado.",
    ) -> None:
        super().__init__(mensagem, "TRAVA_PERDIDA")
