/**
 * Lição 7: relógios errados e caminhos longos. Quem clica primeiro vence, mesmo o mais longe e com o relógio uma hora
 * errado. Pede a janela de justiça padrão, de 150 ms.
 */
import { check } from 'k6';
import {
  agendar,
  cientistas,
  esperarPartida,
  horariosLivres,
  iteracao,
  numero,
  opcoes,
} from './lib/sctec.js';
import { Relogio } from './lib/relogio.js';
import { resumo } from './lib/resumo.js';

const N = numero('N', 12);
/** Ida e volta e erro do relógio de cada um, em ms; o primeiro é quem clica antes dos outros. */
const CAMINHOS_MS = [200, 5, 20, 60, 120, 250];
const DESVIOS_MS = [-3_600_000, 0, 1200, -45, 86_400_000, 7];
const VANTAGEM_MS = 80;

export const options = opcoes(
  '07-relogios',
  { checks: ['rate==1'], sctec_criados: ['count==1'], sctec_recusados: [`count==${N - 1}`] },
  { scenarios: { relogios: { executor: 'per-vu-iterations', vus: N, iterations: 1, maxDuration: '90s' } } },
);

export function setup() {
  return { chaves: cientistas(N), horario: horariosLivres(1)[0], partida: Date.now() + 8000 };
}

export default iteracao(function relogios({ chaves, horario, partida }) {
  const relogio = new Relogio({
    desvioMs: DESVIOS_MS[(__VU - 1) % DESVIOS_MS.length],
    caminhoMs: CAMINHOS_MS[(__VU - 1) % CAMINHOS_MS.length],
  });
  relogio.sincronizar();
  check(relogio, {
    'sincronizado, o relógio errado acerta a hora dentro da incerteza': (r) =>
      Math.abs(r.oficial() - Date.now()) <= r.incertezaMs + 50,
  });
  const primeiro = __VU === 1;
  esperarPartida(partida + (primeiro ? 0 : VANTAGEM_MS));
  const clique = new Date(relogio.oficial()).toISOString();
  relogio.viajar();
  const resposta = agendar(chaves[__VU - 1], {
    horario_inicio_utc: horario,
    instante_clique_utc: clique,
    incerteza_ms: Math.round(relogio.incertezaMs),
    correcao_ms: relogio.correcaoMs,
    ...(relogio.bilhete ? { bilhete_tempo: relogio.bilhete } : undefined),
  });
  check(resposta, {
    [primeiro ? 'quem clicou primeiro vence' : 'quem clicou depois é recusado']: (r) =>
      r.status === (primeiro ? 201 : 409),
  });
});

export const handleSummary = resumo(
  '07-relogios',
  'vence quem clicou primeiro, com relógios errados e caminhos longos?',
);
