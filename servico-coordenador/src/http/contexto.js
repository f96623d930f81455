import { randomUUID } from 'node:crypto';

const ID_ACEITO = /^[\x21-\x7e]{1,128}$/;
/** https://www.w3.org/TR/trace-context/ — um trace_id só de zeros é inválido. */
const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Contexto de uma requisição: o que as linhas de log e os spans dela têm em comum. */
export function criarContexto(req, rota) {
  const recebido = req.headers['x-request-id'];
  return {
    rota,
    request_id: typeof recebido === 'string' && ID_ACEITO.test(recebido) ? recebido : randomUUID(),
    trace_id: TRACEPARENT.exec(req.headers.traceparent ?? '')?.[1],
    aoPerderCliente: null,
  };
}
