/** “Por que perdi?”: a regra aplicada, os dois cliques na mesma linha, e a conta do sorteio refeita aqui mesmo. */
import { expandir } from '../api.js';
import { fraseDaRecusa, figuraDaDisputa } from '../desfecho.js';
import { el, por } from '../dom.js';
import { duracao, numero, t } from '../idioma.js';
import { conferir } from './sorteio.js';

/** @param {import('../api.js').Problema} problema um 409 PRETERIDO */
export async function explicar(problema, { api, sessao }) {
  const { arbitragem: a } = problema.corpo;
  const dialogo = /** @type {HTMLDialogElement} */ (por('dialogo'));
  const conta = el('p', { class: 'pequeno', role: 'status' });
  const investigar = sessao.elo('investigar');
  const { justica } = sessao.raiz._links;
  dialogo.setAttribute('aria-label', t('desfecho.por_que'));
  const linha = (nome, quem) =>
    el(
      'tr',
      {},
      el('th', { scope: 'row', texto: nome }),
      el('td', {
        class: 'num',
        texto: duracao(quem.efetivo_ms - Math.min(a.seu.efetivo_ms, a.vencedor.efetivo_ms)),
      }),
      el('td', { class: 'num', texto: `±${duracao(quem.incerteza_ms ?? 0)}` }),
      el('td', { class: 'num', texto: `${numero(quem.uso ?? 0, 1)} h` }),
    );
  dialogo.replaceChildren(
    el('button', {
      type: 'button',
      class: 'discreto fechar',
      texto: '✕',
      'aria-label': t('geral.fechar'),
      ao_click: () => dialogo.close(),
    }),
    el('h2', { texto: t('desfecho.por_que') }),
    el('p', { class: 'frase', texto: fraseDaRecusa(problema) }),
    el('figure', {}, figuraDaDisputa(a)),
    el(
      'table',
      {},
      el(
        'thead',
        {},
        el(
          'tr',
          {},
          ...['quem', 'instante', 'margem', 'uso'].map((c) =>
            el('th', { scope: 'col', texto: t(`porque.${c}`) }),
          ),
        ),
      ),
      el('tbody', {}, linha(t('desfecho.quem_ficou'), a.vencedor), linha(t('desfecho.voce'), a.seu)),
    ),
    el('p', { texto: t(`regra.${a.criterio}`, { tau: numero(a.tau_ms), n: a.candidatos }) }),
    el('p', { class: 'pequeno suave', texto: t('porque.efetivo') }),
    conta,
    el(
      'ul',
      { class: 'pequeno elos' },
      justica
        && el(
          'li',
          {},
          el('a', {
            href: justica.href,
            target: '_blank',
            rel: 'noopener',
            texto: t('porque.registro', { janela: a.janela }),
          }),
        ),
      investigar
        && problema.traco
        && el(
          'li',
          {},
          el('a', {
            href: expandir(investigar, { busca: problema.traco }),
            target: '_blank',
            rel: 'noopener noreferrer',
            texto: t('porque.historia'),
          }),
        ),
      el('li', {}, el('a', { href: '#ajuda', texto: t('menu.regras'), ao_click: () => dialogo.close() })),
    ),
  );
  dialogo.showModal();
  conta.textContent =
    a.criterio === 'sorteio' ? await conferirSorteio(a, { api, justica }) : t('porque.sem_sorteio');
}

/** Refaz o sorteio com o segredo publicado; antes de ele sair, mostra o compromisso. */
async function conferirSorteio(a, { api, justica }) {
  try {
    const { corpo } = await api.seguir(justica);
    const { situacao, meu = '', outro = '' } = await conferir(a, corpo);
    return t(`porque.${situacao}`, {
      meu: meu.slice(0, 12),
      outro: outro.slice(0, 12),
      compromisso: a.compromisso?.slice(0, 16),
    });
  } catch {
    return t('porque.sem_conta');
  }
}
