/** O sorteio do dia: compromisso antes, segredo só depois, e o resumo que qualquer um refaz. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { Segredos } from '../src/arbitragem/segredos.js';
import { codigoDe, compromissoDe, sortear } from '../src/arbitragem/sorteio.js';

const HORA = 3_600_000;
/** Refeito em Python com struct e hashlib, fora daqui. */
const VETOR = '83054332e960a63712f4ba756ffcb93c71632a73854bcf2c4cf08276e9a4a31f';
const MEIO_DIA = Date.UTC(2026, 11, 1, 12);

/** @param {any} estado */
async function abrir(estado = { dias: [] }, utcMs = MEIO_DIA) {
  let n = 0;
  const cofre = {
    ler: async () => estado.dias.map((d) => ({ ...d, gravado: true })),
    async gravar(dias) {
      if (estado.cheio) throw new Error('sem espaço');
      estado.dias = dias;
    },
  };
  const segredos = await Segredos.abrir({
    cofre,
    novoSegredo: () => Buffer.alloc(32, (n += 1)),
    utcMs,
    aoFalhar: (erro) => {
      estado.erro = erro;
    },
  });
  return { segredos, estado };
}

test('cada dia tem compromisso publicado antes de começar, menos o do primeiro início', async () => {
  const { segredos } = await abrir();
  const { compromissos } = segredos.publicos(MEIO_DIA);
  assert.deepEqual(
    compromissos.map((c) => c.antecipado),
    [false, ...Array(7).fill(true)],
  );
});

test('o segredo aparece só depois do fim do dia e da folga, e confere com o compromisso', async () => {
  const { segredos } = await abrir();
  const hoje = segredos.doDia(MEIO_DIA);
  for (const cedo of [MEIO_DIA, MEIO_DIA + 12 * HORA, MEIO_DIA + 13 * HORA - 1]) {
    assert.deepEqual(segredos.publicos(cedo).revelados, []);
  }
  const [revelado, ...resto] = segredos.publicos(MEIO_DIA + 13 * HORA).revelados;
  assert.equal(resto.length, 0);
  assert.equal(revelado.segredo, hoje.segredo.toString('hex'));
  assert.equal(
    createHash('sha256').update(Buffer.from(revelado.segredo, 'hex')).digest('hex'),
    revelado.compromisso,
  );
});

test('reinício guarda os mesmos segredos e só cria os que faltam', async () => {
  const { segredos, estado } = await abrir();
  const antes = segredos.publicos(MEIO_DIA).compromissos;
  const depois = (await abrir(estado, MEIO_DIA + 48 * HORA)).segredos.publicos(
    MEIO_DIA + 48 * HORA,
  ).compromissos;
  assert.deepEqual(depois.slice(0, 8), antes);
  assert.equal(depois.length, 10);
});

test('compromisso que não chegou ao disco não é publicado; gravado depois, passa a ser', async () => {
  const { segredos, estado } = await abrir({ dias: [], cheio: true });
  assert.equal(estado.erro.message, 'sem espaço');
  assert.deepEqual(segredos.publicos(MEIO_DIA).compromissos, []);
  estado.cheio = false;
  await segredos.garantir(MEIO_DIA);
  assert.equal(segredos.publicos(MEIO_DIA).compromissos.length, 8);
});

test('o enquadramento separa os campos, e o resumo de um caso conhecido não muda', () => {
  const segredo = Buffer.alloc(32, 7);
  assert.notEqual(sortear(segredo, 'ab', 'c', 'd'), sortear(segredo, 'a', 'bc', 'd'));
  assert.equal(sortear(segredo, 'Hubble-Acad_2026-12-01T03:00:00Z', '1-1', '0123456789abcdef'), VETOR);
  assert.equal(compromissoDe(segredo), createHash('sha256').update(segredo).digest('hex'));
});

test('o código depende de quem pede e da janela, não de quantas vezes pede', () => {
  assert.equal(codigoDe('k', '1-1', 'ana'), codigoDe('k', '1-1', 'ana'));
  assert.notEqual(codigoDe('k', '1-1', 'ana'), codigoDe('k', '1-2', 'ana'));
  assert.notEqual(codigoDe('k', '1-1', 'ana'), codigoDe('k', '1-1', 'bia'));
  assert.match(codigoDe('k', '1-1', 'ana'), /^[0-9a-f]{16}$/);
});
