/** Mover uma observação: ler a versão de agora, pedir o novo horário, e saber o que houve se a resposta se perder. */
import { SemResposta } from './api.js';
import { el } from './dom.js';
import { dia, intervalo, t } from './idioma.js';

/** @param {import('./observacao.js').PainelObservacao} painel */
export async function remarcarPara(painel, ag, { inicio, fim }) {
  const { api, agenda } = painel;
  const novo = {
    horario_inicio_utc: new Date(inicio).toISOString(),
    horario_fim_utc: new Date(fim).toISOString(),
  };
  painel.dizer(() => [el('p', { texto: t('obs.em_disputa') })]);
  agenda.disputar({ slug: ag.telescopio }, inicio, fim, true);
  try {
    const movido = await mover(api, ag, novo);
    painel.movendo.valor = null;
    painel.confirmar(movido, () =>
      t('mover.feito', { quando: `${dia(inicio)}, ${intervalo(inicio, fim)} UTC` }),
    );
    agenda.aplicar('agendamento.remarcado', { ...movido, agendamento_id: movido.id });
    painel.desfecho.focus();
  } catch (erro) {
    painel.recusar(erro);
  } finally {
    agenda.disputar({ slug: ag.telescopio }, inicio, fim, false);
  }
}

async function mover(api, ag, novo) {
  const { corpo: atual, etag } = await api.seguir(ag._links.self);
  const corpo = { ...novo, objeto_celeste: atual.objeto_celeste, observacoes: atual.observacoes };
  try {
    return (await api.seguir(ag._links.remarcar, { corpo, etag })).corpo;
  } catch (erro) {
    if (!(erro instanceof SemResposta)) throw erro;
    // A resposta se perdeu; o If-Match impede mover duas vezes, e reler diz se a primeira valeu.
    const { corpo: agora } = await api.seguir(ag._links.self);
    if (agora.horario_inicio_utc === novo.horario_inicio_utc) return agora;
    throw erro;
  }
}
