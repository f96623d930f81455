"""Os links HAL (draft-kelly-json-hal), com um membro ``method``.

Um link só aparece se quem pede pode segui-lo agora; ausência é informação.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from agendamento.config import Config
from agendamento.dominio.agendamento import Agendamento, Cientista, EstadoTelescopio, Telescopio
from agendamento.dominio.grade import Intervalo, formatar

Link = dict[str, Any]


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

    def raiz(self, config: Config, versao: str) -> dict[str, Any]:
        elos: dict[str, Any] = {
            "self": self.para("/"),
            "tempo": self.para("/time"),
            "telescopios": self.para("/telescopios"),
            "justica": self.para("/justica"),
            "documentacao": self.para("/docs", type="text/html"),
            "openapi": self.para("/openapi.json"),
            "saude": self.para("/saude/pronto"),
            "eventos": {"href": config.eventos_url, "method": "GET", "type": "text/event-stream"},
        }
        if config.grafana_url:
            elos["grafana"] = {"href": config.grafana_url, "method": "GET", "type": "text/html"}
            investigar = f"{config.grafana_url}/d/sctec-investigar?var-busca={{busca}}"
            elos["investigar"] = {"href": investigar, "method": "GET", "type": "text/html", "templated": True}
        if config.demo:
            elos["demo"] = self.para("/demo")
            elos["corrida"] = self.para("/demo/corrida", "POST")
        if config.cadastro_aberto or self.operador:
            elos["cadastrar"] = self.para("/cientistas", "POST")
        if self.quem is not None:
            elos["eu"] = self.para(f"/cientistas/{self.quem.id}")
            elos["agendamentos"] = self.para(
                "/agendamentos{?telescopio,cientista,de,ate,estado,limite}", templated=True
            )
            elos["agendar"] = self.para("/agendamentos", "POST")
        if self.operador:
            elos["auditoria"] = self.para("/auditoria{?depois,limite,evento}", templated=True)
            elos["verificar_auditoria"] = self.para("/auditoria/verificacao")
            elos["travas"] = self.para("/operacao/travas")
            elos["criar_telescopio"] = self.para("/telescopios", "POST")
        return {"nome": "SCTEC", "descricao": "Agendamento do telescópio espacial compartilhado",
                "versao": versao, "janela_ms": config.janela_justica_ms, "_links": elos}  # fmt: skip

    def agendamento(self, ag: Agendamento) -> dict[str, Link]:
        caminho = f"/agendamentos/{ag.id}"
        elos = {
            "self": self.para(caminho),
            "telescopio": self.para(f"/telescopios/{ag.telescopio_slug}"),
            "cientista": self.para(f"/cientistas/{ag.cientista_id}"),
        }
        if self.quem is not None and ag.pertence_a(self.quem) and ag.pode_mudar(self.agora):
            elos["cancelar"] = self.para(caminho, "DELETE")
            elos["remarcar"] = self.para(caminho, "PUT")
        return elos

    def telescopio(self, tel: Telescopio) -> dict[str, Link]:
        caminho = f"/telescopios/{tel.slug}"
        elos = {
            "self": self.para(caminho),
            "telescopios": self.para("/telescopios"),
            "agenda": self.para(f"{caminho}/agenda{{?de,ate}}", templated=True),
            "indisponibilidades": self.para(f"{caminho}/indisponibilidades"),
        }
        if self.quem is not None and tel.estado is EstadoTelescopio.ATIVO:
            elos["agendar"] = self.para("/agendamentos", "POST")
        if self.operador:
            elos["alterar"] = self.para(caminho, "PUT")
            elos["indisponibilizar"] = self.para(f"{caminho}/indisponibilidades", "POST")
            elos["prever_indisponibilidade"] = self.para(f"{caminho}/indisponibilidades?simular=1", "POST")
            if tel.estado is EstadoTelescopio.ATIVO:
                elos["desativar"] = self.para(caminho, "DELETE")
        return elos

    def cientista(self, cientista: Cientista) -> dict[str, Link]:
        caminho = f"/cientistas/{cientista.id}"
        return {
            "self": self.para(caminho),
            "agendamentos": self.para(f"/agendamentos?cientista={cientista.id}"),
            "alterar": self.para(caminho, "PUT"),
            "remover": self.para(caminho, "DELETE"),
        }

    def alternativas(self, tel: Telescopio, livres: Iterable[Intervalo]) -> list[Link]:
        """Os horários livres próximos: cada um diz o corpo com que se agenda."""
        return [
            self.para(
                "/agendamentos",
                "POST",
                title=f"{formatar(i.inicio)} a {formatar(i.fim)}",
                corpo={
                    "telescopio": tel.slug,
                    "horario_inicio_utc": formatar(i.inicio),
                    "horario_fim_utc": formatar(i.fim),
                },
            )
            for i in livres
        ]

    def pagina(self, caminho: str, query: dict[str, Any], proxima: str | int | None) -> dict[str, Link]:
        """``self`` e, se houver mais, ``next``."""

        def com(parametros: dict[str, Any]) -> str:
            texto = urlencode({k: v for k, v in parametros.items() if v is not None})
            return f"{caminho}?{texto}" if texto else caminho

        elos = {"self": self.para(com(query))}
        if proxima is not None:
            elos["next"] = self.para(com({**query, "depois": proxima}))
        return elos
