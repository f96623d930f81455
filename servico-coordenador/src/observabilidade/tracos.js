/**
 * Traços pelo SDK do OpenTelemetry: quem instrumenta é a biblioteca, do HTTP e do Express.
 *
 * Este módulo vem antes de todos os outros (`main.js` o importa primeiro): só o que é carregado depois de o
 * gancho estar registrado é instrumentado. As variáveis são as da especificação (`OTEL_…`). Sem destino, os ids
 * existem, para os logs e as respostas, e nada é exportado; coletor ausente é silêncio.
 */
import { trace } from '@opentelemetry/api';
import { ExpressInstrumentation, ExpressLayerType } from '@opentelemetry/instrumentation-express';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { envDetector, resourceFromAttributes, serviceInstanceIdDetector } from '@opentelemetry/resources';
import { register } from 'import-in-the-middle/register-hooks.mjs';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { AlwaysOffSampler, NoopSpanProcessor } from '@opentelemetry/sdk-trace';
import { SERVICO, VERSAO } from '../identidade.js';

const PRAZO_DO_ENVIO_FINAL_MS = 2000;
/** Sondas, coletas e fluxos de horas não contam história nenhuma. */
const SEM_TRACO = /^\/(saude\/|metrics\b)|^\/eventos\b/;

register({ include: ['express'] });

const {
  OTEL_TRACES_EXPORTER: exportador,
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: destinoDosTracos,
  OTEL_EXPORTER_OTLP_ENDPOINT: destino,
} = process.env;
const exportar = exportador ? exportador !== 'none' : Boolean(destinoDosTracos || destino);

const sdk = new NodeSDK({
  resource: resourceFromAttributes({
    'service.name': SERVICO,
    'service.namespace': 'sctec',
    'service.version': VERSAO,
    'deployment.environment.name': 'desenvolvimento',
  }),
  resourceDetectors: [serviceInstanceIdDetector, envDetector],
  instrumentations: [
    new HttpInstrumentation({
      disableOutgoingRequestInstrumentation: true,
      ignoreIncomingRequestHook: ({ method, url = '' }) =>
        SEM_TRACO.test(url) && !(method === 'POST' && url === '/eventos'),
    }),
    new ExpressInstrumentation({ ignoreLayersType: [ExpressLayerType.MIDDLEWARE, ExpressLayerType.ROUTER] }),
  ],
  metricReaders: [],
  logRecordProcessors: [],
  ...(exportar ? {} : { sampler: new AlwaysOffSampler(), spanProcessors: [new NoopSpanProcessor()] }),
});
sdk.start();

export const rastreador = trace.getTracer(SERVICO, VERSAO);

/** Envia o que falta, sem esperar demais por um coletor que não responde. */
export async function encerrarTracos() {
  const prazo = new Promise((resolver) => setTimeout(resolver, PRAZO_DO_ENVIO_FINAL_MS).unref());
  await Promise.race([sdk.shutdown().catch(() => {}), prazo]);
}
