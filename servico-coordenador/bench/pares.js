/**
 * Pares lock+unlock por segundo do coordenador real contra um Express que só diz olá.
 *
 * Os dois servidores ficam no ar e são medidos em trechos curtos alternados, para que o que mais rode na
 * máquina pese igual nos dois; vale a mediana das razões. Imprime um JSON.
 * Uso: node bench/pares.js [trechos] [segundos por trecho]
 */
import { medir, SEGREDO, subirCoordenador, subirOla } from './processos.js';

const LIMITE = 2.4;
const trechos = Number(process.argv[2] ?? 5);
const comum = { conexoes: 50, segundos: Number(process.argv[3] ?? 2), aquecimento: 1 };
const mediana = (valores) => valores.toSorted((a, b) => a - b)[Math.floor(valores.length / 2)];

const ola = await subirOla();
const coordenador = await subirCoordenador();
const medidas = [];
try {
  for (let i = 0; i < trechos; i += 1) {
    const doOla = await medir({ ...comum, porta: ola.porta, pid: ola.processo.pid, modo: 'ola' });
    const dosPares = await medir({
      ...comum, porta: coordenador.porta, pid: coordenador.processo.pid, modo: 'pares', segredo: SEGREDO,
    });
    medidas.push({ ola: doOla, pares: dosPares, razao: doOla.por_segundo / (dosPares.por_segundo / 2) });
  }
} finally {
  await ola.parar();
  await coordenador.parar();
}
const de = (nome, campo) => mediana(medidas.map((m) => m[nome][campo]));
const razao = mediana(medidas.map((m) => m.razao));
process.stdout.write(`${JSON.stringify({
  ...comum, trechos,
  ola_por_segundo: de('ola', 'por_segundo'), ola_p99_ms: de('ola', 'p99_ms'),
  ola_cpu_us: de('ola', 'cpu_us_por_requisicao'),
  pares_por_segundo: de('pares', 'por_segundo') / 2, pares_p99_ms: de('pares', 'p99_ms'),
  par_cpu_us: 2 * de('pares', 'cpu_us_por_requisicao'),
  razao_ola_por_par: Number(razao.toFixed(2)), limite: LIMITE, cumpre: razao <= LIMITE,
  erros: medidas.reduce((soma, m) => soma + m.ola.erros + m.pares.erros, 0),
}, null, 2)}\n`);
