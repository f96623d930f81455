/**
 * Locks: concede todos os recursos de um pedido ou nenhum, por um lease, com um fencing token.
 *
 * Um pedido que encontra um recurso ocupado espera o desfecho de quem o tem. SALVO: os que disputavam o
 * recurso são negados, e a negativa é verdadeira. NAO_SALVO, lease vencido ou desistência: passa a vez.
 * Não conhece HTTP, disco nem relógio próprio: recebe `relogio`, `tokens`, `arbitro` e `observador`.
 */
import { Filas } from './filas.js';

export const LIMITE_ESPERANDO = 10_000;
/** Espera máxima de um pedido por um desfecho, em ms; passada ela, a resposta é "tente de novo". */
export const ESPERA_MAXIMA_MS = 30_000;

/**
 * @typedef {object} Pedido
 * @property {string[]} recursos sem repetição
 * @property {number} leaseMs
 * @property {number} janelaMs
 * @property {unknown} contexto de quem pediu; só o observador o lê
 * @property {(resultado: object) => void} responder chamado uma única vez
 *
 * O árbitro põe em `decisao.entradas` todos os que disputavam entre si quando decidiu.
 */
export class Locks {
  #relogio;
  #tokens;
  #novoId;
  #arbitro;
  #observador;
  #limites;
  #donos = new Map();
  #vivos = new Map();
  #filas = new Filas();
  #esperando = new Set();
  #pico = 0;
  #encerrando = false;

  constructor({ relogio, tokens, novoId, criarArbitro, observador, limites = {} }) {
    this.#relogio = relogio;
    this.#tokens = tokens;
    this.#novoId = novoId;
    this.#observador = observador;
    this.#limites = { esperando: LIMITE_ESPERANDO, esperaMs: ESPERA_MAXIMA_MS, ...limites };
    this.#arbitro = criarArbitro((ordem, decisao) => this.#aoDecidir(ordem, decisao));
  }

  /** Recebe um pedido; a resposta vem por `pedido.responder`, agora ou quando houver desfecho. */
  pedir(pedido) {
    pedido.chegada = this.#relogio.agora();
    pedido.estado = 'candidato';
    if (this.#encerrando) return this.#responder(pedido, { tipo: 'indisponivel', causa: 'ENCERRANDO' });
    this.#vencerAtrasados(pedido.recursos);
    if (this.#esperando.size >= this.#limites.esperando) {
      return this.#responder(pedido, { tipo: 'indisponivel', causa: 'CHEIO' });
    }
    this.#esperando.add(pedido);
    this.#pico = Math.max(this.#pico, this.#esperando.size);
    if (!this.#arbitro.candidatar(pedido)) {
      return this.#responder(pedido, { tipo: 'indisponivel', causa: 'CHEIO' });
    }
    if (pedido.estado === 'candidato' || pedido.estado === 'fila') {
      pedido.limite = this.#relogio.agendar(this.#limites.esperaMs, () => this.#esgotar(pedido));
    }
  }

  /** Quem pediu foi embora: sai da espera ou, se já tinha recebido, passa a vez. */
  desistir(pedido) {
    if (pedido.estado === 'concedido') {
      const lock = this.#vivos.get(pedido.lockId);
      if (lock) this.#encerrarLock(lock, 'desistencia');
    } else if (this.#esperando.has(pedido)) {
      this.#responder(pedido, { tipo: 'desistencia' });
    }
  }

  /**
   * @param {string} id segredo do lock; só ele libera
   * @param {'SALVO'|'NAO_SALVO'} desfecho
   * @param {string[]} [ocupados] com SALVO, os recursos que ficaram ocupados (padrão: todos os do lock)
   * @returns {boolean} falso se o lock não existe ou já venceu
   */
  liberar(id, desfecho, ocupados) {
    const lock = this.#vivo(id);
    if (!lock) return false;
    const fim = desfecho === 'SALVO' ? 'salvo' : 'nao_salvo';
    this.#encerrarLock(lock, fim, fim === 'salvo' ? (ocupados ?? lock.recursos) : []);
    return true;
  }

  /** @returns {{expiraEm: number}|null} novo prazo, ou `null` se o lock não existe ou já venceu */
  renovar(id, leaseMs) {
    const lock = this.#vivo(id);
    if (!lock) return null;
    this.#relogio.cancelar(lock.prazo);
    this.#armar(lock, leaseMs);
    this.#observador.renovado(lock);
    return lock;
  }

  /** A maior fila desde a última vez que se perguntou. */
  picoDaFila() {
    const pico = this.#pico;
    this.#pico = this.#esperando.size;
    return pico;
  }

  estado() {
    return {
      vivos: this.#vivos.values(),
      quantosVivos: this.#vivos.size,
      esperando: this.#esperando.size,
      fila: (recurso) => this.#filas.tamanho(recurso),
      arbitro: this.#arbitro.estado(),
    };
  }

  /** Recusa o que espera e o que vier; os locks vivos ficam até serem liberados ou o processo sair. */
  encerrar() {
    this.#encerrando = true;
    for (const pedido of [...this.#esperando]) {
      this.#responder(pedido, { tipo: 'indisponivel', causa: 'ENCERRANDO' });
    }
  }

  #aoDecidir(ordem, decisao) {
    if (decisao) this.#observador.decidida(decisao, this.#relogio.agora());
    for (const pedido of ordem) {
      pedido.estado = 'fila';
      pedido.decisao = decisao;
      this.#filas.entrar(pedido);
    }
    for (const pedido of ordem) this.#avancar(pedido.recursos);
  }

  /** Dá a vez a quem é o primeiro de todas as suas filas e tem todos os recursos livres. */
  #avancar(recursos) {
    if (this.#encerrando) return;
    const pendentes = [...recursos];
    for (let i = 0; i < pendentes.length; i += 1) {
      const pedido = this.#filas.primeiro(pendentes[i]);
      if (!pedido || !this.#podeReceber(pedido)) continue;
      if (!this.#conceder(pedido)) pendentes.push(...pedido.recursos);
    }
  }

  #podeReceber(pedido) {
    return pedido.recursos.every((r) => !this.#donos.has(r) && this.#filas.primeiro(r) === pedido);
  }

  #conceder(pedido) {
    if (pedido.tokensAcimaDe > this.#tokens.ultimo) {
      this.#observador.tokensAtrasados(this.#tokens.ultimo, pedido.tokensAcimaDe);
    }
    const token = this.#tokens.proximo(pedido.tokensAcimaDe);
    if (token === null) {
      this.#retirar(pedido);
      this.#finalizar(pedido, { tipo: 'indisponivel', causa: 'SEM_TOKENS' });
      return false;
    }
    const lock = {
      id: this.#novoId(),
      token,
      recursos: pedido.recursos,
      pedido,
      contexto: pedido.contexto,
      desde: this.#relogio.agora(),
      expiraEm: 0,
      prazo: null,
    };
    for (const recurso of pedido.recursos) {
      if (this.#donos.has(recurso)) this.#observador.exclusaoViolada(recurso);
      this.#donos.set(recurso, lock);
    }
    this.#vivos.set(lock.id, lock);
    this.#armar(lock, pedido.leaseMs);
    this.#filas.sair(pedido);
    pedido.estado = 'concedido';
    pedido.lockId = lock.id;
    this.#finalizar(pedido, { tipo: 'concedido', lock });
    return true;
  }

  #armar(lock, leaseMs) {
    lock.expiraEm = this.#relogio.agora() + leaseMs;
    lock.prazo = this.#relogio.agendar(leaseMs, () => this.#vencer(lock));
  }

  #vencer(lock) {
    const falta = lock.expiraEm - this.#relogio.agora();
    // Temporizadores podem disparar uma fração de milissegundo cedo; o lease nunca encolhe.
    if (falta > 0) lock.prazo = this.#relogio.agendar(falta, () => this.#vencer(lock));
    else this.#encerrarLock(lock, 'expirado');
  }

  /** Depois de uma pausa do processo, um lease pode ter vencido antes de seu temporizador rodar. */
  #vencerAtrasados(recursos) {
    const agora = this.#relogio.agora();
    for (const recurso of recursos) {
      const dono = this.#donos.get(recurso);
      if (dono && agora >= dono.expiraEm) this.#encerrarLock(dono, 'expirado');
    }
  }

