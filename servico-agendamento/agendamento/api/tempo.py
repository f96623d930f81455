"""A hora oficial, para o algoritmo de Cristian (Cristian, 1989, "Probabilistic clock synchronization")."""

from __future__ import annotations

from typing import Any

from flask import g

from agendamento.api import esquemas
from agendamento.api.contexto import links, servicos
from agendamento.api.corpo import Blueprint
from agendamento.aplicacao.cronometragem import de_us
from agendamento.dominio.bilhete import MAIOR_TEXTO
from agendamento.dominio.erros import DadosInvalidos, ErroDeCampo

blp = Blueprint("tempo", __name__, description="Hora oficial")


@blp.route("/time")
@blp.arguments(esquemas.PedidoDeHora, location="query")
@blp.response(200, esquemas.Hora)
@blp.recusas(422)
def ler(query: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Hora oficial UTC e o próximo bilhete do aperto de mão. Nunca é guardada em cache.

    Pergunte 8 vezes seguidas, devolvendo em `bilhete` o da resposta anterior (é o link `proxima`). Fique com a
    amostra de menor ida e volta e com o último bilhete. `amostras` 0 depois da primeira significa que a
    sincronização recomeçou: esqueça as amostras anteriores.
    """
    anterior = query.get("bilhete")
    if anterior is not None and len(anterior) > MAIOR_TEXTO:
        raise DadosInvalidos(
            ErroDeCampo(
                "bilhete",
                f"passa de {MAIOR_TEXTO} caracteres.",
                "Devolva o da resposta anterior, sem alterá-lo.",
            )
        )
    texto, bilhete, relogios = servicos().cronometragem.emitir(anterior, g.chegada)
    elos = links()
    return {
        "agora_utc": de_us(relogios.utc_us),
        "agora_ms": relogios.utc_us // 1000,
        "bilhete": texto,
        "rtt_min_ms": bilhete.rtt_ms,
        "amostras": bilhete.amostras,
        "_links": {"self": elos.para("/time"), "proxima": elos.para(f"/time?bilhete={texto}")},
    }, {"Cache-Control": "no-store"}
