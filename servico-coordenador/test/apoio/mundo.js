/**
 * Um mundo em miniatura, de relógio virtual: pedidos chegam, salvam, falham, morrem, desistem; o coordenador
 * reinicia; o UTC salta. A cada passo confere-se o que nunca pode acontecer, por fora do núcleo.
 */
import assert from 'node:assert/strict';
import { RelogioVirtual } from './relogio_virtual.js';

const TAU_MS = 5;
const IDADE_MAXIMA_MS = 5000;
const SEGREDO = { dia: '2026-12-01', segredo: Buffer.alloc(32, 7), compromisso: 'c' };

const conflitam = (a, b) => a.recursos.some((r) => b.recursos.includes(r));

export class Mundo {
  constructor(nucleo, roteiro) {
    this.nucleo = nucleo;
    this.roteiro = roteiro;
    this.relogio = new RelogioVirtual();
    this.disco = { marca: 0 };
    this.vivos = new Map();
    this.janelas = new Map();
    this.pendentes = new Set();
    this.salvos = [];
    this.historia = [];
    this.registros = [];
    this.ultimoToken = 0;
    this.decididos = 0;
    this.ligar();
  }

  ligar() {
    this.geracao = (this.geracao ?? 0) + 1;
    const { disco } = this;
    const relogio = this.relogioDoProcesso(this.geracao);
    let ultimo = disco.marca;
    disco.marca += 100;
    let janelas = 0;
    const epoca = ultimo + 1;
    const prefixo = this.geracao;
    let ids = 0;
    this.locks = new this.nucleo.Locks({
      relogio,
      tokens: { proximo: () => (ultimo += 1) },
      novoId: () => `${prefixo}-${(ids += 1)}`,
      observador: this.observador(),
      limites: { esperaMs: 1e6 },
      criarArbitro: (aoDecidir) =>
        new this.nucleo.Janelas(aoDecidir, {
          relogio,
          segredoDe: () => SEGREDO,
          chaveDosCodigos: 'chave',
          novaJanela: () => `${epoca}-${(janelas += 1)}`,
          limites: this.roteiro.limites ?? {},
        }),
    });
  }

  /** Os temporizadores de um processo morto não disparam. */
  relogioDoProcesso(geracao) {
    const { agora, utcMs, agendar, cancelar } = this.relogio;
    const vivo = (acao) => () => {
      if (geracao === this.geracao) acao();
    };
    return { agora, utcMs, cancelar, agendar: (ms, acao) => agendar(ms, vivo(acao)) };
  }

  observador() {
    const nada = () => {};
    return {
      recebido: nada,
      renovado: nada,
      liberacaoDesconhecida: nada,
      respondido: nada,
      tokensAtrasados() {},
      exclusaoViolada: (r) => assert.fail(`o próprio núcleo viu a exclusão violada em ${r}`),
      decidida: (decisao) => this.aoDecidir(decisao),
      encerrado: (lock, fim) => {
        const { vence } = this.vivos.get(lock.id);
        if (fim === 'expirado') assert.ok(this.relogio.agora() >= vence, 'o lease venceu antes da hora');
        this.vivos.delete(lock.id);
      },
    };
  }

  /** Propriedade 2, no instante da decisão: ninguém à vista, mais antigo por mais de τ, fica para trás. */
  aoDecidir(decisao) {
    this.registros.push(decisao.registro);
    for (const [pedido, entrada] of decisao.entradas) {
      if (entrada.publica.posicao === null) continue;
      pedido.ordemDeDecisao = this.decididos += 1;
      for (const recurso of pedido.recursos) {
        assert.ok(
          this.relogio.agora() >= this.janelas.get(recurso),
          'decidiu com a janela de um recurso aberta',
        );
      }
      for (const outro of this.pendentes) {
        const posicao = decisao.entradas.get(outro)?.publica.posicao ?? null;
        if (outro.estado !== 'candidato' || posicao !== null) continue;
        if (conflitam(pedido, outro)) {
          assert.ok(
            outro.efetivo >= pedido.efetivo - TAU_MS - 1e-3,
            'decidiu com um concorrente mais antigo à espera',
          );
        }
      }
    }
  }

  correr() {
    this.roteiro.pedidos.forEach((p, i) => this.relogio.agendar(p.t, () => this.chegar({ ...p, i })));
    for (const t of this.roteiro.reinicios) this.relogio.agendar(t, () => this.reiniciar());
    for (const { t, ms } of this.roteiro.saltos) this.relogio.agendar(t, () => this.relogio.saltarUtc(ms));
    this.relogio.correr({ depois: () => this.conferir() });
    assert.equal(this.pendentes.size, 0, 'alguém ficou sem resposta');
    return this;
  }

