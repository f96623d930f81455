/** Lição 6: horas de uso normal em miniatura; agenda e cancela sem parar, e nada cresce nem emperra. */
import { check, sleep } from 'k6';
import { agendar, cancelar, cientistas, horariosLivres, iteracao, numero, opcoes } from './lib/sctec.js';
import { resumo } from './lib/resumo.js';

const PESSOAS = numero('PESSOAS', 10);
const SEGUNDOS = numero('SEGUNDOS', 120);

export const options = opcoes(
  '06-resistencia',
  {
    checks: ['rate==1'],
    // Um piso: cada pessoa agenda ao menos uma vez a cada cinco segundos.
    sctec_criados: [`count>=${PESSOAS * Math.max(1, Math.floor(SEGUNDOS / 5))}`],
    sctec_recusados: ['count==0'],
  },
  {
    scenarios: {
      resistencia: { executor: 'constant-vus', vus: PESSOAS, duration: `${SEGUNDOS}s`, gracefulStop: '15s' },
    },
  },
);

export function setup() {
  return { chaves: cientistas(PESSOAS), horarios: horariosLivres(PESSOAS) };
}

export default iteracao(function resistencia({ chaves, horarios }) {
  const chave = chaves[__VU - 1];
  const agendado = agendar(chave, { horario_inicio_utc: horarios[__VU - 1] });
  if (!check(agendado, { 'o horário liberado volta a ser agendável': (r) => r.status === 201 })) return;
  check(cancelar(chave, agendado), { 'o cancelamento libera o horário': (r) => r.status === 200 });
  sleep(0.1 + Math.random() * 0.2);
});

export const handleSummary = resumo('06-resistencia', 'agendar e cancelar sem parar deixa algo preso?');
