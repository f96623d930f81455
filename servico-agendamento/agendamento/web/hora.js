/** A hora oficial para o resto da página: o relógio de referência, ligado ao link da API e aos sinais da tela. */
import { Relogio } from './relogio.js';
import { sinal } from './sinais.js';

const BATIDA_MS = 1000;
/** Acima disto a margem já muda quem vence uma disputa, e a pessoa merece saber. */
const INCERTO_ACIMA_MS = 150;
const VELHO_ACIMA_MS = 90_000;
/** Uma aba escondida bate uma vez por minuto; mais que isto é sono. */
const SONO_MS = 150_000;

export class Hora {
  /** O `estado()` do relógio e `fase`: 'sincronizando' | 'sincronizado' | 'incerto'. */
  estado = sinal({ fase: 'sincronizando', amostras: [] });
  /** Chamada ao voltar de um sono da máquina, com a duração dele em ms. */
  aoAcordar = (_dormidoMs) => {};
  #relogio = null;
  #visto = Date.now();

  iniciar(elo) {
    if (this.#relogio) return;
    this.#relogio = new Relogio(new URL(elo.href, document.baseURI).href);
    for (const evento of ['mudou', 'falhou']) this.#relogio.addEventListener(evento, () => this.#publicar());
    this.#relogio.iniciar();
    setInterval(() => this.#bater(), BATIDA_MS);
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.#bater();
    });
  }

  /** Hora oficial em ms UTC, ou nulo antes da primeira sincronização; `local` é um instante de `performance.now()`. */
  agora(local) {
    return this.#relogio?.sincronizado ? this.#relogio.agora(local) : null;
  }

  /** O que acompanha um pedido: o instante do clique, a incerteza dele e o bilhete que prova a distância. */
  carimbo(local) {
    return this.#relogio?.declarar(local) ?? {};
  }

  sincronizar() {
    return this.#relogio?.sincronizar().catch(() => {
      /* o estado já o diz */
    });
  }

  #bater() {
    const parado = Date.now() - this.#visto;
    this.#visto = Date.now();
    if (parado > SONO_MS) this.aoAcordar(parado);
    this.#publicar();
  }

  #publicar() {
    const estado = this.#relogio.estado();
    const incerto = estado.incerteza_ms > INCERTO_ACIMA_MS || estado.idade_ms > VELHO_ACIMA_MS;
    this.estado.valor = {
      ...estado,
      fase: estado.sincronizado ? (incerto ? 'incerto' : 'sincronizado') : 'sincronizando',
    };
  }
}
