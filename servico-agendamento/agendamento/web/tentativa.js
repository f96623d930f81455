/**
 * Um pedido de agendamento até o seu desfecho: repete com a mesma Idempotency-Key enquanto a resposta não vem,
 * e sobrevive a um recarregar da página (fica em sessionStorage, sem a chave da pessoa).
 */
import { SemResposta } from './api.js';
import { aleatorio } from './dom.js';

const GUARDADA = 'sctec.tentativa';
const DESISTIR_MS = 120_000;
const ESPERAS_MS = [500, 1000, 2000, 4000, 8000];
const dormir = (ms, parar) =>
  new Promise((resolver) => {
    setTimeout(resolver, ms);
    parar?.addEventListener('abort', resolver, { once: true });
  });

/** A tentativa interrompida por um recarregar, se recente e desta pessoa. */
export function interrompida(pessoaId) {
  try {
    const guardada = JSON.parse(sessionStorage.getItem(GUARDADA));
    if (guardada?.pessoa === pessoaId && Math.abs(Date.now() - guardada.quando) < DESISTIR_MS)
      return guardada;
  } catch {
    /* ilegível é como não haver */
  }
  esquecer();
  return null;
}

export function nova(pessoaId, corpo) {
  return { id: aleatorio(), pessoa: pessoaId, corpo, quando: Date.now() };
}

/**
 * @param {any} tentativa de `nova` ou `interrompida`
 * @param {(ms: number, erro: Error) => void} aoEsperar antes de cada repetição
 * @param {AbortSignal} [parar] desiste de repetir; o pedido já em voo termina
 * @returns a resposta 201
 * @throws {import('./api.js').Problema|SemResposta} o desfecho que não é sucesso, ou o prazo esgotado
 */
export async function levarAoFim(api, elo, tentativa, aoEsperar, parar) {
  const inicio = performance.now();
  try {
    sessionStorage.setItem(GUARDADA, JSON.stringify(tentativa));
  } catch {
    /* sem armazenamento, só não sobrevive ao recarregar */
  }
  for (let i = 0; ; i += 1) {
    try {
      const resposta = await api.seguir(elo, { corpo: tentativa.corpo, idempotencia: tentativa.id });
      esquecer();
      return resposta;
    } catch (erro) {
      if (!repetivel(erro) || parar?.aborted || performance.now() - inicio > DESISTIR_MS) {
        esquecer();
        throw erro;
      }
      const espera = Math.max(ESPERAS_MS[Math.min(i, ESPERAS_MS.length - 1)], erro.esperarMs ?? 0);
      aoEsperar(espera, erro);
      await dormir(espera, parar);
      if (parar?.aborted) {
        esquecer();
        throw erro;
      }
    }
  }
}

function repetivel(erro) {
  if (erro instanceof SemResposta) return true;
  return (
    [429, 502, 503, 504].includes(erro.status)
    || erro.corpo?.type?.endsWith('/idempotencia-em-curso') === true
  );
}

function esquecer() {
  try {
    sessionStorage.removeItem(GUARDADA);
  } catch {
    /* nada havia */
  }
}
