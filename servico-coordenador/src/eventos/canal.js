import { createChannel, createSession } from 'better-sse';

const LIMITE_ASSINANTES = 2000;
const LIMITE_ATRASO_BYTES = 1_000_000;
/** Um comentário do SSE não chega ao código da página; um evento chega, e o silêncio passa a querer dizer algo. */
const PULSO_MS = 5000;
const cru = (dados) => dados;

/** Canal SSE público: cada assinante recebe o que perdeu (por `Last-Event-ID`) e depois o que for acontecendo. */
export class Canal {
  #anel;
  /** @type {import('better-sse').Channel<any, {res: import('node:http').ServerResponse}>} */
  #canal = createChannel();
  #limite;
  #pulso;

  constructor({ anel, limite = LIMITE_ASSINANTES, pulsoMs = PULSO_MS }) {
    this.#anel = anel;
    this.#limite = limite;
    this.#pulso = setInterval(() => this.#difundir('{}', 'pulso', this.#anel.ultimoId), pulsoMs).unref();
  }

  get assinantes() {
    return this.#canal.sessionCount;
  }

  get cheio() {
    return this.assinantes >= this.#limite;
  }

  /** @returns {string} id do evento publicado */
  publicar(tipo, dados) {
    const evento = this.#anel.acrescentar(tipo, dados);
    this.#difundir(evento.dados, evento.tipo, evento.id);
    return evento.id;
  }

  #difundir(dados, tipo, eventId) {
    for (const sessao of this.#canal.activeSessions) {
      // Quem não lê acumularia memória aqui; cai, volta e pede o que perdeu.
      if (sessao.state.res.writableLength > LIMITE_ATRASO_BYTES) sessao.state.res.destroy();
    }
    this.#canal.broadcast(dados, tipo, { eventId });
  }

  async assinar(req, res) {
    const ultimoVisto = req.headers['last-event-id'];
    const sessao = await createSession(req, res, {
      serializer: cru,
      retry: 2000,
      keepAlive: null,
      state: { res },
      headers: { 'Access-Control-Allow-Origin': '*', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' },
    });
    const perdidos = ultimoVisto === undefined ? [] : this.#anel.depoisDe(ultimoVisto);
    if (perdidos === null) sessao.push('{"motivo":"HISTORICO_PERDIDO"}', 'recarregar', this.#anel.ultimoId);
    else for (const evento of perdidos) sessao.push(evento.dados, evento.tipo, evento.id);
    this.#canal.register(sessao);
  }

  encerrar() {
    clearInterval(this.#pulso);
    for (const sessao of this.#canal.activeSessions) sessao.state.res.end();
  }
}
