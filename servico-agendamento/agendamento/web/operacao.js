/** Operação: paradas com previsão do que cancelam, telescópios, auditoria, locks. Cada parte cuida de si. */
import { Auditoria } from './auditoria.js';
import { cartaoDeErro } from './desfecho.js';
import { botao, campo, el } from './dom.js';
import { ficha } from './ficha.js';
import { dia, hora, idioma, intervalo, t } from './idioma.js';
import { Telescopios } from './telescopios.js';
import { Travas } from './travas.js';

const instante = (texto) => (texto ? `${texto}${texto.length === 16 ? ':00' : ''}Z` : undefined);

function trecho({ inicio_utc: inicio, fim_utc: fim }) {
  const [de, ate] = [Date.parse(inicio), Date.parse(fim)];
  if (dia(de) === dia(ate)) return `${dia(de)} · ${intervalo(de, ate)} UTC`;
  return `${dia(de)} ${hora(de)} – ${dia(ate)} ${hora(ate)} UTC`;
}

export class Operacao {
  /** @param {object} partes no, api, sessao, agenda, relogio, nomeDe, anunciar, telescopios (sinal), aoMudar() */
  constructor(partes) {
    Object.assign(this, partes);
    const area = () => el('section', { class: 'cartao' });
    this.areas = { paradas: area(), telescopios: area(), travas: area(), auditoria: area() };
    this.telas = {
      telescopios: new Telescopios({ ...partes, no: this.areas.telescopios }),
      travas: new Travas({ ...partes, no: this.areas.travas, visivel: () => !this.no.hidden }),
      auditoria: new Auditoria({ ...partes, no: this.areas.auditoria }),
    };
    this.no.replaceChildren(...Object.values(this.areas));
    idioma.assinar(() => this.abrir());
  }

  /** Chamada ao entrar na vista, e quando o telescópio muda. */
  async abrir() {
    if (this.no.hidden || !this.sessao.elo('auditoria')) return;
    this.areas.paradas.hidden = !this.agenda.telescopio?._links.indisponibilizar;
    if (!this.areas.paradas.hidden) this.#paradas();
    for (const tela of Object.values(this.telas)) tela.abrir();
  }

  async #paradas() {
    const { telescopio } = this.agenda;
    const base = new Date(this.agenda.dia).toISOString().slice(0, 10);
    const campos = {
      inicio_utc: campo(t('op.inicio'), { type: 'datetime-local', valor: `${base}T12:00` }),
      fim_utc: campo(t('op.fim'), { type: 'datetime-local', valor: `${base}T14:00` }),
      motivo: campo(t('op.motivo'), { maxlength: 400 }),
    };
    this.previsao = el('div', { class: 'pilha' });
    this.lista = el('ul', { class: 'pilha' });
    const prever = botao(t('op.prever'), () => this.#prever(telescopio, campos), { class: 'principal' });
    this.areas.paradas.replaceChildren(
      el('h2', { texto: `${t('op.paradas')} · ${telescopio.nome}` }),
      el(
        'form',
        {
          class: 'tres-campos',
          novalidate: true,
          ao_submit: (e) => {
            e.preventDefault();
            prever.click();
          },
        },
        ...Object.values(campos).map((c) => c.no),
        el('div', {}, prever),
      ),
      this.previsao,
      el('h3', { texto: t('op.marcadas') }),
      this.lista,
    );
    await this.#listar(telescopio);
  }

  async #listar(telescopio) {
    try {
      const paradas = await this.api.todos(telescopio._links.indisponibilidades, 'indisponibilidades');
      this.lista.replaceChildren(
        ...(paradas.length === 0
          ? [el('li', { class: 'suave', texto: t('op.nenhuma') })]
          : paradas.map((p) =>
              el(
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
                  && botao(t('op.reabrir'), async () => {
                    await this.#fazer(() => this.api.seguir(p._links.remover), t('op.reaberto'));
                    await this.#listar(telescopio);
                  }),
              ),
            )),
      );
    } catch (erro) {
      this.lista.replaceChildren(el('li', {}, cartaoDeErro(erro)));
    }
  }

  async #prever(telescopio, campos) {
    Object.values(campos).forEach((c) => c.limpar());
    const corpo = {
      inicio_utc: instante(campos.inicio_utc.valor),
      fim_utc: instante(campos.fim_utc.valor),
      motivo: campos.motivo.valor || undefined,
    };
    try {
      const { corpo: previsto } = await this.api.seguir(telescopio._links.prever_indisponibilidade, {
        corpo,
      });
      const { cancelados } = previsto._embedded;
      const frase = t(cancelados.length === 0 ? 'op.nada_cancelado' : 'op.cancelaria', {
        n: cancelados.length,
      });
      this.anunciar(frase);
      const confirmar = botao(
        t('op.confirmar'),
        async () => {
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
          ...cancelados
            .slice(0, 50)
            .map((ag) => ficha({ ...ag, _links: {} }, { nomeDe: this.nomeDe, relogio: this.relogio })),
          el('div', {}, confirmar),
        ),
      );
      confirmar.focus();
    } catch (erro) {
      const erros = (erro.corpo?.erros ?? []).filter((e) => campos[e.campo]);
      for (const e of erros) campos[e.campo].falhar(`${e.mensagem} ${e.remedio}`, 'pt-BR');
      if (erros.length > 0) campos[erros[0].campo].entrada.focus();
      this.previsao.replaceChildren(...(erros.length > 0 ? [] : [cartaoDeErro(erro)]));
    }
  }

  async #fazer(acao, frase) {
    try {
      await acao();
      this.anunciar(frase);
      this.previsao.replaceChildren(
        el(
          'div',
          { class: 'desfecho', 'data-tom': 'bom', tabindex: '-1' },
          el('p', { class: 'frase', texto: frase }),
        ),
      );
      this.previsao.firstChild.focus();
      this.aoMudar();
    } catch (erro) {
      this.previsao.replaceChildren(cartaoDeErro(erro));
    }
  }
}
