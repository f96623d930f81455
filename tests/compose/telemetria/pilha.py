"""A pilha inteira do docker-compose, de verdade, com perguntas curtas a cada depósito de sinais.

Onde não há imagem do Tempo nem do Grafana, docker-compose.jaeger.yml põe o Jaeger no endereço do Tempo.
"""

from __future__ import annotations

import json
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from ferramentas.caminhos import RAIZ
from ferramentas.portas import porta_livre
from tests.compose.pilha import Pilha, comandos_compose

T = TypeVar("T")
PORTAS = ("PROMETHEUS_PORTA", "LOKI_PORTA", "TEMPO_PORTA", "OTLP_PORTA", "JAEGER_PORTA")
ARQUIVOS = ["-f", "docker-compose.yml", "-f", "docker-compose.jaeger.yml"]
#: O segredo que o compose usa quando o .env não traz outro.
COORDENADOR_INTERNO = "segredo-de-desenvolvimento"
UNIDADES = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
TELESCOPIO, PREFIXO = "james-webb-acad", "James-Webb-Acad"


def esperar(pronto: Callable[[], T], prazo_s: float, o_que: str) -> T:
    """Repete a pergunta até a resposta valer (verdadeira), sem exceção; falha dizendo o que não veio."""
    fim = time.monotonic() + prazo_s
    ultima: object = None
    while time.monotonic() < fim:
        try:
            resposta = pronto()
        except (OSError, ValueError, KeyError, IndexError) as erro:
            ultima = erro
        else:
            if resposta:
                return resposta
            ultima = resposta
        time.sleep(0.25)
    raise AssertionError(f"em {prazo_s:g} s não houve {o_que}; última resposta: {ultima!r}"[:2000])


@dataclass(frozen=True)
class Resposta:
    """O que um serviço respondeu."""

    status: int
    cabecalhos: Mapping[str, str]
    corpo: Any


def pedir(
    metodo: str, url: str, corpo: Any = None, cabecalhos: Mapping[str, str] | None = None, prazo_s: float = 15
) -> Resposta:
    """Uma requisição JSON; 4xx e 5xx são respostas, não exceções."""
    dados = None if corpo is None else json.dumps(corpo).encode()
    pedido = urllib.request.Request(url, dados, {"Content-Type": "application/json", **(cabecalhos or {})})
    pedido.method = metodo
    try:
        with urllib.request.urlopen(pedido, timeout=prazo_s) as resposta:
            texto, status, vindos = resposta.read(), resposta.status, dict(resposta.headers)
    except urllib.error.HTTPError as erro:
        with erro:
            texto, status, vindos = erro.read(), erro.code, dict(erro.headers)
    try:
        return Resposta(status, vindos, json.loads(texto))
    except ValueError:
        return Resposta(status, vindos, texto.decode(errors="replace"))


@dataclass(frozen=True)
class LinhaNoLoki:
    """Uma linha como o Loki a guarda; `instante_ns` a põe em ordem."""

    instante_ns: int
    servico: str
    metadados: Mapping[str, str]
    texto: str

    @property
    def campos(self) -> dict[str, Any]:
        lidos = json.loads(self.texto)
        assert isinstance(lidos, dict)
        return lidos


