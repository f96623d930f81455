/** A trilha de auditoria: a página mais nova primeiro, e a conferência da cadeia inteira. */
import { cartaoDeErro } from '../desfecho.js';
import { botao, campo, comPapeis, el, refazer } from '../dom.js';
import { dia, hora, t } from '../idioma.js';

const POR_PAGINA = 25;

/** O que é simples, à vista; o que tem estrutura, a um clique. */
function detalhes(dados) {
  const simples = Object.entries(dados).filter(([, v]) => v === null || typeof v !== 'object');
  const compostos = Object.fromEntries(
    Object.entries(dados).filter(([, v]) => v !== null && typeof v === 'object'),
  );
  return el(
    'td',
    { class: 'num quebra detalhes' },
    simples.map(([k, v]) => `${k}: ${v}`).join(' · '),
    Object.keys(compostos).length > 0
      && el(
        'details',
        {},
        el('summary', { texto: Object.keys(compostos).join(', ') }),
        el('pre', { texto: JSON.stringify(compostos, null, 1) }),
      ),
  );
}

export class Auditoria {
  constructor(partes) {
    const { no, api, sessao } = partes;
    this.no = no;
    this.api = api;
    this.sessao = sessao;
    this.conferencia = null;
    this.filtro = {};
  }

  async abrir(elo) {
    this.conferencia ??= el('div', { role: 'status' });
    try {
      let { corpo } = await this.api.seguir(elo ?? this.sessao.elo('auditoria'), {
        parametros: { limite: POR_PAGINA, ...this.filtro },
      });
      if (!elo && !this.#filtrada) ({ corpo } = await this.api.seguir(corpo._links.ultimos));
      this.#desenhar(corpo);
    } catch (erro) {
      this.no.replaceChildren(el('h2', { texto: t('aud.titulo') }), this.#filtrar(), cartaoDeErro(erro));
    }
  }

  get #filtrada() {
    return Object.values(this.filtro).some(Boolean);
  }

  /** A história de uma observação, ou de um tipo de evento: da mais antiga em diante. */
  #filtrar() {
    const observacao = campo(t('aud.observacao'), {
      inputmode: 'numeric',
      value: this.filtro.agendamento_id ?? '',
    });
    const evento = campo(t('aud.evento'), {
      placeholder: 'AGENDAMENTO_CRIADO',
      maxlength: 40,
      value: this.filtro.evento ?? '',
    });
    const filtrar = botao(t('aud.filtrar'), () => {
      this.filtro = {
        agendamento_id: observacao.valor || undefined,
        evento: evento.valor.toUpperCase() || undefined,
      };
      return this.abrir();
    });
    const ao_submit = (e) => {
      e.preventDefault();
      filtrar.click();
    };
    return el(
      'form',
      { class: 'tres-campos', novalidate: true, ao_submit },
      observacao.no,
      evento.no,
      el('div', {}, filtrar),
    );
  }

  #desenhar({ _embedded: { registros }, _links: elos }) {
    const colunas = ['seq', 'quando', 'evento', 'detalhes', 'hash'];
    refazer(
      this.no,
      el(
        'div',
        { class: 'linha entre' },
        el('h2', { texto: t('aud.titulo') }),
        el(
          'div',
          { class: 'linha' },
          elos.prev && !this.#filtrada && botao(t('aud.anteriores'), () => this.abrir(elos.prev)),
          elos.next && botao(t('aud.seguintes'), () => this.abrir(elos.next)),
          botao(t('aud.ultimos'), () => {
            this.filtro = {};
            return this.abrir();
          }),
          botao(t('aud.verificar'), () => this.#verificar(), { class: 'principal' }),
        ),
      ),
      this.conferencia,
      this.#filtrar(),
      el(
        'div',
        { class: 'rolagem', tabindex: '0', role: 'group', 'aria-label': t('aud.titulo') },
        comPapeis(
          el(
            'table',
            { class: 'trilha empilha' },
            el(
              'thead',
              {},
              el('tr', {}, ...colunas.map((c) => el('th', { scope: 'col', texto: t(`aud.${c}`) }))),
            ),
            el(
              'tbody',
              {},
              ...[...registros].reverse().map((r) => {
                const ms = Date.parse(r.timestamp_utc);
                return el(
                  'tr',
                  {},
                  el('td', { class: 'num', texto: r.seq }),
                  el('td', { class: 'num', texto: `${dia(ms)} ${hora(ms, 'decimo')}` }),
                  el('td', { texto: r.event_type }),
                  detalhes(r.details),
                  el('td', { class: 'num pequeno', title: r.hash, texto: `${r.hash.slice(0, 10)}…` }),
                );
              }),
            ),
          ),
        ),
      ),
    );
  }

  async #verificar() {
    this.conferencia.replaceChildren(el('p', { class: 'suave', texto: t('aud.conferindo') }));
    try {
      const { corpo } = await this.api.seguir(this.sessao.elo('verificar_auditoria'), { prazoMs: 60_000 });
      const hms = hora(Date.parse(corpo.conferida_em_utc), 'segundo');
      this.conferencia.replaceChildren(
        el(
          'div',
          { class: 'desfecho', 'data-tom': corpo.integra ? 'bom' : 'ruim' },
          el('p', {
            class: 'frase',
            texto: t(corpo.integra ? 'aud.integra' : 'aud.quebrada', {
              hora: hms,
              n: corpo.divergencias.length,
            }),
          }),
          ...corpo.divergencias.map((d) =>
            el('p', { class: 'num', lang: 'pt-BR', texto: `seq ${d.seq}: ${d.problema}` }),
          ),
        ),
      );
    } catch (erro) {
      this.conferencia.replaceChildren(cartaoDeErro(erro));
    }
  }
}
