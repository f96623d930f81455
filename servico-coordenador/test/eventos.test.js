/** Anel e canal de eventos: nada se perde nem se repete entre uma queda e a volta. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { test } from 'node:test';
import fc from 'fast-check';
import { Anel } from '../src/eventos/anel.js';
import { Canal } from '../src/eventos/canal.js';
import { ate, subir } from './apoio/processo.js';

test('depois de qualquer id: exatamente o que falta, ou o aviso de que se perdeu', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(40), { maxLength: 60 }),
      fc.integer({ min: 1, max: 20 }),
      fc.nat(80),
      (tamanhos, maximo, visto) => {
        const anel = new Anel({ epoca: 7, maximo, maximoCaracteres: 300 });
        const todos = tamanhos.map((n) => anel.acrescentar('x', { d: 'a'.repeat(n) }).id);
        const faltam = todos.slice(visto);
        const volta = anel.depoisDe(`7-${visto}`);
        if (visto > todos.length) assert.equal(volta, null);
        else if (volta !== null)
          assert.deepEqual(
            volta.map((e) => e.id),
            faltam,
          );
        else assert.ok(faltam.length > maximo || tamanhos.slice(visto).reduce((s, n) => s + n + 8, 0) > 300);
        assert.equal(anel.depoisDe(`8-${visto}`), null, 'id de outra época');
        for (const lixo of ['', 'x', '7-', '7--1', '7-1e3', '-7-1']) assert.equal(anel.depoisDe(lixo), null);
      },
    ),
  );
});

/** Assinante por socket real; guarda o que chega e pode cair no meio. */
function assinar(porta, ultimoId, { pulsos = false } = {}) {
  const eventos = [];
  const req = http.get({
    host: '127.0.0.1',
    port: porta,
    path: '/eventos',
    agent: false,
    headers: ultimoId ? { 'last-event-id': ultimoId } : {},
  });
  req.on('error', () => {});
  const aberto = new Promise((resolver) => {
    req.on('response', (res) => {
      resolver(res);
      let texto = '';
      res
        .on('error', () => {})
        .setEncoding('utf8')
        .on('data', (pedaco) => {
          texto += pedaco;
          const blocos = texto.split('\n\n');
          texto = blocos.pop() ?? '';
          for (const bloco of blocos) {
            const campos = Object.fromEntries(
              bloco
                .split('\n')
                .filter((l) => /^(id|event|data):/.test(l))
                .map((l) => [l.slice(0, l.indexOf(':')), l.slice(l.indexOf(':') + 1).trim()]),
            );
            if (campos.event && (pulsos || campos.event !== 'pulso')) eventos.push(campos);
          }
        });
    });
  });
  return { eventos, aberto, cair: () => req.destroy() };
}

test('quem cai e volta com Last-Event-ID recebe tudo uma vez, na ordem', async (t) => {
  const { cliente: c, porta } = await subir(t);
  let n = 0;
  const publicar = async (quantos) => {
    const eventos = Array.from({ length: quantos }, () => ({
      tipo: 'agendamento.criado',
      dados: { n: (n += 1) },
    }));
    const { status } = await c.pedir('POST', '/eventos', { eventos });
    assert.equal(status, 202);
  };
  const recebidos = [];
  let ultimo;
  for (let volta = 0; volta < 4; volta += 1) {
    const assinante = assinar(porta, ultimo);
    const resposta = await assinante.aberto;
    assert.equal(resposta.headers['access-control-allow-origin'], '*');
    assert.match(resposta.headers['content-type'], /^text\/event-stream/);
    await publicar(20);
    await ate(() => assinante.eventos.at(-1)?.data === `{"n":${n}}`, 'chegar o último evento');
    recebidos.push(...assinante.eventos);
    ultimo = recebidos.at(-1).id;
    assinante.cair();
    await publicar(15);
  }
  const volta = assinar(porta, ultimo);
  await volta.aberto;
  await ate(() => volta.eventos.length === 15, 'chegar o que foi perdido');
  recebidos.push(...volta.eventos);
  volta.cair();
  assert.deepEqual(
    recebidos.map((e) => JSON.parse(e.data).n),
    Array.from({ length: n }, (_, i) => i + 1),
  );
});

test('sem novidade, o pulso chega sem avançar o histórico; quem só ouviu pulsos volta sem perder nada', async (t) => {
  const canal = new Canal({ anel: new Anel({ epoca: 7 }), pulsoMs: 5 });
  const servidor = http.createServer((req, res) => canal.assinar(req, res));
  t.after(() => {
    canal.encerrar();
    servidor.close();
  });
  await once(servidor.listen(0, '127.0.0.1'), 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (servidor.address());
  const assinante = assinar(port, undefined, { pulsos: true });
  await ate(() => assinante.eventos.length >= 3, 'chegarem três pulsos');
  assert.deepEqual([...new Set(assinante.eventos.map((e) => `${e.event} ${e.id}`))], ['pulso 7-0']);
  assinante.cair();
  canal.publicar('agendamento.criado', { n: 1 });
  const volta = assinar(port, '7-0');
  await ate(() => volta.eventos.length > 0, 'chegar o que se perdeu');
  assert.equal(volta.eventos[0].data, '{"n":1}');
  volta.cair();
});

test('histórico que já se foi, e id de outro início, pedem para recarregar', async (t) => {
  const { cliente: c, porta } = await subir(t);
  const { corpo } = await c.pedir('POST', '/eventos', { tipo: 'agenda.indisponivel', dados: {} });
  for (let i = 0; i < 11; i += 1) {
    const eventos = Array.from({ length: 100 }, () => ({ tipo: 'agenda.indisponivel', dados: {} }));
    await c.pedir('POST', '/eventos', { eventos });
  }
  for (const id of [corpo.id, '999999-1', 'lixo']) {
    const assinante = assinar(porta, id);
    await assinante.aberto;
    await ate(() => assinante.eventos.length > 0, 'chegar algo');
    assert.equal(assinante.eventos[0].event, 'recarregar');
    assinante.cair();
  }
});

test('publicar recusa tipo desconhecido, dados que não são objeto e lote vazio', async (t) => {
  const { cliente: c } = await subir(t);
  for (const corpo of [
    {},
    { tipo: 'x', dados: {} },
    { tipo: 'agendamento.criado' },
    { tipo: 'agendamento.criado', dados: [] },
    { eventos: [] },
    { eventos: [null] },
    { tipo: 'agendamento.criado', dados: {}, extra: 1 },
  ]) {
    assert.equal((await c.pedir('POST', '/eventos', corpo)).status, 400);
  }
});

test('a disputa decidida chega a quem assiste, sem dizer quem pediu', async (t) => {
  const { cliente: c, porta } = await subir(t);
  const assinante = assinar(porta);
  await assinante.aberto;
  const pedidos = ['ana-pessoal', 'bia-pessoal'].map((solicitante) =>
    c.lock('slot', { solicitante, janela_ms: 200 }),
  );
  const { corpo } = await Promise.race(pedidos);
  await c.unlock(corpo.concessao, 'SALVO');
  await Promise.all(pedidos);
  await ate(() => assinante.eventos.length === 1, 'chegar a decisão');
  assert.equal(assinante.eventos[0].event, 'arbitragem.decidida');
  assert.ok(!assinante.eventos[0].data.includes('pessoal'));
  assinante.cair();
});
