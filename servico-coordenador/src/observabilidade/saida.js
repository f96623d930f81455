/**
 * Saída de linhas agrupada: junta o que se escreveu e entrega ao sistema de uma vez, em segundo plano.
 *
 * Uma chamada ao sistema por linha custava mais que a trava. Se quem lê parar, o que passa de
 * `BLOCOS_EM_ESPERA` blocos é perdido e contado, em vez de tomar a memória.
 */
import fs from 'node:fs';
import { setTimeout as esperar } from 'node:timers/promises';

const ESPERA_MS = 20;
const AGRUPAR = 65_536;
const BLOCO = 2 * AGRUPAR;
const BLOCOS_EM_ESPERA = 128;
const NOVA_TENTATIVA_MS = 10;
/** Em UTF-8, o que um caractere de uma string ocupa, no pior caso. */
const BYTES_POR_CARACTERE = 3;

export class Saida {
  #fd;
  #bloco = Buffer.allocUnsafe(BLOCO);
  #usado = 0;
  #prontos = [];
  #enviando = null;
  #prazo = null;
  perdidas = 0;

  constructor(fd) {
    this.#fd = fd;
  }

  write(linha) {
    const noMaximo = linha.length * BYTES_POR_CARACTERE;
    if (this.#usado + noMaximo > this.#bloco.length) {
      if (this.#prontos.length >= BLOCOS_EM_ESPERA) {
        this.perdidas += 1;
        return;
      }
      this.#fechar(Math.max(BLOCO, noMaximo));
    }
    this.#usado += this.#bloco.write(linha, this.#usado);
    if (this.#usado >= AGRUPAR) this.#enviar();
    else this.#prazo ??= setTimeout(() => this.#enviar(), ESPERA_MS);
  }

  /** Volta quando não falta mais nada por escrever; para o fim do processo. */
  async esvaziar() {
    do {
      this.#enviar();
      await esperar(1);
    } while (this.#enviando || this.#usado > 0);
    clearTimeout(this.#prazo);
  }

  /** Põe o bloco em uso na fila e começa outro. */
  #fechar(capacidade) {
    if (this.#usado > 0) this.#prontos.push(this.#bloco.subarray(0, this.#usado));
    this.#bloco = Buffer.allocUnsafe(capacidade);
    this.#usado = 0;
  }

  #enviar() {
    clearTimeout(this.#prazo);
    this.#prazo = null;
    if (this.#enviando) return;
    if (this.#prontos.length === 0) this.#fechar(BLOCO);
    this.#enviando = this.#prontos.shift() ?? null;
    if (this.#enviando) this.#continuar();
  }

  #continuar() {
    fs.write(this.#fd, this.#enviando, (erro, escritos) => {
      if (erro?.code === 'EAGAIN') {
        setTimeout(() => this.#continuar(), NOVA_TENTATIVA_MS);
        return;
      }
      const resta = erro ? 0 : this.#enviando.length - escritos;
      this.#enviando = resta > 0 ? this.#enviando.subarray(escritos) : null;
      if (resta > 0) this.#continuar();
      else if (this.#prontos.length > 0 || this.#usado >= AGRUPAR) this.#enviar();
      // O pouco que chegou durante o envio espera companhia: cada escrita acorda outra thread.
      else if (this.#usado > 0) this.#prazo ??= setTimeout(() => this.#enviar(), ESPERA_MS);
    });
  }
}
