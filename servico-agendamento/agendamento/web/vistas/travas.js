/** Locks e janelas em vigor, relidos enquanto se olha. */
import { cartaoDeErro } from '../desfecho.js';
import { atributo, el, escrever } from '../dom.js';
import { hora, numero, t } from '../idioma.js';

const RELER_MS = 2000;
const NUMEROS = ['total', 'esperando', 'janelas_abertas', 'candidatos'];

export class Travas {
  #vez = null;

  constructor(partes) {
    const { no, api, sessao, visivel } = partes;
    this.no = no;
    this.api = api;
    this.sessao = sessao;
    this.visivel = visivel;
  }

  abrir() {
    clearTimeout(this.#vez);
    this.valores = Object.fromEntries(NUMEROS.map((n) => [n, el('dd', { class: 'num', texto: '—' })]));
    this.corpo = el('tbody', {});
    this.falha = el('div', {});
    this.tabela = el(
      'table',
      {},
      el(
        'thead',
        {},
        el(
          'tr',
          {},
          ...['recurso', 'token', 'expira', 'fila'].map((c) =>
            el('th', { scope: 'col', texto: t(`travas.${c}`) }),
          ),
        ),
      ),
      this.corpo,
    );
    this.no.replaceChildren(
      el('h2', { texto: t('travas.titulo') }),
      el(
        'dl',
        { class: 'numeros' },
        ...NUMEROS.map((n) => el('div', {}, el('dt', { texto: t(`travas.${n}`) }), this.valores[n])),
      ),
      this.tabela,
      this.falha,
    );
    this.#reler();
  }

  /** Fora da vez, porque algo aconteceu. */
  relerJa() {
    clearTimeout(this.#vez);
    this.#reler();
  }

  async #reler() {
    if (!this.corpo || !this.visivel() || !this.sessao.elo('travas')) return;
    try {
      const { corpo } = await this.api.seguir(this.sessao.elo('travas'));
      for (const n of NUMEROS) escrever(this.valores[n], numero(corpo[n]));
      atributo(this.tabela, 'hidden', corpo.concessoes.length === 0);
      this.corpo.replaceChildren(
        ...corpo.concessoes
          .slice(0, 50)
          .map((c) =>
            el(
              'tr',
              {},
              el('td', { class: 'num quebra', texto: c.recursos.join(', ') }),
              el('td', { class: 'num', texto: c.token }),
              el('td', { class: 'num', texto: hora(Date.parse(c.expira_em_utc), 'decimo') }),
              el('td', { class: 'num', texto: c.fila }),
            ),
          ),
      );
      this.falha.replaceChildren();
    } catch (erro) {
      this.falha.replaceChildren(cartaoDeErro(erro));
    }
    this.#vez = setTimeout(() => this.#reler(), RELER_MS);
  }
}
