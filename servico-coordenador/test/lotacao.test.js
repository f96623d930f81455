/** Janela lotada: 503 com Retry-After a quem não coube, e a decisão entre os que couberam é a de sempre. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Janelas, LIMITES } from '../src/arbitragem/janelas.js';
import { rotasDeTravas } from '../src/http/travas.js';
import { Travas } from '../src/travas/travas.js';
import { RelogioVirtual } from './apoio/relogio_virtual.js';

function montar(limites) {
  const relogio = new RelogioVirtual();
  const nada = () => {};
  const observador = {
    recebido: nada,
    respondido: nada,
    decidida: nada,
    encerrada: nada,
    liberacaoDesconhecida: nada,
  };
  let tokens = 0;
  let ids = 0;
  const travas = new Travas({
    relogio,
    observador,
    tokens: { proximo: () => (tokens += 1) },
    novoId: () => `g${(ids += 1)}`,
    criarArbitro: (aoDecidir) =>
      new Janelas(aoDecidir, {
        relogio,
        limites,
        segredoDe: () => ({ dia: '2026-12-01', segredo: Buffer.alloc(32), compromisso: 'c' }),
        chaveDosCodigos: 'chave',
        novaJanela: () => '1-1',
      }),
  });
  const rotas = rotasDeTravas({ travas, relogio, observador, config: { leaseMs: 60_000, janelaMs: 150 } });
  const pedir = async (solicitante, recurso, idadeMs) =>
    rotas.lock({ recurso, solicitante, idade_ms: idadeMs }, {});
  return { relogio, pedir, salvar: (concessao) => rotas.unlock({ concessao, desfecho: 'SALVO' }, {}) };
}

const cheio = (erro) => {
  assert.equal(erro.status, 503);
  assert.ok(Number(erro.cabecalhos['Retry-After']) >= 1, JSON.stringify(erro.cabecalhos));
  assert.match(erro.message, /pedidos demais/);
  return true;
};

test('o que passa do limite de uma janela ouve 503, ainda que tenha clicado antes de todos', async () => {
  const { relogio, pedir, salvar } = montar({ porJanela: 2 });
  const tarde = pedir('tarde', 'slot', 0);
  const cedo = pedir('cedo', 'slot', 20);
  await assert.rejects(pedir('antes-de-todos', 'slot', 90), cheio);
  const outro = pedir('outro', 'outro-slot', 0);
  relogio.correr({ ate: 1000 });
  const vencedor = await cedo;
  assert.equal(vencedor.corpo.arbitragem.candidatos.length, 2);
  assert.equal((await outro).status, 200);
  salvar(vencedor.corpo.concessao);
  await assert.rejects(tarde, (erro) => erro.status === 409);
});

test('o número de janelas e o de candidatos também têm limite', async () => {
  const janelas = montar({ janelas: 1 });
  janelas.pedir('a', 'um', 0);
  await assert.rejects(janelas.pedir('b', 'dois', 0), cheio);
  const candidatos = montar({ candidatos: 1 });
  candidatos.pedir('a', 'um', 0);
  await assert.rejects(candidatos.pedir('b', 'dois', 0), cheio);
  for (const limite of Object.values(LIMITES)) assert.ok(Number.isInteger(limite) && limite > 0);
});
