/** Abas: uma parte à vista por vez, setas entre elas, e a que foi aberta por último na volta. */
import { atributo, el, escrever } from '../dom.js';
import { t } from '../idioma.js';

/** @param {{nome: string, titulo: string, no: HTMLElement, abrir(): void}[]} partes `titulo` é a chave no catálogo */
export class Abas {
  constructor(partes) {
    this.partes = partes;
    this.atual = partes[0];
    this.botoes = partes.map((parte) => {
      parte.no.id = `aba-${parte.nome}`;
      parte.no.setAttribute('role', 'tabpanel');
      const id = `t-aba-${parte.nome}`;
      parte.no.setAttribute('aria-labelledby', id);
      return el('button', {
        type: 'button',
        role: 'tab',
        id,
        'aria-controls': parte.no.id,
        ao_click: () => this.mostrar(parte),
      });
    });
    this.no = el('div', { role: 'tablist', class: 'abas' }, ...this.botoes);
    this.no.addEventListener('keydown', (evento) => {
      const passo = { ArrowRight: 1, ArrowLeft: -1 }[evento.key];
      if (!passo) return;
      evento.preventDefault();
      const visiveis = partes.filter((parte) => !this.#botao(parte).hidden);
      const onde = visiveis.indexOf(this.atual) + passo + visiveis.length;
      this.mostrar(visiveis[onde % visiveis.length]);
      this.#botao(this.atual).focus();
    });
  }

  mostrar(parte = this.atual) {
    this.atual = parte;
    for (const outra of this.partes) {
      const esta = outra === parte;
      outra.no.hidden = !esta;
      atributo(this.#botao(outra), 'aria-selected', String(esta));
      atributo(this.#botao(outra), 'tabindex', esta ? '0' : '-1');
      escrever(this.#botao(outra), t(outra.titulo));
    }
    parte.abrir();
  }

  #botao(parte) {
    return this.botoes[this.partes.indexOf(parte)];
  }
}
