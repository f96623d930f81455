import { doContexto } from '../observabilidade/logs.js';
import { comoProblema } from './problemas.js';

/**
 * Respostas da mesma volta do laço saem juntas no fim dela. Escrever uma a uma acorda quem chamou a cada
 * resposta e o faz dormir de novo; juntas, custaram metade da CPU (decisão 0002).
 */
let prontas = [];

function soltar() {
  const desta = prontas;
  prontas = [];
  for (const { res, texto } of desta) res.end(texto);
}

/** Escreve uma resposta `{status, corpo, tipo?, cabecalhos?}` em JSON. */
export function escrever(res, contexto, { status, corpo, tipo = 'application/json', cabecalhos }) {
  if (res.destroyed || res.headersSent) return;
  const texto = JSON.stringify(corpo);
  res.writeHead(status, {
    'Content-Type': tipo,
    'Content-Length': Buffer.byteLength(texto),
    'Cache-Control': 'no-store',
    'X-Request-Id': contexto.request_id,
    'X-Trace-Id': contexto.trace_id,
    ...cabecalhos,
  });
  if (prontas.push({ res, texto }) === 1) setImmediate(soltar);
}

const MALFORMADA = JSON.stringify({
  type: '/erros/requisicao-invalida',
  title: 'Requisição inválida',
  status: 400,
  detail: 'A requisição não é HTTP válido. Confira cabeçalhos e comprimento do corpo.',
});

/** Responde a quem nem HTTP falou; é o evento `clientError` do servidor. */
export function recusarMalformada(_erro, soquete) {
  if (!soquete.writable) return;
  soquete.end(
    'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: application/problem+json\r\n'
      + `Content-Length: ${Buffer.byteLength(MALFORMADA)}\r\n\r\n${MALFORMADA}`,
  );
}

/** Responde um erro; os inesperados vão ao log com a pilha, nunca ao cliente. */
export function escreverErro(res, contexto, erro, logs) {
  const problema = comoProblema(erro);
  if (problema.status >= 500 && problema.status !== 503) {
    logs.error({ ...doContexto(contexto), erro: erro.stack }, 'Falha inesperada ao atender a requisição');
  }
  escrever(res, contexto, problema.resposta(contexto));
}
