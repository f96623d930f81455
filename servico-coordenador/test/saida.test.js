/** A saída de linhas: nada se perde nem troca de ordem; se quem lê para, a memória tem limite e o perdido é contado. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { setImmediate as ceder } from 'node:timers/promises';
import fc from 'fast-check';
import { Saida } from '../src/observabilidade/saida.js';

async function comPasta(usar) {
  const pasta = fs.mkdtempSync(path.join(os.tmpdir(), 'sctec-saida-'));
  try {
    return await usar(pasta);
  } finally {
    fs.rmSync(pasta, { recursive: true });
  }
}

async function gravar(arquivo, linhas, { pausaACada }) {
  const fd = fs.openSync(arquivo, 'w');
  const saida = new Saida(fd);
  for (const [i, linha] of linhas.entries()) {
    saida.write(linha);
    if (i % pausaACada === 0) await ceder();
  }
  await saida.esvaziar();
  fs.closeSync(fd);
  assert.equal(saida.perdidas, 0);
  return fs.readFileSync(arquivo, 'utf8');
}

test('toda linha chega, inteira e na ordem, de qualquer tamanho e com qualquer letra', () =>
  comPasta(async (pasta) => {
    const linha = fc
      .tuple(fc.string({ unit: 'binary', maxLength: 60 }), fc.constantFrom(1, 1, 1, 40, 6000))
      .map(([texto, vezes]) => `${texto.toWellFormed().repeat(vezes)}\n`);
    await fc.assert(
      fc.asyncProperty(
        fc.array(linha, { maxLength: 200 }),
        fc.integer({ min: 1, max: 50 }),
        async (linhas, pausaACada) => {
          const escrito = await gravar(path.join(pasta, 'linhas'), linhas, { pausaACada });
          assert.ok(escrito === linhas.join(''), 'o arquivo difere do que se escreveu');
        },
      ),
      { numRuns: 60 },
    );
  }));

test('quem lê para: o excesso se perde e é contado; ao voltar, o resto sai na ordem', () =>
  comPasta(async (pasta) => {
    const cano = path.join(pasta, 'cano');
    execFileSync('mkfifo', [cano]);
    const fd = fs.openSync(cano, fs.constants.O_RDWR | fs.constants.O_NONBLOCK);
    const saida = new Saida(fd);
    const resto = 'x'.repeat(1000);
    const total = 40_000;
    for (let i = 0; i < total; i += 1) saida.write(`${i} ${resto}\n`);
    assert.ok(saida.perdidas > 0 && saida.perdidas < total, `perdidas: ${saida.perdidas}`);
    const lidos = [];
    const pedaco = Buffer.alloc(1 << 16);
    let esvaziada = false;
    const fim = saida.esvaziar().then(() => {
      esvaziada = true;
    });
    const ler = () => {
      try {
        lidos.push(Buffer.from(pedaco.subarray(0, fs.readSync(fd, pedaco))));
        return true;
      } catch (erro) {
        if (erro.code !== 'EAGAIN') throw erro;
        return false;
      }
    };
    while (!esvaziada) {
      while (ler());
      await ceder();
    }
    await fim;
    while (ler());
    const numeros = Buffer.concat(lidos)
      .toString()
      .trimEnd()
      .split('\n')
      .map((l) => Number(l.split(' ')[0]));
    assert.equal(numeros.length, total - saida.perdidas);
    assert.ok(
      numeros.every((n, i) => i === 0 || n > numeros[i - 1]),
      'fora de ordem',
    );
    fs.closeSync(fd);
  }));
