/** O painel de ação: diz por inteiro o que o botão fará, faz, e conta o desfecho sem sair do lugar. */
import { Problema } from './api.js';
import { anunciar } from './avisos.js';
import { el, escrever } from './dom.js';
import { bomDesfecho, cartaoDeErro, cartaoDeRecusa, fraseConfirmada, fraseDaRecusa } from './desfecho.js';
import { cartaoDeAndamento, fraseDaEspera, fraseDaMudanca, fraseDoErro } from './desfecho.js';
import { ficha } from './ficha.js';
import { montar } from './formulario.js';
import { aqui, dia, duracaoCheia, espera, hora, idioma, numero, quando, t } from './idioma.js';
import { mover } from './remarcar.js';
import { levarAoFim, nova } from './tentativa.js';

const utc = (ms) => new Date(ms).toISOString();
/** @returns {[number, number]} */
const trechoDe = (ag) => [Date.parse(ag.horario_inicio_utc), Date.parse(ag.horario_fim_utc)];

export class PainelObservacao {
  /** O que o botão faz, exatamente como está escrito: `{telescopio, inicio, fim, ag?}`; `ag` é quem se move. */
  #pedido = null;
  #pedindo = false;
  /** O agendamento que a ficha do desfecho mostra; se ele muda, por quem for, a ficha se reescreve. */
  /** @type {any} */
  #mostrado = null;
  #dito = () => [];
  #meu = null;

  /**
   * @param {any} partes no, api, sessao, agenda, painelAgenda, relogio, nomeDe(slug), movendo, alvo (sinal do alvo
   *   já escrito na barra), aoEntrar(), aoMudar(), aoRemarcar(ag), aoProximoLivre(), aoCancelado(ag),
   *   aoEsperar(pedido), aoExplicar(problema)
   */
  constructor(partes) {
    const { no, api, sessao, agenda, painelAgenda, relogio, nomeDe, movendo, alvo } = partes;
    this.no = no;
    this.api = api;
    this.sessao = sessao;
    this.agenda = agenda;
    this.painelAgenda = painelAgenda;
    this.relogio = relogio;
    this.nomeDe = nomeDe;
    this.movendo = movendo;
    this.alvoDaBarra = alvo;
    this.partes = partes;
    this.ver = montar(this, {
      aoEnviar: (evento) => this.#enviar(evento),
      aoAjustar: (slots) => this.#ajustar(slots),
    });
    let antes = null;
    painelAgenda.selecao.assinar((escolhido) => {
      const chave = escolhido && `${escolhido.telescopio} ${escolhido.inicio} ${escolhido.fim}`;
      if (chave !== antes && !this.#pedindo) this.dizer();
      antes = chave;
      this.desenhar();
    });
    for (const algo of [agenda.mudancas, agenda.dados, sessao.estado, movendo])
      algo.assinar(() => this.desenhar());
    alvo.assinar((texto) => {
      if (this.ver.alvo.entrada.value !== texto) this.ver.alvo.entrada.value = texto;
    });
    idioma.assinar(() => {
      this.#textos();
      this.desenhar();
    });
  }

  /** Leva o foco ao botão que faz o que está escrito, ou ao que explica por que não se pode. */
  focar() {
    const alvo = [this.ver.alvo.entrada, this.ver.enviar, this.ver.entrar].find(
      (no) => !no.closest('[hidden]'),
    );
    (alvo ?? this.ver.titulo).focus();
  }

  desenhar() {
    const escolhido = this.painelAgenda.selecao.valor;
    const ag = this.movendo.valor;
    this.ver.faixaMover.hidden = !ag || this.#decidido;
    escrever(this.ver.titulo, t(ag ? 'mover.titulo' : escolhido?.sugerido ? 'obs.sugestao' : 'obs.titulo'));
    if (ag)
      escrever(
        this.ver.textoMover,
        t('mover.de', { quando: quando(...trechoDe(ag)), telescopio: this.nomeDe(ag.telescopio) }),
      );
    this.no.dataset.vazio = String(!escolhido && !ag && this.ver.desfecho.childElementCount === 0);
    if (!escolhido || !this.agenda.dados.valor) {
      this.#mostrar({ explicacao: this.#decidido ? '' : t(ag ? 'mover.escolha' : 'obs.vazio') });
      return;
    }
    this.no.toggleAttribute('data-sugestao', Boolean(escolhido.sugerido));
    const { inicio, fim, telescopio } = escolhido;
    const estado = this.#estadoDe(escolhido);
    const comum = { escolhido, ag };
    if (estado.nome === 'livre') this.#mostrar({ ...comum, livre: true });
    else if (estado.nome === 'sua') this.#mostrar({ ...comum, meu: this.agenda.meuEm(estado.slots[0]) });
    else if (estado.nome === 'fechada')
      this.#mostrar({ ...comum, abre: Math.max(...estado.slots.map((s) => s.abre)) });
    else {
      const explicacao = this.#decidido ? '' : t(`obs.${estado.nome}`);
      const podeIr = !['disputa', 'fora'].includes(estado.nome) && !this.#decidido;
      const espera = estado.nome === 'ocupada' && !ag ? { telescopio, inicio, fim } : null;
      this.#mostrar({ ...comum, explicacao, proximo: podeIr, espera });
    }
  }

  bater(agora) {
    if (!this.abreEm) return;
    const abertura = `${dia(this.abreEm)} ${hora(this.abreEm, 'segundo')}`;
    escrever(this.ver.explicacao, t('obs.fechada', { tempo: espera(this.abreEm - agora), quando: abertura }));
  }

  /** @param {number} instante `performance.now()` do clique, que é o que vale na disputa */
  async agendar(corpo, instante) {
    await this.concluir(nova(this.sessao.eu.id, { ...corpo, ...this.relogio.carimbo(instante) }));
  }

  /** Leva uma tentativa (nova ou interrompida por um recarregar) ao desfecho. */
  async concluir(tentativa) {
    const { corpo } = tentativa;
    const trecho = trechoDe(corpo);
    const parar = new AbortController();
    const janela = this.agenda.telescopio.janela_ms ?? this.sessao.raiz.janela_ms;
    this.progresso = el('p', {});
    await this.#disputar(
      corpo.telescopio,
      trecho,
      () => cartaoDeAndamento(janela, this.progresso, parar),
      async () => {
        const aoEsperar = (ms, erro) => escrever(this.progresso, fraseDaEspera(ms, erro));
        const elo = this.sessao.elo('agendar');
        const { corpo: ag } = await levarAoFim(this.api, elo, tentativa, aoEsperar, parar.signal);
        this.ver.alvo.entrada.value = '';
        this.ver.notas.entrada.value = '';
        this.alvoDaBarra.valor = '';
        // Antes de repintar a agenda: quem já tem a ficha no desfecho não a mostra duas vezes.
        this.confirmar(ag, () => fraseConfirmada(ag, this.nomeDe(ag.telescopio)));
        this.agenda.acrescentarMeu(ag);
        this.agenda.aplicar('agendamento.criado', { ...ag, agendamento_id: ag.id });
      },
      (erro) =>
        this.recusar(erro, (alternativa, instante) => {
          const { objeto_celeste, observacoes } = corpo;
          return this.agendar({ objeto_celeste, observacoes, ...alternativa }, instante);
        }),
    );
  }

