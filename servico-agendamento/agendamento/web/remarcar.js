/** Mover uma observação: ler a versão de agora, pedir o novo horário, e saber o que houve se a resposta se perder. */
import { SemResposta } from './api.js';

/** @returns o agendamento movido; @throws {import('./api.js').Problema|SemResposta} */
export async function mover(api, ag, novo) {
  const { corpo: atual, etag } = await api.seguir(ag._links.self);
  return trocar(api, { ...atual, _links: { ...ag._links, ...atual._links } }, etag, novo);
}

/** Muda só o que vier em `novo` (horário, alvo, notas); o resto fica como está na versão lida. */
export async function trocar(api, atual, etag, novo) {
  const { horario_inicio_utc, horario_fim_utc, objeto_celeste, observacoes } = atual;
  const corpo = { horario_inicio_utc, horario_fim_utc, objeto_celeste, observacoes, ...novo };
  try {
    return (await api.seguir(atual._links.remarcar, { corpo, etag })).corpo;
  } catch (erro) {
    if (!(erro instanceof SemResposta)) throw erro;
    // A resposta se perdeu; o If-Match impede mudar duas vezes, e reler diz se a primeira valeu.
    const { corpo: agora } = await api.seguir(atual._links.self);
    if (Object.entries(novo).every(([nome, valor]) => agora[nome] === valor)) return agora;
    throw erro;
  }
}
