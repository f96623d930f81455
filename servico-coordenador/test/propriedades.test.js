/** Propriedades 1 a 6 da justiça, em milhares de roteiros ao acaso, e um mutante para cada proteção. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Mundo } from './apoio/mundo.js';
import { mutar, nucleo } from './apoio/nucleo.js';
import { recalcular } from './apoio/oraculo.js';
import { roteiros } from './apoio/roteiros.js';

const RODADAS = 4000;

function viver(qual) {
  return fc.property(roteiros, (roteiro) => {
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
  fc.assert(fc.property(roteiros, (roteiro) => {
    const comSaltos = new Mundo(nucleo, roteiro).correr();
    const semSaltos = new Mundo(nucleo, { ...roteiro, saltos: [] }).correr();
    assert.deepEqual(comSaltos.historia, semSaltos.historia);
  }), { numRuns: RODADAS / 4 });
});

const MUTANTES = [
  ['concede recurso que já tem dono', 'travas/travas.js', '!this.#donos.has(r) && this.#filas', 'this.#filas'],
  ['basta um recurso livre', 'travas/travas.js', 'return pedido.recursos.every(', 'return pedido.recursos.some('],
  ['lease nunca vence', 'travas/travas.js', "else this.#encerrarConcessao(concessao, 'expirado');", ''],
  ['lease medido pelo relógio do sistema', 'travas/travas.js',
    'this.#relogio = relogio;', 'this.#relogio = { ...relogio, agora: relogio.utcMs };'],
  ['nega antes do desfecho', 'travas/travas.js', 'ocupados = []', 'ocupados = concessao.recursos'],
  ['quem tem a vez pode ser ultrapassado', 'travas/travas.js', ' && this.#filas.primeiro(r) === pedido', ''],
  ['quem fracassa não passa a vez', 'travas/travas.js', '    this.#avancar(tocados);\n', ''],
  ['desistente continua na fila', 'travas/travas.js', "if (pedido.estado === 'fila') this.#filas.sair(pedido);",
    "if (pedido.estado === 'fila') ;"],
  ['ordem de chegada', 'arbitragem/ordem.js', 'a.efetivoUs - b.efetivoUs ||', 'a.chegada - b.chegada ||'],
  ['empate pela chegada', 'arbitragem/ordem.js', 'a.uso - b.uso ||', 'a.chegada - b.chegada ||'],
  ['sorteio ignorado', 'arbitragem/ordem.js', 'comparar(sorteio(a), sorteio(b)) ||', ''],
  ['decide sem esperar os imaturos', 'arbitragem/ordem.js', 'if (limite >= ateUs) break;', ''],
  ['janela fecha na primeira que vencer', 'arbitragem/janelas.js',
    'pedido.maduroEm = Math.max(pedido.maduroEm, disputa.fecha)', 'pedido.maduroEm = disputa.fecha'],
  ['parte solta do componente esquecida', 'arbitragem/janelas.js',
    'else if (this.#emDisputa(outro)) pendentes.push(outro);', ''],
  ['vizinho de quem saiu esquecido', 'arbitragem/janelas.js',
    'if (vizinho) this.#avaliarEm(vizinho, this.#relogio.agora());', ''],
  ['idade sem limite', 'arbitragem/janelas.js', 'Math.min(pedido.idadeMs, IDADE_MAXIMA_MS)', 'pedido.idadeMs'],
];

for (const [nome, arquivo, de, para] of MUTANTES) {
  test(`mutante apanhado: ${nome}`, async () => {
    const resultado = fc.check(viver(await mutar(arquivo, de, para)), { numRuns: 20_000, seed: 1, endOnFailure: true });
    assert.ok(resultado.failed, 'o mutante sobreviveu: as propriedades não veem esta falha');
  });
}
