"""A hora oficial, para o algoritmo de Cristian (Cristian, 1989, "Probabilistic clock synchronization")."""

from __future__ import annotations

from typing import Any

from flask import Response, g, request

from agendamento.api import documentos as doc
from agendamento.api.contexto import links, servicos
from agendamento.api.corpo import Blueprint
from agendamento.api.representacoes import resposta
from agendamento.aplicacao.cronometragem import de_us
from agendamento.dominio.bilhete import MAIOR_TEXTO
from agendamento.dominio.erros import DadosInvalidos, ErroDeCampo
from agendamento.dominio.grade import formatar

blp = Blueprint("tempo", __name__, description="Hora oficial")


@blp.route("/time")
@blp.response(200, doc.TEMPO)
@doc.recusas(422)
@blp.doc(parameters=[doc.BILHETE])
def ler() -> Response:
    """Hora oficial UTC e o próximo bilhete do aperto de mão. Nunca é guardada em cache.

    Pergunte 8 vezes seguidas, devolvendo em `bilhete` o da resposta anterior (é o link `proxima`). Fique com a
    amostra de menor ida e volta e com o último bilhete. `amostras` 0 depois da primeira significa que a
    sincronização recomeçou: esqueça as amostras anteriores.
    """
    anterior = request.args.get("bilhete")
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
    corpo: dict[str, Any] = {
        "agora_utc": formatar(de_us(relogios.utc_us)),
        "agora_ms": relogios.utc_us // 1000,
        "bilhete": texto,
        "rtt_min_ms": bilhete.rtt_ms,
        "amostras": bilhete.amostras,
        "_links": {"self": elos.para("/time"), "proxima": elos.para(f"/time?bilhete={texto}")},
    }
    return resposta(corpo, Cache_Control="no-store")
