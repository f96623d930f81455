"""O navegador, o sistema e as abas de cada teste."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from ferramentas.caminhos import RAIZ
from ferramentas.chromium import SemChromium, navegador_aberto
from tests.apoio.sistema import SEM_LIMITES, Sistema
from tests.conftest import Fabrica
from tests.navegador.aba import Aba, Dia
from tests.navegador.fio import Fio

PRAZO_MS = 30_000
CONTEXTO: dict[str, Any] = {
    "locale": "pt-BR",
    "timezone_id": "America/Sao_Paulo",
    "viewport": {"width": 1440, "height": 900},
}
UM_SLOT = "localStorage.getItem('sctec.duracao_min') ?? localStorage.setItem('sctec.duracao_min', '5');"
"""Quem já escolheu, noutra visita, observar um slot por vez."""
FOTOS = RAIZ / "var" / "fotos"
"""As telas de cada execução, para quem quiser olhar; ``var/`` não é versionada."""
_dias = itertools.count(1)

AbrirAba = Callable[..., Aba]


@pytest.fixture(scope="session")
def navegador() -> Iterator[Browser]:
    expect.set_options(timeout=PRAZO_MS)
    try:
        with navegador_aberto() as aberto:
            yield aberto
    except SemChromium as falta:
        pytest.skip(str(falta))


@pytest.fixture(scope="session")
def fio() -> Iterator[Fio]:
    """Por onde passam os eventos ao vivo."""
    with Fio() as f:
        yield f


@pytest.fixture(scope="session")
def sistema(fabrica: Fabrica, fio: Fio) -> Iterator[Sistema]:
    """O de quase todos os testes: cada um usa um dia só seu."""
    ambiente = {
        **SEM_LIMITES,
        "SCTEC_EVENTOS_URL": f"{fio.url}/eventos",
        "SCTEC_GRAFANA_URL": "http://127.0.0.1:9",  # só um link: a página nunca o busca
    }
    with fabrica(ambiente) as s:
        fio.alvo = s.servicos.coordenador.porta
        yield s


@pytest.fixture
def dia() -> Dia:
    """Um dia que nenhum outro teste usa."""
    hoje = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Dia(hoje + timedelta(days=next(_dias)))


@pytest.fixture
def nova_aba(navegador: Browser, sistema: Sistema, fio: Fio) -> Iterator[AbrirAba]:
    """``nova_aba(base=…, eventos=…, script=…, **contexto)``: uma pessoa a mais; no fim, conferem-se todas."""
    abas: list[Aba] = []

    def abrir(
        *, base: str | None = None, eventos: str | None = None, script: str = "", **contexto: Any
    ) -> Aba:
        aberto = navegador.new_context(**{**CONTEXTO, **contexto})
        aberto.set_default_timeout(PRAZO_MS)
        aberto.add_init_script(f"if (location.protocol === 'http:') {{ {UM_SLOT} }}")
        if script:
            aberto.add_init_script(script)
        abas.append(Aba(aberto, base or sistema.servicos.agendamento.url, eventos or fio.url))
        return abas[-1]

    yield abrir
    for aba in abas:
        aba.contexto.close()
    for aba in abas:
        aba.conferir()


@pytest.fixture
def aba(nova_aba: AbrirAba) -> Aba:
    return nova_aba()
