/** Propriedades 1 a 6 da justiça, em milhares de roteiros ao acaso, e um mutante para cada proteção. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Mundo } from './apoio/mundo.js';
import { mutar, nucleo } from './apoio/nucleo.js';
import { recalcular } from './apoio/oraculo.js';
import { roteiros } from './apoio/roteiros.js';

const RODADAS = 10_000;

function viver(qual, quais = roteiros) {
  return fc.property(quais, (roteiro) => {
    const mundo = new Mundo(qual, roteiro).correr();
    for (const registro of mundo.registros) {
      const esperada = registro.candidatos.filter((c) => c.posicao !== null).map((c) => c.codigo);
      assert.deepEqual(recalcular(registro, Buffer.alloc(32, 7)), esperada, 'o registro não refaz a decisão');
    }
  });
}

test('exclusão, ordem, vivacidade, tudo ou nada, sem negativa falsa e decisão refazível', () => {
  fc.assert(viver(nucleo), { numRuns: RODADAS });
});

test('o mesmo roteiro dá o mesmo resultado, com ou sem saltos do relógio do sistema', () => {
  fc.assert(
    fc.property(roteiros, (roteiro) => {
      const comSaltos = new Mundo(nucleo, roteiro).correr();
      const semSaltos = new Mundo(nucleo, { ...roteiro, saltos: [] }).correr();
      assert.deepEqual(comSaltos.historia, semSaltos.historia);
    }),
    { numRuns: RODADAS / 4 },
  );
});

const MUTANTES = [
  ['concede recurso que já tem dono', 'travas/locks.js', '!this.#donos.has(r) && this.#filas', 'this.#filas'],
  [
    'basta um recurso livre',
    'travas/locks.js',
    'return pedido.recursos.every(',
    'return pedido.recursos.some(',
  ],
  ['lease nunca vence', 'travas/locks.js', "else this.#encerrarLock(lock, 'expirado');", ''],
  [
    'lease medido pelo relógio do sistema',
    'travas/locks.js',
    'this.#relogio = relogio;',
    'this.#relogio = { ...relogio, agora: relogio.utcMs };',
  ],
  [
    'chegada pelo relógio do sistema',
    'travas/locks.js',
    'pedido.chegada = this.#relogio.agora();',
    'pedido.chegada = this.#relogio.utcMs();',
  ],
  ['nega antes do desfecho', 'travas/locks.js', 'ocupados = []', 'ocupados = lock.recursos'],
  ['quem tem a vez pode ser ultrapassado', 'travas/locks.js', ' && this.#filas.primeiro(r) === pedido', ''],
  ['quem fracassa não passa a vez', 'travas/locks.js', '    this.#avancar(tocados);\n', ''],
  [
    'desistente continua na fila',
    'travas/locks.js',
    "if (pedido.estado === 'fila') this.#filas.sair(pedido);",
    "if (pedido.estado === 'fila') ;",
  ],
  [
    'desistente continua na janela',
    'travas/locks.js',
    "else if (pedido.estado === 'candidato') this.#arbitro.retirar(pedido);",
    '',
  ],
  ['ordem de chegada', 'arbitragem/ordem.js', 'a.efetivoUs - b.efetivoUs ||', 'a.chegada - b.chegada ||'],
  ['empate pela chegada', 'arbitragem/ordem.js', 'a.uso - b.uso ||', 'a.chegada - b.chegada ||'],
  ['sorteio ignorado', 'arbitragem/ordem.js', 'comparar(sorteio(a), sorteio(b)) ||', ''],
  ['decide sem esperar os imaturos', 'arbitragem/ordem.js', 'if (limite >= ateUs) break;', ''],
  [
    'janela fecha na primeira que vencer',
    'arbitragem/janelas.js',
    'pedido.maduroEm = Math.max(pedido.maduroEm, disputa.fecha)',
    'pedido.maduroEm = disputa.fecha',
  ],
  [
    'parte solta do componente esquecida',
    'arbitragem/janelas.js',
    'else if (this.#emDisputa(outro)) pendentes.push(outro);',
    '',
  ],
  [
    'vizinho de quem saiu esquecido',
    'arbitragem/janelas.js',
    'if (vizinho) this.#avaliarEm(vizinho, this.#relogio.agora());',
    '',
  ],
  ['candidatos sem limite', 'arbitragem/janelas.js', 'this.#candidatos < candidatos', 'true'],
  [
    'janela um candidato maior',
    'arbitragem/janelas.js',
    'candidatos.size < porJanela',
    'candidatos.size <= porJanela',
  ],
  [
    'janelas sem limite',
    'arbitragem/janelas.js',
    '- disputados.length <= janelas',
    '- disputados.length >= 0',
  ],
  [
    'idade sem limite',
    'arbitragem/janelas.js',
    'Math.min(pedido.idadeMs, IDADE_MAXIMA_MS)',
    'pedido.idadeMs',
  ],
];

for (const [nome, arquivo, de, para] of MUTANTES) {
  test(`mutante apanhado: ${nome}`, async () => {
    const resultado = fc.check(viver(await mutar(arquivo, de, para)), {
      numRuns: 20_000,
      seed: 1,
      endOnFailure: true,
    });
    assert.ok(resultado.failed, 'o mutante sobreviveu: as propriedades não veem esta falha');
  });
}

/** O núcleo inteiro pelo relógio de parede: prazos, janelas e ordem. */
function peloRelogioDoSistema({ Locks, Janelas }) {
  const deParede = (portas) => ({ ...portas, relogio: { ...portas.relogio, agora: portas.relogio.utcMs } });
  return {
    Locks: class extends Locks {
      constructor(portas) {
        super(deParede(portas));
      }
    },
    Janelas: class extends Janelas {
      constructor(aoDecidir, portas) {
        super(aoDecidir, deParede(portas));
      }
    },
  };
}

test('mutante apanhado: tudo pelo relógio do sistema; e são os saltos que o denunciam', () => {
  const mutante = peloRelogioDoSistema(nucleo);
  const semSaltos = roteiros.map((roteiro) => ({ ...roteiro, saltos: [] }));
  fc.assert(viver(mutante, semSaltos), { numRuns: RODADAS / 4 });
  assert.ok(fc.check(viver(mutante), { numRuns: 20_000, seed: 1, endOnFailure: true }).failed);
});
