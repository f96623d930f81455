"""``python -m bench.pagina``: o que o cliente web custa a quem o abre, num Chromium de verdade.

Os valores são absolutos, desta máquina e desta execução; as metas são as da página (docs/DESEMPENHO.md).
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from playwright.sync_api import Browser, BrowserContext, Page

from bench.carga import SEM_LIMITES
from ferramentas.chromium import navegador_aberto
from ferramentas.servicos import Servicos

FREIO = 4
"""Quantas vezes mais lenta a CPU do navegador, na primeira vista."""
REPETICOES = 7
EVENTOS = 10_000

LCP = """() => new Promise((r) => new PerformanceObserver((l) => r(l.getEntries().at(-1).startTime))
  .observe({type: 'largest-contentful-paint', buffered: true}))"""
PESO = """() => performance.getEntriesByType('resource').filter((e) => e.name.includes('/estatico/'))
  .reduce((soma, e) => soma + e.encodedBodySize, 0)"""
DESENHAR = """async ({telescopios, passo}) => {
  const base = document.querySelector('script[type=module]').src.replace(/[^/]*$/, '');
  const [{Agenda}, {Grade}] = await Promise.all([import(base + 'agenda.js'), import(base + 'grade.js')]);
  const dia = Math.floor(Date.now() / 864e5 + 1) * 864e5;
  const bases = ['livre', 'livre', 'ocupado', 'indisponivel'];
  const slots = Array.from({length: 864e5 / passo}, (_, i) => ({
    inicio: dia + i * passo, fim: dia + (i + 1) * passo, base: bases[i % 4],
    motivo: null, abre: null, elo: null, id: null}));
  const tempos = [];
  for (let vez = 0; vez < 7; vez += 1) {
    const area = document.createElement('div');
    document.body.append(area);
    const inicio = performance.now();
    for (let t = 0; t < telescopios; t += 1) {
      const no = document.createElement('div');
      no.className = 'grade';
      area.append(no);
      const agenda = new Agenda({});
      agenda.dados.valor = {telescopio: {slug: `t${t}`, nome: `T${t}`}, dia, passo, slots};
      const grade = new Grade(no, agenda, {});
      grade.montar(agenda.dados.valor);
      grade.pintar(dia, null);
    }
    area.getBoundingClientRect();
    tempos.push(performance.now() - inicio);
    area.remove();
  }
  return tempos;
}"""
FLUXO = """window.EventSource = class extends EventTarget {
  static CLOSED = 2; readyState = 1;
  constructor() { super(); window.__fonte = this; setTimeout(() => this.onopen()); }
  close() {}
};"""
ENVIAR = """async ({dia, de, ate, medir}) => {
  const utc = (ms) => new Date(ms).toISOString();
  const tempos = [];
  for (let n = de; n < ate; n += 1) {
    const inicio = dia + 3e5 * (n % 288);
    const tipo = Math.floor(n / 288) % 2 === 0 ? 'agendamento.criado' : 'agendamento.cancelado';
    const dados = {telescopio: 'hubble-acad', agendamento_id: 1e7 + n, horario_inicio_utc: utc(inicio),
      horario_fim_utc: utc(inicio + 3e5)};
    const antes = performance.now();
    __fonte.dispatchEvent(new MessageEvent(tipo, {data: JSON.stringify(dados), lastEventId: `s-${n}`}));
    if (medir) {
      // Dois quadros: o primeiro desenha, o segundo só começa depois de desenhado.
      await new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)));
      tempos.push(performance.now() - antes);
    } else if (n % 100 === 0) await new Promise(requestAnimationFrame);
  }
  return tempos;
}"""
VER = """(rotulo) => new Promise((r) => {
  const no = document.querySelector(`.grade [aria-label^="${rotulo}"]`);
  const olhar = () => { if (no.dataset.e === 'ocupada') r(Date.now()); };
  new MutationObserver(olhar).observe(no, {attributes: true});
})"""


@dataclass(frozen=True)
class Linha:
    """Uma medida: ``valor`` na unidade de ``meta``, que é o máximo."""

    nome: str
    valor: float
    meta: float
    unidade: str
    como: str

    @property
    def texto(self) -> str:
        sinal = "✔" if self.valor < self.meta else "✘"
        return (
            f"| {self.nome} | {_numero(self.valor)} {self.unidade} | < {_numero(self.meta)} {self.unidade} "
            f"| {sinal} | {self.como} |"
        )


def _numero(valor: float) -> str:
    return f"{round(valor, 1) + 0.0:.1f}".removesuffix(".0").replace(".", ",")


class Pagina:
    """O navegador e o sistema desta medição."""

    def __init__(self, navegador: Browser, servicos: Servicos) -> None:
        self._navegador = navegador
        self._servicos = servicos
        amanha = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        self.dia_ms = int(amanha.timestamp() * 1000)
        self._dia = amanha
        self._endereco = f"{servicos.agendamento.url}/#agenda/hubble-acad/{amanha:%Y-%m-%d}"

    @contextmanager
    def aberta(self, *, freio: int = 1, script: str = "") -> Iterator[Page]:
        contexto: BrowserContext = self._navegador.new_context(viewport={"width": 1280, "height": 800})
        if script:
            contexto.add_init_script(script)
        pagina = contexto.new_page()
        if freio > 1:
            cdp = contexto.new_cdp_session(pagina)
            cdp.send("Emulation.setCPUThrottlingRate", {"rate": freio})
        try:
            pagina.goto(self._endereco)
            pagina.locator('#painel-agenda[aria-busy="false"]').wait_for()
            pagina.locator('#hora-estado:not([data-estado="sincronizando"])').wait_for()
            yield pagina
        finally:
            contexto.close()

    def primeira_vista(self) -> list[Linha]:
        lcps, peso = [], 0.0
        for _ in range(REPETICOES):
            with self.aberta(freio=FREIO) as pagina:
                lcps.append(float(pagina.evaluate(LCP)))
                peso = float(pagina.evaluate(PESO))
        como = f"CPU {FREIO}× mais lenta, sem cache; mediana de {REPETICOES}, pior {max(lcps):.0f} ms"
        return [
            Linha("primeira vista (LCP)", statistics.median(lcps), 1000, "ms", como),
            Linha("tudo o que ela carrega", peso / 1000, 80, "kB", "comprimido, fora o HTML"),
        ]

    def desenho(self) -> list[Linha]:
        casos = [("288 slots × 6 telescópios", 6, 300, 50), ("1440 slots de 60 s", 1, 60, 150)]
        linhas = []
        with self.aberta() as pagina:
            for nome, telescopios, passo_s, meta in casos:
                tempos = pagina.evaluate(DESENHAR, {"telescopios": telescopios, "passo": passo_s * 1000})
                como = f"até o leiaute pronto; mediana de {len(tempos)}, pior {max(tempos):.0f} ms"
                linhas.append(Linha(nome, statistics.median(tempos), meta, "ms", como))
        return linhas

    def eventos(self) -> list[Linha]:
        with self.aberta(script=FLUXO) as pagina:
            faixa: dict[str, Any] = {"dia": self.dia_ms, "de": 0, "ate": 100, "medir": True}
            tempos = pagina.evaluate(ENVIAR, faixa)
            cdp = pagina.context.new_cdp_session(pagina)
            cdp.send("Performance.enable")
            medidas = []
            for de, ate in ((100, 1100), (1100, EVENTOS)):
                pagina.evaluate(ENVIAR, {"dia": self.dia_ms, "de": de, "ate": ate, "medir": False})
                cdp.send("HeapProfiler.collectGarbage")
                valores = {m["name"]: m["value"] for m in cdp.send("Performance.getMetrics")["metrics"]}
                medidas.append(valores["JSHeapUsedSize"])
        como = f"do evento ao quadro desenhado; mediana de {len(tempos)}, pior {max(tempos):.0f} ms"
        cresceu = 100 * (medidas[1] / medidas[0] - 1)
        memoria = f"{_numero(medidas[0] / 1e6)} MB após 1000, {_numero(medidas[1] / 1e6)} MB ao fim, sem lixo"
        return [
            Linha("evento na tela", statistics.median(tempos), 100, "ms", como),
            Linha("memória, 10 mil eventos", cresceu, 10, "% a mais", memoria),
        ]

    def outra_aba(self) -> list[Linha]:
        """Da resposta 201 a quem reserva até a tela de quem só olha; negativo: a tela soube antes."""
        url = self._servicos.agendamento.url
        chave = requests.get(f"{url}/demo", timeout=10).json()["cientistas"][0]["chave"]
        esperas = []
        with self.aberta() as pagina:
            for i in range(REPETICOES):
                inicio = self._dia + timedelta(hours=20, minutes=5 * i)
                rotulo = f"{inicio:%H:%M}–"
                pagina.evaluate(f"(rotulo) => {{ window.__visto = ({VER})(rotulo); }}", rotulo)
                corpo = {"telescopio": "hubble-acad", "horario_inicio_utc": inicio.isoformat()}
                cabecalhos = {"Authorization": f"Bearer {chave}"}
                resposta = requests.post(f"{url}/agendamentos", json=corpo, headers=cabecalhos, timeout=10)
                respondido = time.time() * 1000
                resposta.raise_for_status()
                esperas.append(float(pagina.evaluate("window.__visto")) - respondido)
        como = f"da resposta 201 à tela de outra pessoa; mediana de {REPETICOES}, pior {max(esperas):.0f} ms"
        return [Linha("duas abas de acordo", statistics.median(esperas), 1000, "ms", como)]


def main() -> int:
    """Imprime a tabela; devolve 0 se toda meta foi alcançada."""
    linhas: list[Linha] = []
    with Servicos(SEM_LIMITES, capturar=False) as servicos, navegador_aberto() as navegador:
        pagina = Pagina(navegador, servicos)
        print("| medida | valor | meta | | como |\n|---|---|---|---|---|", flush=True)
        for medir in (pagina.primeira_vista, pagina.desenho, pagina.eventos, pagina.outra_aba):
            for linha in medir():
                print(linha.texto, flush=True)
                linhas.append(linha)
    return 0 if all(linha.valor < linha.meta for linha in linhas) else 1


if __name__ == "__main__":
    sys.exit(main())
