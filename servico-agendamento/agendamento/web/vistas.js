/** As vistas e o endereço delas: `#agenda/hubble-acad/2026-12-01`. Só aparecem as que os links permitem. */
import { el, por } from './dom.js';
import { idioma, t } from './idioma.js';

const VISTAS = [
  ['agenda', null],
  ['observacoes', null],
  ['corrida', 'corrida'],
  ['operacao', 'auditoria'],
];

export class Vistas {
  aoMudar = () => {};
  #nav = por('vistas');

  constructor({ sessao }) {
    this.sessao = sessao;
    addEventListener('hashchange', () => this.mostrar());
    sessao.estado.assinar(() => this.mostrar());
    idioma.assinar(() => this.mostrar());
  }

  get permitidas() {
    return VISTAS.filter(([, elo]) => !elo || this.sessao.elo(elo)).map(([nome]) => nome);
  }

  get atual() {
    const [nome] = location.hash.slice(1).split('/');
    return this.permitidas.includes(nome) ? nome : 'agenda';
  }

  /** O telescópio e o dia (ms UTC) que o endereço traz. */
  ler() {
    const [, slug, data] = location.hash.slice(1).split('/');
    const dia = Date.parse(`${data}T00:00:00Z`);
    return { slug: slug && decodeURIComponent(slug), dia: Number.isNaN(dia) ? undefined : dia };
  }

  gravar(slug, dia) {
    this.resto = `/${encodeURIComponent(slug)}/${new Date(dia).toISOString().slice(0, 10)}`;
    history.replaceState(null, '', `#${this.atual}${this.resto}`);
    this.mostrar();
  }

  ir(nome) {
    if (this.atual !== nome) location.hash = nome + (this.resto ?? '');
    this.mostrar();
  }

  mostrar() {
    const { atual } = this;
    const titulo = t(`vista.${atual}`);
    document.title = `${titulo} · SCTEC`;
    const elos = this.permitidas.map((nome) =>
      el('a', {
        href: `#${nome}${this.resto ?? ''}`,
        texto: t(`vista.${nome}`),
        'aria-current': nome === atual ? 'page' : null,
      }),
    );
    const focado = [...this.#nav.children].indexOf(document.activeElement);
    this.#nav.replaceChildren(...elos);
    if (focado >= 0) (elos[focado] ?? elos[0]).focus();
    for (const [nome] of VISTAS) por(`vista-${nome}`).hidden = nome !== atual;
    if (this.mostrada !== atual || this.lingua !== idioma.valor) {
      if (this.mostrada && this.mostrada !== atual) scrollTo(0, 0);
      this.mostrada = atual;
      this.lingua = idioma.valor;
      this.aoMudar(atual);
    }
  }
}
