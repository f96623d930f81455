/** Um valor que avisa quem o observa. `assinar` chama na hora com o valor atual e devolve como deixar de ouvir. */
export function sinal(inicial) {
  let valor = inicial;
  const ouvintes = new Set();
  return {
    get valor() {
      return valor;
    },
    set valor(novo) {
      valor = novo;
      for (const ouvinte of [...ouvintes]) ouvinte(valor);
    },
    assinar(ouvinte) {
      ouvintes.add(ouvinte);
      ouvinte(valor);
      return () => ouvintes.delete(ouvinte);
    },
  };
}
