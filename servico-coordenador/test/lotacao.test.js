/** Janela lotada: 503 com Retry-After a quem não coube, e a decisão entre os que couberam é a de sempre. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Janelas, LIMITES } from '../src/arbitragem/janelas.js';
import { rotasDeLocks } from '../src/http/locks.js';
import { criarExpress } from '../src/http/rotas.js';
import { criarMetricas } from '../src/observabilidade/metricas.js';
import { Locks } from '../src/travas/locks.js';
import { ate, cliente, portaDe, SEGREDO } from './apoio/processo.js';
import { RelogioVirtual } from './apoio/relogio_virtual.js';

/** O Express de verdade, num socket de verdade, sobre um relógio que só anda quando mandam. */
async function montar(t, limites) {
  const relogio = new RelogioVirtual();
  const nada = () => {};
  const observador = { recebido: nada, respondido: nada, decidida: nada, encerrado: nada };
  let tokens = 0;
  let ids = 0;
  const locks = new Locks({
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
  const config = { segredo: SEGREDO, leaseMs: 60_000, janelaMs: 150 };
  const app = criarExpress({
    config,
    relogio,
    logs: { error: nada },
    metricas: criarMetricas(),
    locks: rotasDeLocks({ locks, config, relogio, observador }),
    eventos: { publicar: nada, assinar: nada },
    justica: nada,
    saude: { vivo: nada, pronto: nada },
  });
  const servidor = app.listen(0, '127.0.0.1');
  t.after(() => servidor.closeAllConnections() ?? servidor.close());
  await ate(() => servidor.listening, 'ouvir');
  const c = cliente(portaDe(servidor));
  const pedir = (solicitante, recurso, idadeMs) => c.lock(recurso, { solicitante, idade_ms: idadeMs });
  /** Pede e volta quando o pedido já disputa. */
  async function disputar(...pedido) {
    const antes = locks.estado().esperando;
    const resposta = pedir(...pedido);
    resposta.catch(() => {}); // quem fica sem resposta cai com o servidor, no fim do teste
    await ate(() => locks.estado().esperando === antes + 1, `${pedido[0]} disputar`);
    return { resposta };
  }
  return { relogio, pedir, disputar, salvar: (concessao) => c.unlock(concessao, 'SALVO') };
}

function cheio({ status, cabecalhos, corpo }) {
  assert.equal(status, 503);
  assert.ok(Number(cabecalhos['retry-after']) >= 1, JSON.stringify(cabecalhos));
  assert.match(corpo.detail, /pedidos demais/);
}

test('o que passa do limite de uma janela ouve 503, ainda que tenha clicado antes de todos', async (t) => {
  const { relogio, pedir, disputar, salvar } = await montar(t, { porJanela: 2 });
  const tarde = await disputar('tarde', 'slot', 0);
  const cedo = await disputar('cedo', 'slot', 20);
  cheio(await pedir('antes-de-todos', 'slot', 90));
  const outro = await disputar('outro', 'outro-slot', 0);
  relogio.correr({ ate: 1000 });
  const vencedor = await cedo.resposta;
  assert.equal(vencedor.corpo.arbitragem.candidatos.length, 2);
  assert.equal((await outro.resposta).status, 200);
  await salvar(vencedor.corpo.concessao);
  assert.equal((await tarde.resposta).status, 409);
});

test('o número de janelas e o de candidatos também têm limite', async (t) => {
  const janelas = await montar(t, { janelas: 1 });
  await janelas.disputar('a', 'um', 0);
  cheio(await janelas.pedir('b', 'dois', 0));
  const candidatos = await montar(t, { candidatos: 1 });
  await candidatos.disputar('a', 'um', 0);
  cheio(await candidatos.pedir('b', 'dois', 0));
  for (const limite of Object.values(LIMITES)) assert.ok(Number.isInteger(limite) && limite > 0);
});
