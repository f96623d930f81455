import { hash, timingSafeEqual } from 'node:crypto';
import { Problema } from './problemas.js';

const digerir = (texto) => hash('sha256', texto, 'buffer');

/** Confere `Authorization: Bearer <segredo>` em tempo constante; comparam-se resumos, de igual comprimento. */
export function criarAutenticacao(segredo) {
  const esperado = digerir(`Bearer ${segredo}`);
  return function autenticar(req) {
    const recebido = req.headers.authorization;
    if (typeof recebido === 'string' && timingSafeEqual(digerir(recebido), esperado)) return;
    throw new Problema(401, 'nao-autenticado',
      'Falta o segredo do coordenador, ou não confere. Envie Authorization: Bearer com SCTEC_SEGREDO_COORDENADOR.',
      {}, { 'WWW-Authenticate': 'Bearer realm="sctec-coordenador"' });
  };
}
