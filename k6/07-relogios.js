/** Lição 7: relógios errados e caminhos longos; a disputa tem um só vencedor e o relógio não o atrapalha. */
import { check } from 'k6';
import { agendar, cientistas, esperarPartida, horariosLivres, numero } from './lib/sctec.js';
import { Relogio } from './lib/relogio.js';
import { ESTATISTICAS, resumo } from './lib/resumo.js';

const N = numero('N', 12);
const CAMINHOS_MS = [5, 20, 60, 120, 200, 250];
const DESVIOS_MS = [0, -3_600_000, 1200, -45, 86_400_000, 7];

export const options = {
  scenarios: { relogios: { executor: 'per-vu-iterations', vus: N, iterations: 1, maxDuration: '90s' } },
  summaryTrendStats: ESTATISTICAS,
  thresholds: {
    checks: ['rate==1'],
    sctec_criados: ['count==1'],
    sctec_falhas_do_servidor: ['count==0'],
    sctec_inesperados: ['count==0'],
  },
};

export function setup() {
  return { chaves: cientistas(N), horario: horariosLivres(1)[0], partida: Date.now() + 8000 };
}

export default function relogios({ chaves, horario, partida }) {
  const relogio = new Relogio({
    desvioMs: DESVIOS_MS[__VU % DESVIOS_MS.length],
    caminhoMs: CAMINHOS_MS[__VU % CAMINHOS_MS.length],
  });
  relogio.sincronizar();
  check(relogio, {
    'sincronizado, o relógio errado acerta a hora dentro da incerteza': (r) =>
      Math.abs(r.oficial() - Date.now()) <= r.incertezaMs + 50,
  });
  esperarPartida(partida);
  const clique = new Date(relogio.oficial()).toISOString();
  relogio.viajar();
  agendar(chaves[__VU - 1], {
    horario_inicio_utc: horario,
    instante_clique_utc: clique,
    incerteza_ms: Math.round(relogio.incertezaMs),
    ...(relogio.bilhete ? { bilhete_tempo: relogio.bilhete } : undefined),
  });
}

export const handleSummary = resumo(
  '07-relogios',
  'relógios errados e caminhos longos mudam quem vence ou quebram algo?',
);
