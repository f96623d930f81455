/** Fencing tokens: nunca voltam e nunca saem sem reserva no disco, com quedas e disco cheio em qualquer ponto. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RelogioVirtual } from './apoio/relogio_virtual.js';
import { mutar, nucleo } from './apoio/nucleo.js';

/** Depósito em memória: o que foi gravado sobrevive ao processo; pode encher. */
function discoDeMentira() {
  const disco = {
    nome: 'disco',
    texto: /** @type {string|null} */ (null),
    cheio: false,
    ler: async () => disco.texto,
    async gravar(texto) {
      if (disco.cheio) throw Object.assign(new Error('sem espaço'), { code: 'ENOSPC' });
      disco.texto = texto;
    },
  };
  return disco;
}

const passos = fc.array(
  fc.oneof(
    fc.record({ faz: fc.constant('pedir'), n: fc.integer({ min: 1, max: 9000 }) }),
    fc.record({ faz: fc.constantFrom('matar', 'encher', 'esvaziar', 'assentar') }),
  ),
  { minLength: 1, maxLength: 20 },
);

async function viver({ Tokens }, roteiro) {
  const disco = discoDeMentira();
  const relogio = new RelogioVirtual();
  const abrir = () => Tokens.abrir({ deposito: disco, relogio, jaServiu: false, aoFalhar() {} });
  let tokens = await abrir();
  let maior = 0;
  for (const { faz, n } of roteiro) {
    if (faz === 'pedir') {
      for (let i = 0; i < n; i += 1) {
        const token = tokens.proximo();
        if (token === null) continue;
        assert.ok(token > maior, 'o token não cresceu');
        maior = token;
        assert.ok(token <= Number(disco.texto?.match(/\d+$/m)?.[0]), 'token sem reserva no disco');
      }
    } else if (faz === 'encher') disco.cheio = true;
    else if (faz === 'assentar') await new Promise(setImmediate);
    else {
      disco.cheio = false;
      if (faz === 'matar') tokens = await abrir();
    }
  }
}

test('tokens crescem através de quedas e disco cheio, sempre reservados antes', async () => {
  await fc.assert(
    fc.asyncProperty(passos, (roteiro) => viver(nucleo, roteiro)),
    { numRuns: 150 },
  );
});

for (const [nome, de, para] of [
  ['contador recomeça', 'this.#ultimo = marca;', 'this.#ultimo = 0;'],
  ['token sai sem reserva', 'if (this.#ultimo >= this.#reservado) return null;', ''],
  [
    'reserva vale antes de gravada',
    'await this.#deposito.gravar(',
    'this.#reservado = marca; await this.#deposito.gravar(',
  ],
]) {
  test(`mutante apanhado: ${nome}`, async () => {
    const mutante = await mutar('travas/tokens.js', de, para);
    const { failed } = await fc.check(
      fc.asyncProperty(passos, (roteiro) => viver(mutante, roteiro)),
      { numRuns: 300, seed: 1, endOnFailure: true },
    );
    assert.ok(failed, 'o mutante sobreviveu');
  });
}

test('disco cheio: nenhum token além do reservado, e volta sozinho quando há espaço', async () => {
  const disco = discoDeMentira();
  const relogio = new RelogioVirtual();
  const falhas = [];
  const tokens = await nucleo.Tokens.abrir({
    deposito: disco,
    relogio,
    jaServiu: false,
    aoFalhar: (erro) => falhas.push(erro.code),
  });
  disco.cheio = true;
  let dados = 0;
  while (tokens.proximo() !== null) {
    dados += 1;
    if (dados % 1000 === 0) await new Promise(setImmediate);
  }
  assert.equal(dados, 10_000);
  assert.equal(tokens.disponivel, false);
  assert.deepEqual(falhas, ['ENOSPC'], 'insistir no disco a cada pedido só o atrasaria');
  disco.cheio = false;
  relogio.agendar(1000, () => {});
  relogio.correr();
  assert.equal(tokens.proximo(), null);
  await new Promise(setImmediate);
  assert.equal(tokens.proximo(), 10_001);
});

test('o contador alcança o que já se viu, e só entrega depois de reservá-lo no disco', async () => {
  const disco = discoDeMentira();
  const abrir = () =>
    nucleo.Tokens.abrir({ deposito: disco, relogio: new RelogioVirtual(), jaServiu: false, aoFalhar() {} });
  const tokens = await abrir();
  assert.equal(tokens.proximo(), 1);
  // Além do bloco: nada sai até que a nova marca esteja no disco.
  assert.equal(tokens.proximo(50_000), null);
  await new Promise(setImmediate);
  assert.equal(tokens.proximo(50_000), 50_001);
  assert.equal(tokens.proximo(7), 50_002, 'o que se viu nunca faz o contador voltar');
  assert.ok(/** @type {number} */ ((await abrir()).proximo()) > 50_002);
});
