/**
 * O núcleo tal como é, ou uma cópia com uma proteção desligada por troca de texto (mutante). A cópia prova
 * que o teste sabe falhar sem que o produto tenha uma opção para desligar o que o protege.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));

async function importar(raiz) {
  const de = (arquivo) => import(pathToFileURL(path.join(raiz, arquivo)).href);
  const { Locks } = await de('travas/locks.js');
  const { Tokens } = await de('travas/tokens.js');
  const { Janelas } = await de('arbitragem/janelas.js');
  const { ordenar } = await de('arbitragem/ordem.js');
  return { Locks, Tokens, Janelas, ordenar };
}

export const nucleo = await importar(SRC);

/** @param {string} arquivo relativo a src/ @param {string} de trecho que existe uma só vez */
export async function mutar(arquivo, de, para) {
  const raiz = mkdtempSync(path.join(os.tmpdir(), 'sctec-mutante-'));
  try {
    for (const pasta of ['travas', 'arbitragem']) {
      cpSync(path.join(SRC, pasta), path.join(raiz, pasta), { recursive: true });
    }
    writeFileSync(path.join(raiz, 'package.json'), '{"type":"module"}');
    const alvo = path.join(raiz, arquivo);
    const texto = readFileSync(alvo, 'utf8');
    assert.equal(texto.split(de).length, 2, `o trecho a mutar deve existir uma só vez em ${arquivo}: ${de}`);
    writeFileSync(
      alvo,
      texto.replace(de, () => para),
    );
    return await importar(raiz);
  } finally {
    rmSync(raiz, { recursive: true });
  }
}
