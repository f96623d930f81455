/** As teclas que valem em toda a página, fora de campos e de diálogos, e a lista delas. */
import { el, por } from './dom.js';
import { t } from './idioma.js';

/** Cada linha da lista: o nome no catálogo. */
const LISTA = [
  'livre',
  'hora',
  'duracao',
  'setas',
  'estender',
  'abrir',
  'dias',
  'hoje',
  'ir',
  'soltar',
  'ajuda',
];
const ESPERA_MS = 1200;
const ONDE_SE_ESCREVE = 'input, select, textarea, dialog, [contenteditable]';

/**
 * @param {Record<string, () => void>} acoes tecla → o que faz; `g x` é uma sequência; `1`…`9` recebem o número em
 *   `acoes.numero`
 */
export function ouvirTeclas(acoes, aoNumero) {
  let antes = '';
  let quando = 0;
  addEventListener('keydown', (evento) => {
    if (evento.defaultPrevented || evento.ctrlKey || evento.metaKey || evento.altKey) return;
    if (/** @type {Element} */ (evento.target).closest(ONDE_SE_ESCREVE)) return;
    const sequencia = antes && performance.now() - quando < ESPERA_MS ? `${antes} ${evento.key}` : evento.key;
    antes = '';
    if (evento.key === 'g') {
      antes = 'g';
      quando = performance.now();
      return;
    }
    const acao = acoes[sequencia] ?? (/^[1-9]$/.test(evento.key) ? () => aoNumero(Number(evento.key)) : null);
    if (!acao) return;
    evento.preventDefault();
    acao();
  });
}

export function mostrarTeclas() {
  const dialogo = /** @type {HTMLDialogElement} */ (por('dialogo'));
  dialogo.setAttribute('aria-label', t('teclas.titulo'));
  const linhas = LISTA.map((nome) =>
    el(
      'div',
      {},
      el('dt', {}, el('kbd', { texto: t(`tecla.${nome}`) })),
      el('dd', { texto: t(`teclas.${nome}`) }),
    ),
  );
  dialogo.replaceChildren(
    el('button', {
      type: 'button',
      class: 'discreto fechar',
      texto: '✕',
      'aria-label': t('geral.fechar'),
      ao_click: () => dialogo.close(),
    }),
    el('h2', { texto: t('teclas.titulo') }),
    el('dl', { class: 'teclas' }, ...linhas),
  );
  dialogo.showModal();
}
