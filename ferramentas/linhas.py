"""As linhas que os serviços escrevem no stdout, intercaladas e pesquisáveis."""

from __future__ import annotations

import heapq
import json
import re
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

GUARDADAS = 200_000
_INSTANTE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z")


@dataclass(frozen=True)
class Linha:
    """Uma linha de um serviço, como saiu."""

    numero: int
    servico: str
    texto: str

    @cached_property
    def campos(self) -> dict[str, Any]:
        """Os campos da linha JSON; vazio se a linha não é um objeto JSON."""
        if not self.texto.startswith("{"):
            return {}
        try:
            lido = json.loads(self.texto)
        except ValueError:
            return {}
        return lido if isinstance(lido, dict) else {}

    @property
    def mensagem(self) -> str:
        """A frase da linha JSON (ou o tipo do evento de auditoria); sem JSON, a linha inteira."""
        return str(self.campos.get("message") or self.campos.get("event_type") or self.texto)

    @property
    def instante(self) -> str:
        """RFC 3339 da linha, em JSON ou em texto; vazio se ela não traz instante."""
        achado = _INSTANTE.search(self.texto, 0, 80)
        return achado[0] if achado else ""


class Linhas:
    """Registro comum das saídas; cada leitor acrescenta da sua thread."""

    def __init__(self, ao_ler: Callable[[Linha], None] | None = None) -> None:
        self._itens: deque[Linha] = deque(maxlen=GUARDADAS)
        self._total = 0
        self._mudou = threading.Condition()
        self._ao_ler = ao_ler

    def acrescentar(self, servico: str, texto: str) -> None:
        with self._mudou:
            linha = Linha(self._total, servico, texto)
            self._total += 1
            self._itens.append(linha)
            self._mudou.notify_all()
        if self._ao_ler:
            self._ao_ler(linha)

    def marca(self) -> int:
        with self._mudou:
            return self._total

    def lista(self, desde: int = 0, servico: str | None = None) -> list[Linha]:
        """Na ordem do instante escrito; a de cada serviço, entre si, é sempre a de saída.

        Os serviços escrevem em blocos, e a ordem de leitura entre eles não seria a dos fatos.
        """
        with self._mudou:
            itens = [i for i in self._itens if i.numero >= desde and servico in (None, i.servico)]
        por_servico = groupby(sorted(itens, key=lambda i: i.servico), key=lambda i: i.servico)
        return list(heapq.merge(*(list(grupo) for _, grupo in por_servico), key=lambda i: i.instante))

    def esperar(self, predicado: Callable[[Linha], bool], desde: int, prazo_s: float) -> Linha:
        fim = time.monotonic() + prazo_s
        vista = desde
        while True:
            with self._mudou:
                if self._total <= vista:
                    self._mudou.wait(max(0.0, fim - time.monotonic()))
                novas = [i for i in self._itens if i.numero >= vista]
                vista = self._total
            for linha in novas:
                if predicado(linha):
                    return linha
            if time.monotonic() >= fim:
                raise TimeoutError(f"nenhuma linha como a esperada em {prazo_s:g} s")
