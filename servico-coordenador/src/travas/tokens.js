/**
 * Contador de fencing tokens: cresce para sempre, também depois de `kill -9` e de reinícios.
 *
 * Antes de um token sair, uma marca d'água maior ou igual a ele já está no disco. Reserva-se um bloco por
 * vez; um processo que morre perde o resto do bloco, e o seguinte começa acima da marca.
 */
import { readFile } from 'node:fs/promises';
import { gravarAtomico } from '../arquivo.js';

const BLOCO = 10_000;
const PAUSA_APOS_FALHA_MS = 1000;

export class TokensIndisponiveis extends Error {}

function interpretar(texto, caminho) {
  const partes = /^sctec-tokens 1 reservado=(\d{1,15})\n$/.exec(texto);
  if (!partes) {
    throw new TokensIndisponiveis(
      `O contador de tokens em ${caminho} está corrompido. Um token repetido permitiria reserva dupla, por isso o ` +
      'coordenador não inicia. Restaure a cópia de segurança ou grave nele uma linha ' +
      '"sctec-tokens 1 reservado=N", com N maior ou igual ao maior token já visto nos registros.');
  }
  return Number(partes[1]);
}

async function lerMarca(caminho, jaServiu) {
  let texto;
  try {
    texto = await readFile(caminho, 'utf8');
  } catch (erro) {
    if (erro.code !== 'ENOENT') {
      throw new TokensIndisponiveis(`Não foi possível ler o contador de tokens em ${caminho}: ${erro.message}.`);
    }
    if (await jaServiu()) {
      throw new TokensIndisponiveis(
        `O contador de tokens sumiu de ${caminho}, mas esta pasta já serviu a um coordenador. Recomeçar do zero ` +
        'permitiria reserva dupla. Restaure o arquivo ou grave nele uma linha "sctec-tokens 1 reservado=N", com N ' +
        'maior ou igual ao maior token já visto nos registros.');
    }
    return 0;
  }
  return interpretar(texto, caminho);
}

export class Tokens {
  #caminho;
  #relogio;
  #aoFalhar;
  #ultimo;
  #reservado;
  #reservando = null;
  #proximaTentativa = 0;

  /**
   * @param {string} caminho arquivo da marca d'água
   * @param {() => Promise<boolean>} jaServiu se a pasta tem outros rastros de um coordenador
   * @param {(erro: Error) => void} aoFalhar avisado quando uma reserva não chega ao disco
   * @throws {TokensIndisponiveis} se a marca não pode ser lida ou gravada: melhor parado que repetido
   */
  static async abrir({ caminho, relogio, jaServiu, aoFalhar }) {
    const marca = await lerMarca(caminho, jaServiu);
    const tokens = new Tokens(caminho, relogio, aoFalhar, marca);
    try {
      await tokens.#gravar();
    } catch (erro) {
      throw new TokensIndisponiveis(`Não foi possível gravar o contador de tokens em ${caminho}: ${erro.message}.`);
    }
    return tokens;
  }

  constructor(caminho, relogio, aoFalhar, marca) {
    this.#caminho = caminho;
    this.#relogio = relogio;
    this.#aoFalhar = aoFalhar;
    this.#ultimo = marca;
    this.#reservado = marca;
    /** Primeira marca deste processo: única entre todos os inícios sobre os mesmos dados. */
    this.epoca = marca + 1;
  }

  get ultimo() {
    return this.#ultimo;
  }

  get disponivel() {
    if (this.#ultimo >= this.#reservado) this.#reservar();
    return this.#ultimo < this.#reservado;
  }

  /** @returns {number|null} o próximo token, ou `null` se nenhum reservado resta (disco cheio, por exemplo) */
  proximo() {
    if (this.#reservado - this.#ultimo < BLOCO / 2) this.#reservar();
    if (this.#ultimo >= this.#reservado) return null;
    this.#ultimo += 1;
    return this.#ultimo;
  }

  #reservar() {
    if (this.#reservando || this.#relogio.agora() < this.#proximaTentativa) return;
    this.#reservando = this.#gravar()
      .catch((erro) => {
        this.#proximaTentativa = this.#relogio.agora() + PAUSA_APOS_FALHA_MS;
        this.#aoFalhar(erro);
      })
      .finally(() => {
        this.#reservando = null;
      });
  }

  async #gravar() {
    const marca = this.#reservado + BLOCO;
    await gravarAtomico(this.#caminho, `sctec-tokens 1 reservado=${marca}\n`);
    this.#reservado = marca;
  }
}
