/**
 * Filas de espera por recurso. Um pedido entra em todas as suas filas no mesmo instante, na mesma ordem
 * global; o mais antigo é, portanto, o primeiro de todas as suas, e nunca há espera circular.
 */
export class Filas {
  #porRecurso = new Map();

  entrar(pedido) {
    for (const recurso of pedido.recursos) {
      const fila = this.#porRecurso.get(recurso);
      if (fila) fila.add(pedido);
      else this.#porRecurso.set(recurso, new Set([pedido]));
    }
  }

  sair(pedido) {
    for (const recurso of pedido.recursos) {
      const fila = this.#porRecurso.get(recurso);
      if (fila?.delete(pedido) && fila.size === 0) this.#porRecurso.delete(recurso);
    }
  }

  primeiro(recurso) {
    return this.#porRecurso.get(recurso)?.values().next().value;
  }

  de(recurso) {
    return this.#porRecurso.get(recurso) ?? [];
  }

  tamanho(recurso) {
    return this.#porRecurso.get(recurso)?.size ?? 0;
  }
}
