/**
 * Logs: um objeto JSON por linha no formato do SCTEC, ou a linha de texto
 * `NÍVEL:instante:servico-coordenador:mensagem`. Nenhuma linha leva segredo nem id de concessão.
 */
import fs from 'node:fs';
import path from 'node:path';
import pino from 'pino';

export const SERVICO = 'servico-coordenador';

const opcoes = {
  messageKey: 'message',
  base: { service: SERVICO },
  formatters: { level: (nome) => ({ level: nome.toUpperCase() }) },
  timestamp: () => `,"timestamp_utc":"${new Date().toISOString()}"`,
};

/** Destino que recebe as linhas JSON do pino e escreve a forma de texto. */
function emTexto(destino) {
  return {
    write(linha) {
      const { level, timestamp_utc: instante, message } = JSON.parse(linha);
      destino.write(`${level}:${instante}:${SERVICO}:${message}\n`);
    },
  };
}

/**
 * @param {{logFormato: 'json'|'texto', logArquivo: string|null}} config
 * @returns {{logs: import('pino').Logger, fechar: () => void}} `fechar` escreve o que falta
 */
export function criarLogs({ logFormato, logArquivo }) {
  if (logArquivo) fs.mkdirSync(path.dirname(logArquivo), { recursive: true });
  const destinos = [pino.destination({ fd: 1, sync: true })];
  if (logArquivo) destinos.push(pino.destination({ dest: logArquivo, sync: true }));
  const formatados = logFormato === 'texto' ? destinos.map(emTexto) : destinos;
  const saida = formatados.length === 1 ? formatados[0]
    : { write: (linha) => formatados.forEach((d) => d.write(linha)) };
  return {
    logs: pino(opcoes, saida),
    fechar: () => destinos.forEach((d) => d.flushSync()),
  };
}
