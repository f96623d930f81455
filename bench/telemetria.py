"""Quanto custa contar a história: reservas/s com logs, métricas e todos os traços ÷ sem nada disso.

Uso: python -m bench.telemetria [--pecas] [--automatica] [--rodadas N]

Todos os braços ficam no ar ao mesmo tempo e são medidos em trechos curtos e alternados; vale a mediana das
razões de cada rodada. Os spans vão a um destino OTLP local, que os recebe de verdade. Com ``--pecas``, um
braço por parte da telemetria; com ``--automatica``, também a instrumentação automática, instalada à parte
(``bracos/automatica.txt``).
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests

from bench.carga import SEM_LIMITES, Cliente, gerar
from bench.relatorio import Medida, numero
from ferramentas.caminhos import VENV
from ferramentas.processo import Processo
from ferramentas.servicos import Servicos
from ferramentas.sumidouro_otlp import Sumidouro

BRACOS = Path(__file__).with_name("bracos")
RODADAS = 9
RESERVAS = 400
AQUECIMENTO = 400
SEM_NADA, COM_TUDO = "sem nada", "com tudo"
AUTOMATICA = "automática"
#: Braço → (o que se desliga, se exporta traços).
PECAS = {
    SEM_NADA: ("logs,metricas", False),
    "só logs": ("metricas", False),
    "só métricas": ("logs", False),
    "só traços": ("logs,metricas", True),
    COM_TUDO: ("", True),
}


@dataclass(slots=True)
class Braco:
    """Um par de serviços no ar, e o que se mediu nele, por rodada."""

    nome: str
    cliente: Cliente
    por_segundo: list[float] = field(default_factory=list)
    cpu_ms: dict[str, list[float]] = field(default_factory=dict)

    def medir(self) -> None:
        servicos = self.cliente.servicos
        processos = {"agendamento": servicos.agendamento, "coordenador": servicos.coordenador}
        antes = {nome: _cpu_s(processo) for nome, processo in processos.items()}
        feito = gerar(servicos.agendamento.porta, self.cliente.reservas(RESERVAS))
        assert feito.estados == {"201": RESERVAS}, (self.nome, feito.estados)
        self.por_segundo.append(feito.por_segundo)
        for nome, processo in processos.items():
            gasto = (_cpu_s(processo) - antes[nome]) * 1000 / RESERVAS
            self.cpu_ms.setdefault(nome, []).append(gasto)


def _cpu_s(processo: Processo) -> float:
    """CPU já gasta pelo processo e pelos seus filhos, em segundos."""
    filhos = Path(f"/proc/{processo.pid}/task/{processo.pid}/children").read_text().split()
    total = 0
    for pid in [str(processo.pid), *filhos]:
        campos = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(campos[11]) + int(campos[12])
    return total / os.sysconf("SC_CLK_TCK")


@contextmanager
def _no_ar(nome: str, destino: str, bibliotecas: Path | None) -> Iterator[Braco]:
    sem, exporta = PECAS.get(nome, ("", True))
    # O lote sai logo, dentro do trecho que o produziu: a exportação de um braço não pode pesar no seguinte.
    otlp = {"OTEL_EXPORTER_OTLP_ENDPOINT": destino, "OTEL_BSP_SCHEDULE_DELAY": "300"} if exporta else {}
    caminhos = [str(BRACOS), *([str(bibliotecas)] if bibliotecas and nome == AUTOMATICA else [])]
    do_agendamento = {
        "PYTHONPATH": os.pathsep.join(caminhos),
        "BRACO_SEM": sem,
        "BRACO_AUTOMATICA": "1" if nome == AUTOMATICA else "0",
        "OTEL_SEMCONV_STABILITY_OPT_IN": "http",
    }
    do_coordenador = {"NODE_OPTIONS": f"--import {(BRACOS / 'sem.mjs').as_uri()}", "BRACO_SEM": sem}
    with Servicos(
        {**SEM_LIMITES, **otlp},
        do_agendamento=do_agendamento,
        do_coordenador=do_coordenador,
        capturar=False,
    ) as servicos:
        braco = Braco(nome, Cliente.de(servicos))
        gerar(servicos.agendamento.porta, braco.cliente.reservas(AQUECIMENTO))
        _conferir(servicos, sem)
        yield braco


def _conferir(servicos: Servicos, sem: str) -> None:
    """O que o braço diz desligar está desligado, e o resto não: senão a razão não diria nada."""
    for processo, contador in (
        (servicos.agendamento, 'sctec_agendamentos_total{resultado="criado"}'),
        (servicos.coordenador, 'sctec_lock_acquire_total{resultado="concedido"}'),
    ):
        registrou = "/agendamentos" in (texto := (servicos.dados / f"{processo.nome}.saida").read_text())
        registrou = registrou or "Lock concedido" in texto
        contou = f"{contador} {AQUECIMENTO}" in requests.get(f"{processo.url}/metrics", timeout=10).text
        assert (registrou, contou) == ("logs" not in sem, "metricas" not in sem), processo.nome


def _bibliotecas(pasta: Path) -> Path:
    comando = [str(VENV / "bin" / "uv"), "pip", "install", "--quiet", "--target", str(pasta)]
    subprocess.run([*comando, "-r", str(BRACOS / "automatica.txt")], check=True)
    return pasta


def _medir_bracos(nomes: list[str], rodadas: int) -> tuple[dict[str, Braco], Mapping[str, float]]:
    """Os braços medidos, e quantos spans de cada serviço uma reserva do braço com tudo produz."""
    with ExitStack() as pilha:
        pasta = Path(pilha.enter_context(tempfile.TemporaryDirectory(prefix="sctec-bench-")))
        bibliotecas = _bibliotecas(pasta) if AUTOMATICA in nomes else None
        destinos = {nome: pilha.enter_context(Sumidouro()) for nome in nomes}
        bracos = {n: pilha.enter_context(_no_ar(n, destinos[n].url, bibliotecas)) for n in nomes}
        for rodada in range(rodadas):
            # Ida e volta: nenhum braço fica sempre com o mesmo vizinho.
            for nome in nomes if rodada % 2 == 0 else reversed(nomes):
                bracos[nome].medir()
        for braco in bracos.values():
            braco.cliente.servicos.encerrar()
        reservas = AQUECIMENTO + rodadas * RESERVAS
        spans = Counter(s.servico for s in destinos[COM_TUDO].spans())
        return bracos, {servico: quantos / reservas for servico, quantos in spans.items()}


def _razao(braco: Braco, base: Braco) -> float:
    return statistics.median(a / b for a, b in zip(braco.por_segundo, base.por_segundo, strict=True))


def _detalhe(braco: Braco, base: Braco) -> str:
    ritmos = f"{statistics.median(braco.por_segundo):.0f}/s ÷ {statistics.median(base.por_segundo):.0f}/s"
    gastos = ", ".join(
        f"{nome} {numero(statistics.median(valores))} ms" for nome, valores in braco.cpu_ms.items()
    )
    return f"{ritmos}; CPU por reserva: {gastos}"


def medir(*, pecas: bool = False, automatica: bool = False, rodadas: int = RODADAS) -> list[Medida]:
    nomes = list(PECAS) if pecas else [SEM_NADA, COM_TUDO]
    nomes += [AUTOMATICA] if automatica else []
    bracos, spans = _medir_bracos(nomes, rodadas)
    base = bracos[SEM_NADA]
    por_servico = ", ".join(f"{numero(n)} do {servico}" for servico, n in sorted(spans.items()))
    medidas = [
        Medida(
            f"reservas/s, telemetria {nome} ÷ sem nada",
            _razao(braco, base),
            _detalhe(braco, base),
            minima=0.85 if nome == COM_TUDO else None,
        )
        for nome, braco in bracos.items()
        if braco is not base or pecas
    ]
    return [*medidas, Medida("spans por reserva, com tudo", sum(spans.values()), por_servico)]


def main() -> int:
    """Devolve 0 se a meta foi alcançada."""
    leitor = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    leitor.add_argument("--pecas", action="store_true", help="um braço por parte da telemetria")
    leitor.add_argument("--automatica", action="store_true", help="também a instrumentação automática")
    leitor.add_argument("--rodadas", type=int, default=RODADAS)
    opcoes = leitor.parse_args()
    medidas = medir(pecas=opcoes.pecas, automatica=opcoes.automatica, rodadas=opcoes.rodadas)
    print("| medida | razão | meta | | como se compõe |\n|---|---|---|---|---|")
    for medida in medidas:
        print(medida.linha())
    return 0 if all(medida.alcancada for medida in medidas) else 1


if __name__ == "__main__":
    sys.exit(main())
