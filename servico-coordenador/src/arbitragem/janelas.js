/**
 * Janelas de justiça: quando se decide, e entre quem.
 *
 * Cada recurso tem sua janela: abre no primeiro pedido e fecha W depois; W é o de quem a abriu. Um pedido
 * está maduro quando fecharam as janelas de todos os seus recursos, no mais tardar W depois de chegar. Ao
 * amadurecer um pedido, decide-se o que for possível no componente dele (os pedidos ligados por recursos em
 * comum): os grupos que nenhum pedido imaturo do componente poderia anteceder nem empatar. Quem fica espera
 * só imaturos de instante efetivo menor ou igual ao seu mais τ, e a idade é limitada; logo, todo pedido é
 * decidido em até W + IDADE_MAXIMA + τ, por mais longa que seja a corrente, e ninguém encurta a janela de
 * um recurso disputando outro. Com W = 0 e sem disputa aberta, decide-se na chegada.
 */
import { ordenar, TAU_US } from './ordem.js';
import { codigoDe, sortear } from './sorteio.js';
import { criarDecisao } from './registro.js';

export const LIMITES = Object.freeze({ candidatos: 10_000, porJanela: 2000, janelas: 20_000 });
/** Idade maior que esta, em ms, conta como esta. */
export const IDADE_MAXIMA_MS = 5000;

export class Janelas {
  #relogio;
  #aoDecidir;
  #segredoDe;
  #chaveDosCodigos;
  #novaJanela;
  #ordenar;
  #limites;
  #disputas = new Map();
  #baldes = new Map();
  #candidatos = 0;

  /**
   * @param {(ordem: object[], decisao: object|null) => void} aoDecidir recebe os pedidos na ordem da vez
   * @param {object} portas
   * @param {import('../relogio.js').Relogio} portas.relogio
   * @param {(utcMs: number) => {dia: string, segredo: Buffer, compromisso: string}} portas.segredoDe
   * @param {string} portas.chaveDosCodigos
   * @param {() => string} portas.novaJanela nome único para sempre
   * @param {typeof ordenar} [portas.ordem]
   * @param {Partial<typeof LIMITES>} [portas.limites]
   */
  constructor(aoDecidir, { relogio, segredoDe, chaveDosCodigos, novaJanela, ordem = ordenar, limites = {} }) {
    this.#aoDecidir = aoDecidir;
    this.#relogio = relogio;
    this.#segredoDe = segredoDe;
    this.#chaveDosCodigos = chaveDosCodigos;
    this.#novaJanela = novaJanela;
    this.#ordenar = ordem;
    this.#limites = { ...LIMITES, ...limites };
  }

