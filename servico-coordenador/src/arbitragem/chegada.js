/** Árbitro da ordem de chegada: cada pedido é decidido no instante em que chega. */
export function arbitroDeChegada(aoDecidir) {
  return {
    candidatar(pedido) {
      aoDecidir([pedido], null);
      return true;
    },
    retirar() {},
    candidatosDe: () => [],
    estado: () => ({ janelas: 0, candidatos: 0 }),
  };
}
