/**
 * O registro de uma decisão: tudo o que é preciso para refazê-la, sem identidades.
 *
 * Instantes são milissegundos com três casas, relativos à abertura da janela. `maduro: false` marca quem
 * ainda tinha outra janela aberta: pelo menor instante entre eles se sabe até onde a decisão podia ir.
 */
import { TAU_US, liderDe } from './ordem.js';

const emMs = (us) => us / 1000;

/**
 * @param {object} dados
 * @param {string} dados.janela
 * @param {{dia: string, compromisso: string}} dados.segredo o do dia
 * @param {any[]} dados.participantes pedidos que disputavam entre si, decididos agora ou não
 * @param {any[][]} dados.grupos a ordem decidida
 * @param {(pedido: any) => boolean} dados.maduro
 * @param {number} dados.utcMs
 * @param {number} dados.agora
 * @returns decisão com o registro público e a entrada de cada participante
 */
export function criarDecisao({ janela, segredo, participantes, grupos, maduro, utcMs, agora }) {
  const aberturaUs = Math.round(
    participantes.reduce((menor, p) => Math.min(menor, p.chegada), Infinity) * 1000,
  );
  const recursos = [...new Set(participantes.flatMap((p) => p.recursos))];
  const indice = new Map(recursos.map((r, i) => [r, i]));
  const entradas = new Map();
  const anotar = (pedido, posicao, grupo) =>
    entradas.set(pedido, {
      grupo,
      publica: {
        codigo: pedido.codigo,
        recursos: pedido.recursos.map((r) => indice.get(r)),
        efetivo_ms: emMs(pedido.efetivoUs - aberturaUs),
        incerteza_ms: pedido.incertezaMs,
        rtt_ms: pedido.rttMs,
        uso: pedido.uso,
        posicao,
        maduro: maduro(pedido),
      },
    });
  let posicao = 0;
  for (const grupo of grupos) {
    for (const pedido of grupo) {
      anotar(pedido, posicao, grupo);
      posicao += 1;
    }
  }
  for (const pedido of participantes) if (!entradas.has(pedido)) anotar(pedido, null, null);
  const duracaoMs = agora - emMs(aberturaUs);
  return {
    entradas,
    registro: {
      versao: 1,
      janela,
      dia: segredo.dia,
      compromisso: segredo.compromisso,
      tau_ms: emMs(TAU_US),
      aberta_em_utc: new Date(utcMs - duracaoMs).toISOString(),
      decidida_em_utc: new Date(utcMs).toISOString(),
      criterio: participantes.length === 1 ? 'unico' : criterioDoGrupo(grupos[0]),
      vencedor: grupos[0][0].codigo,
      recursos,
      candidatos: [...entradas.values()].map((e) => e.publica),
    },
  };
}

/** @param {any[]} grupo */
function criterioDoGrupo([primeiro, segundo]) {
  if (!segundo) return 'instante';
  return primeiro.uso === segundo.uso ? 'sorteio' : 'uso';
}

/** O que recebe quem ganhou a vez: o registro inteiro e a própria posição. */
export function paraConcedido(decisao, pedido) {
  return {
    ...decisao.registro,
    seu_codigo: pedido.codigo,
    posicao: decisao.entradas.get(pedido).publica.posicao,
  };
}

/** O que recebe quem perdeu: a regra que o separou de quem venceu e os dois instantes; nunca quem venceu. */
export function paraPreterido(decisao, pedido, vencedor) {
  const {
    versao,
    janela,
    dia,
    compromisso,
    tau_ms: tauMs,
    decidida_em_utc: decidida,
    recursos,
  } = decisao.registro;
  const meu = decisao.entradas.get(pedido);
  const dele = decisao.entradas.get(vencedor);
  const empate = meu.grupo !== null && meu.grupo === dele.grupo;
  const criterio = empate ? criterioDoGrupo([vencedor, pedido]) : 'instante';
  const comRecursos = (entrada) => ({
    ...entrada.publica,
    recursos: entrada.publica.recursos.map((i) => recursos[i]),
  });
  return {
    versao,
    janela,
    dia,
    compromisso,
    tau_ms: tauMs,
    decidida_em_utc: decidida,
    criterio,
    // O sorteio é feito sobre o primeiro recurso de quem lidera o grupo, que pode não ser nenhum dos dois.
    ...(criterio === 'sorteio' && { recurso: liderDe(meu.grupo).recursos[0] }),
    empate,
    candidatos: decisao.entradas.size,
    seu: comRecursos(meu),
    vencedor: comRecursos(dele),
  };
}
