/** Lição 2: N pessoas pedem o mesmo horário no mesmo instante; exatamente uma o recebe. */
import {
  agendar,
  cientistas,
  esperarPartida,
  horariosLivres,
  iteracao,
  numero,
  opcoes,
} from './lib/sctec.js';
import { resumo } from './lib/resumo.js';

const N = numero('N', 50);

export const options = opcoes(
  '02-corrida',
  { sctec_criados: ['count==1'], sctec_recusados: [`count==${N - 1}`] },
  { scenarios: { corrida: { executor: 'per-vu-iterations', vus: N, iterations: 1, maxDuration: '60s' } } },
);

export function setup() {
  return { chaves: cientistas(N), horario: horariosLivres(1)[0], partida: Date.now() + 1000 };
}

export default iteracao(function corrida({ chaves, horario, partida }) {
  esperarPartida(partida);
  agendar(chaves[__VU - 1], { horario_inicio_utc: horario });
});

export const handleSummary = resumo(
  '02-corrida',
  `de ${N} pedidos simultâneos para um horário, quantos o recebem?`,
);
