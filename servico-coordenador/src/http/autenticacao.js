import { timingSafeEqual } from 'node:crypto';
import { Problema } from './problemas.js';

/** Confere `Authorization: Bearer <segredo>` em tempo que não depende de onde o recebido difere do esperado. */
export function criarAutenticacao(segredo) {
  const esperado = Buffer.from(`Bearer ${segredo}`, 'latin1');
  return function autenticar(req) {
    const recebido = Buffer.from(req.headers.authorization ?? '', 'latin1');
    if (recebido.length === esperado.length && timingSafeEqual(recebido, esperado)) return;
    throw new Problema(
      401,
      'nao-autenticado',
      'Falta o segredo do coordenador, ou não confere. Envie Authorization: Bearer com SCTEC_SEGREDO_COORDENADOR.',
      {},
      { 'WWW-Authenticate': 'Bearer realm="sctec-coordenador"' },
    );
  };
}
