import { randomUUID } from 'node:crypto';

const ID_ACEITO = /^[\x21-\x7e]{1,128}$/;

/** Contexto de uma requisição: o que as linhas de log e os spans dela têm em comum. */
export function criarContexto(req, rota, rastro) {
  const recebido = req.headers['x-request-id'];
  return {
    rota,
    request_id: typeof recebido === 'string' && ID_ACEITO.test(recebido) ? recebido : randomUUID(),
    ...rastro,
    aoPerderCliente: null,
  };
}
