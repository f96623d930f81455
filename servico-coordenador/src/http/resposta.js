import { comoProblema } from './problemas.js';

/** Escreve uma resposta `{status, corpo, tipo?, cabecalhos?}` em JSON. */
export function escrever(res, contexto, { status, corpo, tipo = 'application/json', cabecalhos }) {
  if (res.destroyed || res.headersSent) return;
  const texto = JSON.stringify(corpo);
  res.writeHead(status, {
    'Content-Type': tipo,
    'Content-Length': Buffer.byteLength(texto),
    'Cache-Control': 'no-store',
    'X-Request-Id': contexto.request_id,
    ...cabecalhos,
  });
  res.end(texto);
}

/** Responde um erro; os inesperados vão ao log com a pilha, nunca ao cliente. */
export function escreverErro(res, contexto, erro, logs) {
  const problema = comoProblema(erro);
  if (problema.status >= 500 && problema.status !== 503) {
    logs.error({ request_id: contexto.request_id, erro: erro.stack }, 'Falha inesperada ao atender a requisição');
  }
  escrever(res, contexto, problema.resposta(contexto.request_id));
}
