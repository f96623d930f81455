/** Demonstrar a corrida: dez pedidos pelo mesmo horário, e quem ficaria com ele em cada regra. */
import { anunciar } from '../avisos.js';
import { cartaoDeErro } from '../desfecho.js';
import { botao, comPapeis, el, refazer, svg } from '../dom.js';
import { dia, duracao, idioma, intervalo, numero, t } from '../idioma.js';
import { expandir } from '../api.js';

const MOTIVOS = {
  RECURSO_OCUPADO: 'corrida.fora',
  CONFLITO_HORARIO: 'corrida.fora',
  LIMITE_EXCEDIDO: 'corrida.limite',
  COORDENADOR_INDISPONIVEL: 'corrida.sem_coordenador',
};
const LOSANGO = 'M0 -8l5 8l-5 8l-5 -8z';

export class Corrida {
  #resultado = null;
  #erro = null;
  #correndo = false;

  /** @param {{no, api, sessao, agenda, nomeDe(slug)}} partes */
  constructor(partes) {
    const { no, api, sessao, agenda, nomeDe } = partes;
    this.no = no;
    this.api = api;
    this.sessao = sessao;
    this.agenda = agenda;
    this.nomeDe = nomeDe;
    this.area = el('div', { class: 'pilha' });
    this.botao = botao('', () => this.correr(), { class: 'principal' });
    this.titulo = el('h2', {});
    this.explicacao = el('p', { class: 'larga' });
    this.no.replaceChildren(
      el('section', { class: 'cartao' }, this.titulo, this.explicacao, el('div', {}, this.botao)),
      this.area,
    );
    idioma.assinar(() => this.desenhar());
  }

