/** Lição 4: carga que sobe em horários distintos; ninguém disputa, então todos recebem 201. */
import exec from 'k6/execution';
import { agendar, chaveDaVez, cientistas, horariosLivres, iteracao, numero, opcoes } from './lib/sctec.js';
import { resumo } from './lib/resumo.js';

const TAXA = numero('TAXA', 40);
const SEGUNDOS = numero('SEGUNDOS', 30);
// Rampa de 1/3 do tempo até a taxa e o resto nela; folga de 5 % para a última iteração iniciada.
const TOTAL = Math.ceil(TAXA * SEGUNDOS * (5 / 6) * 1.05) + 10;

export const options = opcoes(
  '04-carga',
  { sctec_criados: [`count>=${Math.floor(TAXA * SEGUNDOS * 0.7)}`], sctec_recusados: ['count==0'] },
  {
    scenarios: {
      carga: {
        executor: 'ramping-arrival-rate',
        startRate: 1,
        timeUnit: '1s',
        preAllocatedVUs: 50,
        maxVUs: 200,
        stages: [
          { target: TAXA, duration: `${Math.ceil(SEGUNDOS / 3)}s` },
          { target: TAXA, duration: `${Math.ceil((2 * SEGUNDOS) / 3)}s` },
        ],
        gracefulStop: '15s',
      },
    },
  },
);

export function setup() {
  return { chaves: cientistas(Math.ceil(TOTAL / 9)), horarios: horariosLivres(TOTAL) };
}

export default iteracao(function carga({ chaves, horarios }) {
  const vez = exec.scenario.iterationInTest;
  if (vez >= horarios.length) return;
  agendar(chaveDaVez(chaves), { horario_inicio_utc: horarios[vez] });
});

export const handleSummary = resumo('04-carga', 'quantos agendamentos por segundo, em horários distintos?');
