/** O que só se vê no processo real: esperas, quedas, reinícios, sinais, logs e disco. */
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ate, pastaDeDados, SEGREDO, subir } from './apoio/processo.js';

const esperando = (c, n) => ate(async () => (await c.locks()).esperando === n, `${n} pedidos à espera`);

test('quem espera só é negado depois que o dono salva', async (t) => {
  const { cliente: c } = await subir(t);
  const dono = (await c.lock('slot')).corpo;
  const outros = Array.from({ length: 9 }, () => c.lock('slot'));
  await esperando(c, 9);
  assert.equal((await c.unlock(dono.concessao, 'SALVO')).status, 200);
  for (const { status, corpo } of await Promise.all(outros)) {
    assert.equal(status, 409);
    assert.equal(corpo.motivo, 'RECURSO_OCUPADO');
    assert.equal(corpo.recurso, 'slot');
  }
});

test('dono que não salva, e dono que some, passam a vez na ordem de chegada', async (t) => {
  const { cliente: c } = await subir(t);
  const primeiro = (await c.lock('slot')).corpo;
  const segundo = c.lock('slot', { lease_ms: 100 });
  await esperando(c, 1);
  const terceiro = c.lock('slot');
  await esperando(c, 2);
  await c.unlock(primeiro.concessao);
  const grant2 = (await segundo).corpo;
  const grant3 = (await terceiro).corpo;
  assert.ok(primeiro.token < grant2.token && grant2.token < grant3.token);
  assert.equal(
    (await c.unlock(grant2.concessao, 'SALVO')).status,
    404,
    'o lease do segundo já tinha vencido',
  );
});

test('estranho não libera: só o id secreto da concessão', async (t) => {
  const { cliente: c, linhas, processo, fim } = await subir(t);
  const { corpo } = await c.lock('slot');
  for (const id of ['slot', 'c1', String(corpo.token), '00000000-0000-4000-8000-000000000000']) {
    assert.equal((await c.unlock(id, 'SALVO')).status, 404);
  }
  const sinal = AbortSignal.timeout(50);
  await assert.rejects(c.lock('slot', {}, { sinal }));
  const visto = JSON.stringify(await c.locks());
  assert.ok(!visto.includes(corpo.concessao), 'GET /locks mostra o segredo da concessão');
  processo.kill('SIGTERM');
  await fim;
  assert.ok(!linhas.join('\n').includes(corpo.concessao), 'o log mostra o segredo da concessão');
  assert.ok(!linhas.join('\n').includes(SEGREDO), 'o log mostra o segredo do coordenador');
});

test('mudança de horário: só quem disputa o que ficou ocupado é negado', async (t) => {
  const { cliente: c } = await subir(t);
  const mudanca = (await c.lock(['velho', 'novo'])).corpo;
  const noVelho = c.lock('velho');
  const noNovo = c.lock('novo');
  await esperando(c, 2);
  await c.unlock(mudanca.concessao, 'SALVO', { ocupados: ['novo'] });
  assert.equal((await noVelho).status, 200);
  assert.equal((await noNovo).status, 409);
});

test('cliente que desliga deixa a fila; o que desliga já atendido devolve o recurso', async (t) => {
  const { cliente: c } = await subir(t);
  const dono = (await c.lock('slot')).corpo;
  const controle = new AbortController();
  const desistente = c.lock('slot', {}, { sinal: controle.signal }).catch((erro) => erro);
  await esperando(c, 1);
  controle.abort();
  assert.equal((await desistente).name, 'AbortError');
  await esperando(c, 0);
  await c.unlock(dono.concessao);
  assert.equal((await c.lock('slot')).status, 200);
});

test('quem desliga com a janela aberta deixa de disputar', async (t) => {
  const { cliente: c } = await subir(t);
  const controle = new AbortController();
  const sinal = controle.signal;
  const primeiro = c.lock('slot', { janela_ms: 4000, idade_ms: 5000 }, { sinal }).catch((erro) => erro);
  await esperando(c, 1);
  const segundo = c.lock('slot', { solicitante: 'c2', janela_ms: 4000 });
  await esperando(c, 2);
  controle.abort();
  assert.equal((await primeiro).name, 'AbortError');
  const { status, corpo } = await segundo;
  assert.equal(status, 200);
  assert.deepEqual([corpo.arbitragem.criterio, corpo.arbitragem.candidatos.length], ['unico', 1]);
});