  /** @returns {boolean} falso se não cabe: nada foi guardado */
  candidatar(pedido) {
    const disputados = pedido.recursos.filter((r) => this.#disputas.has(r));
    if (pedido.janelaMs === 0 && disputados.length === 0) {
      this.#aoDecidir([pedido], null);
      return true;
    }
    if (!this.#cabe(pedido, disputados)) return false;
    const { chegada } = pedido;
    pedido.efetivoUs = Math.round((chegada - Math.min(pedido.idadeMs, IDADE_MAXIMA_MS)) * 1000);
    pedido.maduroEm = chegada;
    for (const recurso of pedido.recursos) {
      let disputa = this.#disputas.get(recurso);
      if (!disputa) {
        disputa = { fecha: chegada + pedido.janelaMs, candidatos: new Set() };
        this.#disputas.set(recurso, disputa);
      }
      disputa.candidatos.add(pedido);
      pedido.maduroEm = Math.max(pedido.maduroEm, disputa.fecha);
    }
    this.#candidatos += 1;
    this.#avaliarEm(pedido, pedido.maduroEm);
    return true;
  }

  /** Tira um candidato; quem só esperava por ele é reavaliado em seguida, nunca dentro desta chamada. */
  retirar(pedido) {
    if (!this.#sair(pedido)) return;
    for (const recurso of pedido.recursos) {
      const vizinho = this.#disputas.get(recurso)?.candidatos.values().next().value;
      if (vizinho) this.#avaliarEm(vizinho, this.#relogio.agora());
    }
  }

  candidatosDe(recurso) {
    return this.#disputas.get(recurso)?.candidatos ?? [];
  }

  estado() {
    return { janelas: this.#disputas.size, candidatos: this.#candidatos };
  }

  #cabe(pedido, disputados) {
    const { candidatos, janelas, porJanela } = this.#limites;
    return (
      this.#candidatos < candidatos
      && this.#disputas.size + pedido.recursos.length - disputados.length <= janelas
      && disputados.every((r) => this.#disputas.get(r).candidatos.size < porJanela)
    );
  }

  #sair(pedido) {
    let estava = false;
    for (const recurso of pedido.recursos) {
      const disputa = this.#disputas.get(recurso);
      if (!disputa?.candidatos.delete(pedido)) continue;
      estava = true;
      if (disputa.candidatos.size === 0) this.#disputas.delete(recurso);
    }
    if (estava) this.#candidatos -= 1;
    return estava;
  }

  /** Baldes de 1 ms: um temporizador por milissegundo, e uma passada decide tudo o que amadureceu nele. */
  #avaliarEm(pedido, instante) {
    const balde = Math.ceil(instante);
    const juntos = this.#baldes.get(balde);
    if (juntos) {
      juntos.add(pedido);
      return;
    }
    this.#baldes.set(balde, new Set([pedido]));
    this.#armar(balde);
  }

  #armar(balde) {
    this.#relogio.agendar(Math.max(0, balde - this.#relogio.agora()), () => {
      if (this.#relogio.agora() < balde) this.#armar(balde);
      else this.#esvaziar(balde);
    });
  }

  #esvaziar(balde) {
    const pendentes = [...this.#baldes.get(balde)];
    this.#baldes.delete(balde);
    const vistos = new Set();
    for (let i = 0; i < pendentes.length; i += 1) {
      const pedido = pendentes[i];
      if (vistos.has(pedido) || !this.#emDisputa(pedido)) continue;
      const componente = this.#componente(pedido);
      const decididos = this.#decidir(componente);
      // Sem os decididos, o componente pode ter-se partido, e uma parte já não depender de imaturos.
      for (const outro of componente) {
        if (decididos === 0) vistos.add(outro);
        else if (this.#emDisputa(outro)) pendentes.push(outro);
      }
    }
  }

  #emDisputa(pedido) {
    return this.#disputas.get(pedido.recursos[0])?.candidatos.has(pedido) === true;
  }

  #componente(semente) {
    const membros = new Set([semente]);
    const recursos = new Set();
    for (const membro of membros) {
      for (const recurso of membro.recursos) {
        if (recursos.has(recurso)) continue;
        recursos.add(recurso);
        for (const vizinho of this.#disputas.get(recurso).candidatos) membros.add(vizinho);
      }
    }
    return [...membros];
  }

  #decidir(participantes) {
    const agora = this.#relogio.agora();
    const maduro = (pedido) => pedido.maduroEm <= agora;
    let ateUs = Infinity;
    let primeiroUs = Infinity;
    for (const pedido of participantes) {
      if (pedido.efetivoUs < primeiroUs) primeiroUs = pedido.efetivoUs;
      if (!maduro(pedido) && pedido.efetivoUs < ateUs) ateUs = pedido.efetivoUs;
    }
    if (primeiroUs + TAU_US >= ateUs) return 0;
    const utcMs = this.#relogio.utcMs();
    const janela = this.#novaJanela();
    const segredo = this.#segredoDe(utcMs);
    for (const pedido of participantes) {
      pedido.codigo = codigoDe(this.#chaveDosCodigos, janela, pedido.solicitante);
    }
    const grupos = this.#ordenar(participantes, {
      ateUs,
      sortear: (recurso, codigo) => sortear(segredo.segredo, recurso, janela, codigo),
    });
    const decisao = criarDecisao({ janela, segredo, participantes, grupos, maduro, utcMs, agora });
    const ordem = grupos.flat();
    for (const pedido of ordem) this.#sair(pedido);
    this.#aoDecidir(ordem, decisao);
    return ordem.length;
  }
}
