/** O dia de um telescópio: os slots, o que cada evento muda neles, e quando é preciso reler. Sem DOM. */
import { sinal } from './sinais.js';

export const DIA_MS = 86_400_000;
/** O dia mostrado, e a madrugada seguinte: uma observação não acaba à meia-noite. */
export const JANELA_MS = DIA_MS + 8 * 3_600_000;
const RELER_MS = 250;
const RELER_NO_MINIMO_MS = 1000;

export const inicioDoDia = (ms) => Math.floor(ms / DIA_MS) * DIA_MS;

/** O que um agendamento, ou um pedido dele, ocupa. */
export const janelaDe = ({ telescopio, horario_inicio_utc, horario_fim_utc }) => ({
  telescopio,
  inicio: Date.parse(horario_inicio_utc),
  fim: Date.parse(horario_fim_utc),
});

export class Agenda {
  /** `{telescopio, dia, passo, slots}` ou nulo enquanto não foi lida. */
  dados = sinal(null);
  /** Índices dos slots que mudaram desde o último aviso. */
  mudancas = sinal([]);
  /** 'lendo' | 'pronta' | 'falhou' | 'vazia': não há telescópio nenhum */
  estado = sinal('lendo');
  telescopio = null;
  dia = null;
  disputas = new Map();
  #parar = null;
  #relerEm = null;
  #lidaEm = 0;
  #velha = false;
  /** Os agendamentos de quem está na página: href do recurso → o agendamento. */
  #meus = new Map();

  /** @param {{api, aoFalhar(erro)}} dependencias */
  constructor({ api, aoFalhar }) {
    this.api = api;
    this.aoFalhar = aoFalhar;
  }

  /** Mostra outro dia ou telescópio; o que estava em voo é abandonado. */
  async abrir(telescopio, dia) {
    this.telescopio = telescopio;
    this.dia = dia;
    this.estado.valor = 'lendo';
    await this.reler();
  }