  #vivo(id) {
    const lock = this.#vivos.get(id);
    if (!lock) return null;
    if (this.#relogio.agora() < lock.expiraEm) return lock;
    this.#encerrarLock(lock, 'expirado');
    return null;
  }

  #encerrarLock(lock, fim, ocupados = []) {
    this.#relogio.cancelar(lock.prazo);
    this.#vivos.delete(lock.id);
    for (const recurso of lock.recursos) this.#donos.delete(recurso);
    this.#observador.encerrado(lock, fim, this.#relogio.agora() - lock.desde);
    const tocados = new Set(lock.recursos);
    for (const recurso of ocupados) {
      for (const pedido of [...this.#filas.de(recurso), ...this.#arbitro.candidatosDe(recurso)]) {
        for (const r of pedido.recursos) tocados.add(r);
        this.#negar(pedido, recurso, lock);
      }
    }
    this.#avancar(tocados);
  }

  #negar(pedido, recurso, lock) {
    const vencedor = lock.pedido;
    const daMesmaJanela = vencedor.decisao?.entradas.has(pedido) === true;
    this.#retirar(pedido);
    this.#finalizar(pedido, {
      tipo: 'negado',
      recurso,
      motivo: daMesmaJanela ? 'PRETERIDO' : 'RECURSO_OCUPADO',
      vencedor,
    });
  }

  #esgotar(pedido) {
    if (this.#esperando.has(pedido))
      this.#responder(pedido, { tipo: 'indisponivel', causa: 'ESPERA_ESGOTADA' });
  }

  #responder(pedido, resultado) {
    const estava = this.#esperando.has(pedido);
    this.#retirar(pedido);
    this.#finalizar(pedido, resultado);
    if (estava) this.#avancar(pedido.recursos);
  }

  #retirar(pedido) {
    if (pedido.estado === 'fila') this.#filas.sair(pedido);
    else if (pedido.estado === 'candidato') this.#arbitro.retirar(pedido);
  }

  #finalizar(pedido, resultado) {
    this.#esperando.delete(pedido);
    if (pedido.limite) this.#relogio.cancelar(pedido.limite);
    if (pedido.estado !== 'concedido') pedido.estado = 'fim';
    this.#observador.respondido(pedido, resultado, this.#relogio.agora() - pedido.chegada);
    pedido.responder(resultado);
  }
}
