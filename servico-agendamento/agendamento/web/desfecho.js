/** O desfecho em palavras: uma frase, a prova, o que fazer agora, e em letra miúda o que citar a quem opera. */
import { Problema } from './api.js';
import { botao, el } from './dom.js';
import { dia, diaCurto, duracao, espera, hora, numero, quando, t } from './idioma.js';
import { linhaDeIntervalos } from './intervalos.js';

export function fraseConfirmada(ag, telescopio) {
  return t('desfecho.confirmado', { telescopio, quando: quandoDe(ag) });
}

const quandoDe = (ag) => quando(Date.parse(ag.horario_inicio_utc), Date.parse(ag.horario_fim_utc));

/** O que outra pessoa, quase sempre a operação, fez de uma observação que está na tela. */
export function fraseDaMudanca(ag, telescopio) {
  const lugares = { telescopio, quando: quandoDe(ag), motivo: ag.motivo_cancelamento };
  if (ag.estado !== 'CANCELADO') return t('desfecho.mudou', lugares);
  return t(ag.motivo_cancelamento ? 'desfecho.foi_cancelada_motivo' : 'desfecho.foi_cancelada', lugares);
}

/** Por que um 409 foi 409, na regra aplicada. */
export function fraseDaRecusa(problema) {
  const { motivo, arbitragem: a } = problema.corpo;
  if (motivo === 'PRETERIDO' && a?.seu && a.vencedor) {
    if (a.criterio === 'uso') {
      return t('desfecho.uso', {
        tau: numero(a.tau_ms),
        seu: horas(a.seu.uso),
        outro: horas(a.vencedor.uso),
      });
    }
    if (a.criterio === 'sorteio') return t('desfecho.sorteio', { tau: numero(a.tau_ms) });
    const margem = (a.seu.incerteza_ms ?? 0) + (a.vencedor.incerteza_ms ?? 0);
    const diferenca = a.seu.efetivo_ms - a.vencedor.efetivo_ms;
    const frase = t('desfecho.instante', { ms: duracao(diferenca), margem: duracao(margem) });
    return margem > diferenca ? `${frase} ${t('desfecho.dentro_da_margem')}` : frase;
  }
  return {
    PRETERIDO: t('desfecho.preterido'),
    RECURSO_OCUPADO: t('desfecho.ocupado'),
    CONFLITO_HORARIO: t('desfecho.conflito'),
    JA_E_SEU: t('desfecho.ja_e_seu'),
  }[motivo];
}

const horas = (h) => `${numero(h, 1)} h`;

/** O que outro erro qualquer diz; o texto da API declara a língua em que veio. */
export function fraseDoErro(erro) {
  if (!(erro instanceof Problema))
    return { texto: t('erro.sem_resposta'), remedio: t('erro.sem_resposta_remedio') };
  if (erro.motivo === 'COORDENADOR_INDISPONIVEL')
    return { texto: t('erro.coordenador'), remedio: t('erro.nada_salvo') };
  if (erro.status === 401) return { texto: t('erro.chave'), remedio: t('erro.chave_remedio') };
  return { texto: erro.corpo.detail, remedio: erro.corpo.remedio, daApi: true };
}

/** Um cartão de erro com remédio e o número do pedido. */
export function cartaoDeErro(erro) {
  const { texto, remedio, daApi } = fraseDoErro(erro);
  const lang = daApi && erro.lingua !== document.documentElement.lang ? erro.lingua : null;
  return el(
    'div',
    { class: 'desfecho', 'data-tom': 'ruim' },
    el('p', { class: 'frase', lang, texto }),
    remedio && el('p', { lang, texto: remedio }),
    miudezas(erro),
  );
}

export const bomDesfecho = (frase, mais, tom = 'bom') =>
  el('div', { class: 'desfecho', 'data-tom': tom }, el('p', { class: 'frase', texto: frase }), mais);

/** Quem ficou e quem perdeu, na mesma linha do tempo. */
export const figuraDaDisputa = (a) =>
  linhaDeIntervalos([
    { ...a.vencedor, nome: t('desfecho.quem_ficou'), classe: 'vencedor' },
    { ...a.seu, nome: t('desfecho.voce'), classe: 'seu' },
  ]);

/**
 * O cartão da recusa: frase, intervalos na mesma linha, e os livres mais próximos a um clique.
 * A alternativa (`aoEscolher(corpo, instante)`) faz o mesmo que se pedia: agenda, ou move.
 */
export function cartaoDeRecusa(problema, { movendo, aoEscolher, aoExplicar }) {
  const { arbitragem: a, _links: elos } = problema.corpo;
  const alternativas = (elos?.alternativas ?? []).filter((elo) => elo.corpo);
  const pedido = Date.parse(problema.corpo.horario_inicio_utc);
  const outro = ({ corpo }) => {
    const inicio = Date.parse(corpo.horario_inicio_utc);
    const texto = dia(inicio) === dia(pedido) ? hora(inicio) : `${diaCurto(inicio)}, ${hora(inicio)}`;
    const nome = t(movendo ? 'desfecho.mover_para' : 'desfecho.agendar_em', { hora: texto });
    return botao(nome, (evento) => aoEscolher(corpo, evento.timeStamp), { class: 'num' });
  };
  const disputada = Boolean(a?.seu && a.vencedor);
  const regra = disputada && t(`regra.${a.criterio}`, { tau: numero(a.tau_ms), n: a.candidatos });
  return el(
    'div',
    { class: 'desfecho', 'data-tom': 'ruim' },
    el('h3', { texto: t('desfecho.nao_foi') }),
    el('p', { class: 'frase', texto: fraseDaRecusa(problema) }),
    disputada
      && el('figure', {}, figuraDaDisputa(a), el('figcaption', { class: 'pequeno suave', texto: regra })),
    disputada && el('div', {}, botao(t('desfecho.por_que'), aoExplicar, { class: 'discreto' })),
    alternativas.length > 0
      && el(
        'div',
        { class: 'pilha' },
        el('p', { texto: t(movendo ? 'desfecho.livres_mover' : 'desfecho.livres') }),
        el('div', { class: 'linha' }, ...alternativas.map(outro)),
      ),
    miudezas(problema, a),
  );
}

/** Enquanto o pedido corre: a janela que se enche, onde ele está, e como parar de repetir. */
export function cartaoDeAndamento(janela, progresso, parar) {
  progresso.textContent = t('obs.em_disputa');
  const barra = el('span', { class: 'barra', 'aria-hidden': 'true' }, el('i'));
  barra.firstElementChild.style.setProperty('--janela', `${Math.max(1, janela)}ms`);
  return el(
    'div',
    { class: 'desfecho', 'data-tom': 'disputa' },
    barra,
    progresso,
    el('p', { class: 'miudo', texto: t('obs.janela', { ms: janela }) }),
    botao(t('obs.parar'), () => parar.abort(), { class: 'discreto' }),
  );
}

export function fraseDaEspera(ms, erro) {
  const tempo = espera(Math.max(1000, ms));
  return t(erro.motivo === 'COORDENADOR_INDISPONIVEL' ? 'obs.repetindo_coordenador' : 'obs.repetindo', {
    tempo,
  });
}

function miudezas(erro, arbitragem) {
  const partes = [
    erro.motivo,
    arbitragem && `${t('desfecho.janela')} ${arbitragem.janela}`,
    erro.pedido && `${t('desfecho.pedido')} ${erro.pedido}`,
  ].filter(Boolean);
  return partes.length > 0 && el('p', { class: 'miudo num quebra', texto: partes.join(' · ') });
}
