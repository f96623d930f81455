/** O mesmo dia para telas estreitas: uma hora por linha, que se abre em botões do tamanho de um dedo. */
import { atributo, el, escrever } from './dom.js';
import { dia, hora, intervalo, t } from './idioma.js';
import { colunasDe } from './grade.js';

export class Lista {
  #horas = [];
  #celulas = [];
  #geometria = '';
  foco = 0;

  constructor(no, agenda, acoes) {
    this.no = no;
    this.agenda = agenda;
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
      });
    }
    this.no.replaceChildren(...this.#horas.map((h) => h.no));
  }

  pintar(agora, selecao, indices) {
    const { slots } = this.agenda.dados.valor;
    const quais = indices ?? slots.map((_, i) => i);
    for (const i of quais) {
      const { botao, marca } = this.#celulas[i];
      const estado = this.agenda.estadoDe(slots[i], agora);
      atributo(botao, 'data-e', estado);
      atributo(marca, 'data-e', estado);
      atributo(botao, 'aria-label', `${intervalo(slots[i].inicio, slots[i].fim)}, ${t(`estado.${estado}`)}`);
      atributo(botao, 'aria-pressed', selecao.has(i) ? 'true' : 'false');
      escrever(botao.lastChild, hora(slots[i].inicio));
    }
    for (const r of new Set(quais.map((i) => Math.floor(i / this.colunas)))) {
      const fatia = slots.slice(r * this.colunas, (r + 1) * this.colunas);
      const livres = fatia.filter((s) => this.agenda.estadoDe(s, agora) === 'livre').length;
      escrever(this.#horas[r].rotulo, hora(fatia[0].inicio));
      escrever(this.#horas[r].resumo, t('agenda.livres', { n: livres }));
      atributo(this.#horas[r].no, 'data-vazia', livres === 0);
    }
  }

  marcarAgora() {
    /* aqui o tempo que passou já aparece no estado dos slots */
  }

  focar(i, mover = true) {
    this.foco = i;
    this.#horas[Math.floor(i / this.colunas)].no.open = true;
    if (mover) this.#celulas[i].botao.focus();
  }

  contem(no) {
    return this.no.contains(no);
  }
}
