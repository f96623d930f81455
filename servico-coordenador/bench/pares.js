/**
 * Pares lock+unlock por segundo do coordenador real contra um Express que só diz olá.
 *
 * Os dois servidores ficam no ar e são medidos em trechos curtos alternados, para que o que mais rode na
 * máquina pese igual nos dois; vale a mediana das razões. Mede-se de dois modos: com as devoluções em lotes, como o
 * agendamento as manda, e com uma requisição por devolução. Imprime um JSON.
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
const doCoordenador = { ...comum, porta: coordenador.porta, pid: coordenador.processo.pid, segredo: SEGREDO };
try {
  for (let i = 0; i < trechos; i += 1) {
    medidas.push({
      ola: await medir({ ...comum, porta: ola.porta, pid: ola.processo.pid, modo: 'ola' }),
      lotes: await medir({ ...doCoordenador, modo: 'lotes' }),
      pares: await medir({ ...doCoordenador, modo: 'pares' }),
    });
  }
} finally {
  await ola.parar();
  await coordenador.parar();
}
const de = (nome) => {
  const [porSegundo, p99, cpu] = ['por_segundo', 'p99_ms', 'cpu_us'].map((campo) =>
    mediana(medidas.map((m) => m[nome][campo])),
  );
  const razao = Number(mediana(medidas.map((m) => m.ola.por_segundo / m[nome].por_segundo)).toFixed(2));
  return { por_segundo: porSegundo, p99_ms: p99, cpu_us: cpu, razao };
};
process.stdout.write(
  `${JSON.stringify(
    {
      ...comum,
      trechos,
      limite: LIMITE,
      ola: de('ola'),
      lotes: de('lotes'),
      pares: de('pares'),
      erros: medidas.reduce((soma, m) => soma + m.ola.erros + m.lotes.erros + m.pares.erros, 0),
    },
    null,
    2,
  )}\n`,
);
