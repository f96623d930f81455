/** “Por que perdi?”: a regra aplicada, os dois cliques na mesma linha, e a conta do sorteio refeita aqui mesmo. */
import { expandir } from '../api.js';
import { fraseDaRecusa, figuraDaDisputa } from '../desfecho.js';
import { el, por } from '../dom.js';
import { duracao, numero, t } from '../idioma.js';

const codificador = new TextEncoder();

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
    a.criterio === 'sorteio'
      ? await conferirSorteio(a, problema.corpo.recurso, { api, justica })
      : t('porque.sem_sorteio');
}

/** Refaz o sorteio com o segredo publicado; antes de ele sair, confere o compromisso. */
async function conferirSorteio(a, recurso, { api, justica }) {
  try {
    const { corpo } = await api.seguir(justica);
    const dia = a.dia ?? new Date(a.decidida_em_utc ?? corpo.agora_utc).toISOString().slice(0, 10);
    const revelado = (corpo.revelados ?? []).find((r) => r.dia === dia);
    const prometido = (corpo.compromissos ?? []).find((c) => c.dia === dia);
    if (!revelado) return t('porque.ainda_nao', { compromisso: prometido?.compromisso.slice(0, 16) ?? '—' });
    if (!crypto.subtle || !a.seu.codigo) return t('porque.sem_conta');
    const segredo = bytesDe(revelado.segredo);
    const bate = hexa(await crypto.subtle.digest('SHA-256', segredo)) === revelado.compromisso;
    const numeroDe = async (codigo) => hexa(await sortear([segredo, recurso ?? a.recurso, a.janela, codigo]));
    const [meu, outro] = await Promise.all([numeroDe(a.seu.codigo), numeroDe(a.vencedor.codigo)]);
    return t(bate && outro < meu ? 'porque.confere' : 'porque.nao_confere', {
      meu: meu.slice(0, 12),
      outro: outro.slice(0, 12),
    });
  } catch {
    return t('porque.sem_conta');
  }
}

/** SHA-256 dos campos, cada um precedido do comprimento em 32 bits. */
function sortear(campos) {
  const partes = campos.flatMap((campo) => {
    const bytes = typeof campo === 'string' ? codificador.encode(campo) : campo;
    const tamanho = new Uint8Array(4);
    new DataView(tamanho.buffer).setUint32(0, bytes.length);
    return [tamanho, bytes];
  });
  const todos = new Uint8Array(partes.reduce((soma, parte) => soma + parte.length, 0));
  let onde = 0;
  for (const parte of partes) {
    todos.set(parte, onde);
    onde += parte.length;
  }
  return crypto.subtle.digest('SHA-256', todos);
}

const bytesDe = (texto) => Uint8Array.from(texto.match(/../g) ?? [], (par) => parseInt(par, 16));
const hexa = (resumo) =>
  Array.from(new Uint8Array(resumo), (byte) => byte.toString(16).padStart(2, '0')).join('');
