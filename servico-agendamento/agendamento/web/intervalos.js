/** Dois cliques numa linha do tempo: o instante de cada um e até onde ele pode ter errado. */
import { svg } from './dom.js';
import { duracao, t } from './idioma.js';

const LARGURA = 220;
const MARGEM = 8;

/**
 * @param {{efetivo_ms: number, incerteza_ms: number|null, nome: string, classe: string}[]} pontos
 * @returns {SVGElement}
 */
export function linhaDeIntervalos(pontos) {
  const erros = pontos.map((p) => p.incerteza_ms ?? 0);
  const menor = Math.min(...pontos.map((p, i) => p.efetivo_ms - erros[i]));
  const maior = Math.max(...pontos.map((p, i) => p.efetivo_ms + erros[i]));
  const folga = Math.max(2, (maior - menor) * 0.08);
  const x = (ms) => MARGEM + ((ms - menor + folga) / (maior - menor + 2 * folga)) * (LARGURA - 2 * MARGEM);
  const primeiro = Math.min(...pontos.map((p) => p.efetivo_ms));
  const altura = 34 * pontos.length + 6;
  const linhas = pontos.map((p, i) => {
    const y = 26 + 34 * i;
    const meio = x(p.efetivo_ms);
    const rotulo = `${p.nome} · ${p.efetivo_ms === primeiro ? '0 ms' : `+${duracao(p.efetivo_ms - primeiro)}`} ±${duracao(erros[i])}`;
    return svg(
      'g',
      { class: p.classe },
      svg('text', { x: MARGEM, y: y - 12, class: 'rot', texto: rotulo }),
      svg('line', { x1: MARGEM, x2: LARGURA - MARGEM, y1: y, y2: y, class: 'eixo' }),
      svg('line', {
        x1: x(p.efetivo_ms - erros[i]),
        x2: x(p.efetivo_ms + erros[i]),
        y1: y,
        y2: y,
        class: 'faixa',
      }),
      svg('circle', { cx: meio, cy: y, r: 4.5 }),
    );
  });
  const texto = pontos
    .map((p, i) => `${p.nome}: ${duracao(p.efetivo_ms - primeiro)} ±${duracao(erros[i])}`)
    .join('; ');
  return svg(
    'svg',
    {
      viewBox: `0 0 ${LARGURA} ${altura}`,
      class: 'intervalos',
      role: 'img',
      'aria-label': `${t('desfecho.linha')}: ${texto}`,
    },
    ...linhas,
  );
}
