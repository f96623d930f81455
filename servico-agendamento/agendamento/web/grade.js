/** O dia como grade: uma linha por hora, um botão por slot. Só desenha e navega; quem decide é o painel. */
import { inicioDoDia } from './agenda.js';
import { atributo, el } from './dom.js';
import { dia, diaCurto, diaDaSemana, duracaoCheia, hora, intervalo, t } from './idioma.js';

const HORA_MS = 3_600_000;
/** Estes se juntam num bloco só; os livres continuam um a um, que é como se escolhem. */
const JUNTAM = new Set(['sua', 'ocupada', 'indisponivel', 'disputa', 'fechada', 'passada']);
/** O nome só aparece no bloco em que cabe. */
const CABE_NOME = 3;

/** Quantas colunas cabem numa hora; slots que não a dividem vão em linhas de doze. */
export const colunasDe = (passo) => (passo <= HORA_MS && HORA_MS % passo === 0 ? HORA_MS / passo : 12);

export class Grade {
  #celulas = [];
  #filas = [];
  #cabecas = [];
  #geometria = '';
  #agora = -1;
  #marcadas = { previa: [], fantasma: [] };
  #abertas = false;
  foco = 0;

  /** @param {{aoMirar(i), aoSair(), aoEscolher(i, estender), aoAbrir(i)}} acoes */
  constructor(no, agenda, acoes) {
    this.no = no;
    this.agenda = agenda;
    this.acoes = acoes;
    const ouvir = (tipo, tratar) =>
      no.addEventListener(tipo, (evento) => {
        const i = indice(evento.target);
        if (i >= 0) tratar(i, evento);
      });
    ouvir('pointerover', (i) => acoes.aoMirar(i));
    ouvir('focusin', (i) => acoes.aoMirar(i));
    ouvir('click', (i, evento) => acoes.aoEscolher(i, evento.shiftKey));
    ouvir('dblclick', (i) => acoes.aoAbrir(i));
    no.addEventListener('pointerleave', () => acoes.aoSair());
    no.addEventListener('focusout', (evento) => !no.contains(evento.relatedTarget) && acoes.aoSair());
    no.addEventListener('pointerdown', (evento) => this.#arrastar(evento));
    this.passadas = el('button', { type: 'button', class: 'discreto passadas', hidden: true });
    this.passadas.addEventListener('click', () => this.#mostrarPassadas(!this.#abertas));
  }

  /** Refaz só o que mudou de forma; de um dia a outro os mesmos botões servem. */
  montar(dados) {
    const colunas = colunasDe(dados.passo);
    const geometria = `${dados.slots.length}/${colunas}`;
    if (geometria !== this.#geometria) {
      this.#geometria = geometria;
      this.#construir(dados.slots.length, colunas);
    }
    if (this.#dia !== dados.dia) this.#abertas = false;
    this.#dia = dados.dia;
    this.colunas = colunas;
    const nome = { telescopio: dados.telescopio.nome, dia: dia(dados.dia) };
    this.no.setAttribute('aria-label', t('agenda.grade', nome));
    this.#cabecas.forEach((no, c) => {
      const minuto = ((c * dados.passo) / 60_000) % 60;
      no.textContent = colunas <= 12 || c % 5 === 0 ? `:${String(minuto).padStart(2, '0')}` : '';
    });
    this.#filas.forEach(({ rotulo, no }, r) => {
      const { inicio } = dados.slots[r * colunas];
      const virada = r > 0 && inicioDoDia(inicio) !== inicioDoDia(dados.slots[r * colunas - 1].inicio);
      rotulo.textContent = dados.passo <= HORA_MS ? `${hora(inicio).slice(0, 2)}h` : hora(inicio);
      atributo(no, 'data-dia', virada ? diaCurto(inicio) : null);
    });
    this.#nomes = dados.slots.map(({ inicio, fim }) => {
      const outro = inicioDoDia(inicio) === dados.dia ? '' : `${diaDaSemana(inicio)}, ${dia(inicio)}, `;
      return outro + intervalo(inicio, fim);
    });
    if (this.foco >= dados.slots.length) this.foco = 0;
  }

  /**
   * Estado, nome e seleção de cada botão, ou só das linhas em que estão os índices dados.
   * @param {number|null} agora
   * @param {{inicio: number, fim: number}|null} selecao
   * @param {{fantasma?: any, indices?: number[]}} [mais] `fantasma`: o lugar do agendamento que se move
   */
  pintar(agora, selecao, { fantasma = undefined, indices = undefined } = {}) {
    const { slots } = this.agenda.dados.valor;
    const filas = indices
      ? new Set(indices.map((i) => Math.floor(i / this.colunas)))
      : new Set(this.#filas.keys());
    const palavras = {};
    for (const r of filas) {
      const [de, ate] = [r * this.colunas, Math.min(slots.length, (r + 1) * this.colunas)];
      let bloco = null;
      for (let i = de; i < ate; i += 1) {
        const slot = slots[i];
        const estado = this.agenda.estadoDe(slot, agora);
        const meu = estado === 'sua' ? this.agenda.meuEm(slot) : null;
        const escolhido = Boolean(selecao) && slot.inicio >= selecao.inicio && slot.inicio < selecao.fim;
        const celula = this.#celulas[i];
        const palavra = (palavras[estado] ??= t(`estado.${estado}`));
        const nome = meu?.objeto_celeste ? `${meu.objeto_celeste}, ${palavra}` : palavra;
        atributo(celula, 'data-e', estado);
        atributo(celula, 'aria-label', `${this.#nomes[i]}, ${nome}`);
        atributo(celula, 'aria-selected', escolhido ? 'true' : 'false');
        atributo(celula, 'tabindex', i === this.foco ? '0' : '-1');
        const chave = escolhido ? 'escolhido' : JUNTAM.has(estado) ? `${estado} ${meu?.id ?? ''}` : null;
        if (bloco && bloco.chave === chave) bloco.ate = i;
        else {
          this.#fechar(bloco);
          const comeca = escolhido && slot.inicio === selecao.inicio;
          const quanto = comeca ? duracaoCheia(selecao.fim - selecao.inicio) : '';
          bloco = { chave, de: i, ate: i, nome: escolhido && estado === 'livre' ? quanto : nome };
        }
      }
      this.#fechar(bloco);
      const todas = slots.slice(de, ate).every((slot) => agora !== null && slot.fim <= agora);
      this.#filas[r].passou = todas;
    }
    this.#marcar('fantasma', fantasma ? this.agenda.indices(fantasma.inicio, fantasma.fim) : []);
    this.#mostrarPassadas(this.#abertas);
  }

  /** O bloco que a duração escolhida ocuparia daqui; `cabe` diz se está todo livre. */
  prever(indices, cabe) {
    this.#marcar('previa', indices, cabe ? 'cabe' : 'nao');
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
    if (this.#filas[Math.floor(i / this.colunas)].no.hidden) this.#mostrarPassadas(true);
    if (mover) this.#celulas[i].focus();
  }

  /** Já montada: há o que pintar. */
  get pronta() {
    return this.#celulas.length > 0;
  }

  contem(no) {
    return this.no.contains(no);
  }

  /** O botão do slot, para pôr alguma coisa ao lado dele. */
  celula(i) {
    return this.#celulas[i];
  }

  #dia = null;
  #nomes = [];

  /** As bordas do bloco e, se couber, o nome dele. */
  #fechar(bloco) {
    if (!bloco) return;
    const { de, ate, chave, nome } = bloco;
    for (let i = de; i <= ate; i += 1) {
      const lado = de === ate || !chave ? null : i === de ? 'inicio' : i === ate ? 'fim' : 'meio';
      atributo(this.#celulas[i], 'data-liga', lado);
      atributo(this.#celulas[i], 'data-nome', null);
    }
    const n = ate - de + 1;
    const mostra = chave && nome && n >= CABE_NOME && !/^(passada|fechada)/.test(chave);
    if (!mostra) return;
    atributo(this.#celulas[de], 'data-nome', nome);
    this.#celulas[de].style.setProperty('--n', n);
  }

  #marcar(qual, indices, valor = '') {
    for (const i of this.#marcadas[qual]) this.#celulas[i]?.removeAttribute(`data-${qual}`);
    this.#marcadas[qual] = indices;
    for (const i of indices) this.#celulas[i]?.setAttribute(`data-${qual}`, valor);
  }

  #mostrarPassadas(abertas) {
    const quantas = this.#filas.filter((fila) => fila.passou).length;
    this.#abertas = abertas || quantas === this.#filas.length;
    for (const fila of this.#filas) atributo(fila.no, 'hidden', fila.passou && !this.#abertas);
    atributo(this.passadas, 'hidden', quantas === 0);
    atributo(this.passadas, 'aria-expanded', String(this.#abertas));
    const rotulo = t('agenda.passadas', { n: quantas });
    if (this.passadas.textContent !== rotulo) this.passadas.textContent = rotulo;
  }

  #arrastar(inicio) {
    const de = indice(inicio.target);
    if (de < 0 || inicio.button !== 0 || inicio.pointerType === 'touch' || inicio.shiftKey) return;
    let ultimo = de;
    const mover = (evento) => {
      const i = indice(evento.target);
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
    this.#filas = [];
    this.#cabecas = [];
    const modelo = el('button', {
      type: 'button',
      role: 'gridcell',
      class: 'slot',
      tabindex: '-1',
      'aria-selected': 'false',
    });
    const fragmento = document.createDocumentFragment();
    const canto = el('span', { role: 'columnheader', class: 'h', texto: 'UTC' });
    const cabeca = el('div', { role: 'row', class: 'fila cabeca' }, canto);
    for (let c = 0; c < colunas; c += 1) {
      const no = el('span', { role: 'columnheader' });
      this.#cabecas.push(no);
      cabeca.append(no);
    }
    fragmento.append(cabeca);
    for (let i = 0; i < quantos; i += colunas) {
      const rotulo = el('span', { role: 'rowheader', class: 'h' });
      const fila = el('div', { role: 'row', class: 'fila' }, rotulo);
      for (let k = i; k < Math.min(quantos, i + colunas); k += 1) {
        const celula = /** @type {HTMLElement} */ (modelo.cloneNode());
        celula.dataset.i = String(k);
        this.#celulas.push(celula);
        fila.append(celula);
      }
      this.#filas.push({ rotulo, no: fila, passou: false });
      fragmento.append(fila);
    }
    this.#marcadas = { previa: [], fantasma: [] };
    this.no.style.setProperty('--colunas', String(colunas));
    this.no.replaceChildren(fragmento);
  }
}

function indice(alvo) {
  const i = alvo.closest?.('[data-i]')?.dataset.i;
  return i === undefined ? -1 : Number(i);
}
