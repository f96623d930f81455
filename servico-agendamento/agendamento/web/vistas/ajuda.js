/** A regra em cinco frases, as palavras, e o que fazer diante de cada erro. */
import { el, por } from '../dom.js';
import { t } from '../idioma.js';

const REGRAS = ['clique', 'empate', 'sorteio', 'credito', 'cota', 'conferir'];
const PALAVRAS = ['slot', 'janela', 'margem', 'lock', 'lease', 'fencing', 'parada', 'cota', 'ciclo'];
const ERROS = ['ocupado', 'preterido', 'conflito', 'limite', 'coordenador', 'chave'];

export class Ajuda {
  constructor(no, sessao) {
    this.no = no;
    this.sessao = sessao;
  }

  desenhar() {
    const parte = (id, titulo, filhos) =>
      el(
        'section',
        { class: 'cartao larga', id: `ajuda-${id}`, tabindex: '-1' },
        el('h2', { texto: t(titulo) }),
        filhos,
      );
    const pares = (nomes, texto) =>
      el(
        'dl',
        { class: 'palavras' },
        ...nomes.map((nome) => {
          const [termo, ...resto] = texto(nome).split(': ');
          return el('div', {}, el('dt', { texto: termo }), el('dd', { texto: resto.join(': ') }));
        }),
      );
    const { justica } = this.sessao.raiz?._links ?? {};
    this.no.replaceChildren(
      parte('regras', 'menu.regras', [
        el('ol', { class: 'regras' }, ...REGRAS.map((nome) => el('li', { texto: t(`rg.${nome}`) }))),
        justica
          && el(
            'p',
            {},
            el('a', { href: justica.href, target: '_blank', rel: 'noopener', texto: t('rg.dados') }),
          ),
      ]),
      parte(
        'palavras',
        'menu.palavras',
        pares(PALAVRAS, (nome) => t(`pal.${nome}`)),
      ),
      parte(
        'erros',
        'menu.erros',
        pares(ERROS, (nome) => t(`er.${nome}`)),
      ),
    );
    const [, qual] = location.hash.slice(1).split('/');
    if (qual) por(`ajuda-${qual}`)?.focus();
  }
}
