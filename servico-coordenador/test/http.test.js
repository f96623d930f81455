/** Entradas, autenticação e formatos, contra o processo real. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { SEGREDO, subir } from './apoio/processo.js';

let servico;
let c;
before(async (t) => {
  servico = await subir(t);
  c = servico.cliente;
});

const problema = (resposta, status) => {
  assert.equal(resposta.status, status, resposta.texto);
  assert.match(resposta.tipo, /^application\/problem\+json(;|$)/);
  assert.equal(resposta.corpo.status, status);
  assert.match(resposta.corpo.type, /^urn:sctec:erro:[a-z-]+$/);
  assert.equal(resposta.corpo.request_id, resposta.cabecalhos['x-request-id']);
  assert.equal(resposta.corpo.trace_id, resposta.cabecalhos['x-trace-id']);
};

const invalidos = {
  null: 'null',
  lista: '[]',
  truncado: '{"recurso":"a"',
  vazio: '',
  texto: '"oi"',
  número: '3',
  'não UTF-8': Buffer.from([0x7b, 0xff]),
  'texto que não é UTF-8': Buffer.from('{"recurso":"\xff","solicitante":"x"}', 'latin1'),
  'sem recurso': { solicitante: 'x' },
  'dois modos': { recurso: 'a', recursos: ['a'], solicitante: 'x' },
  'objeto como recurso': { recurso: {}, solicitante: 'x' },
  'número como recurso': { recurso: 1, solicitante: 'x' },
  'recurso vazio': { recurso: '', solicitante: 'x' },
  'recurso em branco': { recurso: '  ', solicitante: 'x' },
  'recurso com controle': { recurso: 'a\u0000b', solicitante: 'x' },
  'recurso com quebra de linha': { recurso: 'a\nb', solicitante: 'x' },
  'substituto solto': '{"recurso":"\\ud800","solicitante":"x"}',
  'recurso longo': { recurso: 'a'.repeat(257), solicitante: 'x' },
  'lista vazia': { recursos: [], solicitante: 'x' },
  'lista grande': { recursos: Array.from({ length: 513 }, (_, i) => `r${i}`), solicitante: 'x' },
  'item inválido': { recursos: ['a', null], solicitante: 'x' },
  'sem solicitante': { recurso: 'a' },
  'lease curto': { recurso: 'a', solicitante: 'x', lease_ms: 99 },
  'lease longo': { recurso: 'a', solicitante: 'x', lease_ms: 60_001 },
  'lease fracionário': { recurso: 'a', solicitante: 'x', lease_ms: 100.5 },
  'lease em texto': { recurso: 'a', solicitante: 'x', lease_ms: '2000' },
  'idade negativa': { recurso: 'a', solicitante: 'x', idade_ms: -1 },
  'idade infinita': '{"recurso":"a","solicitante":"x","idade_ms":1e999}',
  'janela grande': { recurso: 'a', solicitante: 'x', janela_ms: 5001 },
  'campo desconhecido': { recurso: 'a', solicitante: 'x', prioridade: 1 },
  '__proto__ como campo': '{"recurso":"a","solicitante":"x","__proto__":{}}',
};

for (const [nome, corpo] of Object.entries(invalidos)) {
  test(`/lock recusa ${nome} com campo e remédio`, async () => {
    const resposta = await c.pedir('POST', '/lock', corpo);
    problema(resposta, 400);
    for (const erro of resposta.corpo.erros) assert.ok(erro.mensagem && erro.remedio && 'campo' in erro);
  });
}

for (const nome of [
  '__proto__',
  'constructor',
  'toString',
  'Órion_2026-12-01T03:00:00Z',
  'recurso com espaço',
]) {
  test(`${nome} é um nome de recurso como outro qualquer`, async () => {
    const { status, corpo } = await c.lock(nome);
    assert.equal(status, 200);
    assert.deepEqual(corpo.recursos, [nome]);
    assert.equal((await c.unlock(corpo.concessao)).status, 200);
  });
}

test('sem segredo, com segredo errado ou quase certo: 401 em toda rota interna', async () => {
  const rotas = [
    ['POST', '/lock'],
    ['POST', '/unlock'],
    ['POST', '/renovar'],
    ['POST', '/eventos'],
    ['GET', '/locks'],
  ];
  for (const [metodo, caminho] of rotas) {
    const errados = [
      null,
      'outro-segredo-qualquer',
      `${SEGREDO}x`,
      SEGREDO.slice(0, -1),
      `é${SEGREDO.slice(1)}`,
    ];
    for (const segredo of errados) {
      const resposta = await c.pedir(metodo, caminho, metodo === 'POST' ? {} : undefined, { segredo });
      problema(resposta, 401);
      assert.match(resposta.cabecalhos['www-authenticate'], /^Bearer/);
    }
  }
});

test('método errado: 405 com Allow; endereço desconhecido: 404', async () => {
  for (const [metodo, caminho, permitidos] of [
    ['GET', '/lock', 'POST'],
    ['DELETE', '/unlock', 'POST'],
    ['PUT', '/eventos', 'POST, GET, HEAD'],
    ['POST', '/locks', 'GET, HEAD'],
    ['POST', '/metrics', 'GET, HEAD'],
    ['PATCH', '/renovar', 'POST'],
  ]) {
    const resposta = await c.pedir(metodo, caminho, ['GET', 'DELETE'].includes(metodo) ? undefined : {});
    problema(resposta, 405);
    assert.equal(resposta.cabecalhos.allow, permitidos);
  }
  for (const caminho of ['/', '/lock/', '/Lock', '/nada', '/lock%00'])
    problema(await c.pedir('GET', caminho), 404);
});

test('tipo errado ou comprimido: 415; grande demais: 413, declarado ou não', async () => {
  const corpo = { recurso: 'a', solicitante: 'x' };
  for (const cabecalhos of [
    { 'content-type': 'text/plain' },
    { 'content-type': 'application/json; charset=latin1' },
    { 'content-encoding': 'gzip' },
  ]) {
    problema(await c.pedir('POST', '/lock', corpo, { cabecalhos }), 415);
  }
  const aceito = await c.pedir(
    'POST',
    '/lock',
    { ...corpo, recurso: 'utf' },
    { cabecalhos: { 'content-type': 'Application/JSON; charset="UTF-8"' } },
  );
  assert.equal(aceito.status, 200);
  for (const cabecalhos of [{}, { 'transfer-encoding': 'chunked' }]) {
    const enorme = JSON.stringify({ ...corpo, x: 'a'.repeat(1_000_000) });
    problema(await c.pedir('POST', '/lock', enorme, { cabecalhos }), 413);
  }
});

test('request_id e traceparent de quem chamou seguem na resposta e nas linhas; inválidos são trocados', async () => {
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const cabecalhos = { 'x-request-id': 'pedido-42', traceparent: `00-${trace}-00f067aa0ba902b7-01` };
  const { corpo, cabecalhos: volta } = await c.lock('rastreado', {}, { cabecalhos });
  assert.equal(volta['x-request-id'], 'pedido-42');
  assert.equal(volta['x-trace-id'], trace);
  await c.unlock(corpo.concessao, 'SALVO');
  const zeros = await c.lock(
    'outro',
    {},
    { cabecalhos: { 'x-request-id': 'com espaço', traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` } },
  );
  assert.match(zeros.cabecalhos['x-request-id'], /^[0-9a-f-]{36}$/);
  assert.match(zeros.cabecalhos['x-trace-id'], /^(?!0{32})[0-9a-f]{32}$/);
});

test('o lote libera o que existe e devolve o que não conhece', async () => {
  const a = (await c.lock('lote-a')).corpo.concessao;
  const b = (await c.lock('lote-b')).corpo.concessao;
  const { status, corpo } = await c.pedir('POST', '/unlock', {
    concessoes: [{ concessao: a, desfecho: 'SALVO' }, { concessao: 'nenhuma' }, { concessao: b }],
  });
  assert.equal(status, 200);
  assert.deepEqual(corpo, { liberadas: 2, desconhecidas: ['nenhuma'] });
  for (const ruim of [[], [null], [{ concessao: 1 }], [{ concessao: a, desfecho: 'TALVEZ' }]]) {
    problema(await c.pedir('POST', '/unlock', { concessoes: ruim }), 400);
  }
});

test('o token concedido passa do maior que quem pede já viu', async () => {
  const { token } = (await c.lock('vista', { tokens_acima_de: 0 })).corpo;
  const visto = token + 1000;
  assert.equal((await c.lock('outra-vista', { tokens_acima_de: visto })).corpo.token, visto + 1);
  assert.equal((await c.lock('mais-uma-vista')).corpo.token, visto + 2);
  assert.equal((await c.lock('visto-demais', { tokens_acima_de: 2 ** 50 })).status, 400);
});

test('renovar estende só concessão viva', async () => {
  const { corpo } = await c.lock('renovada', { lease_ms: 500 });
  const renovada = await c.pedir('POST', '/renovar', { concessao: corpo.concessao, lease_ms: 60_000 });
  assert.equal(renovada.status, 200);
  assert.ok(renovada.corpo.expira_em_utc > corpo.expira_em_utc);
  problema(await c.pedir('POST', '/renovar', { concessao: 'nenhuma' }), 404);
});

test('toda série de rótulos conhecidos nasce em zero', async (t) => {
  const { cliente } = await subir(t);
  const { texto } = await cliente.pedir('GET', '/metrics', undefined, { segredo: null });
  for (const serie of [
    'sctec_lock_acquire_total{resultado="preterido"}',
    'sctec_lock_release_total{resultado="desconhecida"}',
    'sctec_arbitragem_total{criterio="sorteio"}',
    'sctec_lock_wait_seconds_count{resultado="recurso_ocupado"}',
    'sctec_lock_hold_seconds_count{fim="expirado"}',
    'sctec_log_lines_dropped_total',
  ]) {
    assert.ok(texto.includes(`\n${serie} 0\n`), serie);
  }
});

test('saúde, métricas e justiça são públicas, e nenhuma traz segredo', async () => {
  for (const caminho of ['/saude/vivo', '/saude/pronto', '/justica', '/metrics']) {
    const resposta = await c.pedir('GET', caminho, undefined, { segredo: null });
    assert.equal(resposta.status, 200);
    assert.ok(!resposta.texto.includes(SEGREDO));
  }
  const emTexto = await c.pedir('GET', '/metrics', undefined, { cabecalhos: { accept: 'text/plain' } });
  assert.match(emTexto.tipo, /^text\/plain/);
  const { texto, tipo } = await c.pedir('GET', '/metrics', undefined, {
    segredo: null,
    cabecalhos: { accept: 'application/openmetrics-text' },
  });
  assert.match(tipo, /openmetrics-text/);
  assert.match(texto, /# EOF\n$/);
  const justica = (await c.pedir('GET', '/justica')).corpo;
  assert.equal(justica.compromissos.length, 8);
  assert.equal(justica.revelados.length, 0);
});
