"""Mede a pilha de verdade: quanto leva a ficar pronta, quanto ocupa parada, e o Loki com 1.000.000 de linhas.

Uso: python -m tests.compose.telemetria.medir [--linhas N]

Não é um teste: escreve uma tabela. Sobe um projeto só seu, em 127.0.0.1, e o desfaz ao fim. As imagens já
devem existir; o Jaeger fica no lugar do Tempo.
"""

from __future__ import annotations

import argparse
import gzip
import json
import secrets
import statistics
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime

from ferramentas.caminhos import RAIZ
from tests.compose.pilha import SERVICOS
from tests.compose.telemetria.pilha import Observatorio, esperar, memoria_bytes

LINHAS = 1_000_000
#: O Loki não aceita de si para si mensagens de mais de 4 MB.
LOTE = 5_000
RODADAS = 5
#: O Loki recusa linhas mais de uma hora atrás das que o coletor já mandou ao mesmo fluxo.
MINUTOS = 50
#: (serviço, nível, frase) das linhas de uma reserva, na ordem.
DE_UMA_RESERVA = (
    ("agendamento", "INFO", "Requisição recebida para POST /agendamentos"),
    ("agendamento", "INFO", "Tentando adquirir lock para o recurso {recurso}"),
    ("coordenador", "INFO", "Recebido pedido de lock para recurso {recurso}"),
    ("coordenador", "INFO", "Lock concedido para recurso {recurso}"),
    ("agendamento", "INFO", "Lock adquirido com sucesso"),
    ("agendamento", "INFO", "Iniciando verificação de conflito no BD"),
    ("agendamento", "INFO", "Salvando novo agendamento no BD"),
    ("agendamento", "INFO", "Liberando lock para o recurso {recurso}"),
    ("agendamento", "INFO", "Resposta 201 para POST /agendamentos"),
    ("coordenador", "INFO", "Lock para o recurso {recurso} liberado"),
)


def _reservas(quantas: int, desde_ns: int, ate_ns: int) -> Iterator[tuple[str, int]]:
    """(trace_id, instante) de reservas espalhadas por igual no período."""
    for i in range(quantas):
        yield secrets.token_hex(16), desde_ns + (ate_ns - desde_ns) * i // quantas


def _lotes(reservas: Iterator[tuple[str, int]]) -> Iterator[dict[str, list[list[object]]]]:
    """Serviço → linhas no formato de envio do Loki, de ``LOTE`` em ``LOTE``."""
    lote: dict[str, list[list[object]]] = {"agendamento": [], "coordenador": []}
    for trace_id, inicio_ns in reservas:
        request_id, recurso = trace_id[:16], f"Hubble-Acad_{inicio_ns}"
        for passo, (servico, nivel, frase) in enumerate(DE_UMA_RESERVA):
            instante_ns = inicio_ns + passo * 1_000_000
            linha = {
                "timestamp_utc": datetime.fromtimestamp(instante_ns / 1e9, UTC).isoformat(),
                "level": nivel,
                "service": f"servico-{servico}",
                "message": frase.format(recurso=recurso),
                "request_id": request_id,
                "trace_id": trace_id,
                "span_id": trace_id[16:],
                "recurso": recurso,
            }
            metadados = {"trace_id": trace_id, "request_id": request_id, "level": nivel}
            lote[servico].append([str(instante_ns), json.dumps(linha, ensure_ascii=False), metadados])
        if len(lote["agendamento"]) + len(lote["coordenador"]) >= LOTE:
            yield lote
            lote = {"agendamento": [], "coordenador": []}
    if lote["agendamento"]:
        yield lote


def _encher(pilha: Observatorio, linhas: int) -> str:
    """Manda as linhas e devolve o trace id de uma reserva do meio."""
    ate_ns = time.time_ns()
    reservas = list(_reservas(linhas // len(DE_UMA_RESERVA), ate_ns - MINUTOS * 60 * 10**9, ate_ns))
    for lote in _lotes(iter(reservas)):
        fluxos = [
            {"stream": {"service_name": f"servico-{servico}"}, "values": valores}
            for servico, valores in lote.items()
            if valores
        ]
        pedido = urllib.request.Request(
            f"{pilha.loki_url}/loki/api/v1/push",
            gzip.compress(json.dumps({"streams": fluxos}).encode(), 1),
            {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        )
        urllib.request.urlopen(pedido, timeout=60).close()
    return reservas[len(reservas) // 2][0]


def _consultas() -> dict[str, str]:
    """Título → consulta de cada peça do painel Investigar que pergunta linhas ao Loki."""
    painel = json.loads((RAIZ / "observability/grafana/dashboards/investigar.json").read_text("utf-8"))
    return {
        peca["title"]: peca["targets"][0]["expr"]
        for peca in painel["panels"]
        if peca["type"] == "logs" and peca["targets"][0]["datasource"]["type"] == "loki"
    }


def _ha_seis_horas() -> int:
    return time.time_ns() - 6 * 3600 * 10**9


def _cronometrar(pilha: Observatorio, consulta: str) -> tuple[float, int]:
    """(mediana em segundos, linhas devolvidas), como o Grafana pergunta: as últimas 6 h."""
    tempos, achadas = [], 0
    for _ in range(RODADAS):
        inicio = time.perf_counter()
        achadas = len(pilha.logql(consulta, desde_ns=_ha_seis_horas(), limite=1000))
        tempos.append(time.perf_counter() - inicio)
    return statistics.median(tempos), achadas


def medir(linhas: int) -> Iterator[tuple[str, str, str]]:
    """(o quê, quanto, meta), à medida que se mede."""
    pilha = Observatorio()
    nomes = (*SERVICOS, "coletor", "loki", "prometheus", "tempo")
    try:
        pilha.compose("build")
        inicio = time.monotonic()
        pilha.compose("up", "-d")
        pilha.pronta()
        yield "da ordem de subir até tudo responder", f"{time.monotonic() - inicio:.1f} s", "30 s"
        # Parada: o que o início gastou já foi devolvido quando duas leituras seguidas pouco diferem.
        ocupa = [memoria_bytes(pilha, nomes)]

        def assentou() -> bool:
            ocupa.append(memoria_bytes(pilha, nomes))
            return abs(ocupa[-1] - ocupa[-2]) < 0.01 * ocupa[-1]

        esperar(assentou, 120, "memória estável")
        yield "memória parada, sem Grafana", f"{ocupa[-1] / 1e6:.0f} MB", "900 MB"
        trace_id = _encher(pilha, linhas)
        historia = f'{{service_name=~"servico-.+"}} |= "{trace_id}"'
        esperar(
            lambda: len(pilha.logql(historia, desde_ns=_ha_seis_horas(), limite=100)) == len(DE_UMA_RESERVA),
            60,
            "a reserva do meio inteira",
        )
        for titulo, consulta in _consultas().items():
            segundos, achadas = _cronometrar(pilha, consulta.replace("$busca", trace_id))
            yield f"{titulo}: {achadas} de {linhas} linhas", f"{segundos:.2f} s", "1 s"
    finally:
        pilha.desfazer()


def main() -> None:
    leitor = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    leitor.add_argument("--linhas", type=int, default=LINHAS)
    print("| o quê | medido | meta |\n|---|---|---|")
    for linha in medir(leitor.parse_args().linhas):
        print(f"| {' | '.join(linha)} |", flush=True)


if __name__ == "__main__":
    main()
