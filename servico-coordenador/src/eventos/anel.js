/**
 * Anel com os últimos eventos, para quem volta depois de uma queda pedir só o que perdeu.
 *
 * O id de um evento é `<época>-<n>`: a época muda a cada início do processo, de modo que um id de antes
 * nunca é confundido com um de agora. A memória é limitada em número de eventos e em caracteres.
 */
export class Anel {
  #epoca;
  #maximo;
  #maximoCaracteres;
  #eventos = [];
  #inicio = 0;
  #caracteres = 0;
  #ultimo = 0;

  constructor({ epoca, maximo = 1000, maximoCaracteres = 4_000_000 }) {
    this.#epoca = String(epoca);
    this.#maximo = maximo;
    this.#maximoCaracteres = maximoCaracteres;
  }

  get ultimoId() {
    return `${this.#epoca}-${this.#ultimo}`;
  }

  /** @returns {{id: string, tipo: string, dados: string}} o evento guardado; `dados` já é JSON */
  acrescentar(tipo, dados) {
    this.#ultimo += 1;
    const evento = { id: this.ultimoId, tipo, dados: JSON.stringify(dados) };
    this.#eventos.push(evento);
    this.#caracteres += evento.dados.length;
    while (this.#quantos > this.#maximo || (this.#caracteres > this.#maximoCaracteres && this.#quantos > 1)) {
      this.#caracteres -= this.#eventos[this.#inicio].dados.length;
      this.#eventos[this.#inicio] = undefined;
      this.#inicio += 1;
    }
    if (this.#inicio > this.#maximo) {
      this.#eventos = this.#eventos.slice(this.#inicio);
      this.#inicio = 0;
    }
    return evento;
  }

  /**
   * @param {string} id último evento que o cliente recebeu
   * @returns {{id: string, tipo: string, dados: string}[]|null} os eventos posteriores, ou `null` se algum deles já não está no anel
   */
  depoisDe(id) {
    const partes = /^(.{1,40})-(\d{1,15})$/.exec(id);
    if (!partes || partes[1] !== this.#epoca) return null;
    const perdidos = this.#ultimo - Number(partes[2]);
    if (perdidos < 0 || perdidos > this.#quantos) return null;
    return this.#eventos.slice(this.#eventos.length - perdidos);
  }

  get #quantos() {
    return this.#eventos.length - this.#inicio;
  }
}