class Observatorio(Pilha):
    """Os dois serviços e a telemetria; só se mexe no projeto que ele mesmo criou."""

    def __init__(self, ambiente: Mapping[str, str] | None = None) -> None:
        portas = {nome: str(porta_livre()) for nome in PORTAS}
        super().__init__([*comandos_compose()[0], *ARQUIVOS], {**portas, **(ambiente or {})})
        self.prometheus, self.loki_url, self.jaeger = (
            f"http://127.0.0.1:{portas[nome]}" for nome in ("PROMETHEUS_PORTA", "LOKI_PORTA", "JAEGER_PORTA")
        )
        self.coordenador_url = f"http://127.0.0.1:{self._ambiente['PORTA_COORDENADOR']}"

    def pronta(self, prazo_s: float = 120) -> None:
        """Espera os dois serviços, o Loki e o Prometheus responderem."""
        prontos = [f"{self.coordenador_url}/saude/pronto", f"{self.url}/saude/pronto"]
        for endereco in (*prontos, f"{self.loki_url}/ready", f"{self.prometheus}/-/ready"):
            esperar(lambda alvo=endereco: pedir("GET", alvo, prazo_s=3).status == 200, prazo_s, endereco)  # type: ignore[misc]

    def agendar(self, chave: str, horario: str, trace_id: str | None = None) -> Resposta:
        """POST /agendamentos; com `trace_id`, como quem já traz um traço amostrado."""
        cabecalhos = {"Authorization": f"Bearer {chave}"}
        if trace_id:
            cabecalhos["traceparent"] = f"00-{trace_id}-00f067aa0ba902b7-01"
        corpo = {"telescopio": TELESCOPIO, "horario_inicio_utc": horario, "objeto_celeste": "M31"}
        return pedir("POST", f"{self.url}/agendamentos", corpo, cabecalhos, prazo_s=30)

    def logql(
        self, consulta: str, *, desde_ns: int = 0, ate_ns: int = 0, limite: int = 5000
    ) -> list[LinhaNoLoki]:
        """Linhas em ordem de acontecimento."""
        resultado = self.loki(consulta, desde_ns=desde_ns, ate_ns=ate_ns, limite=limite)
        linhas = [
            LinhaNoLoki(int(valor[0]), fluxo["stream"].get("service_name", ""), fluxo["stream"], valor[1])
            for fluxo in resultado
            for valor in fluxo["values"]
        ]
        return sorted(linhas, key=lambda linha: linha.instante_ns)

    def logql_tudo(self, consulta: str, desde_ns: int) -> list[LinhaNoLoki]:
        """Todas as linhas desde um instante, lidas de cinco em cinco segundos."""
        passo, limite = 5 * 10**9, 5000
        todas: list[LinhaNoLoki] = []
        for inicio in range(desde_ns, time.time_ns(), passo):
            trecho = self.logql(consulta, desde_ns=inicio, ate_ns=inicio + passo, limite=limite)
            assert len(trecho) < limite, "trecho longo demais para uma página"
            todas += trecho
        return todas

    def assentar(self) -> None:
        """Espera duas coletas do Prometheus e o lote do coletor: o que já foi dito chegou."""
        marco = time.time() + 11
        esperar(
            lambda: (
                float(
                    (self.promql('min(timestamp(up{job=~"servico-.+"}))') or [{"value": [0, 0]}])[0]["value"][
                        1
                    ]
                )
                >= marco
            ),
            60,
            "duas coletas",
        )

    def loki(self, consulta: str, *, desde_ns: int = 0, ate_ns: int = 0, limite: int = 5000) -> list[Any]:
        """Resultado cru de query_range na última hora, ou entre dois instantes (o fim, exclusive)."""
        parametros = {
            "query": consulta,
            "limit": limite,
            "direction": "forward",
            "start": desde_ns or time.time_ns() - 3600 * 10**9,
            "end": ate_ns or time.time_ns() + 10**9,
            "step": "30s",
        }
        resposta = pedir(
            "GET", f"{self.loki_url}/loki/api/v1/query_range?{urllib.parse.urlencode(parametros)}"
        )
        assert resposta.status == 200, f"{consulta}: {resposta.corpo}"
        resultado = resposta.corpo["data"]["result"]
        assert isinstance(resultado, list)
        return resultado

    def promql(self, consulta: str) -> list[Any]:
        """Resultado instantâneo."""
        resposta = pedir(
            "GET", f"{self.prometheus}/api/v1/query?{urllib.parse.urlencode({'query': consulta})}"
        )
        assert resposta.status == 200, f"{consulta}: {resposta.corpo}"
        resultado = resposta.corpo["data"]["result"]
        assert isinstance(resultado, list)
        return resultado

    def exemplares(self, serie: str) -> set[str]:
        """trace_id de todos os exemplares da última hora."""
        agora = time.time()
        parametros = urllib.parse.urlencode({"query": serie, "start": agora - 3600, "end": agora + 1})
        resposta = pedir("GET", f"{self.prometheus}/api/v1/query_exemplars?{parametros}")
        return {
            exemplar["labels"].get("trace_id", "")
            for item in resposta.corpo["data"]
            for exemplar in item["exemplars"]
        }

    def peca(self, painel: str, titulo: str) -> list[str]:
        """As consultas de uma peça de painel, na ordem em que estão."""
        arquivo = RAIZ / "observability" / "grafana" / "dashboards" / f"{painel}.json"
        pecas = json.loads(arquivo.read_text("utf-8"))["panels"]
        (achada,) = [p for p in pecas if p["title"] == titulo]
        return [alvo["expr"] for alvo in achada["targets"]]

    def alertas(self) -> set[str]:
        """Nomes dos alertas disparados agora."""
        resposta = pedir("GET", f"{self.prometheus}/api/v1/alerts")
        return {a["labels"]["alertname"] for a in resposta.corpo["data"]["alerts"] if a["state"] == "firing"}

    def trace(self, trace_id: str) -> list[dict[str, Any]]:
        """Spans do traço no Jaeger, cada um com `servico` e `pai` preenchidos."""
        resposta = pedir("GET", f"{self.jaeger}/api/traces/{trace_id}")
        if resposta.status != 200 or not resposta.corpo.get("data"):
            return []
        (achado,) = resposta.corpo["data"]
        return [
            {
                **span,
                "servico": achado["processes"][span["processID"]]["serviceName"],
                "pai": next((r["spanID"] for r in span["references"] if r["refType"] == "CHILD_OF"), None),
            }
            for span in achado["spans"]
        ]

    def k6(self, roteiro: str, **variaveis: str) -> dict[str, float]:
        """Executa um roteiro pelo perfil carga do compose e devolve o que ele contou, reprovado ou não.

        Chaves: ``criados``, ``recusados``, ``falhas``, ``p99_ms`` e ``passou`` (1 ou 0).
        """
        opcoes = [opcao for nome, valor in variaveis.items() for opcao in ("-e", f"{nome}={valor}")]
        testid = f"{roteiro}-{time.time_ns() // 10**6}"
        passou = True
        try:
            self.compose("run", "--rm", *opcoes, "k6", ROTEIRO=roteiro, TESTID=testid)
        except AssertionError:
            # Numa máquina ocupada um limiar reprova: quem pediu decide se importa.
            passou = False
        arquivo = RAIZ / "k6" / "resultados" / f"{testid}.json"
        assert arquivo.exists(), "o k6 não correu"
        medidas = json.loads(arquivo.read_text("utf-8"))["metrics"]
        arquivo.unlink()

        def conta(nome: str) -> float:
            return float(medidas.get(nome, {"values": {"count": 0}})["values"]["count"])

        return {
            "criados": conta("sctec_criados"),
            "recusados": conta("sctec_recusados"),
            "falhas": conta("sctec_falhas_do_servidor"),
            "passou": float(passou),
            "p99_ms": float(medidas["sctec_duracao_agendar"]["values"]["p(99)"]),
        }


def memoria_bytes(pilha: Observatorio, servicos: Iterable[str]) -> float:
    """Memória residente somada dos contêineres, como ``docker stats`` a conta (sem o cache de arquivos)."""
    ids = [pilha.inspecionar(servico)["Id"] for servico in servicos]
    saida = subprocess.run(
        ["docker", "stats", "--no-stream", "--format", "{{.MemUsage}}", *ids],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    usos = [linha.split(" / ")[0].strip() for linha in saida.splitlines()]
    return sum(float(uso[:-3]) * UNIDADES[uso[-3:]] for uso in usos)