test('na janela, vence quem clicou antes, e o preterido recebe a regra e os dois instantes', async (t) => {
  const { cliente: c } = await subir(t);
  const tarde = c.lock('slot', {
    solicitante: 'perto',
    janela_ms: 300,
    idade_ms: 5,
    rtt_ms: 4,
    incerteza_ms: 2,
  });
  await esperando(c, 1);
  const cedo = c.lock('slot', {
    solicitante: 'longe',
    janela_ms: 300,
    idade_ms: 5000,
    rtt_ms: 250,
    incerteza_ms: 12,
  });
  const vencedor = (await cedo).corpo;
  assert.equal(vencedor.arbitragem.criterio, 'instante');
  assert.equal(vencedor.arbitragem.posicao, 0);
  assert.equal(vencedor.arbitragem.candidatos.length, 2);
  await c.unlock(vencedor.concessao, 'SALVO');
  const { status, corpo } = await tarde;
  assert.equal(status, 409);
  assert.equal(corpo.motivo, 'PRETERIDO');
  assert.equal(corpo.arbitragem.vencedor.codigo, vencedor.arbitragem.seu_codigo);
  assert.ok(corpo.arbitragem.vencedor.efetivo_ms < corpo.arbitragem.seu.efetivo_ms);
  assert.ok(!JSON.stringify(corpo).includes('longe'), 'o 409 diz quem venceu');
});

test('reiniciado com uma trava na mão, o token seguinte é maior e a concessão antiga não libera nada', async (t) => {
  const dados = pastaDeDados(t);
  /** @type {any} */
  let anterior = null;
  for (let i = 0; i < 4; i += 1) {
    const { cliente: c, processo, fim } = await subir(t, { dados });
    const { token, concessao } = (await c.lock('slot')).corpo;
    if (anterior) {
      assert.ok(token > anterior.token, 'o token voltou');
      assert.equal((await c.unlock(anterior.concessao, 'SALVO')).status, 404);
    }
    anterior = { token, concessao };
    processo.kill('SIGKILL');
    await fim;
  }
});

test('contador de tokens corrompido, ou sumido de uma pasta usada, impede o início e diz o remédio', async (t) => {
  const dados = pastaDeDados(t);
  const { processo, fim } = await subir(t, { dados });
  processo.kill('SIGTERM');
  assert.equal(await fim, 0);
  const arquivo = path.join(dados, 'coordenador-tokens');
  assert.match(readFileSync(arquivo, 'utf8'), /^sctec-tokens 1 reservado=\d+\n$/);
  for (const estrago of ['', 'lixo', 'sctec-tokens 1 reservado=-1\n', 'sctec-tokens 1 reservado=10']) {
    writeFileSync(arquivo, estrago);
    const ruim = await subir(t, { dados });
    assert.equal(await ruim.fim, 1);
    assert.match(ruim.erros(), /contador de tokens .* corrompido.*grave nele/s);
  }
  rmSync(arquivo);
  const sumido = await subir(t, { dados });
  assert.equal(await sumido.fim, 1);
  assert.match(sumido.erros(), /contador de tokens sumiu/);
});

test('os compromissos do sorteio sobrevivem ao reinício; segredos corrompidos impedem o início', async (t) => {
  const dados = pastaDeDados(t);
  const compromissos = [];
  for (let i = 0; i < 2; i += 1) {
    const { cliente: c, processo, fim } = await subir(t, { dados });
    compromissos.push((await c.pedir('GET', '/justica')).corpo.compromissos);
    processo.kill('SIGKILL');
    await fim;
  }
  assert.deepEqual(compromissos[0], compromissos[1]);
  writeFileSync(path.join(dados, 'coordenador-segredos'), '{');
  const ruim = await subir(t, { dados });
  assert.equal(await ruim.fim, 1);
  assert.match(ruim.erros(), /segredos do sorteio .* corrompido/s);
});

