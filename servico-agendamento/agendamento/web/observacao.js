/** “Esta observação”: do horário escolhido ao desfecho, sem sair do lugar. */
import { Problema } from './api.js';
import { botao, campo, el, escrever } from './dom.js';
import {
  cartaoDeErro,
  cartaoDeRecusa,
  fraseConfirmada,
  fraseDaEspera,
  fraseDaRecusa,
  fraseDoErro,
} from './desfecho.js';
import { ficha } from './ficha.js';
import { dia, espera, hora, horaLocal, idioma, intervalo, t } from './idioma.js';
import { remarcarPara } from './remarcar.js';
import { levarAoFim, nova } from './tentativa.js';

export class PainelObservacao {
  #lendo = 0;
  #pedindo = false;

  /** @param {object} partes no, api, sessao, agenda, painelAgenda, relogio, nomeDe, anunciar, aoEntrar, aoMudar, movendo */
  constructor(partes) {
    Object.assign(this, partes);
    this.#moldura();
    this.painelAgenda.selecao.assinar(() => {
      if (!this.#pedindo) this.dizer();
      this.mostrado = undefined;
      this.desenhar();
    });
    this.agenda.mudancas.assinar(() => this.desenhar());
    this.agenda.dados.assinar(() => this.desenhar());
    this.sessao.estado.assinar(() => this.desenhar());
    this.movendo.assinar(() => this.desenhar());
    idioma.assinar(() => {
      this.#textos();
      this.desenhar();
    });
  }

  focar() {
    const alvo = this.formulario.hidden ? this.titulo : this.alvo.entrada;
    alvo.focus();
  }

  /** Já há, logo abaixo, um desfecho que diz tudo sobre este horário. */
  get #decidido() {
    return this.#pedindo || this.desfecho.childElementCount > 0;
  }

