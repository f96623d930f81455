/** Minhas observações: as que vêm, as que passaram, e quanto da cota resta. */
import { anunciar, avisar } from './avisos.js';
import { cartaoDeErro } from './desfecho.js';
import { botao, comPapeis, el, refazer, svg } from './dom.js';
import { acoesDe, exportar, fraseDoEstado, historico, miudos } from './ficha.js';
import { aqui, duracaoCheia, espera, idioma, numero, quando, t } from './idioma.js';

const COLUNAS = ['quando', 'falta', 'telescopio', 'alvo', 'acoes'];

export class Minhas {
  #feito = null;
  #destaque = null;

  /**
   * @param {any} partes no, api, sessao, relogio, nomeDe, contexto() (o que cada linha usa), aoLer(lista),
   *   aoEntrar(), aoMudar(), aoRepetir(ag)
   */
  constructor(partes) {
    const { no, api, sessao, relogio, nomeDe } = partes;
    this.no = no;
    this.api = api;
    this.sessao = sessao;
    this.relogio = relogio;
    this.nomeDe = nomeDe;
    this.partes = partes;
    this.lista = [];
    this.erro = null;
    idioma.assinar(() => this.desenhar());
    this.sessao.estado.assinar(() => this.desenhar());
  }

  /** O evento fala de uma observação daqui, ou de uma parada que pode ter levado alguma? */
  toca({ agendamento_id: id, telescopio, inicio_utc: inicio, fim_utc: fim }) {
    const coberta = (ag) =>
      ag.telescopio === telescopio && ag.horario_inicio_utc < fim && ag.horario_fim_utc > inicio;
    return this.lista.some((ag) => ag.id === id || coberta(ag));
  }

  async reler() {
    const { eu } = this.sessao;
    if (!eu) this.lista = [];
    else {
      try {
        this.lista = await this.api.todos(eu._links.agendamentos, 'agendamentos');
        this.erro = null;
        this.#lida = true;
      } catch (erro) {
        this.erro = erro;
      }
    }
    this.partes.aoLer(this.lista);
    this.desenhar();
  }

  /** Leva a vista à observação do endereço; se ela não está entre as da pessoa, diz. */
  destacar(id) {
    this.#destaque = id;
    this.#feito = null;
    this.desenhar();
  }

  #lida = false;

  desenhar() {
    if (this.no.hidden) return;
    const { eu } = this.sessao;
    const agora = this.relogio.agora() ?? Date.now();
    const futura = (ag) => ag.estado === 'ATIVO' && Date.parse(ag.horario_fim_utc) > agora;
    const cedo = (a, b) => a.horario_inicio_utc.localeCompare(b.horario_inicio_utc);
    const vem = this.lista.filter(futura).sort(cedo);
    const foram = this.lista.filter((ag) => !futura(ag)).sort((a, b) => -cedo(a, b));
    // Reler o que não mudou não apaga o que alguém está escrevendo.
    const nomes = this.lista.map((ag) => this.nomeDe(ag.telescopio));
    const feito = JSON.stringify([idioma.valor, eu, vem, foram, nomes, this.erro?.pedido]);
    if (feito === this.#feito) return;
    this.#feito = feito;
    if (!eu) {
      const entrar = botao(t('entrada.entrar'), () => this.partes.aoEntrar(), { class: 'principal' });
      const nos = [
        el('h2', { texto: t('minhas.titulo') }),
        el('p', { texto: t('minhas.entre') }),
        el('div', {}, entrar),
      ];
      refazer(this.no, el('section', { class: 'cartao' }, nos));
      return;
    }
    refazer(
      this.no,
      this.#cabeca(eu, vem),
      this.#grupo('minhas.proximas', vem, 'minhas.nenhuma'),
      this.#grupo('minhas.anteriores', foram, 'minhas.nenhuma_anterior'),
    );
    this.#levarAoDestaque();
  }

  #cabeca(eu, vem) {
    const { uso } = eu;
    return el(
      'section',
      { class: 'cartao' },
      el(
        'div',
        { class: 'linha entre' },
        el('h2', { texto: t('minhas.titulo') }),
        el(
          'div',
          { class: 'linha nao-imprime' },
          vem.length > 0 && botao(t('minhas.exportar'), () => exportar(vem, this.partes.contexto())),
          eu._links.calendario && el('a', { href: eu._links.calendario.href, texto: t('minhas.assinar') }),
        ),
      ),
      uso
        && el(
          'div',
          { class: 'medidores' },
          medidor(t('uso.ativas'), uso.ativos, uso.limite_ativos, 0),
          medidor(`${t('uso.horas')} · ${uso.ciclo}`, uso.horas_ciclo, uso.limite_horas_ciclo, 1),
        ),
      this.erro && cartaoDeErro(this.erro),
    );
  }

