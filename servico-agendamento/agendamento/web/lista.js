/** O mesmo dia para telas estreitas: uma hora por linha, que se abre em botões do tamanho de um dedo. */
import { atributo, el, escrever } from './dom.js';
import { DIA_MS } from './agenda.js';
import { dia, diaCurto, hora, intervalo, t } from './idioma.js';
import { colunasDe } from './grade.js';

export class Lista {
  #horas = [];
  #celulas = [];
  #geometria = '';
  #abertas = false;
  foco = 0;

  constructor(no, agenda, acoes) {
    this.no = no;
    this.agenda = agenda;
    this.passadas = el('button', { type: 'button', class: 'discreto passadas', hidden: true });
    this.passadas.addEventListener('click', () => this.#mostrarPassadas(!this.#abertas));
    no.addEventListener('click', (evento) => {
      const celula = evento.target.closest('[data-i]');
      if (!celula) return;
      acoes.aoEscolher(Number(celula.dataset.i), evento.shiftKey);
      acoes.aoAbrir(Number(celula.dataset.i));
    });
  }

  montar(dados) {
    this.colunas = colunasDe(dados.passo);
    const geometria = `${dados.slots.length}/${this.colunas}`;
    this.no.setAttribute(
      'aria-label',
      t('agenda.grade', { telescopio: dados.telescopio.nome, dia: dia(dados.dia) }),
    );
    if (geometria === this.#geometria) return;
    this.#geometria = geometria;
    this.#horas = [];
    this.#celulas = [];
    for (let i = 0; i < dados.slots.length; i += this.colunas) {
      const rotulo = el('span', { class: 'num' });
      const fita = el('span', { class: 'fita', 'aria-hidden': 'true' });
      const resumo = el('span', { class: 'pequeno suave' });
      const corpo = el('div', { class: 'dedos' });
      for (let k = i; k < Math.min(dados.slots.length, i + this.colunas); k += 1) {
        fita.append(el('i'));
        const botao = el(
          'button',
          { type: 'button', class: 'dedo', 'data-i': k, 'aria-pressed': 'false' },
          el('i', { 'aria-hidden': 'true' }),
          el('span', { class: 'num' }),
        );
        this.#celulas.push({ botao, marca: fita.lastChild });
        corpo.append(botao);
      }
      this.#horas.push({
        rotulo,
        resumo,
        no: el('details', {}, el('summary', {}, rotulo, fita, resumo), corpo),
        passou: false,
      });
    }
    this.no.replaceChildren(this.passadas, ...this.#horas.map((h) => h.no));
  }

  /** Como a grade: estado, nome e seleção, ou só dos índices dados. */
  pintar(agora, selecao, { indices = undefined } = {}) {
    const { slots, dia: inicioDoDia } = this.agenda.dados.valor;
    const quais = indices ?? slots.map((_, i) => i);
    for (const i of quais) {
      const { botao, marca } = this.#celulas[i];
      const slot = slots[i];
      const estado = this.agenda.estadoDe(slot, agora);
      const meu = estado === 'sua' ? this.agenda.meuEm(slot) : null;
      const escolhido = Boolean(selecao) && slot.inicio >= selecao.inicio && slot.inicio < selecao.fim;
      const outroDia = slot.inicio >= inicioDoDia + DIA_MS ? `${diaCurto(slot.inicio)}, ` : '';
      const alvo = meu?.objeto_celeste ? `${meu.objeto_celeste}, ` : '';
      atributo(botao, 'data-e', estado);
      atributo(marca, 'data-e', estado);
      atributo(marca, 'data-escolhido', escolhido);
      atributo(
        botao,
        'aria-label',
        `${outroDia}${intervalo(slot.inicio, slot.fim)}, ${alvo}${t(`estado.${estado}`)}`,
      );
      atributo(botao, 'aria-pressed', escolhido ? 'true' : 'false');
      escrever(botao.lastChild, hora(slot.inicio));
    }
    for (const r of new Set(quais.map((i) => Math.floor(i / this.colunas)))) {
      const fatia = slots.slice(r * this.colunas, (r + 1) * this.colunas);
      const livres = fatia.filter((s) => this.agenda.estadoDe(s, agora) === 'livre').length;
      const { inicio } = fatia[0];
      const linha = this.#horas[r];
      escrever(linha.rotulo, hora(inicio));
      escrever(linha.resumo, t('agenda.livres', { n: livres }));
      atributo(linha.no, 'data-vazia', livres === 0);
      atributo(linha.no, 'data-dia', inicio === inicioDoDia + DIA_MS ? diaCurto(inicio) : null);
      linha.passou = agora !== null && fatia.at(-1).fim <= agora;
    }
    this.#mostrarPassadas(this.#abertas);
  }

  #mostrarPassadas(abertas) {
    const quantas = this.#horas.filter((linha) => linha.passou).length;
    this.#abertas = abertas || quantas === this.#horas.length;
    for (const linha of this.#horas) atributo(linha.no, 'hidden', linha.passou && !this.#abertas);
    atributo(this.passadas, 'hidden', quantas === 0);
    atributo(this.passadas, 'aria-expanded', String(this.#abertas));
    escrever(this.passadas, t('agenda.passadas', { n: quantas }));
  }

  marcarAgora() {
    /* aqui o tempo que passou já aparece no estado dos slots */
  }

  focar(i, mover = true) {
    this.foco = i;
    const linha = this.#horas[Math.floor(i / this.colunas)];
    if (linha.passou) this.#mostrarPassadas(true);
    linha.no.open = true;
    if (mover) this.#celulas[i].botao.focus();
  }

  get pronta() {
    return this.#celulas.length > 0;
  }

  /** O balão é de quem paira. */
  celula() {
    return null;
  }

  prever() {
    /* o dedo não paira */
  }

  contem(no) {
    return this.no.contains(no);
  }
}
