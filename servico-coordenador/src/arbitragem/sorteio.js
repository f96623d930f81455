/**
 * Sorteio verificável: SHA-256 sobre quatro campos, cada um precedido de seu comprimento em bytes (inteiro
 * de 32 bits, big-endian): segredo do dia (32 bytes), recurso, janela e código do candidato (UTF-8).
 * O compromisso publicado antes do dia é SHA-256(segredo), em hexadecimal.
 */
import { createHash, hash } from 'node:crypto';

export const compromissoDe = (segredo) => hash('sha256', segredo, 'hex');

/** @returns {string} hexadecimal minúsculo; numa disputa empatada, o menor vence */
export function sortear(segredo, recurso, janela, codigo) {
  const resumo = createHash('sha256');
  for (const campo of [segredo, Buffer.from(recurso), Buffer.from(janela), Buffer.from(codigo)]) {
    const comprimento = Buffer.allocUnsafe(4);
    comprimento.writeUInt32BE(campo.length);
    resumo.update(comprimento).update(campo);
  }
  return resumo.digest('hex');
}

/**
 * Código opaco de um candidato numa janela: só quem tem a chave liga o código a quem pediu. Depende apenas de
 * quem pede, de modo que pedir várias vezes na mesma janela não compra bilhetes a mais no sorteio.
 *
 * @param {string} chave de tamanho fixo, imprevisível
 */
export function codigoDe(chave, janela, solicitante) {
  // Numa disputa de centenas, um HMAC por candidato atrasava a decisão; truncado, o resumo não se estende.
  return hash('sha256', `${chave}\n${janela}\n${solicitante}`).slice(0, 16);
}
