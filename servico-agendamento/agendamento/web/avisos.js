/** As faixas do topo (um estado, uma faixa) e a fala aos leitores de tela, cada coisa dita uma vez. */
import { el, por, refazer } from './dom.js';
import { idioma } from './idioma.js';

const ativos = new Map();

/**
 * Põe, troca ou tira (com `nulo`) a faixa de nome `nome`.
 * @param {null|(() => {texto: string, tom?: 'ruim'|'bom', acao?: {texto: string, fazer(): void}})} montar chamada de
 *   novo quando o idioma muda
 */
export function avisar(nome, montar) {
  if (montar) ativos.set(nome, montar);
  else if (!ativos.delete(nome)) return;
  desenhar();
}

export const avisoAtivo = (nome) => ativos.has(nome);

function desenhar() {
  const nos = [...ativos].map(([nome, montar]) => {
    const { texto, tom, acao } = montar();
    return el(
      'div',
      { class: 'aviso', 'data-aviso': nome, 'data-tom': tom, role: tom === 'bom' ? 'status' : 'alert' },
      el('p', { texto }),
      acao && el('button', { type: 'button', texto: acao.texto, ao_click: acao.fazer }),
    );
  });
  const area = por('avisos');
  const iguais =
    area.children.length === nos.length && nos.every((no, i) => no.isEqualNode(area.children[i]));
  if (!iguais) refazer(area, ...nos);
}

/** Diz uma vez; a mesma frase de novo, só se for outro acontecimento. */
export function anunciar(texto) {
  const area = por('anuncios');
  area.replaceChildren(el('p', { texto }));
}

idioma.assinar(desenhar);
