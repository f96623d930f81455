/** Relógio do cliente como ele seria numa máquina desacertada, e a sincronização que o corrige (Cristian). */
import { sleep } from 'k6';
import { obter } from './sctec.js';

/**
 * Um relógio local que erra `desvioMs` e fica a `caminhoMs` do servidor (ida e volta simulada por espera).
 */
export class Relogio {
  constructor({ desvioMs, caminhoMs }) {
    this.desvioMs = desvioMs;
    this.caminhoMs = caminhoMs;
    this.correcaoMs = 0;
    this.incertezaMs = null;
    this.bilhete = null;
  }

  /** O que este relógio mostra, em ms, sem correção. */
  local() {
    return Date.now() + this.desvioMs;
  }

  /** A melhor estimativa da hora oficial, em ms. */
  oficial() {
    return this.local() + this.correcaoMs;
  }

  /** Oito rodadas; fica a de menor ida e volta. O servidor mede o caminho pelo bilhete que volta. */
  sincronizar(rodadas = 8) {
    let melhor = Infinity;
    for (let i = 0; i < rodadas; i += 1) {
      const partida = this.local();
      this.viajar();
      const consulta = this.bilhete ? `?bilhete=${encodeURIComponent(this.bilhete)}` : '';
      const resposta = obter(`/time${consulta}`, 'GET /time');
      this.viajar();
      const chegada = this.local();
      const ida = chegada - partida;
      if (resposta.status === 200) {
        this.bilhete = resposta.json('bilhete') || null;
        if (ida < melhor) {
          melhor = ida;
          this.correcaoMs = resposta.json('agora_ms') + ida / 2 - chegada;
          this.incertezaMs = ida / 2;
        }
      }
    }
  }

  /** Metade do caminho. */
  viajar() {
    if (this.caminhoMs > 0) sleep(this.caminhoMs / 2000);
  }
}
