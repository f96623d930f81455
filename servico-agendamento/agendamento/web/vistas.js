/** As vistas e o endereço delas: `#agenda/hubble-acad/2026-12-01/23:05-23:20`. Só aparecem as que os links permitem. */
import { DIA_MS } from './agenda.js';
import { el, por } from './dom.js';
import { hora, idioma, t } from './idioma.js';

const VISTAS = [
  ['agenda', null],
  ['observacoes', null],
  ['corrida', 'corrida'],
  ['operacao', 'auditoria'],
  ['ajuda', null],
];
/** As que têm lugar no topo; a ajuda está no menu. */
const NO_TOPO = VISTAS.filter(([nome]) => nome !== 'ajuda');

export class Vistas {
  /** @type {(vista: string) => void} */
  aoMudar = () => {};
  #nav = por('vistas');

  constructor({ sessao }) {
    this.sessao = sessao;
    addEventListener('hashchange', () => this.mostrar());
    sessao.estado.assinar(() => this.mostrar());
    idioma.assinar(() => this.mostrar());
  }

  get atual() {
    const [nome] = partes();
    return this.#pode(nome) ? nome : 'agenda';
  }

  #pode(nome) {
    const vista = VISTAS.find(([outro]) => outro === nome);
    return Boolean(vista) && (!vista[1] || Boolean(this.sessao.elo(vista[1])));
  }

  /**
   * O que o endereço pede: telescópio, dia (ms UTC) e trecho; ou, em “Minhas”, um agendamento. `ruim` é o pedaço que não
   * se entende.
   * @returns {{slug?: string, dia?: number, trecho?: {inicio: number, fim: number}, id?: number, ruim?: string}}
   */
  ler() {
    const [nome, primeiro, data, horas] = partes();
    if (nome && !VISTAS.some(([vista]) => vista === nome)) return { ruim: nome };
    if (nome === 'observacoes' && /^\d+$/.test(primeiro ?? '')) return { id: Number(primeiro) };
    const lido = { slug: primeiro || undefined };
    if (!data) return lido;
    const dia = /^\d{4}-\d\d-\d\d$/.test(data) ? Date.parse(`${data}T00:00:00Z`) : NaN;
    if (Number.isNaN(dia)) return { ...lido, ruim: data };
    if (!horas) return { ...lido, dia };
    const achado = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/.exec(horas);
    if (!achado) return { ...lido, dia, ruim: horas };
    const [de, ate] = [minutos(achado[1], achado[2]), minutos(achado[3], achado[4])];
    const fim = ate > de ? ate : ate + DIA_MS;
    return { ...lido, dia, trecho: { inicio: dia + de, fim: dia + fim } };
  }

  /** O endereço do que está na tela. `novo`: uma mudança de lugar, a que *Voltar* volta. */
  gravar(slug, dia, trecho, novo) {
    const data = new Date(dia).toISOString().slice(0, 10);
    const horas = trecho ? `/${hora(trecho.inicio)}-${hora(trecho.fim)}` : '';
    this.resto = `/${encodeURIComponent(slug)}/${data}${horas}`;
    if (this.atual !== 'agenda') return;
    const endereco = `#agenda${this.resto}`;
    if (location.hash === endereco) return;
    if (novo && partes().length > 1) history.pushState(null, '', endereco);
    else history.replaceState(null, '', endereco);
    this.mostrar();
  }

  ir(nome, resto) {
    if (this.atual !== nome || resto)
      location.hash = nome + (resto ?? (nome === 'agenda' ? (this.resto ?? '') : ''));
    this.mostrar();
  }

  mostrar() {
    const { atual } = this;
    document.title = `${t(`vista.${atual}`)} · SCTEC`;
    const elos = NO_TOPO.filter(([nome]) => this.#pode(nome)).map(([nome]) =>
      el('a', {
        href: `#${nome}${nome === 'agenda' ? (this.resto ?? '') : ''}`,
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

const minutos = (h, min) => (Number(h) * 60 + Number(min)) * 60_000;

function partes() {
  return location.hash
    .slice(1)
    .split('/')
    .map((parte) => {
      try {
        return decodeURIComponent(parte);
      } catch {
        return parte;
      }
    });
}
