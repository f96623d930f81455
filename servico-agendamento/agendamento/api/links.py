"""Um link HAL (draft-kelly-json-hal), com um membro ``method``; quais um recurso tem, diz o esquema dele."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from agendamento.dominio.agendamento import Cientista
from agendamento.dominio.grade import Intervalo, formatar

Link = dict[str, Any]

ELO = {
    "type": "object",
    "required": ["href", "method"],
    "properties": {
        "href": {"type": "string"},
        "method": {"enum": ["GET", "POST", "PUT", "DELETE"]},
        "templated": {"const": True},
    },
    "examples": [{"href": "/agendamentos/123", "method": "GET"}],
}
"""O esquema de um link, e o de ``_links``: um nome, um link ou uma lista deles."""
ELOS = {
    "type": "object",
    "additionalProperties": {
        "anyOf": [
            {"$ref": "#/components/schemas/Elo"},
            {"type": "array", "items": {"$ref": "#/components/schemas/Elo"}},
        ]
    },
}


@dataclass(frozen=True, slots=True)
class Links:
    """``base`` é o prefixo sob o qual o serviço está montado; ``quem`` é ``None`` para anônimos."""

    base: str
    quem: Cientista | None
    agora: datetime

    def para(self, caminho: str, metodo: str = "GET", **extra: Any) -> Link:
        return {"href": self.base + caminho, "method": metodo, **extra}

    @property
    def operador(self) -> bool:
        return self.quem is not None and self.quem.operador

    def agendar(self, slug: str, livre: Intervalo) -> Link:
        """Agendar este intervalo: o link leva o corpo com que se faz."""
        inicio, fim = formatar(livre.inicio), formatar(livre.fim)
        corpo = {"telescopio": slug, "horario_inicio_utc": inicio, "horario_fim_utc": fim}
        return self.para("/agendamentos", "POST", title=f"{inicio} a {fim}", corpo=corpo)

    def pagina(self, caminho: str, query: dict[str, Any], proxima: str | int | None) -> dict[str, Link]:
        """``self`` e, se houver mais, ``next``."""

        def com(parametros: dict[str, Any]) -> str:
            texto = urlencode({k: v for k, v in parametros.items() if v is not None})
            return f"{caminho}?{texto}" if texto else caminho

        elos = {"self": self.para(com(query))}
        if proxima is not None:
            elos["next"] = self.para(com({**query, "depois": proxima}))
        return elos
