/** Minhas observações: as que vêm, as que passaram, e quanto da cota resta. */
import { cartaoDeErro } from './desfecho.js';
import { botao, el, refazer, svg } from './dom.js';
import { exportar, ficha } from './ficha.js';
import { idioma, numero, t } from './idioma.js';

export class Minhas {
  #feito = null;

  /** @param {object} partes no, api, sessao, relogio, nomeDe, contexto() (o que cada ficha usa), aoLer(lista), aoEntrar() */
  constructor(partes) {
    Object.assign(this, partes);
    this.lista = [];
    this.erro = null;
    idioma.assinar(() => this.desenhar());
    this.sessao.estado.assinar(() => this.desenhar());
  }

  /** O evento fala de uma observação daqui, ou de uma parada que pode ter levado alguma? */
  toca({ agendamento_id: id, telescopio, inicio_utc: inicio, fim_utc: fim }) {
    return this.lista.some(
      (ag) =>
        ag.id === id
        || (ag.telescopio === telescopio && ag.horario_inicio_utc < fim && ag.horario_fim_utc > inicio),
    );
  }

  async reler() {
    const { eu } = this.sessao;
    if (!eu) {
      this.lista = [];
      this.aoLer([]);
      this.desenhar();
      return;
    }
    try {
      this.lista = await this.api.todos(eu._links.agendamentos, 'agendamentos');
      this.erro = null;
    } catch (erro) {
      this.erro = erro;
    }
    this.aoLer(this.lista);
    this.desenhar();
  }

  desenhar() {
    if (this.no.hidden) return;
    const { eu } = this.sessao;
    const agora = this.relogio.agora() ?? Date.now();
    const futura = (ag) => ag.estado === 'ATIVO' && Date.parse(ag.horario_fim_utc) > agora;
    const [vem, foram] = [this.lista.filter(futura), this.lista.filter((ag) => !futura(ag)).reverse()];
    // Reler o que não mudou não apaga o que alguém está escrevendo.
    const feito = JSON.stringify([
      idioma.valor,
      eu,
      vem,
      foram,
      this.lista.map((ag) => this.nomeDe(ag.telescopio)),
      this.erro?.pedido,
    ]);
    if (feito === this.#feito) return;
    this.#feito = feito;
    if (!eu) {
      refazer(
        this.no,
        el(
          'section',
          { class: 'cartao' },
          el('h2', { texto: t('minhas.titulo') }),
          el('p', { texto: t('minhas.entre') }),
          el(
            'div',
            {},
            botao(t('entrada.entrar'), () => this.aoEntrar(), { class: 'principal' }),
          ),
        ),
      );
      return;
    }
    refazer(
      this.no,
      el(
        'section',
        { class: 'cartao' },
        el(
          'div',
          { class: 'linha entre' },
          el('h2', { texto: t('minhas.titulo') }),
          vem.length > 0 && botao(t('minhas.exportar'), () => exportar(vem, this.contexto())),
        ),
        eu.uso
          && el(
            'div',
            { class: 'medidores' },
            medidor(t('uso.ativas'), eu.uso.ativos, eu.uso.limite_ativos, 0),
            medidor(`${t('uso.horas')} · ${eu.uso.ciclo}`, eu.uso.horas_ciclo, eu.uso.limite_horas_ciclo, 1),
          ),
        this.erro && cartaoDeErro(this.erro),
      ),
      this.#grupo(t('minhas.proximas'), vem, t('minhas.nenhuma')),
      this.#grupo(t('minhas.anteriores'), foram, t('minhas.nenhuma_anterior')),
    );
  }

  #grupo(titulo, itens, vazio) {
    return el(
      'section',
      { class: 'cartao' },
      el('h2', { texto: `${titulo} (${itens.length})` }),
      itens.length === 0
        ? el('p', { class: 'suave', texto: vazio })
        : el('ul', { class: 'fichas' }, ...itens.map((ag) => el('li', {}, ficha(ag, this.contexto())))),
    );
  }
}

function medidor(nome, valor, limite, casas) {
  const fracao = limite ? Math.min(1, valor / limite) : 0;
  const texto = limite
    ? t('uso.resta', {
        n: numero(valor, casas),
        limite: numero(limite, 0),
        resta: numero(Math.max(0, limite - valor), casas),
      })
    : numero(valor, casas);
  return el(
    'div',
    {},
    el('p', { class: 'rotulo', texto: nome }),
    el('p', { class: 'num', texto }),
    limite > 0
      && svg(
        'svg',
        { viewBox: '0 0 200 6', preserveAspectRatio: 'none', class: 'medidor', 'aria-hidden': 'true' },
        svg('rect', { width: 200, height: 6, class: 'fundo' }),
        svg('rect', { width: 200 * fracao, height: 6 }),
      ),
  );
}