  #grupo(titulo, itens, vazio) {
    const cabecas = COLUNAS.map((c) => el('th', { scope: 'col', texto: t(`minhas.c_${c}`) }));
    const tabela = () =>
      el(
        'div',
        { class: 'rolagem', tabindex: '0', role: 'group', 'aria-label': t(titulo) },
        comPapeis(
          el(
            'table',
            { class: 'minhas empilha' },
            el('thead', {}, el('tr', {}, ...cabecas)),
            el('tbody', {}, ...itens.flatMap((ag) => this.#linha(ag))),
          ),
        ),
      );
    return el(
      'section',
      { class: 'cartao' },
      el('h2', { texto: `${t(titulo)} (${itens.length})` }),
      itens.length === 0 ? el('p', { class: 'suave', texto: t(vazio) }) : tabela(),
    );
  }

  #linha(ag) {
    const [inicio, fim] = [Date.parse(ag.horario_inicio_utc), Date.parse(ag.horario_fim_utc)];
    const falta = inicio - (this.relogio.agora() ?? Date.now());
    const area = el('td', { colspan: COLUNAS.length });
    const contexto = {
      ...this.partes.contexto(),
      aoRepetir: this.partes.aoRepetir,
      aoCancelar: (cancelado) => {
        this.partes.contexto().aoCancelar(cancelado);
        this.#focar();
      },
      aoEditar: () => {
        anunciar(t('ficha.gravada'));
        this.partes.aoMudar();
        this.#focar();
      },
    };
    return [
      el(
        'tr',
        { class: 'ficha', 'data-estado': ag.estado, 'data-id': ag.id, tabindex: '-1' },
        el(
          'td',
          {},
          el('strong', { class: 'num', texto: quando(inicio, fim) }),
          el('span', { class: 'miudo', texto: ` ${aqui(inicio)} · ${duracaoCheia(fim - inicio)}` }),
        ),
        el('td', { class: 'num' }, ag.estado === 'ATIVO' && falta > 0 ? espera(falta) : null),
        el('td', { class: 'quebra', texto: this.nomeDe(ag.telescopio) }),
        el(
          'td',
          { class: 'quebra' },
          el('strong', { texto: ag.objeto_celeste ?? '' }),
          ag.observacoes && el('p', { class: 'suave pre', texto: ag.observacoes }),
          fraseDoEstado(ag),
          historico(ag, contexto),
        ),
        el('td', {}, acoesDe(ag, contexto, area), el('span', { class: 'miudo num', texto: miudos(ag) })),
      ),
      el('tr', { class: 'pergunta' }, area),
    ];
  }

  #focar() {
    /** @type {HTMLElement} */ (document.getElementById('principal')).focus();
  }

  #levarAoDestaque() {
    if (!this.#destaque || !this.#lida) return;
    const id = this.#destaque;
    this.#destaque = null;
    const linha = /** @type {HTMLElement} */ (this.no.querySelector(`[data-id="${id}"]`));
    const fechar = { texto: t('geral.fechar'), fazer: () => avisar('endereco', null) };
    avisar(
      'endereco',
      linha ? null : () => ({ texto: t('aviso.observacao', { id }), tom: 'ruim', acao: fechar }),
    );
    if (!linha) return;
    linha.scrollIntoView({ block: 'center' });
    linha.focus();
  }
}

function medidor(nome, valor, limite, casas) {
  const fracao = limite ? Math.min(1, valor / limite) : 0;
  const resta = {
    n: numero(valor, casas),
    limite: numero(limite, 0),
    resta: numero(Math.max(0, limite - valor), casas),
  };
  return el(
    'div',
    {},
    el('p', { class: 'rotulo', texto: nome }),
    el('p', { class: 'num', texto: limite ? t('uso.resta', resta) : numero(valor, casas) }),
    limite > 0
      && svg(
        'svg',
        { viewBox: '0 0 200 6', preserveAspectRatio: 'none', class: 'medidor', 'aria-hidden': 'true' },
        svg('rect', { width: 200, height: 6, class: 'fundo' }),
        svg('rect', { width: 200 * fracao, height: 6 }),
      ),
  );
}
