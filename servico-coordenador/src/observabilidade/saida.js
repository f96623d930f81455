/**
 * Saída de linhas agrupada: junta o que se escreveu e entrega ao sistema de uma vez, em segundo plano.
 *
 * Uma chamada ao sistema por linha custava mais que a trava. Se quem lê parar, o que passa de
 * `ATRASO_MAXIMO` caracteres é perdido e contado, em vez de tomar a memória.
 */
import fs from 'node:fs';
import { setTimeout as esperar } from 'node:timers/promises';

const ESPERA_MS = 20;
const AGRUPAR = 65_536;
const ATRASO_MAXIMO = 16_000_000;
const NOVA_TENTATIVA_MS = 10;

export class Saida {
  #fd;
  #linhas = [];
  #caracteres = 0;
  #enviando = null;
  #prazo = null;
  perdidas = 0;

  constructor(fd) {
    this.#fd = fd;
  }

  write(linha) {
    if (this.#caracteres > ATRASO_MAXIMO) {
      this.perdidas += 1;
      return;
    }
    this.#linhas.push(linha);
    this.#caracteres += linha.length;
    if (this.#caracteres >= AGRUPAR) this.#enviar();
    else this.#prazo ??= setTimeout(() => this.#enviar(), ESPERA_MS);
  }

  /** Volta quando não falta mais nada por escrever; para o fim do processo. */
  async esvaziar() {
    this.#enviar();
    while (this.#enviando) await esperar(1);
  }

  #tomar() {
    clearTimeout(this.#prazo);
    this.#prazo = null;
    const texto = this.#linhas.join('');
    this.#linhas = [];
    this.#caracteres = 0;
    return texto;
  }

  #enviar() {
    if (this.#enviando || this.#linhas.length === 0) return;
    this.#enviando = Buffer.from(this.#tomar());
    this.#continuar();
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
      else this.#enviar();
    });
  }
}
