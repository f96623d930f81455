/**
 * Traços: contexto W3C (https://www.w3.org/TR/trace-context/) em toda requisição; spans só se há a quem mandá-los.
 *
 * Sem `OTEL_EXPORTER_OTLP_ENDPOINT` nada do SDK é carregado: os ids existem, para os logs e as respostas. Com
 * ele, poucos spans por pedido, abertos à mão com os atributos das convenções semânticas (decisão 0025). A amostragem
 * vem de `OTEL_TRACES_SAMPLER` e `OTEL_TRACES_SAMPLER_ARG`; coletor ausente é silêncio, nunca erro.
 */
import { randomBytes } from 'node:crypto';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { SERVICO } from './logs.js';

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const SO_ZEROS = /^0+$/;
const PRAZO_DO_ENVIO_FINAL_MS = 2000;
const LOTES = { maxQueueSize: 8192, maxExportBatchSize: 512, scheduledDelayMillis: 1000 };

function interpretar(cabecalho) {
  const partes = typeof cabecalho === 'string' ? TRACEPARENT.exec(cabecalho) : null;
  if (!partes || SO_ZEROS.test(partes[1]) || SO_ZEROS.test(partes[2])) return null;
  return {
    traceId: partes[1],
    spanId: partes[2],
    traceFlags: Number.parseInt(partes[3], 16),
    isRemote: true,
  };
}

let acaso = Buffer.alloc(0);
let usado = 0;

/** Ids não são segredos, mas devem ser únicos: o acaso é tirado aos blocos, que é barato. */
function novoId(bytes) {
  if (usado + bytes > acaso.length) {
    acaso = randomBytes(4096);
    usado = 0;
  }
  usado += bytes;
  return acaso.toString('hex', usado - bytes, usado);
}

/**
 * @param {string} rota
 * @param {import('node:http').IncomingMessage} req
 * @returns {{trace_id: string, span_id: string, span: import('@opentelemetry/api').Span|null}} `span` só se amostrado
 */
function identificar(_rota, req) {
  const pai = interpretar(req.headers.traceparent);
  return { trace_id: pai?.traceId ?? novoId(16), span_id: novoId(8), span: null };
}

const SEM_EXPORTAR = {
  identificar,
  receber: identificar,
  etapa() {},
  publicado() {},
  responder() {},
  async encerrar() {},
};

function endereco(host = '') {
  const [, nome, porta] = /^(.*?)(?::(\d+))?$/.exec(host);
  return porta ? { 'server.address': nome, 'server.port': Number(porta) } : { 'server.address': nome };
}

function exportando(rastreador) {
  return function receber(rota, req) {
    const pai = interpretar(req.headers.traceparent);
    const contexto = pai ? trace.setSpanContext(ROOT_CONTEXT, pai) : ROOT_CONTEXT;
    const span = rastreador.startSpan(
      `${req.method} ${rota}`,
      {
        kind: SpanKind.SERVER,
        attributes: {
          'http.request.method': req.method,
          'http.route': rota,
          'url.scheme': 'http',
          'url.path': rota,
          ...endereco(req.headers.host),
        },
      },
      contexto,
    );
    const { traceId, spanId } = span.spanContext();
    return { trace_id: traceId, span_id: spanId, span: span.isRecording() ? span : null };
  };
}

/** Os nomes de `OTEL_TRACES_SAMPLER` da especificação; o padrão segue quem chamou e, sem ele, amostra tudo. */
function criarAmostrador(nome, argumento, sdk) {
  const daFamilia = nome.startsWith('parentbased_') ? nome.slice('parentbased_'.length) : nome;
  const raizes = {
    always_on: () => new sdk.AlwaysOnSampler(),
    always_off: () => new sdk.AlwaysOffSampler(),
    traceidratio: () => new sdk.TraceIdRatioBasedSampler(Number(argumento)),
  };
  const root = (raizes[daFamilia] ?? raizes.always_on)();
  return daFamilia === nome ? root : new sdk.ParentBasedSampler({ root });
}

async function montar(ambiente, versao) {
  const [sdk, { OTLPTraceExporter }, recursos] = await Promise.all([
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  const doAmbiente = recursos.detectResources({ detectors: [recursos.envDetector] });
  return new sdk.TracerProvider({
    resource: recursos
      .resourceFromAttributes({ 'service.name': SERVICO, 'service.version': versao })
      .merge(doAmbiente),
    sampler: criarAmostrador(
      ambiente.OTEL_TRACES_SAMPLER || 'parentbased_always_on',
      ambiente.OTEL_TRACES_SAMPLER_ARG || '1',
      sdk,
    ),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter: new OTLPTraceExporter(), ...LOTES })],
  });
}

/**
 * @returns {Promise<object>} `receber(rota, req)` abre o span do servidor, filho do de quem chamou, e `identificar` só
 *   dá os ids; `etapa` anota um trecho já decorrido como filho, e `publicado`, um evento; `responder` fecha o span;
 *   `encerrar` envia o que falta
 */
export async function criarTracos({ ambiente = process.env, versao }) {
  const destino = ambiente.OTEL_EXPORTER_OTLP_ENDPOINT || ambiente.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT;
  if (!destino || ambiente.OTEL_SDK_DISABLED === 'true') return SEM_EXPORTAR;
  const provedor = await montar(ambiente, versao);
  const rastreador = provedor.getTracer(SERVICO, versao);
  return {
    identificar,
    receber: exportando(rastreador),

    /** @param {number} duracaoMs trecho que termina agora */
    etapa(contexto, nome, duracaoMs, attributes) {
      if (!contexto.span) return;
      const fim = Date.now();
      rastreador
        .startSpan(
          nome,
          { startTime: fim - duracaoMs, attributes },
          trace.setSpan(ROOT_CONTEXT, contexto.span),
        )
        .end(fim);
    },

    /** A publicação de um evento, filha do pedido que o causou: o lote em que veio é de muitos. */
    publicado(traceparent, attributes) {
      const pai = interpretar(traceparent);
      if (!pai) return;
      rastreador
        .startSpan(
          'sctec.evento.publicar',
          { kind: SpanKind.PRODUCER, attributes },
          trace.setSpanContext(ROOT_CONTEXT, pai),
        )
        .end();
    },

    responder({ span }, status) {
      if (!span) return;
      span.setAttribute('http.response.status_code', status);
      if (status >= 500) {
        span.setAttribute('error.type', String(status));
        span.setStatus({ code: SpanStatusCode.ERROR });
      }
      span.end();
    },

    async encerrar() {
      const semEsperarMuito = new Promise((resolver) => {
        setTimeout(resolver, PRAZO_DO_ENVIO_FINAL_MS).unref();
      });
      await Promise.race([provedor.shutdown().catch(() => {}), semEsperarMuito]);
    },
  };
}