  async correr() {
    this.#correndo = true;
    this.#erro = null;
    this.desenhar();
    try {
      const { corpo } = await this.api.seguir(this.sessao.elo('corrida'), {
        corpo: { telescopio: this.agenda.telescopio.slug },
      });
      this.#resultado = corpo;
      anunciar(this.#frase(corpo));
    } catch (erro) {
      this.#erro = erro;
    }
    this.#correndo = false;
    this.desenhar();
  }

  desenhar() {
    if (this.no.hidden) return;
    this.titulo.textContent = t('corrida.titulo');
    this.explicacao.textContent = t('corrida.explicacao');
    this.botao.textContent = t(this.#correndo ? 'corrida.correndo' : 'corrida.correr');
    const r = this.#resultado;
    refazer(this.area, ...[this.#erro && cartaoDeErro(this.#erro), r && this.#cartao(r)].filter(Boolean));
  }

  #frase(r) {
    const quem = { venceu: r.venceu ?? '—', chegada: r.venceria_por_chegada, primeiro: r.clicou_primeiro };
    const frase = t(r.venceu === r.venceria_por_chegada ? 'corrida.igual' : 'corrida.diferente', quem);
    const pioneira = r.concorrentes.find((c) => c.nome === r.clicou_primeiro);
    if (!r.venceu || r.clicou_primeiro === r.venceu || !pioneira.arbitragem) return frase;
    return `${frase} ${t(pioneira.arbitragem.empate ? 'corrida.empatou' : 'corrida.limitada', quem)}`;
  }

  #cartao(r) {
    const fim = Math.max(...r.concorrentes.map((c) => c.chegada_ms)) * 1.04;
    const investigar = this.sessao.elo('investigar');
    const quando = `${dia(Date.parse(r.horario_inicio_utc))}, ${intervalo(Date.parse(r.horario_inicio_utc), Date.parse(r.horario_fim_utc))} UTC`;
    return el(
      'section',
      { class: 'cartao' },
      el('h2', { texto: `${this.nomeDe(r.telescopio)} · ${quando}` }),
      el('p', { class: 'frase', texto: this.#frase(r) }),
      el(
        'div',
        { class: 'rolagem', tabindex: '0', role: 'group', 'aria-label': t('corrida.tabela') },
        comPapeis(
          el(
            'table',
            { class: 'corrida empilha' },
            el(
              'thead',
              {},
              el(
                'tr',
                {},
                ...['quem', 'rede', 'linha', 'clicou', 'chegou', 'decisao'].map((c) =>
                  el('th', { scope: 'col', texto: t(`corrida.${c}`) }),
                ),
              ),
            ),
            el('tbody', {}, ...r.concorrentes.map((c) => this.#fila(c, r, fim))),
          ),
        ),
      ),
      el(
        'ul',
        { class: 'legenda pequeno' },
        ...['clique', 'valeu', 'viagem', 'chegada'].map((m) => el('li', {}, marca(m), t(`corrida.m_${m}`))),
      ),
      el('p', { class: 'pequeno suave', texto: `${this.#empate(r)} ${t('corrida.desfeita')}` }),
      el(
        'p',
        { class: 'pequeno quebra' },
        investigar
          ? el('a', {
              href: expandir(investigar, { busca: r.trace_id }),
              target: '_blank',
              rel: 'noopener noreferrer',
              texto: t('corrida.investigar'),
            })
          : el('span', { class: 'miudo num', texto: `${t('corrida.traco')} ${r.trace_id}` }),
      ),
    );
  }

  /** O que é um empate, com o limite que valeu. */
  #empate(r) {
    const com = r.concorrentes.find((c) => c.arbitragem?.tau_ms);
    return com ? t('corrida.empate', { tau: numero(com.arbitragem.tau_ms) }) : '';
  }

  #fila(c, r, fim) {
    const venceu = c.nome === r.venceu;
    return el(
      'tr',
      { 'data-venceu': venceu },
      el('th', { scope: 'row', texto: c.nome }),
      el('td', { class: 'num', texto: duracao(c.ida_e_volta_ms) }),
      el('td', {}, viagem(c, fim, venceu)),
      el('td', { class: 'num', texto: `+${numero(c.clique_ms, 1)} ms` }),
      el('td', { class: 'num', texto: `+${numero(c.chegada_ms, 1)} ms` }),
      el(
        'td',
        {},
        venceu ? el('strong', { texto: t('corrida.ficou') }) : motivo(c),
        c.nome === r.venceria_por_chegada && el('span', { class: 'etiqueta', texto: t('corrida.ficaria') }),
      ),
    );
  }
}

function motivo(c) {
  const a = c.arbitragem;
  if (!a?.seu || !a.vencedor) return t(MOTIVOS[c.motivo] ?? 'corrida.recusado');
  if (a.criterio === 'instante')
    return t('corrida.por_instante', { ms: duracao(a.seu.efetivo_ms - a.vencedor.efetivo_ms) });
  return t(`corrida.por_${a.criterio}`);
}

/** Em porcentagens, para que a escala estique sem deformar as marcas. */
function viagem(c, fim, venceu) {
  const x = (ms) => `${(2 + (ms / fim) * 96).toFixed(2)}%`;
  return svg(
    'svg',
    { class: 'viagem', 'data-venceu': venceu, 'aria-hidden': 'true' },
    svg('line', { x1: x(c.clique_ms), x2: x(c.chegada_ms), y1: '50%', y2: '50%', class: 'trajeto' }),
    svg('line', { x1: x(c.chegada_ms), x2: x(c.chegada_ms), y1: '12%', y2: '88%', class: 'chegada' }),
    svg('circle', { cx: x(c.clique_ms), cy: '50%', r: 5 }),
    c.efetivo_ms !== null
      && svg(
        'svg',
        { x: x(Math.max(0, c.efetivo_ms)), y: '50%', overflow: 'visible' },
        svg('path', { d: LOSANGO, class: 'valeu' }),
      ),
  );
}

function marca(qual) {
  const desenho = {
    clique: svg('circle', { cx: 10, cy: 8, r: 5 }),
    valeu: svg('path', { d: LOSANGO, class: 'valeu', transform: 'translate(10 8)' }),
    viagem: svg('line', { x1: 1, x2: 19, y1: 8, y2: 8, class: 'trajeto' }),
    chegada: svg('line', { x1: 10, x2: 10, y1: 1, y2: 15, class: 'chegada' }),
  }[qual];
  return svg('svg', { viewBox: '0 0 20 16', class: 'viagem marca', 'aria-hidden': 'true' }, desenho);
}
