/** O dia como grade: uma linha por hora, um botão por slot. Só desenha e navega; quem decide é o painel. */
import { atributo, el } from './dom.js';
import { dia, hora, intervalo, t } from './idioma.js';

/** Quantas colunas cabem numa hora; slots que não a dividem vão em linhas de doze. */
export const colunasDe = (passo) => (passo <= 3_600_000 && 3_600_000 % passo === 0 ? 3_600_000 / passo : 12);

export class Grade {
  #celulas = [];
  #rotulos = [];
  #cabecas = [];
  #geometria = '';
  #agora = -1;
  foco = 0;

  /** @param {{aoMirar(i), aoEscolher(i, estender), aoAbrir(i)}} acoes */
  constructor(no, agenda, acoes) {
    this.no = no;
    this.agenda = agenda;
    this.acoes = acoes;
    for (const [tipo, tratar] of [
      ['pointerover', (i) => acoes.aoMirar(i)],
      ['focusin', (i) => acoes.aoMirar(i)],
      ['click', (i, e) => acoes.aoEscolher(i, e.shiftKey)],
      ['dblclick', (i) => acoes.aoAbrir(i)],
    ]) {
      no.addEventListener(tipo, (evento) => {
        const i = this.#indice(evento.target);
        if (i >= 0) tratar(i, evento);
      });
    }
    no.addEventListener('pointerdown', (evento) => this.#arrastar(evento));
  }

  /** Refaz só o que mudou de forma; de um dia a outro os mesmos botões servem. */
  montar(dados) {
    const colunas = colunasDe(dados.passo);
    const geometria = `${dados.slots.length}/${colunas}`;
    if (geometria !== this.#geometria) {
      this.#geometria = geometria;
      this.#construir(dados.slots.length, colunas);
    }
    this.colunas = colunas;
    this.no.setAttribute(
      'aria-label',
      t('agenda.grade', { telescopio: dados.telescopio.nome, dia: dia(dados.dia) }),
    );
    this.#cabecas.forEach((no, c) => {
      no.textContent = `:${String(((c * dados.passo) / 60_000) % 60).padStart(2, '0')}`;
    });
    this.#rotulos.forEach((no, r) => {
      no.textContent = hora(dados.slots[r * colunas].inicio);
    });
    if (this.foco >= dados.slots.length) this.foco = 0;
  }

  /** Estado, nome e seleção de cada botão (ou só dos índices dados). */
  pintar(agora, selecao, indices) {
    const { slots } = this.agenda.dados.valor;
    const nomes = {};
    const pintarUm = (i) => {
      const estado = this.agenda.estadoDe(slots[i], agora);
      const celula = this.#celulas[i];
      atributo(celula, 'data-e', estado);
      atributo(
        celula,
        'aria-label',
        `${intervalo(slots[i].inicio, slots[i].fim)}, ${(nomes[estado] ??= t(`estado.${estado}`))}`,
      );
      atributo(celula, 'aria-selected', selecao.has(i) ? 'true' : 'false');
      atributo(celula, 'tabindex', i === this.foco ? '0' : '-1');
    };
    if (indices) indices.forEach(pintarUm);
    else slots.forEach((_, i) => pintarUm(i));
  }

  /** A linha do agora: dentro do slot em curso, na fração do tempo que passou. */
  marcarAgora(agora) {
    const { slots, passo } = this.agenda.dados.valor;
    const i = agora === null ? -1 : Math.floor((agora - slots[0].inicio) / passo);
    if (i !== this.#agora) {
      this.#celulas[this.#agora]?.removeAttribute('data-agora');
      this.#agora = i;
      this.#celulas[i]?.setAttribute('data-agora', '');
    }
    this.#celulas[i]?.style.setProperty(
      '--fracao',
      `${Math.round((100 * (agora - slots[i].inicio)) / passo)}%`,
    );
  }

  /** Leva o foco (e o único `tabindex=0`) ao slot `i`. */
  focar(i, mover = true) {
    atributo(this.#celulas[this.foco], 'tabindex', '-1');
    this.foco = i;
    atributo(this.#celulas[i], 'tabindex', '0');
    if (mover) this.#celulas[i].focus();
  }

  contem(no) {
    return this.no.contains(no);
  }

  #indice(alvo) {
    const i = alvo.closest?.('[data-i]')?.dataset.i;
    return i === undefined ? -1 : Number(i);
  }

  #arrastar(inicio) {
    const de = this.#indice(inicio.target);
    if (de < 0 || inicio.button !== 0 || inicio.pointerType === 'touch' || inicio.shiftKey) return;
    let ultimo = de;
    const mover = (evento) => {
      const i = this.#indice(evento.target);
      if (i < 0 || i === ultimo) return;
      if (ultimo === de) this.acoes.aoEscolher(de, false);
      ultimo = i;
      this.acoes.aoEscolher(i, true);
    };
    this.no.addEventListener('pointerover', mover);
    addEventListener('pointerup', () => this.no.removeEventListener('pointerover', mover), { once: true });
  }

  #construir(quantos, colunas) {
    this.#celulas = [];
    this.#rotulos = [];
    this.#cabecas = [];
    const modelo = el('button', {
      type: 'button',
      role: 'gridcell',
      class: 'slot',
      tabindex: '-1',
      'aria-selected': 'false',
    });
    const fragmento = document.createDocumentFragment();
    const cabeca = el(
      'div',
      { role: 'row', class: 'fila cabeca' },
      el('span', { role: 'columnheader', class: 'h', texto: 'UTC' }),
    );
    for (let c = 0; c < colunas; c += 1) {
      const no = el('span', { role: 'columnheader' });
      this.#cabecas.push(no);
      cabeca.append(no);
    }
    fragmento.append(cabeca);
    for (let i = 0; i < quantos; i += colunas) {
      const rotulo = el('span', { role: 'rowheader', class: 'h' });
      this.#rotulos.push(rotulo);
      const fila = el('div', { role: 'row', class: 'fila' }, rotulo);
      for (let k = i; k < Math.min(quantos, i + colunas); k += 1) {
        const celula = modelo.cloneNode();
        celula.dataset.i = k;
        this.#celulas.push(celula);
        fila.append(celula);
      }
      fragmento.append(fila);
    }
    this.no.style.setProperty('--colunas', colunas);
    this.no.replaceChildren(fragmento);
  }
}
