/**
 * Relógio do processo. Prazos e ordem usam só `agora()`, monotônico: um ajuste do relógio do sistema não
 * vence um lease nem reordena uma disputa. `utcMs()` serve para mostrar e registrar, nunca para decidir.
 */
export const relogioDoProcesso = Object.freeze({
  /** Milissegundos (fracionários) desde uma origem arbitrária; nunca volta. */
  agora: () => performance.now(),
  utcMs: () => Date.now(),
  /** Chama `acao` depois de `ms`; devolve o que `cancelar` aceita. */
  agendar: (ms, acao) => setTimeout(acao, ms),
  cancelar: (agendado) => clearTimeout(agendado),
});

/**
 * Formatador de instantes em ISO 8601. Formatar custa microssegundos, e numa rajada muitos instantes seguidos caem
 * no mesmo milissegundo: cada formatador guarda o seu último.
 */
export function criarIso() {
  let ultimoMs = NaN;
  let ultimoIso = '';
  return function iso(utcMs) {
    const ms = Math.floor(utcMs);
    if (ms !== ultimoMs) {
      ultimoMs = ms;
      ultimoIso = new Date(ms).toISOString();
    }
    return ultimoIso;
  };
}
