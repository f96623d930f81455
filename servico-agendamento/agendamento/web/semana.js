/** A faixa da semana: sete dias, quanto de cada um está livre, e quais têm observação da pessoa. */
import { DIA_MS, inicioDoDia } from './agenda.js';
import { el, refazer } from './dom.js';
import { diaDaSemana, diaInteiro, idioma, numero, t } from './idioma.js';

const SEMANA_MS = 7 * DIA_MS;
/** Com slots menores que isto, os sete dias seriam dezenas de milhares: a faixa fica sem as barras. */
const SLOT_MINIMO_S = 300;
const RELER_MS = 5000;

/** A segunda-feira da semana do instante, em UTC. */
const segunda = (ms) => inicioDoDia(ms) - ((new Date(ms).getUTCDay() + 6) % 7) * DIA_MS;

export class Semana {
  #livre = new Map();
  #lida = '';
  relerEm = null;

  /** @param {{no, api, agenda, relogio, aoTrocarDia(dia), meus: any}} partes */
  constructor({ no, api, agenda, relogio, aoTrocarDia, meus }) {
    this.no = no;
    this.api = api;
    this.agenda = agenda;
    this.relogio = relogio;
    this.aoTrocarDia = aoTrocarDia;
    this.meus = meus;
    agenda.estado.assinar(() => this.desenhar());
    agenda.mudancas.assinar(() => this.#relerEmBreve());
    agenda.dados.assinar(() => this.#ler());
    meus.assinar(() => this.desenhar());
    idioma.assinar(() => this.desenhar());
  }

  desenhar() {
    const { telescopio, dia } = this.agenda;
    if (!telescopio) return;
    const inicio = segunda(dia);
    const hoje = inicioDoDia(this.relogio.agora() ?? Date.now());
    const com = new Set(
      this.meus.valor
        .filter((ag) => ag.estado === 'ATIVO' && ag.telescopio === telescopio.slug)
        .map((ag) => inicioDoDia(Date.parse(ag.horario_inicio_utc))),
    );
    const dias = Array.from({ length: 7 }, (_, i) => inicio + i * DIA_MS);
    refazer(
      this.no,
      this.#seta('◂', t('agenda.semana_anterior'), dia - SEMANA_MS),
      el('ol', {}, ...dias.map((d) => el('li', {}, this.#dia(d, { hoje, com })))),
      this.#seta('▸', t('agenda.semana_seguinte'), dia + SEMANA_MS),
      el('button', {
        type: 'button',
        class: 'discreto hoje',
        texto: t('agenda.hoje'),
        ao_click: () => this.aoTrocarDia(hoje),
      }),
      this.#calendario(dia),
    );
  }

  #dia(d, { hoje, com }) {
    const livre = d < hoje ? undefined : this.#livre.get(d);
    const partes = [
      diaInteiro(d),
      livre !== undefined && t('agenda.livre_do_dia', { p: numero(100 * livre) }),
      com.has(d) && t('agenda.com_sua'),
    ];
    const no = el(
      'button',
      {
        type: 'button',
        'aria-label': partes.filter(Boolean).join(', '),
        'aria-current': d === this.agenda.dia ? 'date' : null,
        'data-hoje': d === hoje,
        'data-passado': d < hoje,
        ao_click: () => this.aoTrocarDia(d),
      },
      el(
        'span',
        {},
        `${diaDaSemana(d)} `,
        el('b', { texto: new Date(d).getUTCDate() }),
        com.has(d) && el('i', { class: 'ponto' }),
      ),
      el('span', { class: 'livre', 'aria-hidden': 'true' }, el('i', {})),
    );
    /** @type {HTMLElement} */ (no.querySelector('.livre i')).style.setProperty(
      '--fracao-livre',
      String(livre ?? 0),
    );
    return no;
  }

  #seta(texto, nome, destino) {
    return el('button', {
      type: 'button',
      class: 'discreto seta',
      texto,
      'aria-label': nome,
      ao_click: () => this.aoTrocarDia(destino),
    });
  }

  /** Qualquer outro dia, pelo calendário do navegador. */
  #calendario(dia) {
    return el('input', {
      type: 'date',
      class: 'calendario num',
      'aria-label': t('agenda.dia'),
      valor: new Date(dia).toISOString().slice(0, 10),
      ao_change: (evento) => {
        const novo = Date.parse(`${evento.target.value}T00:00:00Z`);
        if (!Number.isNaN(novo)) this.aoTrocarDia(novo);
      },
    });
  }

  #relerEmBreve() {
    this.relerEm ??= setTimeout(() => {
      this.relerEm = null;
      this.#lida = '';
      if (!document.hidden) this.#ler();
    }, RELER_MS);
  }

  async #ler() {
    const { telescopio, dia } = this.agenda;
    const marca = `${telescopio?.slug} ${dia && segunda(dia)}`;
    if (!telescopio || marca === this.#lida || telescopio.duracao_slot_s < SLOT_MINIMO_S) return;
    if (marca.split(' ')[0] !== this.#lida.split(' ')[0]) this.#livre.clear();
    this.#lida = marca;
    const inicio = segunda(dia);
    const faixa = { de: new Date(inicio).toISOString(), ate: new Date(inicio + SEMANA_MS).toISOString() };
    try {
      const { corpo } = await this.api.seguir(telescopio._links.agenda, { parametros: faixa });
      if (marca !== this.#lida) return;
      const porDia = new Map();
      for (const slot of corpo.slots) {
        const d = inicioDoDia(Date.parse(slot.inicio_utc));
        const [livres, todos] = porDia.get(d) ?? [0, 0];
        porDia.set(d, [livres + (slot.estado === 'livre' ? 1 : 0), todos + 1]);
      }
      for (const [d, [livres, todos]] of porDia) this.#livre.set(d, livres / todos);
      this.desenhar();
    } catch {
      this.#lida = ''; // é um enfeite útil: sem ele a agenda continua inteira
    }
  }
}
