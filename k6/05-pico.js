/** Lição 5: a abertura de inscrições; de repente muita gente quer os mesmos poucos horários. */
import exec from 'k6/execution';
import { agendar, chaveDaVez, cientistas, horariosLivres, iteracao, numero, opcoes } from './lib/sctec.js';
import { resumo } from './lib/resumo.js';

const TAXA = numero('TAXA', 60);
const HORARIOS = numero('HORARIOS', 20);
const SEGUNDOS_NO_PICO = numero('SEGUNDOS', 10);

export const options = opcoes(
  '05-pico',
  { sctec_criados: [`count==${HORARIOS}`] },
  {
    scenarios: {
      pico: {
        executor: 'ramping-arrival-rate',
        startRate: 2,
        timeUnit: '1s',
        preAllocatedVUs: 100,
        maxVUs: 300,
        stages: [
          { target: 2, duration: '3s' },
          { target: TAXA, duration: '1s' },
          { target: TAXA, duration: `${SEGUNDOS_NO_PICO}s` },
          { target: 2, duration: '1s' },
          { target: 2, duration: '3s' },
        ],
        gracefulStop: '15s',
      },
    },
  },
);

export function setup() {
  return { chaves: cientistas(60), horarios: horariosLivres(HORARIOS) };
}

export default iteracao(function pico({ chaves, horarios }) {
  const horario = horarios[exec.scenario.iterationInTest % HORARIOS];
  agendar(chaveDaVez(chaves), { horario_inicio_utc: horario });
});

export const handleSummary = resumo(
  '05-pico',
  `num pico de ${TAXA}/s sobre ${HORARIOS} horários, cada um tem um dono só?`,
);
