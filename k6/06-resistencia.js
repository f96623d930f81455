/** Lição 6: horas de uso normal em miniatura; agenda e cancela sem parar, e nada cresce nem emperra. */
import { check, sleep } from 'k6';
import { agendar, cancelar, cientistas, horariosLivres, numero } from './lib/sctec.js';
import { ESTATISTICAS, resumo } from './lib/resumo.js';

const PESSOAS = numero('PESSOAS', 10);
const SEGUNDOS = numero('SEGUNDOS', 120);

export const options = {
  scenarios: {
    resistencia: { executor: 'constant-vus', vus: PESSOAS, duration: `${SEGUNDOS}s`, gracefulStop: '10s' },
  },
  summaryTrendStats: ESTATISTICAS,
  thresholds: {
    checks: ['rate==1'],
    sctec_recusados: ['count==0'],
    sctec_falhas_do_servidor: ['count==0'],
    sctec_inesperados: ['count==0'],
  },
};

export function setup() {
  return { chaves: cientistas(PESSOAS), horarios: horariosLivres(PESSOAS) };
}

export default function resistencia({ chaves, horarios }) {
  const chave = chaves[__VU - 1];
  const agendado = agendar(chave, { horario_inicio_utc: horarios[__VU - 1] });
  if (!check(agendado, { 'o horário liberado volta a ser agendável': (r) => r.status === 201 })) return;
  check(cancelar(chave, agendado), { 'o cancelamento libera o horário': (r) => r.status === 200 });
  sleep(0.1 + Math.random() * 0.2);
}

export const handleSummary = resumo('06-resistencia', 'agendar e cancelar sem parar deixa algo preso?');
