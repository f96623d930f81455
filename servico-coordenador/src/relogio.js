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

/** @typedef {{[nome in keyof typeof relogioDoProcesso]: (...argumentos: any[]) => any}} Relogio */
