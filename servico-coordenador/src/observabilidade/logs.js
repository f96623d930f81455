/**
 * Logs: um objeto JSON por linha no formato do SCTEC, ou a linha de texto
 * `NÍVEL:instante:servico-coordenador:mensagem`. Nenhuma linha leva segredo nem id de concessão.
 */
import fs from 'node:fs';
import path from 'node:path';
import pino from 'pino';
import { criarIso } from '../relogio.js';
import { Saida } from './saida.js';

export const SERVICO = 'servico-coordenador';

/** Os campos que ligam uma linha à requisição e ao traço dela. */
export const doContexto = ({ trace_id: traceId, span_id: spanId, request_id: requestId }) => ({
  trace_id: traceId,
  span_id: spanId,
  request_id: requestId,
});

const iso = criarIso();

const opcoes = {
  messageKey: 'message',
  base: { service: SERVICO },
  formatters: { level: (nome) => ({ level: nome.toUpperCase() }) },
  timestamp: () => `,"timestamp_utc":"${iso(Date.now())}"`,
};

function emTexto(linha) {
  const { level, timestamp_utc: instante, message } = JSON.parse(linha);
  return `${level}:${instante}:${SERVICO}:${message}\n`;
}

/**
 * @param {{logFormato: 'json'|'texto', logArquivo: string|null}} config
 * @returns {{logs: import('pino').Logger, fechar: () => Promise<unknown>}} `fechar` escreve o que falta
 */
export function criarLogs({ logFormato, logArquivo }) {
  const saidas = [new Saida(1)];
  if (logArquivo) {
    fs.mkdirSync(path.dirname(logArquivo), { recursive: true });
    saidas.push(new Saida(fs.openSync(logArquivo, 'a', 0o640)));
  }
  const escrever = (linha) => saidas.forEach((saida) => saida.write(linha));
  const destino = { write: logFormato === 'texto' ? (linha) => escrever(emTexto(linha)) : escrever };
  return { logs: pino(opcoes, destino), fechar: () => Promise.all(saidas.map((saida) => saida.esvaziar())) };
}
