"""Travas e Relógios: o que decide quem observa."""

from __future__ import annotations

from typing import Any

from grafana_foundation_sdk.builders.dashboard import Dashboard
from identidades import INVESTIGAR, RELOGIOS, ROTEIROS, TRAVAS, VISAO_GERAL
from modelo import (
    AMARELO,
    VERDE,
    VERMELHO,
    ZERO_OU_FALHA,
    Consulta,
    calor,
    numero,
    serie,
)
from quadro import quadro


def distribuicao(metrica: str, filtro: str = "") -> Consulta:
    """As faixas do histograma `metrica` no tempo."""
    return Consulta(f"sum by (le) (rate({metrica}_bucket{filtro}[$__rate_interval]))")


def travas() -> Dashboard:
    """Quem espera, quanto, e como os locks terminam."""

    def contador(titulo: str, pergunta: str, metrica: str) -> Any:
        return numero(
            titulo,
            pergunta,
            "none",
            Consulta(f"round(sum(increase({metrica}[$__range])))"),
            adiante=INVESTIGAR,
            limiares=ZERO_OU_FALHA,
            contagem=True,
        )

    return quadro(
        TRAVAS,
        "Os locks dão ordem sem prender ninguém?",
        [
            numero(
                "Locks vivos",
                "Quantos locks estão vivos agora?",
                "none",
                Consulta("sum(sctec_locks_held)"),
                adiante=INVESTIGAR,
            ),
            numero(
                "Na fila",
                "Quantos pedidos esperam um lock ou o fim de uma janela?",
                "none",
                Consulta("sum(sctec_lock_queue_length)"),
                adiante=INVESTIGAR,
                limiares=((None, VERDE), (100, AMARELO), (1000, VERMELHO)),
            ),
            contador(
                "Violações",
                "Houve dois locks vivos sobre um recurso no período?",
                "sctec_lock_exclusion_violations_total",
            ),
            contador(
                "Leases vencidos", "Quantos donos sumiram com o lock no período?", "sctec_lock_expired_total"
            ),
            contador(
                "Tokens obsoletos",
                "Quantas escritas atrasadas o fencing recusou no período?",
                "sctec_lock_stale_token_rejected_total",
            ),
            numero(
                "Fencing token",
                "O token só cresce, mesmo depois de reiniciar?",
                "none",
                Consulta("max(sctec_lock_fencing_token)"),
                adiante=INVESTIGAR,
            ),
            calor(
                "Espera de quem conseguiu",
                "Quanto esperou cada pedido que obteve o lock?",
                "s",
                distribuicao("sctec_lock_wait_seconds", '{resultado="concedido"}'),
                adiante=INVESTIGAR,
            ),
            calor(
                "Espera de quem foi recusado",
                "Quanto esperou quem perdeu a disputa, até saber?",
                "s",
                distribuicao("sctec_lock_wait_seconds", '{resultado=~"recurso_ocupado|preterido"}'),
                adiante=INVESTIGAR,
            ),
            calor(
                "Tempo com o lock",
                "Quanto tempo cada dono ficou com o lock (o lease é 2 s)?",
                "s",
                distribuicao("sctec_lock_hold_seconds"),
                adiante=INVESTIGAR,
            ),
            serie(
                "Pedidos de lock por desfecho",
                "Quantos pedidos são concedidos, recusados, abandonados?",
                "reqps",
                Consulta(
                    "sum by (resultado) (rate(sctec_lock_acquire_total[$__rate_interval]))", "{{resultado}}"
                ),
                adiante=VISAO_GERAL,
                empilhada=True,
            ),
            serie(
                "Espera no percentil 99",
                "A espera cabe na janela de justiça mais o lease?",
                "s",
                Consulta(
                    "histogram_quantile(0.99, sum by (resultado, le) "
                    "(rate(sctec_lock_wait_seconds_bucket[$__rate_interval])))",
                    "{{resultado}}",
                ),
                adiante=INVESTIGAR,
                exemplares=True,
                limite=1,
            ),
            serie(
                "Liberações e fins",
                "Como terminam os locks?",
                "reqps",
                Consulta(
                    "sum by (fim) (rate(sctec_lock_hold_seconds_count[$__rate_interval]))", "fim: {{fim}}"
                ),
                Consulta(
                    "sum by (resultado) (rate(sctec_lock_release_total[$__rate_interval]))",
                    "liberação: {{resultado}}",
                ),
                Consulta("sum(rate(sctec_lock_renewed_total[$__rate_interval]))", "renovações"),
                adiante=INVESTIGAR,
            ),
            serie(
                "Vivos e na fila",
                "A fila se esvazia depois de cada disputa?",
                "short",
                Consulta("sum(sctec_locks_held)", "vivos"),
                Consulta("sum(sctec_lock_queue_length)", "na fila"),
                adiante=INVESTIGAR,
                contagem=True,
            ),
            serie(
                "Leases vencidos, tokens obsoletos, violações",
                "Algo que deveria ser zero não é?",
                "short",
                Consulta(
                    "round(sum(increase(sctec_lock_expired_total[$__rate_interval])))", "leases vencidos"
                ),
                Consulta(
                    "round(sum(increase(sctec_lock_stale_token_rejected_total[$__rate_interval])))",
                    "tokens obsoletos",
                ),
                Consulta(
                    "round(sum(increase(sctec_lock_exclusion_violations_total[$__rate_interval])))",
                    "violações",
                ),
                adiante=ROTEIROS,
                contagem=True,
            ),
            serie(
                "Janelas de justiça por critério",
                "O que decidiu cada disputa?",
                "reqps",
                Consulta(
                    "sum by (criterio) (rate(sctec_arbitragem_total[$__rate_interval]))", "{{criterio}}"
                ),
                adiante=RELOGIOS,
            ),
            calor(
                "Candidatos por janela",
                "Quantas pessoas disputam o mesmo horário?",
                "short",
                distribuicao("sctec_arbitragem_candidatos"),
                adiante=RELOGIOS,
                exemplares=False,
            ),
            serie(
                "Telas ao vivo",
                "Quantas telas acompanham a agenda por SSE?",
                "short",
                Consulta("sum(sctec_eventos_assinantes)", "assinantes"),
                adiante=VISAO_GERAL,
                contagem=True,
            ),
        ],
    )