  chegar(plano) {
    const pedido = {
      ...plano,
      solicitante: `s${plano.i % 7}`,
      incertezaMs: null,
      rttMs: null,
      contexto: {},
      responder: (resultado) => this.aoResponder(pedido, resultado),
    };
    pedido.chegouEm = this.relogio.agora();
    pedido.efetivo = pedido.chegouEm - Math.min(plano.idadeMs, IDADE_MAXIMA_MS);
    const disputados = [...this.pendentes].filter((p) => p.estado === 'candidato').flatMap((p) => p.recursos);
    for (const recurso of pedido.recursos) {
      if (!disputados.includes(recurso)) this.janelas.set(recurso, pedido.chegouEm + pedido.janelaMs);
    }
    this.pendentes.add(pedido);
    const { geracao } = this;
    this.locks.pedir(pedido);
    if (pedido.estado === 'fila') pedido.ordemDeDecisao ??= this.decididos += 1;
    if (plano.desisteApos !== null) {
      this.relogio.agendar(plano.desisteApos, () => {
        if (geracao === this.geracao) this.locks.desistir(pedido);
      });
    }
  }

  aoResponder(pedido, resultado) {
    assert.ok(this.pendentes.delete(pedido), 'respondido duas vezes');
    this.historia.push([
      pedido.i,
      this.relogio.agora(),
      resultado.tipo,
      resultado.motivo ?? null,
      resultado.lock?.token ?? null,
    ]);
    if (resultado.tipo === 'concedido') this.aoConceder(pedido, resultado.lock);
    if (resultado.tipo === 'indisponivel')
      assert.ok(this.roteiro.limites, 'recusou por lotação sem estar lotado');
    if (resultado.tipo === 'negado') {
      const real = this.salvos.some((s) => s.recurso === resultado.recurso && s.t >= pedido.chegouEm);
      assert.ok(
        real && pedido.recursos.includes(resultado.recurso),
        'negativa falsa: ninguém salvou o recurso',
      );
    }
  }

  aoConceder(pedido, lock) {
    const agora = this.relogio.agora();
    assert.ok(lock.token > this.ultimoToken, 'o fencing token não cresceu');
    this.ultimoToken = lock.token;
    assert.deepEqual(lock.recursos, pedido.recursos, 'concedeu só parte');
    for (const viva of this.vivos.values()) {
      assert.ok(!conflitam(viva, pedido), 'dois locks vivos sobre um recurso');
    }
    pedido.ordemDeDecisao ??= this.decididos += 1;
    for (const outro of this.pendentes) {
      if (outro === pedido || !conflitam(outro, pedido)) continue;
      if (pedido.decisao?.entradas.has(outro)) {
        assert.ok(
          outro.efetivo >= pedido.efetivo - TAU_MS - 1e-3,
          'passou à frente de um mais antigo da mesma janela',
        );
      }
      assert.ok(!(outro.ordemDeDecisao < pedido.ordemDeDecisao), 'passou à frente de quem tinha a vez');
    }
    this.vivos.set(lock.id, { recursos: pedido.recursos, vence: agora + pedido.leaseMs });
    const { geracao } = this;
    if (pedido.fim !== 'morre') {
      this.relogio.agendar(pedido.dura, () => {
        if (geracao === this.geracao) this.liberar(pedido, lock);
      });
    }
  }

  liberar(pedido, lock) {
    const salvou = pedido.fim === 'salva' && this.vivos.has(lock.id);
    if (salvou) for (const recurso of pedido.recursos) this.salvos.push({ recurso, t: this.relogio.agora() });
    this.locks.liberar(lock.id, pedido.fim === 'salva' ? 'SALVO' : 'NAO_SALVO');
  }

  reiniciar() {
    for (const pedido of this.pendentes)
      this.historia.push([pedido.i, this.relogio.agora(), 'perdido', null, null]);
    this.pendentes.clear();
    this.vivos.clear();
    this.ligar();
  }

  /** Depois de cada passo: nada vencido continua vivo, ninguém que pode receber espera, ninguém espera sem prazo. */
  conferir() {
    const agora = this.relogio.agora();
    this.conferirLimites();
    for (const viva of this.vivos.values()) assert.ok(agora <= viva.vence, 'lease vencido continua vivo');
    for (const pedido of this.pendentes) {
      if (pedido.estado === 'candidato') {
        const prazo = pedido.chegouEm + 150 + IDADE_MAXIMA_MS + TAU_MS + 2;
        assert.ok(agora <= prazo, 'a decisão foi adiada além do limite');
      }
      if (pedido.estado !== 'fila') continue;
      const barrado =
        [...this.vivos.values()].some((v) => conflitam(v, pedido))
        || [...this.pendentes].some((o) => o !== pedido && o.estado === 'fila' && conflitam(o, pedido));
      assert.ok(barrado, 'poderia ter recebido a vez e continua à espera');
    }
  }
  /** A memória das janelas tem tamanho fixo. */
  conferirLimites() {
    const { limites } = this.roteiro;
    if (!limites) return;
    const naJanela = [...this.pendentes].filter((p) => p.estado === 'candidato');
    const porRecurso = Object.values(
      Object.groupBy(
        naJanela.flatMap((p) => p.recursos),
        (r) => `r${r}`,
      ),
    );
    assert.ok(naJanela.length <= limites.candidatos, 'candidatos além do limite');
    assert.ok(porRecurso.length <= limites.janelas, 'janelas além do limite');
    assert.ok(
      porRecurso.every((todos = []) => todos.length <= limites.porJanela),
      'candidatos demais numa janela',
    );
  }
}
