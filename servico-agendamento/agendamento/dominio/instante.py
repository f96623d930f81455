"""O instante efetivo de um clique: quando, no relógio monotônico do servidor, se considera que ele aconteceu.

Com A = chegada do pedido e R = ida e volta mínima provada pelo bilhete (docs/JUSTICA.md):

    crédito = min(R / 2, máximo)        margem = 0,05·R + 5 ms
    efetivo = clamp(instante do clique, A − crédito − margem, A)

Sem bilhete, A. Bilhete sem instante: A − crédito. O que veio antes da abertura do slot conta como a abertura.
Tudo aqui são milissegundos de um relógio monotônico, ou durações: nenhuma hora de parede entra na ordem.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MARGEM_RELATIVA = 0.05
"""Assimetria do caminho que se tolera, como fração da ida e volta."""
MARGEM_FIXA_MS = 5.0
"""Resolução dos relógios do cliente (100 µs a 1 ms nos navegadores) e dos núcleos (4 ms)."""


class Situacao(StrEnum):
    """O que se pôde aproveitar do relógio do cliente; é o rótulo de ``sctec_clock_sync_total``."""

    SEM_BILHETE = "sem_bilhete"
    SO_BILHETE = "so_bilhete"
    INSTANTE = "instante"
    LIMITADO = "limitado"
    """O instante declarado pedia mais do que o bilhete permite."""
    ADIANTADO = "adiantado"
    """O instante declarado é posterior à chegada do pedido."""
    OUTRA_ORIGEM = "outra_origem"
    VENCIDO = "vencido"
    INVALIDO = "invalido"


@dataclass(frozen=True, slots=True)
class Instante:
    """O resultado, com os limites entre os quais ele podia ficar. Milissegundos monotônicos."""

    chegada_ms: float
    limite_ms: float
    """O mais cedo que se aceitaria: chegada − crédito − margem."""
    efetivo_ms: float
    incerteza_ms: float | None
    """Quanto o efetivo pode estar errado; ``None`` sem bilhete: do caminho não se sabe nada."""

    def idade_ms(self, agora_ms: float) -> float:
        """A única coisa que cruza para o coordenador: uma duração."""
        return max(0.0, agora_ms - self.efetivo_ms)

    def situacao_de(self, clique_ms: float | None) -> Situacao:
        """Como o instante declarado se compara aos limites (para quem trouxe bilhete)."""
        if clique_ms is None:
            return Situacao.SO_BILHETE
        if clique_ms < self.limite_ms:
            return Situacao.LIMITADO
        return Situacao.ADIANTADO if clique_ms > self.chegada_ms else Situacao.INSTANTE


def efetivo(
    chegada_ms: float,
    *,
    clique_ms: float | None = None,
    credito_ms: float | None = None,
    abertura_ms: float | None = None,
) -> Instante:
    """
    Args:
        clique_ms: o instante declarado, já no relógio do servidor.
        credito_ms: quanto se desconta do caminho de ida (R/2, até o máximo); ``None`` = sem bilhete.
        abertura_ms: quando o slot passou a aceitar pedidos.
    """
    if credito_ms is None:
        limite, instante, incerteza = chegada_ms, chegada_ms, None
    else:
        margem = MARGEM_RELATIVA * 2 * credito_ms + MARGEM_FIXA_MS
        limite, incerteza = chegada_ms - credito_ms - margem, credito_ms + margem
        declarado = chegada_ms - credito_ms if clique_ms is None else clique_ms
        instante = min(max(declarado, limite), chegada_ms)
    if abertura_ms is not None:
        instante = min(max(instante, abertura_ms), chegada_ms)
    return Instante(chegada_ms, limite, instante, incerteza)
