/** Cliente HAL: só segue links que a API deu; toda recusa vira `Problema`, toda ausência vira `SemResposta`. */
import { sinal } from './sinais.js';

/** RFC 9457: `corpo.detail`, `corpo.erros[]`, `corpo.request_id`; `esperarMs` vem do Retry-After. */
export class Problema extends Error {
  constructor(corpo, resposta) {
    super(corpo.detail ?? corpo.title ?? String(resposta.status));
    this.corpo = corpo;
    this.status = resposta.status;
    this.motivo = corpo.motivo;
    /** A língua dos textos que a API escreveu. */
    this.lingua = resposta.headers.get('Content-Language') ?? 'pt-BR';
    this.pedido = corpo.request_id ?? resposta.headers.get('X-Request-Id');
    this.traco = resposta.headers.get('X-Trace-Id');
    this.esperarMs = 1000 * (Number(resposta.headers.get('Retry-After')) || 1);
  }
}

/** A rede ou o servidor não respondeu: não se sabe se o pedido chegou. */
export class SemResposta extends Error {}

/** `{?a,b}` e `{&a,b}` da RFC 6570, nível 3, e `{a}`; parâmetro ausente some. */
export function expandir(elo, parametros = {}) {
  if (!elo.templated) return elo.href;
  return elo.href.replace(/\{([?&]?)([\w,]+)\}/g, (_, operador, nomes) => {
    const pares = nomes.split(',').filter((n) => parametros[n] !== undefined && parametros[n] !== null);
    if (!operador) return pares.map((n) => encodeURIComponent(parametros[n])).join(',');
    const texto = pares.map((n) => `${n}=${encodeURIComponent(parametros[n])}`).join('&');
    return texto && operador + texto;
  });
}

const hexa = (bytes) =>
  Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');

export class Api {
  /** Verdadeiro enquanto o servidor responde (qualquer coisa); muda só nas transições. */
  viva = sinal(true);
  /** Chamada quando a chave em uso deixou de valer. */
  aoPerderChave = (_problema) => {};
  #raiz;
  chave = null;

  constructor(raiz) {
    this.#raiz = { href: raiz, method: 'GET' };
  }

  /** O único endereço escrito no cliente é a raiz; dela saem todos. */
  raiz(opcoes) {
    return this.seguir(this.#raiz, opcoes);
  }

  /**
   * @param {{href: string, method: string, templated?: boolean}} elo
   * @param {any} [opcoes] `parametros` do modelo, `corpo` JSON, `etag` (If-Match), `idempotencia`, `chave`
   *   (por omissão, a da sessão), `prazoMs`, `sinal` (AbortSignal)
   * @returns {Promise<{corpo: any, status: number, etag: string|null, pedido: string|null, traco: string|null}>}
   * @throws {Problema|SemResposta}
   */
  async seguir(
    elo,
    { parametros, corpo, etag, idempotencia, chave = this.chave, prazoMs = 15_000, sinal: parar } = {},
  ) {
    // O traço começa no clique: o que houve com um pedido sem resposta também se acha pelo id dele.
    const cabecalhos = {
      Accept: 'application/json',
      'Accept-Language': document.documentElement.lang,
      traceparent: `00-${hexa(16)}-${hexa(8)}-01`,
    };
    if (chave) cabecalhos.Authorization = `Bearer ${chave}`;
    if (corpo !== undefined) cabecalhos['Content-Type'] = 'application/json';
    if (etag) cabecalhos['If-Match'] = etag;
    if (idempotencia) cabecalhos['Idempotency-Key'] = idempotencia;
    const prazo = AbortSignal.timeout(prazoMs);
    let resposta;
    let lido;
    try {
      resposta = await fetch(expandir(elo, parametros), {
        method: elo.method ?? 'GET',
        headers: cabecalhos,
        body: corpo === undefined ? undefined : JSON.stringify(corpo),
        cache: 'no-store',
        credentials: 'omit',
        signal: parar ? AbortSignal.any([prazo, parar]) : prazo,
      });
      lido = resposta.status === 204 ? null : await resposta.json();
    } catch (erro) {
      if (parar?.aborted) throw erro;
      // Um intermediário que responde em HTML (502 de um proxy) também é ausência do serviço.
      if (this.viva.valor) this.viva.valor = false;
      throw new SemResposta(erro.message);
    }
    if (!this.viva.valor) this.viva.valor = true;
    if (!resposta.ok) {
      const problema = new Problema(lido, resposta);
      if (problema.status === 401 && chave && chave === this.chave) this.aoPerderChave(problema);
      throw problema;
    }
    return {
      corpo: lido,
      status: resposta.status,
      etag: resposta.headers.get('ETag'),
      pedido: resposta.headers.get('X-Request-Id'),
      traco: resposta.headers.get('X-Trace-Id'),
    };
  }

  /** Os itens de uma coleção, página a página pelos links `next`, até `limite` itens. */
  async todos(elo, nome, { parametros = undefined, limite = 1000 } = {}) {
    const itens = [];
    let proximo = elo;
    let extras = parametros;
    while (proximo && itens.length < limite) {
      const { corpo } = await this.seguir(proximo, { parametros: extras });
      itens.push(...corpo._embedded[nome]);
      proximo = corpo._links.next;
      extras = undefined;
    }
    return itens;
  }
}
