/** Relógio que só anda quando mandam; o UTC pode saltar sem que o monotônico perceba. */
export class RelogioVirtual {
  #agora = 0;
  #seq = 0;
  #agendados = [];
  #deslocamentoUtc = Date.UTC(2026, 11, 1, 2, 59);

  agora = () => this.#agora;
  utcMs = () => this.#deslocamentoUtc + this.#agora;

  agendar = (ms, acao) => {
    this.#seq += 1;
    const item = { quando: this.#agora + Math.max(0, ms), seq: this.#seq, acao };
    this.#agendados.push(item);
    return item;
  };

  cancelar = (item) => {
    if (item) item.acao = null;
  };

  saltarUtc(ms) {
    this.#deslocamentoUtc += ms;
  }

  /** Executa em ordem o agendado até `ate` ms, chamando `depois` a cada passo; passar de `limite` ms é erro. */
  correr({ depois = () => {}, ate = Infinity, limite = 1e7 } = {}) {
    for (;;) {
      this.#agendados = this.#agendados.filter((i) => i.acao);
      if (this.#agendados.length === 0) return;
      const proximo = this.#agendados.reduce((a, b) =>
        b.quando < a.quando || (b.quando === a.quando && b.seq < a.seq) ? b : a,
      );
      if (proximo.quando > ate) return;
      if (proximo.quando > limite) throw new Error('o relógio virtual passou do limite: algo nunca termina');
      this.#agora = Math.max(this.#agora, proximo.quando);
      const { acao } = proximo;
      proximo.acao = null;
      acao();
      depois();
    }
  }
}
