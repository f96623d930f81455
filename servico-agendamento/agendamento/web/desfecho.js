/** O desfecho em palavras: uma frase, a prova, o que fazer agora, e em letra miúda o que citar a quem opera. */
import { Problema } from './api.js';
import { botao, el } from './dom.js';
import { dia, duracao, espera, hora, idioma, intervalo, numero, t } from './idioma.js';
import { linhaDeIntervalos } from './intervalos.js';

const quando = (inicio, fim) => `${dia(inicio)}, ${intervalo(inicio, fim)} UTC`;

export function fraseConfirmada(ag, telescopio) {
  return t('desfecho.confirmado', {
    telescopio,
    quando: quando(Date.parse(ag.horario_inicio_utc), Date.parse(ag.horario_fim_utc)),
  });
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
    return t('desfecho.instante', {
      ms: duracao(a.seu.efetivo_ms - a.vencedor.efetivo_ms),
      margem: duracao(margem),
    });
  }
  return {
    PRETERIDO: t('desfecho.preterido'),
    RECURSO_OCUPADO: t('desfecho.ocupado'),
    CONFLITO_HORARIO: t('desfecho.conflito'),
  }[motivo];
}

const horas = (h) => `${numero(h, 1)} h`;

/** O que outro erro qualquer diz; o texto da API é em português, e se declara assim. */
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
  const lang = daApi && idioma.valor === 'en' ? 'pt-BR' : null;
  return el(
    'div',
    { class: 'desfecho', 'data-tom': 'ruim' },
    el('p', { class: 'frase', lang, texto }),
    remedio && el('p', { lang, texto: remedio }),
    miudezas(erro),
  );
}

/**
 * O cartão da recusa: frase, intervalos na mesma linha, e os livres mais próximos a um clique.
 * @param {(corpo: object, evento: Event) => void} aoEscolher agenda a alternativa
 */
export function cartaoDeRecusa(problema, aoEscolher) {
  const { arbitragem: a, _links: elos } = problema.corpo;
  const alternativas = (elos?.alternativas ?? []).filter((elo) => elo.corpo);
  const mesmoDia = (ms) => dia(ms) === dia(Date.parse(problema.corpo.horario_inicio_utc));
  return el(
    'div',
    { class: 'desfecho', 'data-tom': 'ruim' },
    el('h3', { texto: t('desfecho.nao_foi') }),
    el('p', { class: 'frase', texto: fraseDaRecusa(problema) }),
    a?.seu
      && a.vencedor
      && el(
        'figure',
        {},
        linhaDeIntervalos([
          { ...a.vencedor, nome: t('desfecho.quem_ficou'), classe: 'vencedor' },
          { ...a.seu, nome: t('desfecho.voce'), classe: 'seu' },
        ]),
        el('figcaption', {
          class: 'pequeno suave',
          texto: t(`regra.${a.criterio}`, { tau: numero(a.tau_ms), n: a.candidatos }),
        }),
      ),
    alternativas.length > 0
      && el(
        'div',
        { class: 'pilha' },
        el('p', { texto: t('desfecho.livres') }),
        el(
          'div',
          { class: 'linha' },
          ...alternativas.map((elo) => {
            const inicio = Date.parse(elo.corpo.horario_inicio_utc);
            const texto = mesmoDia(inicio) ? hora(inicio) : `${dia(inicio)} ${hora(inicio)}`;
            return botao(texto, (evento) => aoEscolher(elo.corpo, evento), {
              class: 'num',
              'aria-label': t('desfecho.agendar_em', { hora: texto }),
            });
          }),
        ),
      ),
    miudezas(problema, a),
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
