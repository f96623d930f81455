/** O que toda requisição atravessa antes do seu caso: contexto, medida, segredo e corpo. */
import { isUtf8 } from 'node:buffer';
import { randomUUID, timingSafeEqual } from 'node:crypto';
import { trace } from '@opentelemetry/api';
import express from 'express';
import { exemplar } from '../observabilidade/metricas.js';
import { invalido, naoSuportado, Problema } from './problemas.js';

const ID_ACEITO = /^[\x21-\x7e]{1,128}$/;

/** Põe em `res.locals.contexto` o que as linhas de log e o traço da requisição têm em comum, e mede-a ao fim. */
export function contextualizar({ metricas, relogio }) {
  return (req, res, next) => {
    const inicio = relogio.agora();
    const recebido = req.get('x-request-id');
    const span = trace.getActiveSpan();
    const contexto = {
      request_id: recebido && ID_ACEITO.test(recebido) ? recebido : randomUUID(),
      trace_id: span?.spanContext().traceId,
      span_id: span?.spanContext().spanId,
      span,
    };
    res.locals.contexto = contexto;
    res.set({ 'Cache-Control': 'no-store', 'X-Request-Id': contexto.request_id });
    if (span) res.set('X-Trace-Id', contexto.trace_id);
    res.once('close', () => {
      metricas.http.observe({
        labels: {
          http_request_method: req.method,
          http_route: req.route?.path ?? 'desconhecida',
          http_response_status_code: res.headersSent ? res.statusCode : 499,
        },
        exemplarLabels: exemplar(contexto),
        value: (relogio.agora() - inicio) / 1000,
      });
    });
    next();
  };
}

/** Confere `Authorization: Bearer <segredo>` em tempo que não depende de onde o recebido difere do esperado. */
export function exigirSegredo(segredo) {
  const esperado = Buffer.from(`Bearer ${segredo}`, 'latin1');
  return (req, _res, next) => {
    const recebido = Buffer.from(req.headers.authorization ?? '', 'latin1');
    if (recebido.length === esperado.length && timingSafeEqual(recebido, esperado)) return next();
    throw new Problema(
      401,
      'nao-autenticado',
      'Falta o segredo do coordenador, ou não confere. Envie Authorization: Bearer com SCTEC_SEGREDO_COORDENADOR.',
      {},
      { 'WWW-Authenticate': 'Bearer realm="sctec-coordenador"' },
    );
  };
}

function conferirUtf8(_req, _res, bytes) {
  if (!isUtf8(bytes)) throw Object.assign(new Error('o corpo não é UTF-8'), { status: 400 });
}

export const lerJson = [
  express.json({ limit: '64kb', strict: true, inflate: false, verify: conferirUtf8 }),
  (req, _res, next) => {
    if (req.body === undefined)
      throw naoSuportado('O corpo deve ser JSON. Envie Content-Type: application/json.');
    next();
  },
];

/** @throws {Problema} 400 com um erro por campo */
export function exigir(conferir, corpo) {
  const erros = conferir(corpo);
  if (erros.length > 0) throw invalido(erros);
  return corpo;
}