def relogios() -> Dashboard:
    """Quanto os relógios dos clientes merecem crédito."""

    sem_relogio = 'sctec_clock_sync_total{resultado=~"sem_bilhete|outra_origem|vencido|invalido"}'
    return quadro(
        RELOGIOS,
        "Os relógios permitem dizer quem clicou primeiro?",
        [
            numero(
                "Erro no percentil 90",
                "Nove em cada dez cliques têm erro de relógio menor que isto; cabe em 0,2 s?",
                "s",
                Consulta(
                    "histogram_quantile(0.9, sum by (le) "
                    "(increase(sctec_clock_error_bound_seconds_bucket[$__range]))) >= 0"
                ),
                adiante=ROTEIROS,
                largura=8,
                contagem=True,
                limiares=((None, VERDE), (0.1, AMARELO), (0.2, VERMELHO)),
            ),
            numero(
                "Pedidos sem relógio sincronizado",
                "Que parcela dos pedidos chega sem um bilhete de tempo válido?",
                "percentunit",
                Consulta(
                    f"sum(increase({sem_relogio}[$__range])) "
                    "/ (sum(increase(sctec_clock_sync_total[$__range])) > 0)"
                ),
                adiante=ROTEIROS,
                largura=8,
                limiares=((None, VERDE), (0.5, AMARELO), (0.9, VERMELHO)),
            ),
            numero(
                "Ida e volta mediana",
                "A que distância está a rede de quem agenda?",
                "s",
                Consulta(
                    "histogram_quantile(0.5, sum by (le) "
                    "(increase(sctec_clock_round_trip_seconds_bucket[$__range]))) >= 0"
                ),
                adiante=TRAVAS,
                largura=8,
            ),
            calor(
                "Diferença de relógio que sobra",
                "Depois de corrigido, quanto o relógio de quem clica ainda difere do oficial?",
                "s",
                distribuicao("sctec_clock_offset_seconds"),
                adiante=INVESTIGAR,
            ),
            serie(
                "Relógios corrigidos",
                "Quanto erravam, antes da correção, os relógios de quem clica (percentil 95)?",
                "s",
                Consulta(
                    "histogram_quantile(0.95, sum by (sentido, le) "
                    "(rate(sctec_clock_correction_seconds_bucket[$__rate_interval])))",
                    "{{sentido}}",
                ),
                adiante=INVESTIGAR,
            ),
            calor(
                "Ida e volta",
                "Como se distribuem as distâncias de rede provadas pelos bilhetes?",
                "s",
                distribuicao("sctec_clock_round_trip_seconds"),
                adiante=INVESTIGAR,
            ),
            calor(
                "Erro do instante efetivo",
                "Quanto pode estar errado o instante usado para decidir?",
                "s",
                distribuicao("sctec_clock_error_bound_seconds"),
                adiante=INVESTIGAR,
            ),
            serie(
                "Estado do relógio dos pedidos",
                "De quantos pedidos se aproveita o instante do clique, só o bilhete, ou nada?",
                "reqps",
                Consulta(
                    "sum by (resultado) (rate(sctec_clock_sync_total[$__rate_interval]))", "{{resultado}}"
                ),
                adiante=INVESTIGAR,
                empilhada=True,
            ),
            serie(
                "Erro do instante, percentis",
                "O erro está crescendo?",
                "s",
                Consulta(
                    "histogram_quantile(0.5, sum by (le) "
                    "(rate(sctec_clock_error_bound_seconds_bucket[$__rate_interval])))",
                    "mediana",
                ),
                Consulta("sctec:relogio_erro:p90_5m", "percentil 90"),
                adiante=ROTEIROS,
                limite=0.2,
            ),
            serie(
                "Disputas por critério",
                "Quantas disputas o relógio decidiu e quantas foram ao desempate?",
                "reqps",
                Consulta(
                    "sum by (criterio) (rate(sctec_arbitragem_total[$__rate_interval]))", "{{criterio}}"
                ),
                adiante=TRAVAS,
            ),
        ],
    )