  /** Move `ag` para `[inicio, fim)`, no telescópio dele. */
  async moverPara(ag, inicio, fim) {
    const novo = { horario_inicio_utc: utc(inicio), horario_fim_utc: utc(fim) };
    const andamento = () => el('p', { texto: t('obs.em_disputa') });
    await this.#disputar(
      ag.telescopio,
      [inicio, fim],
      andamento,
      async () => {
        const movido = await mover(this.api, ag, novo);
        this.movendo.valor = null;
        this.confirmar(movido, () => t('mover.feito', { quando: quando(inicio, fim) }));
        this.agenda.acrescentarMeu(movido);
        this.agenda.aplicar('agendamento.remarcado', { ...movido, agendamento_id: movido.id });
      },
      (erro) =>
        this.recusar(
          erro,
          (alternativa) => {
            const de = Date.parse(alternativa.horario_inicio_utc);
            return this.moverPara(ag, de, de + fim - inicio);
          },
          ag,
        ),
    );
  }

  /** @param {() => string} frase dita e escrita, no idioma do momento */
  confirmar(ag, frase) {
    anunciar(frase());
    this.#mostrado = ag;
    this.dizer(() => [bomDesfecho(frase(), ficha(ag, { ...this.contexto, semTitulo: true }))]);
    this.partes.aoMudar();
  }

  /**
   * @param {(corpo: any, instante: number) => Promise<void>} aoEscolher faz o mesmo, no horário alternativo
   * @param {any} [ag] a observação que se movia
   */
  recusar(erro, aoEscolher, ag) {
    const disputado = erro instanceof Problema && fraseDaRecusa(erro);
    this.#mostrado = null;
    if (disputado) {
      anunciar(`${t('desfecho.nao_foi')}. ${disputado}`);
      const explicar = this.partes.aoExplicar;
      this.dizer(() => [
        cartaoDeRecusa(erro, { movendo: Boolean(ag), aoEscolher, aoExplicar: () => explicar(erro) }),
      ]);
      this.agenda.relerEmBreve();
      return;
    }
    const campos = { objeto_celeste: this.ver.alvo, observacoes: this.ver.notas };
    const gerais = [];
    for (const { campo: nome, mensagem, remedio } of erro.corpo?.erros ?? []) {
      if (campos[nome]) campos[nome].falhar(`${mensagem} ${remedio}`, erro.lingua);
      else gerais.push(el('p', { lang: erro.lingua, texto: `${mensagem} ${remedio}` }));
    }
    anunciar(fraseDoErro(erro).texto);
    this.dizer(() => [cartaoDeErro(erro), ...(erro.corpo?.erros?.length > 1 ? gerais : [])], false);
    this.desenhar();
    Object.values(campos)
      .find((c) => c.entrada.hasAttribute('aria-invalid'))
      ?.entrada.focus();
  }

  /** Um acontecimento sobre a observação da ficha, por quem quer que o tenha feito: a ficha diz o que é agora. */
  async receber({ agendamento_id: id, telescopio, inicio_utc: de, fim_utc: ate, removida }) {
    const antes = this.#mostrado;
    if (!antes || antes.estado !== 'ATIVO' || removida || this.#porMim.has(antes.id)) return;
    const coberta =
      telescopio === antes.telescopio && antes.horario_inicio_utc < ate && antes.horario_fim_utc > de;
    if (id !== antes.id && !coberta) return;
    const { corpo: agora } = await this.api.seguir(antes._links.self);
    if (this.#mostrado !== antes || agora.versao === antes.versao) return;
    this.#mostrado = agora;
    const frase = () => fraseDaMudanca(agora, this.nomeDe(agora.telescopio));
    anunciar(frase());
    const tom = agora.estado === 'CANCELADO' ? 'ruim' : 'bom';
    this.dizer(() => [bomDesfecho(frase(), ficha(agora, { ...this.contexto, semTitulo: true }), tom)]);
  }

  /** O que o desfecho diz, montado de novo se o idioma muda; sem argumento, nada. `toma`: no lugar do formulário. */
  dizer(montar = () => [], toma = true) {
    this.#dito = montar;
    const nos = montar();
    if (nos.length === 0) this.#mostrado = null;
    this.#decidido = toma && nos.length > 0;
    this.ver.desfecho.replaceChildren(...nos);
    this.no.dataset.vazio = String(nos.length === 0 && !this.painelAgenda.selecao.valor);
  }

  get contexto() {
    return {
      api: this.api,
      sessao: this.sessao,
      relogio: this.relogio,
      nomeDe: this.nomeDe,
      aoRemarcar: (ag) => this.partes.aoRemarcar(ag),
      aoPedirCancelar: (ag) => {
        this.#porMim.add(ag.id);
        this.partes.aoPedirCancelar(ag);
      },
      aoCancelar: (ag) => {
        anunciar(t('ficha.cancelada_ok'));
        this.agenda.aplicar('agendamento.cancelado', { ...ag, agendamento_id: ag.id });
        this.dizer(() => [bomDesfecho(t('ficha.cancelada_ok'))]);
        this.desenhar();
        this.ver.desfecho.focus();
        this.partes.aoCancelado(ag);
        this.partes.aoMudar();
      },
    };
  }

  #decidido = false;
  /** O que esta página mesma está cancelando: o acontecimento não é novidade. */
  #porMim = new Set();

  #estadoDe({ telescopio, inicio, fim }) {
    const { dados } = this.agenda;
    if (telescopio !== dados.valor.telescopio.slug) return { nome: 'fora', slots: [] };
    const { estado, slots } = this.agenda.trecho(inicio, fim, this.relogio.agora(), this.movendo.valor);
    const deUmaSo = estado !== 'sua' || new Set(slots.map((slot) => this.agenda.meuEm(slot)?.id)).size === 1;
    return { nome: deUmaSo ? estado : 'mista', slots };
  }

  /** O que é comum a agendar e a mover: a disputa à vista, um pedido por vez, o foco no desfecho. */
  async #disputar(slug, [inicio, fim], andamento, fazer, aoFalhar) {
    if (this.#pedindo) return;
    this.#pedindo = true;
    this.#mostrado = null;
    this.agenda.disputar({ slug }, inicio, fim, true);
    this.dizer(() => [andamento()]);
    this.desenhar();
    this.ver.desfecho.focus();
    let falha = null;
    try {
      await fazer();
    } catch (erro) {
      falha = erro;
    }
    this.#pedindo = false;
    this.agenda.disputar({ slug }, inicio, fim, false);
    if (falha) aoFalhar(falha);
    this.desenhar();
    if (document.activeElement === document.body) this.ver.desfecho.focus();
  }

  async #enviar(evento) {
    this.ver.alvo.limpar();
    this.ver.notas.limpar();
    const { telescopio, inicio, fim, ag } = this.#pedido;
    if (ag) {
      await this.moverPara(ag, inicio, fim);
      return;
    }
    const [alvo, notas] = [this.ver.alvo.valor, this.ver.notas.valor];
    const corpo = { telescopio, horario_inicio_utc: utc(inicio), horario_fim_utc: utc(fim) };
    const mais = { ...(alvo && { objeto_celeste: alvo }), ...(notas && { observacoes: notas }) };
    await this.agendar({ ...corpo, ...mais }, evento.timeStamp);
  }

  #mostrar({
    escolhido = null,
    ag = null,
    explicacao = '',
    livre = false,
    meu = null,
    abre = null,
    proximo = false,
    espera: vaga = null,
  }) {
    const focado = this.ver.formulario.contains(document.activeElement);
    const entrou = Boolean(this.sessao.eu);
    const aberto = livre && !this.#decidido;
    this.ver.cabeca.hidden = !escolhido || this.#decidido;
    if (escolhido) this.#cabeca(escolhido);
    this.abreEm = this.#decidido ? null : abre;
    if (this.abreEm) this.bater(this.relogio.agora());
    else escrever(this.ver.explicacao, explicacao);
    this.ver.explicacao.hidden = !this.ver.explicacao.textContent;
    this.ver.formulario.hidden = !aberto || !entrou;
    this.ver.campos.hidden = Boolean(ag);
    this.ver.alongar.hidden = !aberto || Boolean(ag);
    this.ver.entrar.hidden = !aberto || entrou;
    this.ver.irAoLivre.hidden = !proximo;
    this.ver.avisar.hidden = !vaga || !entrou || !this.sessao.elo('esperas');
    this.vaga = vaga;
    this.#pedido = aberto ? { ...escolhido, ag } : null;
    if (aberto) {
      const duracao = duracaoCheia(escolhido.fim - escolhido.inicio);
      escrever(
        this.ver.enviar,
        ag
          ? t('mover.confirmar', { quando: quando(escolhido.inicio, escolhido.fim) })
          : t('obs.agendar', { duracao }),
      );
      escrever(this.ver.cota, ag || !entrou ? '' : this.#cota());
    }
    if (focado && this.ver.formulario.hidden && !this.#pedindo) this.ver.titulo.focus();
    this.#mostrarMeu(this.#decidido || this.#pedindo ? null : meu);
  }

  #cabeca({ telescopio, inicio, fim }) {
    escrever(this.ver.onde, this.nomeDe(telescopio));
    escrever(this.ver.quando, quando(inicio, fim));
    escrever(this.ver.quanto, duracaoCheia(fim - inicio));
    escrever(this.ver.local, aqui(inicio));
  }

  #cota() {
    const { uso } = this.sessao.eu;
    if (!uso?.limite_ativos && !uso?.limite_horas_ciclo) return '';
    const partes = [
      uso.limite_ativos && t('uso.restam', { n: uso.limite_ativos - uso.ativos, limite: uso.limite_ativos }),
      uso.limite_horas_ciclo && `${numero(Math.max(0, uso.limite_horas_ciclo - uso.horas_ciclo), 1)} h`,
    ];
    return partes.filter(Boolean).join(' · ');
  }

  #mostrarMeu(ag) {
    const marca = ag && `${ag.id} ${ag.versao} ${idioma.valor}`;
    if (marca === this.#meu) return;
    this.#meu = marca;
    this.ver.meu.replaceChildren(...(ag ? [ficha(ag, { ...this.contexto, semTitulo: true })] : []));
    if (ag) this.#mostrado = ag;
  }

  /** Um slot a mais ou a menos, para quem não tem Shift. */
  #ajustar(slots) {
    const { telescopio, inicio, fim } = this.painelAgenda.selecao.valor;
    const { passo } = this.agenda.dados.valor;
    const novo = Math.max(inicio + passo, fim + slots * passo);
    if (telescopio === this.agenda.telescopio.slug) this.painelAgenda.escolherIntervalo(inicio, novo);
  }

  #textos() {
    escrever(this.ver.alvo.no.firstElementChild, t('obs.alvo'));
    escrever(this.ver.notas.no.firstElementChild, t('obs.notas'));
    escrever(this.ver.resumoNotas, t('obs.notas'));
    escrever(this.ver.entrar, t('obs.entrar'));
    escrever(this.ver.irAoLivre, t('obs.proximo_livre'));
    escrever(this.ver.avisar, t('espera.avisar'));
    escrever(this.ver.sairDeMover, t('mover.desistir'));
    this.ver.fechar.setAttribute('aria-label', t('geral.fechar'));
    this.ver.menos.setAttribute('aria-label', t('obs.menos'));
    this.ver.mais.setAttribute('aria-label', t('obs.mais'));
    this.ver.desfecho.setAttribute('aria-label', t('desfecho.titulo'));
    this.#meu = null;
    if (!this.#pedindo) this.dizer(this.#dito, this.#decidido);
  }
}
