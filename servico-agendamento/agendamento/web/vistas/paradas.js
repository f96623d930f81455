/** Indisponibilidade: o que ela cancelaria, quem é atingido, e um botão que diz o intervalo que vai fechar. */
import { anunciar } from '../avisos.js';
import { cartaoDeErro } from '../desfecho.js';
import { botao, campo, el } from '../dom.js';
import { quando, t } from '../idioma.js';

const MOSTRADOS = 50;
const instante = (texto) => (texto ? `${texto}${texto.length === 16 ? ':00' : ''}Z` : undefined);
const trecho = (p) => quando(Date.parse(p.inicio_utc), Date.parse(p.fim_utc));

export class Paradas {
  /** Vale só enquanto os campos dizem o que ela previu. */
  #previsto = null;
  #desenhada = '';

  constructor(partes) {
    const { no, api, agenda, nomeDe, aoMudar } = partes;
    this.no = no;
    this.api = api;
    this.agenda = agenda;
    this.nomeDe = nomeDe;
    this.aoMudar = aoMudar;
  }

  async abrir(lingua) {
    const { telescopio } = this.agenda;
    if (!telescopio?._links.indisponibilizar) return;
    const marca = `${telescopio.slug} ${this.agenda.dia} ${lingua}`;
    if (marca === this.#desenhada) {
      await this.#listar(telescopio);
      return;
    }
    const antes = this.#desenhada.split(' ')[0] === telescopio.slug ? this.campos : null;
    this.#desenhada = marca;
    const base = new Date(this.agenda.dia).toISOString().slice(0, 10);
    const valor = (nome, padrao) => antes?.[nome].entrada.value ?? padrao;
    this.campos = {
      inicio_utc: campo(t('op.inicio'), {
        type: 'datetime-local',
        valor: valor('inicio_utc', `${base}T12:00`),
      }),
      fim_utc: campo(t('op.fim'), { type: 'datetime-local', valor: valor('fim_utc', `${base}T14:00`) }),
      motivo: campo(t('op.motivo'), { maxlength: 400, valor: valor('motivo', '') }),
    };
    this.previsao = el('div', { class: 'pilha' });
    this.lista = el('ul', { class: 'pilha' });
    const prever = botao(t('op.prever'), () => this.#prever(telescopio), { class: 'principal' });
    const aoEnviar = (evento) => {
      evento.preventDefault();
      prever.click();
    };
    const formulario = el(
      'form',
      { class: 'tres-campos', novalidate: true, ao_submit: aoEnviar },
      ...Object.values(this.campos).map((c) => c.no),
      el('div', {}, prever),
    );
    formulario.addEventListener('input', () => this.#envelhecer());
    this.no.replaceChildren(
      el('h2', { texto: `${t('op.paradas')} · ${telescopio.nome}` }),
      formulario,
      this.previsao,
      el('h3', { texto: t('op.marcadas') }),
      this.lista,
    );
    await this.#listar(telescopio);
  }

  /** Mudou um campo: o que se previu não é mais o que se faria. */
  #envelhecer() {
    if (!this.#previsto) return;
    this.#previsto = null;
    this.previsao.replaceChildren(el('p', { class: 'suave', role: 'status', texto: t('op.previsao_velha') }));
  }

  async #listar(telescopio) {
    try {
      const paradas = await this.api.todos(telescopio._links.indisponibilidades, 'indisponibilidades');
      const nenhuma = [el('li', { class: 'suave', texto: t('op.nenhuma') })];
      this.lista.replaceChildren(
        ...(paradas.length === 0 ? nenhuma : paradas.map((p) => this.#item(telescopio, p))),
      );
    } catch (erro) {
      this.lista.replaceChildren(el('li', {}, cartaoDeErro(erro)));
    }
  }

  #item(telescopio, p) {
    const reabrir = async () => {
      await this.#fazer(() => this.api.seguir(p._links.remover), t('op.reaberto'));
      await this.#listar(telescopio);
    };
    return el(
      'li',
      { class: 'linha entre' },
      el(
        'span',
        {},
        el('strong', { class: 'num', texto: trecho(p) }),
        ' ',
        el('span', { class: 'quebra', texto: p.motivo }),
      ),
      p._links.remover
        && botao(t('op.reabrir'), reabrir, { 'aria-label': `${t('op.reabrir')}: ${trecho(p)}` }),
    );
  }

  async #prever(telescopio) {
    Object.values(this.campos).forEach((c) => c.limpar());
    const corpo = {
      inicio_utc: instante(this.campos.inicio_utc.valor),
      fim_utc: instante(this.campos.fim_utc.valor),
      motivo: this.campos.motivo.valor || undefined,
    };
    try {
      const { corpo: previsto } = await this.api.seguir(telescopio._links.prever_indisponibilidade, {
        corpo,
      });
      this.#previsto = corpo;
      const { cancelados } = previsto._embedded;
      const nomes = await this.#nomes(cancelados);
      if (this.#previsto !== corpo) return;
      const frase = t(cancelados.length === 0 ? 'op.nada_cancelado' : 'op.cancelaria', {
        n: cancelados.length,
      });
      anunciar(frase);
      const confirmar = botao(
        t('op.confirmar', { telescopio: telescopio.nome, quando: trecho(corpo) }),
        async () => {
          if (this.#previsto !== corpo) return;
          this.#previsto = null;
          await this.#fazer(
            () => this.api.seguir(telescopio._links.indisponibilizar, { corpo }),
            t('op.parado'),
          );
          await this.#listar(telescopio);
        },
        { class: 'perigo' },
      );
      this.previsao.replaceChildren(
        el(
          'div',
          { class: 'desfecho', 'data-tom': cancelados.length > 0 ? 'ruim' : 'bom' },
          el('p', { class: 'frase', texto: frase }),
          cancelados.length > 0 && this.#atingidas(cancelados, nomes),
          el('div', {}, confirmar),
        ),
      );
      confirmar.focus();
    } catch (erro) {
      const erros = (erro.corpo?.erros ?? []).filter((e) => this.campos[e.campo]);
      for (const e of erros) this.campos[e.campo].falhar(`${e.mensagem} ${e.remedio}`, erro.lingua);
      if (erros.length > 0) this.campos[erros[0].campo].entrada.focus();
      this.previsao.replaceChildren(...(erros.length > 0 ? [] : [cartaoDeErro(erro)]));
    }
  }

  #atingidas(cancelados, nomes) {
    const linha = (ag) =>
      el(
        'tr',
        { class: 'ficha', 'data-id': ag.id },
        el('td', {
          class: 'num',
          texto: quando(Date.parse(ag.horario_inicio_utc), Date.parse(ag.horario_fim_utc)),
        }),
        el('td', { class: 'quebra', texto: nomes.get(ag.cientista_id) ?? `nº ${ag.cientista_id}` }),
        el('td', { class: 'quebra' }, el('strong', { texto: ag.objeto_celeste ?? '' })),
      );
    const cabecas = ['op.c_quando', 'op.c_quem', 'op.c_alvo'].map((c) =>
      el('th', { scope: 'col', texto: t(c) }),
    );
    return el(
      'div',
      { class: 'rolagem', tabindex: '0', role: 'group', 'aria-label': t('op.atingidas') },
      el(
        'table',
        {},
        el('thead', {}, el('tr', {}, ...cabecas)),
        el('tbody', {}, ...cancelados.slice(0, MOSTRADOS).map(linha)),
      ),
    );
  }

  /** De quem são: cada pessoa lida uma vez. */
  async #nomes(cancelados) {
    const elos = new Map(cancelados.slice(0, MOSTRADOS).map((ag) => [ag.cientista_id, ag._links.cientista]));
    const lidos = await Promise.allSettled(
      [...elos].map(
        async ([id, elo]) => /** @type {[number, string]} */ ([id, (await this.api.seguir(elo)).corpo.nome]),
      ),
    );
    return new Map(lidos.flatMap((lido) => (lido.status === 'fulfilled' ? [lido.value] : [])));
  }

  async #fazer(acao, frase) {
    try {
      await acao();
      anunciar(frase);
      const dito = el('p', { class: 'frase', texto: frase });
      this.previsao.replaceChildren(
        el('div', { class: 'desfecho', 'data-tom': 'bom', tabindex: '-1' }, dito),
      );
      /** @type {HTMLElement} */ (this.previsao.firstElementChild).focus();
      this.aoMudar();
    } catch (erro) {
      this.previsao.replaceChildren(cartaoDeErro(erro));
    }
  }
}