  async reler() {
    if (!this.telescopio) return;
    clearTimeout(this.#relerEm);
    this.#relerEm = null;
    this.#parar?.abort();
    const parar = new AbortController();
    this.#parar = parar;
    this.#velha = false;
    const { telescopio, dia } = this;
    try {
      const { corpo } = await this.api.seguir(telescopio._links.agenda, {
        parametros: { de: new Date(dia).toISOString(), ate: new Date(dia + JANELA_MS).toISOString() },
        sinal: parar.signal,
      });
      if (parar.signal.aborted) return;
      this.#lidaEm = performance.now();
      this.dados.valor = {
        telescopio,
        dia,
        passo: telescopio.duracao_slot_s * 1000,
        slots: corpo.slots.map((s) => this.#slot(s)),
      };
      this.estado.valor = 'pronta';
    } catch (erro) {
      if (parar.signal.aborted) return;
      this.estado.valor = 'falhou';
      this.aoFalhar(erro);
    } finally {
      if (this.#velha && !parar.signal.aborted) this.relerEmBreve();
    }
  }

  /** Muitos eventos seguidos custam uma leitura por segundo, não uma cada. */
  relerEmBreve() {
    this.#velha = true;
    const faltam = Math.max(RELER_MS, this.#lidaEm + RELER_NO_MINIMO_MS - performance.now());
    this.#relerEm ??= setTimeout(() => {
      this.#relerEm = null;
      this.reler();
    }, faltam);
  }

  /** Sem isso, a operação, que vê o link de todos, os veria como seus. */
  definirMeus(agendamentos) {
    this.#meus = new Map(agendamentos.map((ag) => [ag._links.self.href, ag]));
    const dados = this.dados.valor;
    if (dados) this.mudancas.valor = quais(dados.slots, (slot) => slot.base === 'ocupado');
  }

  acrescentarMeu(agendamento) {
    this.#meus.set(agendamento._links.self.href, agendamento);
  }

  /** Aplica já o que o evento diz, e confere relendo: links e motivos só a API sabe. */
  aplicar(tipo, evento) {
    if (!this.telescopio || evento.telescopio !== this.telescopio.slug) return;
    // Sem o dia ainda na tela não há o que mudar nela, mas a leitura em voo pode já estar velha.
    // A quem se ofereceu só a API sabe.
    const conhecido = tipo !== 'espera.oferecida';
    if (conhecido && this.dados.valor?.telescopio.slug === evento.telescopio) this.#mudar(tipo, evento);
    this.relerEmBreve();
  }

  #mudar(tipo, evento) {
    if (tipo === 'agenda.indisponivel') {
      if (!evento.removida)
        this.#trocar(evento.inicio_utc, evento.fim_utc, {
          base: 'indisponivel',
          motivo: 'manutencao',
          id: null,
        });
    } else {
      const id = evento.agendamento_id;
      if (tipo === 'agendamento.remarcado') this.#liberar(id);
      const novo =
        tipo === 'agendamento.cancelado'
          ? { base: 'livre', motivo: null, id: null }
          : { base: 'ocupado', motivo: null, id };
      this.#trocar(evento.horario_inicio_utc, evento.horario_fim_utc, novo);
    }
  }

  /** Marca os slots `[inicio, fim)` como em disputa enquanto um pedido daqui espera o desfecho. */
  disputar(telescopio, inicio, fim, ligada) {
    const chave = `${telescopio.slug} ${inicio} ${fim}`;
    if (ligada) this.disputas.set(chave, { slug: telescopio.slug, inicio, fim });
    else this.disputas.delete(chave);
    if (this.dados.valor) this.mudancas.valor = this.indices(inicio, fim);
  }

  /** Índices dos slots do dia mostrado que tocam `[inicio, fim)`, em ms. */
  indices(inicio, fim) {
    const { dia, passo, slots } = this.dados.valor;
    const de = Math.max(0, Math.floor((inicio - dia) / passo));
    const ate = Math.min(slots.length, Math.ceil((fim - dia) / passo));
    return Array.from({ length: Math.max(0, ate - de) }, (_, i) => de + i);
  }

  /**
   * livre | sua | ocupada | indisponivel | fechada | disputa | passada
   * @param {any} [movendo] a observação que se move: o lugar dela conta como livre
   */
  estadoDe(slot, agora, movendo) {
    const { slug } = this.dados.valor.telescopio;
    for (const d of this.disputas.values()) {
      if (d.slug === slug && slot.inicio >= d.inicio && slot.inicio < d.fim) return 'disputa';
    }
    const passou = slot.motivo === 'passado' || (agora !== null && slot.inicio <= agora);
    if (slot.base === 'ocupado') {
      const meu = this.meuEm(slot);
      if (meu && meu.id === movendo?.id) return passou ? 'passada' : 'livre';
      return meu ? 'sua' : 'ocupada';
    }
    if (passou) return 'passada';
    if (slot.motivo === 'horizonte') return agora !== null && slot.abre <= agora ? 'livre' : 'fechada';
    return slot.base === 'livre' ? 'livre' : 'indisponivel';
  }

  /**
   * O que vale para `[inicio, fim)` inteiro: um estado, 'mista', ou 'fora' do que está na tela.
   * @returns {{estado: string, slots: object[]}}
   */
  trecho(inicio, fim, agora, movendo) {
    const slots = this.indices(inicio, fim).map((i) => this.dados.valor.slots[i]);
    if (slots.length === 0 || slots[0].inicio > inicio || slots.at(-1).fim < fim)
      return { estado: 'fora', slots };
    const estados = new Set(slots.map((slot) => this.estadoDe(slot, agora, movendo)));
    return { estado: estados.size === 1 ? [...estados][0] : 'mista', slots };
  }

  /** Índice do início do próximo trecho livre de `duracao` ms, a partir de `i` (exclusive) no sentido dado, ou −1. */
  proximoLivre(i, agora, sentido = 1, duracao = 0, movendo = undefined) {
    const { slots, passo } = this.dados.valor;
    for (let k = i + sentido; k >= 0 && k < slots.length; k += sentido) {
      const { inicio } = slots[k];
      if (this.trecho(inicio, inicio + Math.max(passo, duracao), agora, movendo).estado === 'livre') return k;
    }
    return -1;
  }

  /** O agendamento de quem está na página que ocupa o slot, ou nulo. */
  meuEm(slot) {
    if (slot.elo) return this.#meus.get(slot.elo.href) ?? null;
    return slot.id === null ? null : ([...this.#meus.values()].find((ag) => ag.id === slot.id) ?? null);
  }

  #slot(s) {
    return {
      inicio: Date.parse(s.inicio_utc),
      fim: Date.parse(s.fim_utc),
      base: s.estado,
      motivo: s.motivo ?? null,
      abre: s.abre_em_utc ? Date.parse(s.abre_em_utc) : null,
      elo: s._links?.agendamento ?? null,
      id: null,
    };
  }

  #trocar(inicioUtc, fimUtc, novo) {
    const tocados = this.indices(Date.parse(inicioUtc), Date.parse(fimUtc));
    for (const i of tocados) Object.assign(this.dados.valor.slots[i], novo, { elo: null });
    if (tocados.length > 0) this.mudancas.valor = tocados;
  }

  #liberar(id) {
    const { slots } = this.dados.valor;
    const tocados = quais(slots, (slot) => slot.id === id || (slot.elo && this.meuEm(slot)?.id === id));
    for (const i of tocados) Object.assign(slots[i], { base: 'livre', motivo: null, id: null, elo: null });
    if (tocados.length > 0) this.mudancas.valor = tocados;
  }
}

function quais(slots, condicao) {
  const achados = [];
  slots.forEach((slot, i) => {
    if (condicao(slot)) achados.push(i);
  });
  return achados;
}
