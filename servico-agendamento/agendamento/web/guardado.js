/** O que este navegador lembra da pessoa: preferências, nunca dados dela. Sem armazenamento, valem até fechar. */
const PREFIXO = 'sctec.';

export function lembrar(nome, valor) {
  try {
    localStorage.setItem(PREFIXO + nome, valor);
  } catch {
    /* vale até fechar */
  }
}

export function lembrado(nome) {
  try {
    return localStorage.getItem(PREFIXO + nome);
  } catch {
    return null;
  }
}
