"""Os dois serviços a exportar para um destino OTLP local, e uma pessoa que agenda."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import requests

from ferramentas.servicos import Servicos
from ferramentas.sumidouro_otlp import Span, Sumidouro
from tests.apoio.espera import esperar

QUEM_CHAMA = "00f067aa0ba902b7"
"""O span de quem pede, na outra ponta."""


class Mundo:
    """Os serviços, o destino dos spans e uma pessoa que agenda sempre num horário novo."""

    def __init__(self, servicos: Servicos, sumidouro: Sumidouro) -> None:
        self.servicos = servicos
        self.sumidouro = sumidouro
        pessoas = requests.get(f"{servicos.agendamento.url}/demo", timeout=10).json()["cientistas"]
        self.chave, self.outra_chave = (pessoa["chave"] for pessoa in pessoas[:2])
        self._dia = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=9)
        self._numeros = count()

    def agendar(
        self, trace_id: str, *, marcas: str = "01", quando: datetime | None = None, chave: str | None = None
    ) -> Any:
        inicio = quando or self._dia + timedelta(minutes=5 * next(self._numeros))
        return requests.post(
            f"{self.servicos.agendamento.url}/agendamentos",
            json={"telescopio": "hubble-acad", "horario_inicio_utc": inicio.isoformat()},
            headers={
                "Authorization": f"Bearer {chave or self.chave}",
                "traceparent": f"00-{trace_id}-{QUEM_CHAMA}-{marcas}",
            },
            timeout=30,
        )

    def do_traco(self, trace_id: str) -> list[Span]:
        return [span for span in self.sumidouro.spans() if span.trace_id == trace_id]

    def esperar_nomes(self, trace_id: str, nomes: set[tuple[str, str, str]]) -> list[Span]:
        def chegaram() -> bool:
            return nomes <= {(s.servico, s.nome, s.especie) for s in self.do_traco(trace_id)}

        try:
            esperar(chegaram, f"spans de {trace_id}", prazo_s=20)
        except TimeoutError as erro:
            vistos = {(s.servico, s.nome, s.especie) for s in self.do_traco(trace_id)}
            raise AssertionError(f"faltam {nomes - vistos}") from erro
        return self.do_traco(trace_id)

    def linhas(self, trace_id: str) -> list[dict[str, Any]]:
        return [x.campos for x in self.servicos.linhas() if x.campos.get("trace_id") == trace_id]
