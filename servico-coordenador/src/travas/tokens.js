/**
 * Contador de fencing tokens: cresce para sempre, também depois de `kill -9` e de reinícios.
 *
 * Antes de um token sair, uma marca d'água maior ou igual a ele já está no disco. Reserva-se um bloco por
 * vez; um processo que morre perde o resto do bloco, e o seguinte começa acima da marca.
 */
const BLOCO = 10_000;
const PAUSA_APOS_FALHA_MS = 1000;

export class TokensIndisponiveis extends Error {}

function interpretar(texto, nome) {
  const partes = /^sctec-tokens 1 reservado=(\d{1,15})\n$/.exec(texto);
  if (!partes) {
    throw new TokensIndisponiveis(
      `O contador de tokens em ${nome} está corrompido. Um token repetido permitiria reserva dupla, por isso o `
        + 'coordenador não inicia. Restaure a cópia de segurança ou grave nele uma linha '
        + '"sctec-tokens 1 reservado=N", com N maior ou igual ao maior token já visto nos registros.',
    );
  }
  return Number(partes[1]);
}

async function lerMarca(deposito, jaServiu) {
  let texto;
  try {
    texto = await deposito.ler();
  } catch (erro) {
    throw new TokensIndisponiveis(
      `Não foi possível ler o contador de tokens em ${deposito.nome}: ${erro.message}.`,
    );
  }
  if (texto !== null) return interpretar(texto, deposito.nome);
  if (!jaServiu) return 0;
  throw new TokensIndisponiveis(
    `O contador de tokens sumiu de ${deposito.nome}, mas esta pasta já serviu a um coordenador. Recomeçar do zero `
      + 'permitiria reserva dupla. Restaure o arquivo ou grave nele uma linha "sctec-tokens 1 reservado=N", com N '
      + 'maior ou igual ao maior token já visto nos registros.',
  );
}

export class Tokens {
  #deposito;
  #relogio;
  #aoFalhar;
  #ultimo;
  #reservado;
  /** @type {Promise<void>|null} */
  #reservando = null;
  #proximaTentativa = 0;

  /**
   * @param {object} portas
   * @param {ReturnType<typeof import('../arquivo.js').abrirDeposito>} portas.deposito
   * @param {import('../relogio.js').Relogio} portas.relogio
   * @param {boolean} portas.jaServiu se há outros rastros de um coordenador sobre estes dados
   * @param {(erro: Error) => void} portas.aoFalhar avisado quando uma reserva não chega ao disco
   * @throws {TokensIndisponiveis} se a marca não pode ser lida ou gravada: melhor parado que repetido
   */
  static async abrir({ deposito, relogio, jaServiu, aoFalhar }) {
    const marca = await lerMarca(deposito, jaServiu);
    const tokens = new Tokens(deposito, relogio, aoFalhar, marca);
    try {
      await tokens.#gravar();
    } catch (erro) {
      throw new TokensIndisponiveis(
        `Não foi possível gravar o contador de tokens em ${deposito.nome}: ${erro.message}.`,
      );
    }
    return tokens;
  }

  constructor(deposito, relogio, aoFalhar, marca) {
    this.#deposito = deposito;
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

  /**
   * @param {number} [acimaDe] o maior token já visto por quem pede: um contador restaurado de uma cópia antiga o alcança
   * @returns {number|null} o próximo token, ou `null` se nenhum reservado resta (disco cheio, por exemplo)
   */
  proximo(acimaDe = 0) {
    this.#ultimo = Math.max(this.#ultimo, acimaDe);
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
    const marca = Math.max(this.#reservado, this.#ultimo) + BLOCO;
    await this.#deposito.gravar(`sctec-tokens 1 reservado=${marca}\n`);
    this.#reservado = marca;
  }
}
