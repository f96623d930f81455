/** Lição 3: intervalos que começam em horas diferentes mas se cruzam também disputam; nenhum par se sobrepõe. */
import { check } from 'k6';
import {
  agendar,
  cientistas,
  esperarPartida,
  horariosLivres,
  iteracao,
  numero,
  obter,
  opcoes,
  TELESCOPIO,
} from './lib/sctec.js';
import { resumo } from './lib/resumo.js';

const N = numero('N', 30);
const SLOTS_POR_PEDIDO = 6;
const TRECHO = 24;

export const options = opcoes(
  '03-sobreposicao',
  { checks: ['rate==1'], sctec_criados: ['count>=2', `count<=${TRECHO / SLOTS_POR_PEDIDO}`] },
  {
    scenarios: { sobreposicao: { executor: 'per-vu-iterations', vus: N, iterations: 1, maxDuration: '60s' } },
  },
);

export function setup() {
  return {
    chaves: cientistas(N),
    slots: horariosLivres(TRECHO + 1, { seguidos: true }),
    partida: Date.now() + 1000,
  };
}

export default iteracao(function sobreposicao({ chaves, slots, partida }) {
  const primeiro = (__VU * 7) % (TRECHO - SLOTS_POR_PEDIDO + 1);
  esperarPartida(partida);
  agendar(chaves[__VU - 1], {
    horario_inicio_utc: slots[primeiro],
    horario_fim_utc: slots[primeiro + SLOTS_POR_PEDIDO],
  });
});

export function teardown({ chaves, slots }) {
  const fim = slots[TRECHO];
  const intervalos = chaves
    .flatMap((chave) =>
      obter(
        `/agendamentos?telescopio=${TELESCOPIO}&de=${slots[0]}&ate=${fim}&estado=ATIVO`,
        'GET /agendamentos',
        chave,
      ).json('_embedded.agendamentos'),
    )
    .map((a) => [a.id, Date.parse(a.horario_inicio_utc), Date.parse(a.horario_fim_utc)]);
  const unicos = [...new Map(intervalos.map((i) => [i[0], i])).values()].sort((a, b) => a[1] - b[1]);
  check(unicos, {
    'há agendamentos no trecho disputado': (lista) => lista.length >= 2,
    'nenhum par se sobrepõe': (lista) => lista.every((atual, i) => i === 0 || lista[i - 1][2] <= atual[1]),
  });
}

export const handleSummary = resumo('03-sobreposicao', 'algum par de agendamentos se sobrepõe?');
