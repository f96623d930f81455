/** Validação dos corpos: cada função lê um campo e anota o que está errado e o remédio; nunca lança. */
import { invalido } from './problemas.js';

const INVISIVEL = /[\p{C}\p{Zl}\p{Zp}]/u;

export class Leitura {
  #corpo;
  #erros = [];

  /** @param {string[]} campos nomes aceitos; qualquer outro é erro */
  constructor(corpo, campos, prefixo = '') {
    this.prefixo = prefixo;
    const objeto = corpo !== null && typeof corpo === 'object' && !Array.isArray(corpo);
    this.#corpo = objeto ? corpo : {};
    if (!objeto) {
      this.anotar('', 'O corpo deve ser um objeto JSON.', `Envie um objeto com: ${campos.join(', ')}.`);
      return;
    }
    for (const nome of Object.keys(corpo)) {
      if (!campos.includes(nome)) {
        this.anotar(nome.slice(0, 64), 'Campo desconhecido.', `Campos aceitos: ${campos.join(', ')}.`);
      }
    }
  }

  tem(campo) {
    return Object.hasOwn(this.#corpo, campo);
  }

  valor(campo) {
    return this.tem(campo) ? this.#corpo[campo] : undefined;
  }

  anotar(campo, mensagem, remedio) {
    if (this.#erros.length < 20) this.#erros.push({ campo: this.prefixo + campo, mensagem, remedio });
  }

  /** @throws {Problema} 400 com tudo o que foi anotado */
  concluir() {
    if (this.#erros.length > 0) throw invalido(this.#erros);
  }

  texto(campo, maximo, valor = this.valor(campo)) {
    if (
      typeof valor === 'string'
      && valor.length >= 1
      && valor.length <= maximo
      && !INVISIVEL.test(valor)
      && valor.trim() === valor
    )
      return valor;
    this.anotar(
      campo,
      `Deve ser um texto de 1 a ${maximo} caracteres visíveis.`,
      'Sem caracteres de controle e sem espaços nas pontas.',
    );
    return '';
  }

  numero(campo, { minimo, maximo, padrao, inteiro = false }) {
    if (!this.tem(campo)) return padrao;
    const valor = this.valor(campo);
    if (
      typeof valor === 'number'
      && valor >= minimo
      && valor <= maximo
      && (!inteiro || Number.isInteger(valor))
    )
      return valor;
    this.anotar(
      campo,
      `Deve ser um número ${inteiro ? 'inteiro ' : ''}de ${minimo} a ${maximo}.`,
      'Envie um número JSON, sem aspas, ou omita o campo.',
    );
    return padrao;
  }

  escolha(campo, opcoes, padrao) {
    if (!this.tem(campo)) return padrao;
    const valor = this.valor(campo);
    if (typeof valor === 'string' && opcoes.includes(valor)) return valor;
    this.anotar(campo, 'Valor desconhecido.', `Use um de: ${opcoes.join(', ')}.`);
    return padrao;
  }

  /** @returns {unknown[]} lista de 1 a `maximo` itens, ou vazia se inválida */
  lista(campo, maximo) {
    const valor = this.valor(campo);
    if (Array.isArray(valor) && valor.length >= 1 && valor.length <= maximo) return valor;
    this.anotar(campo, `Deve ser uma lista de 1 a ${maximo} itens.`, 'Envie uma lista JSON.');
    return [];
  }

  /** @returns {string[]} textos sem repetição, na ordem em que vieram */
  textos(campo, maximo, tamanho) {
    const itens = this.lista(campo, maximo);
    return [...new Set(itens.map((item, i) => this.texto(`${campo}[${i}]`, tamanho, item)))];
  }
}
