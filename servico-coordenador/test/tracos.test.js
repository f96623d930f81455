/** Os traços que saem do processo real para um coletor: de quem são os spans, de quem são filhos, e quando há silêncio. */
import assert from 'node:assert/strict';
import http from 'node:http';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { ate, portaDe, subir } from './apoio/processo.js';

const TRACO = '4bf92f3577b34da6a3ce929d0e0e4736';
const PAI = '00f067aa0ba902b7';
const HTTP = '@opentelemetry/instrumentation-http';
const EXPRESS = '@opentelemetry/instrumentation-express';
const rastreado = (traco, marcas = '01') => ({ cabecalhos: { traceparent: `00-${traco}-${PAI}-${marcas}` } });
const valor = ({ stringValue, intValue, doubleValue }) => stringValue ?? Number(intValue ?? doubleValue);
const atributos = (lista) => Object.fromEntries(lista.map(({ key, value }) => [key, valor(value)]));

/** Um coletor OTLP/HTTP que guarda os spans que recebe. */
async function coletor(t) {
  const spans = [];
  const servidor = http.createServer(async (req, res) => {
    for (const { resource, scopeSpans } of JSON.parse(await text(req)).resourceSpans) {
      for (const { scope, spans: recebidos } of scopeSpans) {
        for (const span of recebidos) {
          const recurso = atributos(resource.attributes);
          spans.push({ ...span, de: scope.name, recurso, atributos: atributos(span.attributes) });
        }
      }
    }
    res.end('{}');
  });
  t.after(() => servidor.close());
  servidor.listen(0, '127.0.0.1');
  await ate(() => servidor.listening, 'o coletor ouvir');
  const ambiente = {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${portaDe(servidor)}`,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: '20',
  };
  const doTraco = (traco) => spans.filter((span) => span.traceId === traco);
  return { ambiente, spans, doTraco };
}

test('um lock disputado: span do HTTP, do Express e da decisão, de pai para filho', async (t) => {
  const { ambiente, doTraco, spans } = await coletor(t);
  const { cliente: c, linhas } = await subir(t, {
    ambiente: { ...ambiente, OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=prova' },
  });
  const outro = 'a'.repeat(32);
  const espera = { janela_ms: 200 };
  const [dono] = await Promise.race([
    Promise.all([c.lock('slot', { ...espera, idade_ms: 1000 }, rastreado(TRACO))]),
    Promise.all([c.lock('slot', { ...espera, solicitante: 'c2' }, rastreado(outro))]),
  ]);
  await c.unlock(dono.corpo.concessao, 'SALVO');
  await ate(() => doTraco(TRACO).length >= 3 && doTraco(outro).length >= 2, 'chegarem os spans');

  const [servidor] = doTraco(TRACO).filter((span) => span.de === HTTP);
  const [caso] = doTraco(TRACO).filter((span) => span.de === EXPRESS);
  const [decisao] = doTraco(TRACO).filter((span) => span.de === 'servico-coordenador');
  assert.equal(doTraco(TRACO).length, 3);
  assert.deepEqual([servidor.name, servidor.parentSpanId], ['POST /lock', PAI]);
  assert.deepEqual([caso.name, caso.parentSpanId], ['request handler', servidor.spanId]);
  assert.deepEqual([decisao.name, decisao.parentSpanId], ['sctec.arbitragem', servidor.spanId]);
  assert.equal(decisao.atributos['sctec.arbitragem.criterio'], 'instante');
  assert.deepEqual(
    decisao.links.map(({ traceId }) => traceId),
    [outro],
  );
  assert.equal(servidor.atributos['http.route'], '/lock');
  assert.equal(servidor.atributos['http.response.status_code'], 200);
  assert.equal(servidor.atributos['sctec.lock.resultado'], 'concedido');
  assert.equal(servidor.atributos['sctec.fencing.token'], dono.corpo.token);
  for (const span of [...doTraco(TRACO), ...doTraco(outro)].filter(({ de }) => de === HTTP)) {
    assert.ok(
      span.events.some(({ name }) => name === 'sctec.arbitragem'),
      'a disputa não está no span do pedido',
    );
  }
  const { 'service.instance.id': instancia, ...recurso } = servidor.recurso;
  assert.match(instancia, /^[0-9a-f-]{36}$/);
  assert.deepEqual(recurso, {
    'service.name': 'servico-coordenador',
    'service.namespace': 'sctec',
    'service.version': '1.0.0',
    'deployment.environment.name': 'prova',
  });
  const doPedido = linhas.map((linha) => JSON.parse(linha)).filter((linha) => linha.trace_id === TRACO);
  assert.ok(doPedido.length >= 2 && doPedido.every((linha) => linha.span_id === servidor.spanId));
  const eventos = () => spans.flatMap((span) => span.events.map(({ name }) => name));
  await ate(
    () => eventos().includes('sctec.lock.encerrado'),
    'chegar o fim do lock, no traço de quem o devolveu',
  );
});

test('sondas, coletas e quem pede para não ser amostrado não deixam span', async (t) => {
  const { ambiente, spans, doTraco } = await coletor(t);
  const { cliente: c, linhas } = await subir(t, { ambiente });
  for (const caminho of ['/saude/vivo', '/saude/pronto', '/metrics']) await c.pedir('GET', caminho);
  await c.lock('calado', {}, rastreado('b'.repeat(32), '00'));
  await c.lock('ouvido', {}, rastreado(TRACO));
  await ate(() => doTraco(TRACO).length === 2, 'chegarem os spans');
  assert.deepEqual(new Set(spans.map((span) => span.traceId)), new Set([TRACO]));
  assert.ok(linhas.some((linha) => JSON.parse(linha).trace_id === 'b'.repeat(32)));
});

test('coletor ausente é silêncio: nada na saída de erros, e o fim não espera por ele', async (t) => {
  const {
    cliente: c,
    processo,
    fim,
    erros,
  } = await subir(t, {
    ambiente: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_BSP_SCHEDULE_DELAY: '20' },
  });
  for (let i = 0; i < 5; i += 1) assert.equal((await c.lock(`slot-${i}`)).status, 200);
  processo.kill('SIGTERM');
  assert.equal(await fim, 0);
  assert.equal(erros(), '');
});

test('sem destino, os ids existem nos logs e na resposta', async (t) => {
  const { cliente: c, linhas } = await subir(t);
  const { cabecalhos } = await c.lock('slot');
  assert.match(cabecalhos['x-trace-id'], /^(?!0{32})[0-9a-f]{32}$/);
  const concedido = JSON.parse(linhas.find((linha) => linha.includes('Lock concedido')));
  assert.equal(concedido.trace_id, cabecalhos['x-trace-id']);
  assert.match(concedido.span_id, /^(?!0{16})[0-9a-f]{16}$/);
});
