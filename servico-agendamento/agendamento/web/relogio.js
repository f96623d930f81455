/**
 * O relógio oficial visto daqui: algoritmo de Cristian, com o limite do erro sempre ao lado do número.
 *
 * Uma sincronização são 8 perguntas a GET /time, cada uma devolvendo o bilhete da anterior; fica a amostra de
 * menor ida e volta: offset = hora do servidor − meio do caminho, com erro de até meia ida e volta. Entre
 * sincronizações a deriva do cristal é seguida, e o limite cresce com a idade; quando cresceu demais, quando a
 * página acorda ou quando a rede muda, pergunta-se de novo.
 *
 * Por dentro só se usa o relógio monotônico: um acerto do relógio do computador não desloca clique algum.
 * Instantes em milissegundos UTC; durações em milissegundos; nada aqui toca no DOM.
 */

export const RODADAS = 8;
/** Quanto o limite do erro pode crescer antes de se perguntar de novo: 2 ms, que um cristal comum deriva em 30 s. */
export const CRESCIMENTO_MS = 2;
/** Deriva que se supõe enquanto não se mediu a deste computador. */
export const DERIVA_COMUM = 67e-6;
const DERIVA_MAXIMA = 500e-6;
const HISTORICO = 8;
const PRAZO_MS = 2000;
const CONFERIR_MS = 1000;
const SONO_MS = 250;
const RECUO_MAXIMO_MS = 30_000;
/** O maior valor que a API aceita. */
const MAIOR_INCERTEZA_MS = 60_000;
/** agora_ms é inteiro: o instante está, em média, meio milissegundo adiante. */
const ARREDONDAMENTO_MS = 0.5;

/**
 * O endereço de GET /time, lido do link `tempo` da raiz.
 * @param {string|URL} raiz
 */
export async function descobrirTempo(raiz, buscar = globalThis.fetch) {
  const resposta = await buscar(raiz, { headers: { Accept: 'application/json' }, cache: 'no-store' });
  if (!resposta.ok) throw new Error(`a raiz respondeu ${resposta.status}`);
  const { _links: elos } = await resposta.json();
  return new URL(elos.tempo.href, resposta.url || raiz).href;
}

/** Emite `mudou` a cada sincronização e `falhou` (com `erro`) quando ela não deu certo. */
export class Relogio extends EventTarget {
  #url;
  #buscar;
  #monotonico;
  #parede;
  #historico = [];
  #amostras = [];
  #bilhete = null;
  #emCurso = null;
  #repetir = null;
  #ouvintes = [];
  #falhas = 0;
  #proximaTentativa = 0;

  /**
   * @param {string} url endereço de GET /time (ver `descobrirTempo`)
   * @param {any} [portas] para testes: `buscar` (fetch), `monotonico` e `parede` (ms)
   */
  constructor(url, { buscar, monotonico, parede } = {}) {
    super();
    this.#url = url;
    this.#buscar = buscar ?? ((endereco, opcoes) => globalThis.fetch(endereco, opcoes));
    this.#monotonico = monotonico ?? (() => performance.now());
    this.#parede = parede ?? (() => Date.now());
  }

  get sincronizado() {
    return this.#historico.length > 0;
  }

  /** Hora oficial agora (ou em `local`, um instante monotônico como `evento.timeStamp`), em ms UTC. */
  agora(local = this.#monotonico()) {
    const { local: quando, adiante } = this.#ultima();
    return local + adiante + this.#deriva().fator * (local - quando);
  }

  /** Limite do erro da hora oficial em `local`, em ms. */
  incerteza(local = this.#monotonico()) {
    const { local: quando, erro } = this.#ultima();
    return erro + this.#deriva().incerteza * Math.abs(local - quando);
  }

  /** Tudo o que se mostra a quem usa. `offset_ms` compara com o relógio do computador; positivo: ele atrasa. */
  estado() {
    if (!this.sincronizado) return { sincronizado: false, amostras: [] };
    const local = this.#monotonico();
    const ultima = this.#ultima();
    const deriva = this.#deriva();
    return {
      sincronizado: true,
      agora_ms: this.agora(local),
      offset_ms: this.agora(local) - this.#parede(),
      ida_e_volta_ms: ultima.ida_e_volta,
      incerteza_ms: this.incerteza(local),
      idade_ms: local - ultima.local,
      deriva_ppm: deriva.medida === null ? null : deriva.medida * 1e6,
      amostras: this.#amostras.map((a) => a.ida_e_volta),
    };
  }

