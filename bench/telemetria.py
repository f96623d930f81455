"""Quanto custa contar a história: reservas/s com os traços exportados, todos e um em dez ÷ sem telemetria.

Os spans vão a um destino OTLP local, que os recebe de verdade. Logs e métricas ficam ligados em todo braço.
"""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack

from bench.bracos import TRECHO, alternar, sctec
from bench.relatorio import Medida, numero
from ferramentas.sumidouro_otlp import Sumidouro

RODADAS = 9
BRACOS: dict[str, tuple[dict[str, str], float | None]] = {
    "tudo exportado": ({}, 0.75),
    "um traço em dez": (
        {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.1"},
        0.9,
    ),
}


def medir(rodadas: int = RODADAS) -> list[Medida]:
    """A razão de cada braço, e quantos spans de cada serviço uma reserva produz."""
    with ExitStack() as pilha:
        base = pilha.enter_context(sctec("sem telemetria", {"OTEL_SDK_DISABLED": "true"}))
        destinos = {nome: pilha.enter_context(Sumidouro()) for nome in BRACOS}
        bracos = {}
        for nome, (amostragem, _) in BRACOS.items():
            # O lote sai logo, no trecho que o produziu: a exportação de um braço não pode pesar no seguinte.
            exportar = {"OTEL_EXPORTER_OTLP_ENDPOINT": destinos[nome].url, "OTEL_BSP_SCHEDULE_DELAY": "300"}
            bracos[nome] = pilha.enter_context(sctec(nome, {**amostragem, **exportar}))
        alternar([base, *bracos.values()], rodadas)
    reservas = TRECHO * (rodadas + 1)
    medidas = []
    for nome, braco in bracos.items():
        spans = Counter(span.servico for span in destinos[nome].spans())
        contados = ", ".join(f"{numero(n / reservas)} do {servico}" for servico, n in sorted(spans.items()))
        detalhe = f"{braco.detalhe(base)}; spans por reserva: {contados or 'nenhum'}"
        medidas.append(
            Medida(f"reservas/s, {nome} ÷ sem telemetria", braco.sobre(base), detalhe, minima=BRACOS[nome][1])
        )
    return medidas