test('SIGTERM com gente esperando: 503 com Retry-After a quem espera, fim do fluxo SSE, saída 0', async (t) => {
  const { cliente: c, processo, porta, fim } = await subir(t);
  await c.lock('slot');
  const fila = [c.lock('slot'), c.lock('slot'), c.lock('livre', { janela_ms: 5000 })];
  await esperando(c, 3);
  const fluxo = await fetch(`http://127.0.0.1:${porta}/eventos`);
  processo.kill('SIGTERM');
  for (const { status, cabecalhos, corpo } of await Promise.all(fila)) {
    assert.equal(status, 503);
    assert.ok(Number(cabecalhos['retry-after']) >= 1);
    assert.match(corpo.detail, /encerrando/);
  }
  await fluxo.text();
  assert.equal(await fim, 0);
});

test('as frases do contrato saem na ordem, em JSON e em texto, e também no arquivo', async (t) => {
  for (const formato of ['json', 'texto']) {
    const dados = pastaDeDados(t);
    const arquivo = path.join(dados, 'logs', 'app.log');
    const {
      cliente: c,
      processo,
      fim,
      linhas,
    } = await subir(t, { dados, ambiente: { SCTEC_LOG_FORMATO: formato, SCTEC_LOG_ARQUIVO: arquivo } });
    const R = 'Hubble-Acad_2026-12-01T03:00:00Z';
    const dono = (await c.lock(R)).corpo;
    const outro = c.lock(R);
    await esperando(c, 1);
    await c.unlock(dono.concessao, 'SALVO');
    await outro;
    await c.lock(R, { lease_ms: 100 });
    await ate(async () => (await c.locks()).total === 0, 'o lease vencer');
    processo.kill('SIGTERM');
    await fim;
    const mensagem = (l) =>
      formato === 'json' ? JSON.parse(l).message : l.split(':servico-coordenador:')[1];
    const frases = linhas.map(mensagem).filter((m) => m.includes(R));
    assert.deepEqual(frases, [
      `Recebido pedido de lock para recurso ${R}`,
      `Lock concedido para recurso ${R}`,
      `Recebido pedido de lock para recurso ${R}`,
      `Lock para o recurso ${R} liberado`,
      `Recurso ${R} já em uso, negando lock`,
      `Recebido pedido de lock para recurso ${R}`,
      `Lock concedido para recurso ${R}`,
      `Lock para o recurso ${R} expirado`,
    ]);
    assert.equal(readFileSync(arquivo, 'utf8'), `${linhas.join('\n')}\n`);
    if (formato === 'texto') {
      for (const l of linhas) assert.match(l, /^[A-Z]+:\d{4}-\d\d-\d\dT[\d:.]+Z:servico-coordenador:./);
    } else {
      const linha = JSON.parse(linhas.find((l) => l.includes('Lock concedido')));
      for (const campo of [
        'timestamp_utc',
        'level',
        'service',
        'message',
        'trace_id',
        'span_id',
        'request_id',
      ]) {
        assert.equal(typeof linha[campo], 'string', campo);
      }
      assert.equal(linha.level, 'INFO');
    }
  }
});

test('configuração errada impede o início com o nome da variável', async (t) => {
  const erradas = {
    PORTA_COORDENADOR: 'abc',
    SCTEC_LEASE_MS: '99',
    SCTEC_JANELA_JUSTICA_MS: '5001',
    SCTEC_LOG_FORMATO: 'xml',
    SCTEC_SEGREDO_COORDENADOR: 'curto',
    SCTEC_INVENTADA: '1',
  };
  for (const [nome, valor] of Object.entries(erradas)) {
    const ruim = await subir(t, { ambiente: { [nome]: valor } });
    assert.equal(await ruim.fim, 1);
    assert.ok(ruim.erros().includes(nome), ruim.erros());
  }
  const { porta } = await subir(t);
  const ocupada = await subir(t, { ambiente: { PORTA_COORDENADOR: String(porta) } });
  assert.equal(await ocupada.fim, 1);
  assert.match(ocupada.erros(), /porta \d+ está ocupada.*PORTA_COORDENADOR/);
});
