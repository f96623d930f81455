"""O que os casos de uso precisam do mundo, como Protocols; ``app.py`` escolhe quem os cumpre."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar

from agendamento.dominio.agendamento import Agendamento, Cientista, Estado, Indisponibilidade, Telescopio
from agendamento.dominio.espera import Espera
from agendamento.dominio.grade import Intervalo

T = TypeVar("T")
Detalhes = dict[str, Any]


class Relogio(Protocol):
    def agora(self) -> datetime:
        """Hora oficial, UTC, com fuso."""


class Falhas(Protocol):
    def ponto(self, nome: str) -> None:
        """Ponto de falha: em produção não faz nada; em testes pode esperar (``SCTEC-Falha``)."""


@dataclass(frozen=True, slots=True)
class PedidoDeLock:
    """O que cruza para o coordenador. Durações em ms; nunca uma hora de parede (docs/JUSTICA.md)."""

    recursos: Sequence[str]
    solicitante: str
    janela_ms: int
    idade_ms: float | None = None
    incerteza_ms: float | None = None
    rtt_ms: float | None = None
    uso: float | None = None


@dataclass(frozen=True, slots=True)
class Lock:
    """Lock concedido. ``token`` é o fencing token: cresce sempre, mesmo entre reinícios."""

    concessao: str = field(repr=False)
    token: int
    recursos: Sequence[str]
    arbitragem: Detalhes | None = None


class LockNegado(Exception):
    """409 do coordenador: o slot ficou de verdade com outra pessoa."""

    def __init__(self, motivo: str, arbitragem: Detalhes | None = None) -> None:
        super().__init__(motivo)
        self.motivo = motivo
        self.arbitragem = arbitragem


class Coordenador(Protocol):
    def adquirir(self, pedido: PedidoDeLock) -> Lock:
        """Tudo ou nada sobre os recursos.

        Raises:
            LockNegado: outra pessoa ficou com um deles.
            CoordenadorIndisponivel: sem resposta no prazo.
        """

    def liberar(self, lock: Lock, *, salvo: bool, ocupados: Sequence[str]) -> None:
        """Devolve o lock, fora do caminho da resposta; nunca levanta (o lease cura o que se perder).

        Args:
            ocupados: se ``salvo``, os recursos do lock que ficaram tomados; quem espera pelos outros os recebe.
        """

    def publicar(self, tipo: str, dados: Detalhes) -> None:
        """Evento ao vivo, sem dado pessoal, fora do caminho da resposta; nunca levanta."""

    def exigir_tokens_acima_de(self, token: int) -> None:
        """Os próximos locks têm fencing token maior que este: o maior que o banco já viu."""

    def pronto(self) -> bool: ...

    def locks(self) -> Detalhes:
        """Os locks em vigor e as janelas abertas, como o coordenador os conta.

        Raises:
            CoordenadorIndisponivel: sem resposta no prazo.
        """

    def justica(self) -> Detalhes:
        """A regra em vigor, os compromissos do sorteio e os segredos revelados.

        Raises:
            CoordenadorIndisponivel: sem resposta no prazo.
        """

    def fechar(self) -> None:
        """Entrega o que falta devolver e encerra."""


@dataclass(frozen=True, slots=True)
class NovoAgendamento:
    telescopio: Telescopio
    cientista_id: int
    intervalo: Intervalo
    objeto_celeste: str | None
    observacoes: str | None
    token: int
    criado_em: datetime
    clique: Detalhes | None = None


@dataclass(frozen=True, slots=True)
class FiltroAgendamentos:
    """O que toca ``[de, ate)``; ``depois`` é a posição da página por chave: (início, id) do último já visto."""

    telescopio_id: int | None = None
    cientista_id: int | None = None
    de: datetime | None = None
    ate: datetime | None = None
    estado: Estado | None = None
    depois: tuple[datetime, int] | None = None
    limite: int = 50


@dataclass(frozen=True, slots=True)
class RegistroAuditoria:
    seq: int
    instante: datetime
    evento: str
    detalhes: Detalhes
    trace_id: str | None
    request_id: str | None
    hash: str


@dataclass(frozen=True, slots=True)
class Conferencia:
    """O que se achou na trilha: (seq, problema) de cada divergência; nenhuma = íntegra."""

    divergencias: list[tuple[int, str]]
    ancora: str
    """``seq:hash`` do fim da trilha, para guardar fora do banco."""


@dataclass(frozen=True, slots=True)
class RespostaGuardada:
    """A resposta de um pedido com ``Idempotency-Key``; ``impressao`` é o SHA-256 do pedido."""

    impressao: str
    status: int
    corpo: bytes
    cabecalhos: dict[str, str]


@dataclass(frozen=True, slots=True)
class Ocupacao:
    """Um slot não livre: agendado por ``cientista_id``, ou indisponível."""

    slot: datetime
    agendamento_id: int | None
    cientista_id: int | None


@dataclass(slots=True)
class Vistoria:
    """O que há num intervalo de um telescópio, visto de uma vez."""

    ocupados: list[Ocupacao]
    tokens: dict[datetime, int]
    """Fencing token da última escrita em cada slot; ausente = 0."""
    parado: bool
    """Há manutenção em algum ponto dele."""


@dataclass(frozen=True, slots=True)
class Pergunta:
    """O que decidir sobre um pedido de reserva exige do banco. O que é ``None`` não interessa, e não é contado."""

    titular: int
    agora: datetime
    inicio: datetime
    fim: datetime | None = None
    """``None`` enquanto não se sabe a duração: pergunta-se só pelo instante em que começa."""
    telescopio: str | None = None
    agendamento_id: int | None = None
    """O que se quer remarcar: o telescópio e o titular são os dele."""
    contar_ativos: bool = False
    ciclo: Intervalo | None = None
    uso_desde: datetime | None = None
    janela_ms: int = 0
    """A dos telescópios que não dizem a sua; o uso só se conta onde há janela."""
    idempotencia: tuple[int, str, datetime] | None = None
    """De quem, a ``Idempotency-Key``, e desde quando uma resposta guardada ainda vale."""


@dataclass(frozen=True, slots=True)
class Situacao:
    """A resposta a uma ``Pergunta``, toda do mesmo instantâneo."""

    pergunta: Pergunta
    telescopio: Telescopio
    titular_existe: bool
    ativos: int
    horas_no_ciclo: float
    uso_h: float
    parado_em: datetime | None
    """Quando começa a primeira manutenção do intervalo; sem ``fim`` na pergunta, a do dia que se segue."""
    ocupantes: frozenset[int]
    """Quem já tem slots do intervalo (uma pessoa, ou duas das que houver)."""
    oferecido_ate: datetime | None = None
    """Até quando algo do intervalo é de outra pessoa, que o esperava na fila."""
    esperado: bool = False
    """O titular está na fila de algo do intervalo."""
    ha_fila: bool = False
    """Alguém espera pelo horário do ``agendamento``."""
    agendamento: Agendamento | None = None
    resposta: RespostaGuardada | None = None


class Leitura(Protocol):
    """Consultas dentro de um instantâneo curto do banco."""

    def cientista_por_chave(self, impressao: str) -> Cientista | None: ...
    def cientista(self, id_: int) -> Cientista | None: ...
    def impressao_da_chave(self, cientista_id: int) -> str | None:
        """``None`` se não há a pessoa, ou se foi removida."""

    def telescopio(self, slug: str) -> Telescopio | None: ...
    def telescopio_por_id(self, id_: int) -> Telescopio | None: ...
    def telescopios(self) -> list[Telescopio]: ...
    def agendamento(self, id_: int) -> Agendamento | None: ...
    def agendamentos(self, filtro: FiltroAgendamentos) -> list[Agendamento]: ...
    def agendamentos_que_tocam(self, telescopio_id: int, intervalo: Intervalo) -> list[Agendamento]: ...
    def ocupados(self, telescopio_id: int, intervalo: Intervalo) -> list[Ocupacao]: ...
    def tomados(
        self, telescopios: Sequence[int], intervalo: Intervalo, agora: datetime
    ) -> list[tuple[int, Intervalo]]:
        """O que não está livre em cada telescópio, agendado, parado ou oferecido a quem o esperava, por início;
        num comando só."""

    def ofertas(self, telescopio_id: int, intervalo: Intervalo, agora: datetime) -> list[Espera]:
        """O que está oferecido a quem o esperava, e ainda não venceu."""

    def esperas(self, cientista_id: int) -> list[Espera]:
        """As últimas 100 de uma pessoa, das mais novas às mais velhas."""

    def indisponibilidades(self, telescopio_id: int, intervalo: Intervalo) -> list[Indisponibilidade]: ...
    def indisponibilidade(self, telescopio_id: int, id_: int) -> Indisponibilidade | None: ...
    def uso(self, cientista_id: int, agora: datetime, ciclo: Intervalo) -> tuple[int, float]:
        """Observações futuras ativas, e horas no ciclo."""

    def auditoria(self, depois: int, limite: int, **filtros: Any) -> list[RegistroAuditoria]: ...
    def ultimos_da_auditoria(self, evento: str, limite: int) -> list[RegistroAuditoria]:
        """Os mais novos deste evento, do mais novo para o mais velho."""

    def ultimo_seq(self) -> int:
        """O seq do último registro da auditoria; 0 se não há nenhum."""

    def esquema_atual(self) -> bool: ...


class Escrita(Leitura, Protocol):
    """A transação de escrita: tudo o que se faz aqui é confirmado junto, ou nada é."""

    def situar(self, pergunta: Pergunta) -> Situacao | None: ...
    def vistoriar(self, telescopio_id: int, intervalo: Intervalo) -> Vistoria: ...
    def aceitar_token(
        self, telescopio_id: int, slots: Sequence[datetime], token: int, vistos: dict[datetime, int]
    ) -> bool:
        """Guarda ``token`` em cada slot se ninguém escreveu nele desde que ``vistos`` foi lido e se o
        token é maior; ``False`` = o token é velho (e quem chama deve desistir)."""

    def maior_token(self) -> int:
        """O maior fencing token já gravado em qualquer slot; zero se não há nenhum."""

    def inserir_agendamento(self, novo: NovoAgendamento, vista: Situacao) -> Agendamento | None:
        """``None`` se o que se viu já não vale: o titular, o telescópio, as manutenções, as contas da pessoa.

        Raises:
            SlotJaOcupado: ``UNIQUE (telescopio_id, slot_inicio_utc)`` recusou.
        """

    def mover_agendamento(
        self, atual: Agendamento, novo: NovoAgendamento, vista: Situacao
    ) -> Agendamento | None:
        """O mesmo; ``None`` também se ``atual`` mudou, ou se passou a haver quem espere pelo horário dele."""

    def editar_agendamento(
        self, atual: Agendamento, objeto_celeste: str | None, observacoes: str | None, agora: datetime
    ) -> Agendamento | None:
        """``None`` se a versão já não é a de ``atual``."""

    def cancelar_agendamento(
        self, atual: Agendamento, motivo: str | None, agora: datetime
    ) -> Agendamento | None:
        """``None`` se a versão já não é a de ``atual``."""

    def inserir_cientista(self, dados: Detalhes, impressao_chave: str, agora: datetime) -> Cientista: ...
    def alterar_cientista(self, atual: Cientista, dados: Detalhes) -> Cientista: ...
    def trocar_chave(self, cientista_id: int, impressao_chave: str) -> None: ...
    def remover_cientista(self, id_: int, agora: datetime) -> None: ...
    def inserir_telescopio(self, dados: Detalhes) -> Telescopio: ...
    def alterar_telescopio(self, atual: Telescopio, dados: Detalhes) -> Telescopio: ...
    def inserir_indisponibilidade(
        self, telescopio_id: int, intervalo: Intervalo, motivo: str, agora: datetime
    ) -> Indisponibilidade: ...
    def remover_indisponibilidade(self, id_: int) -> None: ...
    def sondar(self) -> None:
        """Lê e escreve o que uma reserva lê e escreve, sem mudar nada."""

    def inserir_espera(
        self, cientista_id: int, telescopio: Telescopio, intervalo: Intervalo, agora: datetime
    ) -> Espera: ...
    def remover_espera(self, id_: int) -> None: ...
    def esquecer_esperas(self, cientista_id: int, antes: datetime) -> None:
        """Apaga as da pessoa cujo horário terminou antes deste instante."""

    def atender_esperas(
        self, cientista_id: int, telescopio_id: int, intervalo: Intervalo, agora: datetime
    ) -> None:
        """As da pessoa que tocam o intervalo, que ela acaba de agendar."""

    def proxima_espera_que_cabe(
        self, agora: datetime, telescopio_id: int | None, regiao: Intervalo | None
    ) -> Espera | None:
        """A mais antiga, ainda sem oferta, cujo horário está todo livre; só as que tocam a região, se dita."""

    def oferecer_espera(self, espera: Espera, ate: datetime) -> Espera: ...
    def auditar(self, evento: str, detalhes: Detalhes) -> None: ...
    def auditar_arbitragem(self, janela: str, detalhes: Detalhes) -> None:
        """``ARBITRAGEM_DECIDIDA``, se esta decisão ainda não está na trilha."""

    def guardar_resposta(
        self, cientista_id: int, chave: str, resposta: RespostaGuardada, agora: datetime, vencida: datetime
    ) -> None:
        """A que foi guardada antes de ``vencida`` é substituída.

        Raises:
            ChaveJaGuardada: outra réplica respondeu antes a um pedido com esta chave.
        """

    def esquecer_respostas(self, antes: datetime, limite: int) -> int:
        """Apaga até ``limite`` das que foram guardadas antes deste instante; devolve quantas apagou."""


class SlotJaOcupado(Exception):
    """O banco recusou: já há uma linha para este telescópio e slot."""


class ChaveJaGuardada(Exception):
    """O banco recusou: já há resposta guardada para esta ``Idempotency-Key``."""


class EmailJaCadastrado(Exception):
    """O banco recusou: já há cientista com este e-mail."""


class SlugJaUsado(Exception):
    """O banco recusou: já há telescópio com este slug ou prefixo."""


class Banco(Protocol):
    def ler(self) -> AbstractContextManager[Leitura]: ...
    def situar(self, pergunta: Pergunta) -> Situacao | None:
        """``None`` se não há o telescópio, ou o agendamento a remarcar."""

    def vistoriar(self, telescopio_id: int, intervalo: Intervalo) -> Vistoria:
        """Os slots tomados, os fencing tokens e as manutenções, do mesmo instantâneo."""

    def escrever(self, nome: str, operacao: Callable[[Escrita], T]) -> T:
        """Enfileira, espera a confirmação do grupo e devolve o resultado (ou levanta o que ela levantou).

        Raises:
            BancoIndisponivel: a transação não pôde ser confirmada; nada ficou.
        """

    def grava(self) -> bool:
        """Se uma escrita se confirma agora."""

    def primeira_oferta_a_vencer(self, desde: datetime) -> datetime | None:
        """Quando vence a primeira oferta sem uso das que vencem depois de ``desde``."""

    def conferir_auditoria(self, desde: tuple[int, str] | None = None) -> Conferencia:
        """Refaz a conta da trilha inteira, que tem de ter a linha ``desde``, e a compara com as tabelas."""

    def escrever_depois(self, nome: str, operacao: Callable[[Escrita], object]) -> None:
        """O mesmo, sem esperar: para o registro de uma recusa. Repete-se por um minuto; a que se perde é contada."""
