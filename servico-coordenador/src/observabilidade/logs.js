/**
 * Logs: um objeto JSON por linha no formato do SCTEC, ou a linha de texto
 * `NÍVEL:instante:servico-coordenador:mensagem`. Nenhuma linha leva segredo nem id secreto de lock.
 *
 * Cada linha é escrita no ato: quem recebe uma resposta já encontra nos logs as linhas dela. Se quem lê parar, a
 * escrita não trava o processo: guardam-se até `MAXIMO_EM_ESPERA` bytes, e o que passa disso é perdido e contado.
 */
import pino from 'pino';
import { SERVICO } from '../identidade.js';

const MAXIMO_EM_ESPERA = 8 * 1024 * 1024;
const NOVA_TENTATIVA_MS = 10;

/** Os campos que ligam uma linha à requisição e ao traço dela. */
export const doContexto = ({ trace_id, span_id, request_id }) => ({ trace_id, span_id, request_id });

const opcoes = {
  messageKey: 'message',
  base: { service: SERVICO },
  formatters: { level: (nome) => ({ level: nome.toUpperCase() }) },
  timestamp: () => `,"timestamp_utc":"${new Date().toISOString()}"`,
};

function emTexto(linha) {
  const { level, timestamp_utc: instante, message } = JSON.parse(linha);
  return `${level}:${instante}:${SERVICO}:${message}\n`;
}

/** @param {number|string} dest descritor ou caminho @param {() => void} aoPerder */
function abrir(dest, aoPerder) {
  const destino = pino.destination({
    dest,
    sync: true,
    mkdir: true,
    maxLength: MAXIMO_EM_ESPERA,
    retryEAGAIN: () => false,
  });
  let nova;
  const tentarDeNovo = () => {
    nova = undefined;
    destino.write('');
  };
  destino.on('error', ({ code }) => {
    // Se quem lia se foi, o pino passa a descartar: aqui se conta. Se só parou, o que ficou guardado sai com a
    // linha seguinte ou daqui a pouco.
    if (code === 'EPIPE') destino.write = () => aoPerder() ?? false;
    else nova ??= setTimeout(tentarDeNovo, NOVA_TENTATIVA_MS).unref();
  });
  destino.on('drop', aoPerder);
  return destino;
}

/**
 * @param {{logFormato: 'json'|'texto', logArquivo: string}} config
 * @param {() => void} aoPerder chamado a cada linha perdida
 * @returns {import('pino').Logger}
 */
export function criarLogs({ logFormato, logArquivo }, aoPerder) {
  const destinos = [process.stdout.fd, logArquivo].filter(Boolean).map((dest) => abrir(dest, aoPerder));
  const escrever = (linha) => destinos.forEach((destino) => destino.write(linha));
  return pino(opcoes, { write: logFormato === 'texto' ? (linha) => escrever(emTexto(linha)) : escrever });
}
