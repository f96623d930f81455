/** Os telescópios, para a operação: criar, alterar, tirar de serviço e devolver. */
import { anunciar } from '../avisos.js';
import { cartaoDeErro } from '../desfecho.js';
import { botao, campo, el } from '../dom.js';
import { numero, t } from '../idioma.js';

const inteiro = (texto) => (texto === '' ? undefined : Number(texto));

export class Telescopios {
  constructor(partes) {
    const { no, api, sessao, telescopios, aoMudar } = partes;
    this.no = no;
    this.api = api;
    this.sessao = sessao;
    this.telescopios = telescopios;
    this.aoMudar = aoMudar;
    this.telescopios.assinar(() => {
      if (!this.no.closest('[hidden]')) this.abrir();
    });
  }

  abrir() {
    this.aviso = el('div', {});
    const lista = this.telescopios.valor;
    this.no.replaceChildren(
      el('h2', { texto: t('op.telescopios') }),
      el('ul', { class: 'pilha' }, ...lista.map((tel) => this.#item(tel))),
      this.sessao.elo('criar_telescopio')
        && el(
          'details',
          {},
          el('summary', { texto: t('op.criar') }),
          this.#formulario(null, this.sessao.elo('criar_telescopio')),
        ),
      this.aviso,
    );
  }

  #item(tel) {
    const janela = tel.janela_ms ?? this.sessao.raiz.janela_ms;
    const { desativar, alterar } = tel._links;
    return el(
      'li',
      {},
      el(
        'details',
        {},
        el(
          'summary',
          {},
          el('strong', { class: 'quebra', texto: tel.nome }),
          ' ',
          el('span', {
            class: 'suave pequeno',
            texto: t('op.resumo', {
              slot: numero(tel.duracao_slot_s / 60, tel.duracao_slot_s % 60 ? 1 : 0),
              dias: tel.horizonte_dias,
              janela,
              estado: t(tel.estado === 'ATIVO' ? 'op.ATIVO' : 'agenda.fora_de_servico'),
            }),
          }),
        ),
        alterar && this.#formulario(tel, alterar),
        el(
          'div',
          { class: 'linha' },
          desativar
            && botao(t('op.desativar'), (evento) => this.#perguntar(evento.target, tel), { class: 'perigo' }),
          !desativar && alterar && botao(t('op.ativar'), () => this.#enviar(alterar, { estado: 'ATIVO' })),
        ),
      ),
    );
  }

  /** Tirar de serviço fecha o telescópio para todos: pergunta antes, dizendo de qual se trata. */
  #perguntar(botaoPerguntado, tel) {
    const pergunta = el('div', { class: 'desfecho', 'data-tom': 'ruim' });
    const fechar = () => {
      pergunta.replaceWith(botaoPerguntado);
      botaoPerguntado.focus();
    };
    const nome = { telescopio: tel.nome };
    const sim = botao(t('op.desativar_sim', nome), () => this.#enviar(tel._links.desativar), {
      class: 'perigo',
    });
    pergunta.append(
      el('p', { class: 'frase', texto: t('op.desativar_pergunta', nome) }),
      el('div', { class: 'linha' }, botao(t('ficha.manter'), fechar), sim),
    );
    botaoPerguntado.replaceWith(pergunta);
    sim.focus();
  }

  #formulario(tel, elo) {
    const campos = {
      ...(tel
        ? {}
        : {
            slug: campo(t('op.slug'), { maxlength: 64 }),
            prefixo_recurso: campo(t('op.prefixo'), { maxlength: 64 }),
          }),
      nome: campo(t('op.nome'), { maxlength: 120, valor: tel?.nome ?? '' }),
      descricao: campo(t('op.descricao'), { maxlength: 2000, valor: tel?.descricao ?? '' }),
      ...(tel ? {} : { duracao_slot_s: campo(t('op.slot'), { inputmode: 'numeric', valor: '300' }) }),
      horizonte_dias: campo(t('op.horizonte'), { inputmode: 'numeric', valor: tel?.horizonte_dias ?? '' }),
      janela_ms: campo(t('op.janela'), { inputmode: 'numeric', valor: tel?.janela_ms ?? '' }),
    };
    const enviar = botao(t(tel ? 'op.gravar' : 'op.criar'), () => {
      const numeros = ['duracao_slot_s', 'horizonte_dias', 'janela_ms'];
      const corpo = Object.fromEntries(
        Object.entries(campos)
          .map(([k, c]) => [k, numeros.includes(k) ? inteiro(c.valor) : c.valor || undefined])
          .filter(([, v]) => v !== undefined),
      );
      return this.#enviar(elo, corpo, campos);
    });
    return el(
      'form',
      {
        class: 'tres-campos',
        novalidate: true,
        ao_submit: (e) => {
          e.preventDefault();
          enviar.click();
        },
      },
      ...Object.values(campos).map((c) => c.no),
      el('div', {}, enviar),
    );
  }

  async #enviar(elo, corpo, campos = {}) {
    Object.values(campos).forEach((c) => c.limpar());
    try {
      await this.api.seguir(elo, { corpo });
      anunciar(t('op.gravado'));
      await this.aoMudar();
      this.no.tabIndex = -1;
      this.no.focus();
    } catch (erro) {
      const erros = (erro.corpo?.erros ?? []).filter((e) => campos[e.campo]);
      for (const e of erros) campos[e.campo].falhar(`${e.mensagem} ${e.remedio}`, erro.lingua);
      if (erros.length > 0) campos[erros[0].campo].entrada.focus();
      else this.aviso.replaceChildren(cartaoDeErro(erro));
    }
  }
}