  /** O que a seleção permite agora. */
  desenhar() {
    const selecao = this.painelAgenda.selecao.valor;
    const dados = this.agenda.dados.valor;
    const ag = this.movendo.valor;
    this.faixaMover.hidden = !ag;
    if (ag)
      escrever(
        this.textoMover,
        t('mover.de', {
          quando: this.#quando(Date.parse(ag.horario_inicio_utc), Date.parse(ag.horario_fim_utc)),
        }),
      );
    if (!selecao || !dados) {
      this.#mostrar({ explicacao: ag ? t('mover.escolha') : t('obs.vazio') });
      return;
    }
    const agora = this.relogio.agora();
    const slots = selecao.indices.map((i) => dados.slots[i]).filter(Boolean);
    const estados = new Set(slots.map((s) => this.agenda.estadoDe(s, agora)));
    const fim = ag
      ? selecao.inicio + Date.parse(ag.horario_fim_utc) - Date.parse(ag.horario_inicio_utc)
      : selecao.fim;
    this.intervalo = { inicio: selecao.inicio, fim };
    const comum = {
      quando: [`${dia(selecao.inicio)},`, `${intervalo(selecao.inicio, fim)} UTC`],
      local: t('agenda.aqui', { hora: horaLocal(selecao.inicio) }),
    };
    const [estado] = estados.size === 1 ? estados : ['mista'];
    if (estado === 'livre' || (ag && estado === 'sua')) this.#mostrar({ ...comum, livre: true });
    else if (estado === 'sua') this.#mostrar({ ...comum, meu: this.agenda.eloDe(slots[0]) });
    else if (estado === 'fechada') this.#mostrar({ ...comum, abre: Math.max(...slots.map((s) => s.abre)) });
    else
      this.#mostrar({
        ...comum,
        explicacao: this.#decidido ? '' : t(`obs.${estado}`),
        proximo: estado !== 'disputa' && !this.#decidido,
      });
  }

  bater(agora) {
    if (this.abreEm)
      escrever(
        this.explicacao,
        t('obs.fechada', {
          tempo: espera(this.abreEm - agora),
          quando: `${dia(this.abreEm)} ${hora(this.abreEm, 'segundo')}`,
        }),
      );
  }

  /** @param {number} quando `performance.now()` do clique, que é o que vale na disputa */
  async agendar(corpo, quando) {
    const { eu } = this.sessao;
    const completo = { ...corpo, ...this.relogio.carimbo(quando) };
    await this.concluir(nova(eu.id, completo));
  }

  /** Leva uma tentativa (nova ou interrompida por um recarregar) ao desfecho. */
  async concluir(tentativa) {
    const { corpo } = tentativa;
    const telescopio = this.nomeDe(corpo.telescopio);
    const [inicio, fim] = [Date.parse(corpo.horario_inicio_utc), Date.parse(corpo.horario_fim_utc)];
    const parar = new AbortController();
    this.#pedindo = true;
    this.agenda.disputar({ slug: corpo.telescopio }, inicio, fim, true);
    this.dizer(() => [this.#andamento(inicio, fim, parar)]);
    this.desfecho.focus();
    let ag = null;
    let falha = null;
    try {
      ({ corpo: ag } = await levarAoFim(
        this.api,
        this.sessao.elo('agendar'),
        tentativa,
        (ms, erro) => {
          escrever(this.progresso, fraseDaEspera(ms, erro));
        },
        parar.signal,
      ));
    } catch (erro) {
      falha = erro;
    }
    this.#pedindo = false;
    this.agenda.disputar({ slug: corpo.telescopio }, inicio, fim, false);
    if (falha) this.recusar(falha);
    else {
      this.alvo.entrada.value = '';
      this.notas.entrada.value = '';
      // Antes de repintar a agenda: quem já tem a ficha no desfecho não a mostra duas vezes.
      this.confirmar(ag, () => fraseConfirmada(ag, telescopio));
      this.agenda.acrescentarMeu(ag);
      this.agenda.aplicar('agendamento.criado', { ...ag, agendamento_id: ag.id });
    }
    this.desenhar();
    if (document.activeElement === document.body) this.desfecho.focus();
  }

  confirmar(ag, frase) {
    this.anunciar(frase());
    this.dizer(() => [bomDesfecho(frase(), ficha(ag, { ...this.contexto, semTitulo: true }))]);
    this.aoMudar();
  }

  recusar(erro) {
    const disputado = erro instanceof Problema && fraseDaRecusa(erro);
    if (disputado) {
      this.anunciar(`${t('desfecho.nao_foi')}. ${disputado}`);
      this.dizer(() => [cartaoDeRecusa(erro, (corpo, evento) => this.#trocarPor(corpo, evento))]);
      this.agenda.relerEmBreve();
      return;
    }
    const campos = { objeto_celeste: this.alvo, observacoes: this.notas };
    const gerais = [];
    for (const { campo: nome, mensagem, remedio } of erro.corpo?.erros ?? []) {
      if (campos[nome]) campos[nome].falhar(`${mensagem} ${remedio}`, 'pt-BR');
      else gerais.push(el('p', { lang: 'pt-BR', texto: `${mensagem} ${remedio}` }));
    }
    this.anunciar(fraseDoErro(erro).texto);
    this.dizer(() => [cartaoDeErro(erro), ...(erro.corpo?.erros?.length > 1 ? gerais : [])]);
    Object.values(campos)
      .find((c) => c.entrada.hasAttribute('aria-invalid'))
      ?.entrada.focus();
  }

  /** O que o desfecho diz, montado de novo se o idioma muda; sem argumento, nada. */
  dizer(montar = () => []) {
    this.montar = montar;
    this.desfecho.replaceChildren(...montar());
  }

  get contexto() {
    return {
      api: this.api,
      relogio: this.relogio,
      nomeDe: this.nomeDe,
      aoRemarcar: (ag) => this.aoRemarcar(ag),
      aoCancelar: (ag) => {
        this.anunciar(t('ficha.cancelada_ok'));
        this.agenda.aplicar('agendamento.cancelado', { ...ag, agendamento_id: ag.id });
        this.dizer(() => [bomDesfecho(t('ficha.cancelada_ok'))]);
        this.desfecho.focus();
        this.aoMudar();
      },
    };
  }

  async #trocarPor(corpo, evento) {
    await this.agendar({ ...this.#campos(), ...corpo }, evento.timeStamp);
  }

  async #enviar(evento) {
    this.alvo.limpar();
    this.notas.limpar();
    const ag = this.movendo.valor;
    if (ag) {
      await remarcarPara(this, ag, this.intervalo);
      return;
    }
    const { inicio, fim } = this.intervalo;
    await this.agendar(
      {
        telescopio: this.agenda.telescopio.slug,
        horario_inicio_utc: new Date(inicio).toISOString(),
        horario_fim_utc: new Date(fim).toISOString(),
        ...this.#campos(),
      },
      evento.timeStamp,
    );
  }

  #campos() {
    const [alvo, notas] = [this.alvo.valor, this.notas.valor];
    return { ...(alvo && { objeto_celeste: alvo }), ...(notas && { observacoes: notas }) };
  }

  #quando(inicio, fim) {
    return `${dia(inicio)}, ${intervalo(inicio, fim)} UTC`;
  }

  #mostrar({
    quando = [],
    local = '',
    explicacao = '',
    livre = false,
    meu = null,
    abre = null,
    proximo = false,
  }) {
    const focado = this.formulario.contains(document.activeElement);
    quando.forEach((texto, i) => escrever(this.quando.children[i], texto));
    this.cabeca.hidden = quando.length === 0;
    escrever(this.local, local);
    this.abreEm = abre;
    if (abre) this.bater(this.relogio.agora());
    else escrever(this.explicacao, explicacao);
    this.explicacao.hidden = !this.explicacao.textContent;
    const entrou = Boolean(this.sessao.eu);
    this.formulario.hidden = !livre || !entrou;
    this.campos.hidden = Boolean(this.movendo.valor);
    this.entrar.hidden = !livre || entrou;
    this.irAoLivre.hidden = !proximo;
    escrever(this.enviar, this.movendo.valor ? t('mover.confirmar') : t('obs.agendar'));
    if (focado && this.formulario.hidden) this.titulo.focus();
    this.#mostrarMeu(meu);
  }

  async #mostrarMeu(elo) {
    const href = elo?.href ?? null;
    if (href === this.mostrado) return;
    this.mostrado = href;
    this.meu.replaceChildren();
    if (!elo || this.#pedindo || this.desfecho.querySelector('.ficha')) return;
    const vez = (this.#lendo += 1);
    try {
      const { corpo } = await this.api.seguir(elo);
      if (vez === this.#lendo && this.mostrado === href)
        this.meu.replaceChildren(ficha(corpo, this.contexto));
    } catch (erro) {
      if (vez === this.#lendo) this.meu.replaceChildren(cartaoDeErro(erro));
    }
  }

  #andamento(inicio, fim, parar) {
    const janela = this.agenda.telescopio.janela_ms ?? this.sessao.raiz.janela_ms;
    this.progresso = el('p', { texto: t('obs.em_disputa') });
    const barra = el('span', { class: 'barra', 'aria-hidden': 'true' }, el('i'));
    barra.firstChild.style.setProperty('--janela', `${Math.max(1, janela)}ms`);
    return el(
      'div',
      { class: 'desfecho', 'data-tom': 'disputa' },
      barra,
      this.progresso,
      el('p', { class: 'miudo', texto: t('obs.janela', { ms: janela }) }),
      botao(t('obs.parar'), () => parar.abort(), { class: 'discreto' }),
    );
  }

  #moldura() {
    this.titulo = el('h2', { id: 't-obs', tabindex: '-1' });
    this.quando = el(
      'p',
      { class: 'quando' },
      el('span', { class: 'junto' }),
      ' ',
      el('span', { class: 'junto' }),
    );
    this.local = el('p', { class: 'pequeno suave' });
    this.cabeca = el('div', {}, this.quando, this.local);
    this.explicacao = el('p', { class: 'suave' });
    this.alvo = campo('', {
      name: 'objeto_celeste',
      maxlength: 120,
      autocomplete: 'off',
      placeholder: 'M31',
    });
    this.notas = campo('', { name: 'observacoes', maxlength: 2000 }, 'textarea');
    this.campos = el('div', { class: 'pilha' }, this.alvo.no, this.notas.no);
    this.enviar = botao('', (evento) => this.#enviar(evento), { class: 'principal' });
    this.formulario = el(
      'form',
      {
        class: 'pilha nao-imprime',
        hidden: true,
        ao_submit: (e) => {
          e.preventDefault();
          this.enviar.click();
        },
      },
      this.campos,
      this.enviar,
    );
    this.entrar = botao('', () => this.aoEntrar(), { class: 'principal', hidden: true });
    this.irAoLivre = botao('', () => this.aoProximoLivre(), { hidden: true });
    this.textoMover = el('p', {});
    this.sairDeMover = botao(
      '',
      () => {
        this.movendo.valor = null;
        this.focar();
      },
      { class: 'discreto' },
    );
    this.faixaMover = el(
      'div',
      { class: 'desfecho', 'data-tom': 'disputa', hidden: true },
      this.textoMover,
      this.sairDeMover,
    );
    this.meu = el('div', {});
    this.desfecho = el('section', { class: 'area-desfecho', tabindex: '-1' });
    this.no.replaceChildren(
      this.titulo,
      this.faixaMover,
      this.cabeca,
      this.explicacao,
      this.formulario,
      this.entrar,
      this.irAoLivre,
      this.meu,
      this.desfecho,
    );
  }

  #textos() {
    escrever(this.titulo, t('obs.titulo'));
    escrever(this.alvo.no.firstChild, t('obs.alvo'));
    escrever(this.notas.no.firstChild, t('obs.notas'));
    escrever(this.entrar, t('obs.entrar'));
    escrever(this.irAoLivre, t('obs.proximo_livre'));
    escrever(this.sairDeMover, t('mover.desistir'));
    this.desfecho.setAttribute('aria-label', t('desfecho.titulo'));
    this.mostrado = undefined;
    if (!this.#pedindo && this.montar) this.dizer(this.montar);
  }
}

const bomDesfecho = (frase, ...mais) =>
  el('div', { class: 'desfecho', 'data-tom': 'bom' }, el('p', { class: 'frase', texto: frase }), ...mais);