  /**
   * Os campos de POST /agendamentos para um clique em `local`; vazio se nunca se sincronizou.
   * @param {number} [local] de preferência `evento.timeStamp`, o instante do clique e não o do código
   */
  declarar(local = this.#monotonico()) {
    if (!this.sincronizado) return {};
    return {
      instante_clique_utc: new Date(Math.round(this.agora(local))).toISOString(),
      incerteza_ms: Math.min(Math.round(this.incerteza(local) * 1000) / 1000, MAIOR_INCERTEZA_MS),
      correcao_ms: Math.round(this.agora() - this.#parede()),
      bilhete_tempo: this.#bilhete,
    };
  }

  /** Sincroniza agora; chamadas simultâneas partilham a mesma. Rejeita se nenhuma amostra veio. */
  sincronizar() {
    this.#emCurso ??= this.#perguntar().finally(() => {
      this.#emCurso = null;
    });
    return this.#emCurso;
  }

  /**
   * Sincroniza e mantém sincronizado até `parar()`.
   * @param {any} [ambiente] de onde vêm os sinais de que se acordou ou de que a rede mudou
   */
  iniciar(ambiente = globalThis) {
    this.parar();
    const { document: documento, navigator: navegador } = ambiente;
    this.#ouvir(
      documento,
      'visibilitychange',
      () => documento.visibilityState === 'visible' && this.#renovar(),
    );
    this.#ouvir(ambiente, 'online', () => this.#renovar());
    this.#ouvir(ambiente, 'pageshow', () => this.#renovar());
    this.#ouvir(navegador?.connection, 'change', () => this.#renovar());
    let diferenca = this.#parede() - this.#monotonico();
    this.#repetir = setInterval(() => {
      // Durante o sono da máquina o relógio monotônico pode parar: a hora de parede denuncia.
      const atual = this.#parede() - this.#monotonico();
      const dormiu = Math.abs(atual - diferenca) > SONO_MS;
      diferenca = atual;
      if (dormiu || this.#precisa()) this.#renovar();
    }, CONFERIR_MS);
    this.#renovar();
  }

  parar() {
    clearInterval(this.#repetir);
    this.#repetir = null;
    for (const [alvo, evento, ouvinte] of this.#ouvintes.splice(0)) alvo.removeEventListener(evento, ouvinte);
  }

  #ouvir(alvo, evento, ouvinte) {
    if (typeof alvo?.addEventListener !== 'function') return;
    alvo.addEventListener(evento, ouvinte);
    this.#ouvintes.push([alvo, evento, ouvinte]);
  }

  #precisa() {
    const local = this.#monotonico();
    if (local < this.#proximaTentativa) return false;
    return !this.sincronizado || this.incerteza(local) > this.#ultima().erro + CRESCIMENTO_MS;
  }

  #renovar() {
    this.sincronizar().catch(() => {});
  }

  #ultima() {
    if (!this.sincronizado) throw new Error('o relógio ainda não foi sincronizado');
    return this.#historico.at(-1);
  }

  async #perguntar() {
    let amostras = [];
    let bilhete = null;
    let erro = null;
    for (let i = 0; i < RODADAS; i += 1) {
      try {
        const { amostra, corpo } = await this.#uma(bilhete);
        // Zero amostras depois da primeira: o servidor recomeçou, e o que se ouviu antes é de outra base.
        if (corpo.amostras === 0) amostras = [];
        amostras.push(amostra);
        bilhete = corpo.bilhete;
      } catch (causa) {
        erro = causa;
        break;
      }
    }
    if (amostras.length === 0) {
      this.#falhas += 1;
      this.#proximaTentativa = this.#monotonico() + Math.min(1000 * 2 ** this.#falhas, RECUO_MAXIMO_MS);
      this.dispatchEvent(Object.assign(new Event('falhou'), { erro }));
      throw erro;
    }
    this.#falhas = 0;
    this.#aproveitar(amostras, bilhete);
    this.dispatchEvent(new Event('mudou'));
  }

  async #uma(bilhete) {
    const endereco = new URL(this.#url);
    if (bilhete) endereco.searchParams.set('bilhete', bilhete);
    const antes = this.#monotonico();
    const resposta = await this.#buscar(endereco, {
      cache: 'no-store',
      signal: AbortSignal.timeout(PRAZO_MS),
    });
    const depois = this.#monotonico();
    if (!resposta.ok) throw new Error(`GET /time respondeu ${resposta.status}`);
    const corpo = await resposta.json();
    const idaEVolta = depois - antes;
    const local = antes + idaEVolta / 2;
    return {
      corpo,
      amostra: {
        local,
        ida_e_volta: idaEVolta,
        erro: idaEVolta / 2 + ARREDONDAMENTO_MS,
        adiante: corpo.agora_ms + ARREDONDAMENTO_MS - local,
      },
    };
  }

  #aproveitar(amostras, bilhete) {
    const melhor = amostras.reduce((a, b) => (b.ida_e_volta < a.ida_e_volta ? b : a));
    if (this.sincronizado) {
      const surpresa = Math.abs(melhor.adiante + melhor.local - this.agora(melhor.local));
      // Fora dos limites dos dois lados, um dos relógios saltou: a deriva medida até aqui não continua.
      if (surpresa > melhor.erro + this.incerteza(melhor.local)) this.#historico = [];
    }
    this.#historico = [...this.#historico, melhor].slice(-HISTORICO);
    this.#amostras = amostras;
    this.#bilhete = bilhete;
  }

  /** A inclinação entre a amostra mais antiga e a mais nova; só se aplica quando passa da própria incerteza. */
  #deriva() {
    const suposta = { medida: null, fator: 0, incerteza: DERIVA_COMUM };
    if (this.#historico.length < 2) return suposta;
    const [velha, nova] = [this.#historico[0], this.#historico.at(-1)];
    const decorrido = nova.local - velha.local;
    if (decorrido <= 0) return suposta;
    const medida = (nova.adiante - velha.adiante) / decorrido;
    const incerteza = (nova.erro + velha.erro) / decorrido;
    if (Math.abs(medida) > DERIVA_MAXIMA || Math.abs(medida) <= incerteza) {
      return { ...suposta, medida: incerteza > DERIVA_MAXIMA ? null : medida };
    }
    return { medida, fator: medida, incerteza: Math.max(Math.min(incerteza, DERIVA_COMUM), 5e-6) };
  }
}
