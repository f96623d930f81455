/** A agenda na tela: a grade (ou a lista), o teclado, o bloco escolhido e a legenda. */
import { DIA_MS, inicioDoDia } from './agenda.js';
import { anunciar } from './avisos.js';
import { el, escrever } from './dom.js';
import { Grade } from './grade.js';
import { aqui, diaInteiro, espera, idioma, intervalo, t } from './idioma.js';
import { Lista } from './lista.js';
import { sinal } from './sinais.js';

export const ESTADOS = ['livre', 'sua', 'ocupada', 'disputa', 'indisponivel', 'fechada', 'passada'];

export class PainelAgenda {
  /** O bloco escolhido, `{telescopio, inicio, fim}` em ms, ou nulo: vale mesmo fora do dia mostrado. */
  selecao = sinal(null);
  #ancora = null;
  #estreita = matchMedia('(max-width: 44rem)');
  #segundo = -1;
  #mirado = -1;

  /** @param {{no, agenda, relogio, duracao, movendo, aoAbrir(), aoTrocarDia(dia)}} partes */
  constructor({ no, agenda, relogio, duracao, movendo, aoAbrir, aoTrocarDia }) {
    this.no = no;
    this.agenda = agenda;
    this.relogio = relogio;
    this.duracao = duracao;
    this.movendo = movendo;
    this.aoAbrir = aoAbrir;
    this.aoTrocarDia = aoTrocarDia;
    this.#moldura();
    const acoes = {
      aoMirar: (i) => this.#mirar(i),
      aoSair: () => this.#desmirar(),
      aoEscolher: (i, estender) => this.escolher(i, estender),
      aoAbrir: () => this.aoAbrir(),
    };
    this.vistas = {
      grade: new Grade(this.areaGrade, agenda, acoes),
      lista: new Lista(this.areaLista, agenda, acoes),
    };
    this.moldura.before(this.vistas.grade.passadas);
    no.addEventListener('keydown', (evento) => this.#tecla(evento));
    this.#estreita.addEventListener('change', () => this.desenhar());
    agenda.dados.assinar(() => this.#chegou());
    agenda.mudancas.assinar((indices) => this.#repintar(indices));
    movendo.assinar(() => this.#repintarTudo());
    duracao.assinar(() => this.#redimensionar());
    agenda.estado.assinar((estado) => {
      no.setAttribute('aria-busy', String(estado === 'lendo'));
      this.vazio.hidden = estado !== 'vazia';
    });
    idioma.assinar(() => {
      this.#textos();
      this.desenhar();
    });
  }

  get vista() {
    return this.#estreita.matches ? this.vistas.lista : this.vistas.grade;
  }

  desenhar() {
    const dados = this.agenda.dados.valor;
    if (!dados) return;
    this.areaGrade.hidden = this.#estreita.matches;
    this.areaLista.hidden = !this.#estreita.matches;
    this.vista.montar(dados);
    this.#repintarTudo();
    this.vista.marcarAgora(this.relogio.agora());
    const deOutro = this.agenda.estado.valor === 'lendo' && this.agenda.dia !== dados.dia;
    escrever(this.data, diaInteiro(deOutro ? this.agenda.dia : dados.dia));
  }

  /** A cada batida do relógio: a linha do agora anda, e na virada de um slot os estados mudam. */
  bater(agora) {
    if (!this.agenda.dados.valor || this.no.closest('[hidden]')) return;
    this.vista.marcarAgora(agora);
    const segundo = Math.floor(agora / 1000);
    if (segundo === this.#segundo) return;
    this.#segundo = segundo;
    const { slots } = this.agenda.dados.valor;
    const virou = (instante) => instante !== null && instante <= agora && instante > agora - 2000;
    const tocados = [...slots.keys()].filter(
      (i) => virou(slots[i].inicio) || virou(slots[i].fim) || virou(slots[i].abre),
    );
    if (tocados.length === 0) return;
    this.#repintar(tocados);
    this.#reavaliar();
  }

  /** Escolhe o bloco que começa no slot `i`, com a duração em vigor; ao estender, do primeiro escolhido até ele. */
  escolher(i, estender = false) {
    const { slots, telescopio } = this.agenda.dados.valor;
    const alonga = estender && this.#ancora !== null && !this.movendo.valor;
    if (!alonga) this.#ancora = i;
    const [de, ate] = [Math.min(this.#ancora, i), Math.max(this.#ancora, i)];
    const { inicio } = slots[de];
    const fim = alonga ? slots[ate].fim : inicio + this.#tamanho();
    this.selecao.valor = { telescopio: telescopio.slug, inicio, fim };
    this.#repintarTudo();
    this.vista.focar(i, false);
  }

  /** Escolhe por instante; o que está fora do dia mostrado fica escolhido do mesmo jeito. */
  escolherIntervalo(inicio, fim) {
    const { slots, telescopio } = this.agenda.dados.valor;
    const [primeiro] = this.agenda.indices(inicio, fim);
    this.#ancora = primeiro ?? null;
    this.selecao.valor = { telescopio: telescopio.slug, inicio, fim };
    this.#repintarTudo();
    if (primeiro !== undefined && slots[primeiro]) this.vista.focar(primeiro, false);
  }

  /** Sem escolha da pessoa, o painel já diz o primeiro livre do dia; não muda mais sozinho. */
  #sugerir() {
    const { slots, telescopio } = this.agenda.dados.valor;
    const i = this.agenda.proximoLivre(-1, this.relogio.agora(), 1, this.#tamanho());
    if (this.selecao.valor || this.movendo.valor || i < 0) return;
    const { inicio } = slots[i];
    this.#ancora = i;
    this.selecao.valor = {
      telescopio: telescopio.slug,
      inicio,
      fim: inicio + this.#tamanho(),
      sugerido: true,
    };
  }

  limpar() {
    this.#ancora = null;
    this.selecao.valor = null;
    this.#repintarTudo();
  }

  focar() {
    if (this.agenda.dados.valor) this.vista.focar(this.vista.foco);
  }

  irAoProximoLivre(sentido = 1) {
    if (!this.agenda.dados.valor) return;
    const i = this.vista.foco;
    const de = this.selecao.valor ? i : Math.max(-1, i - sentido);
    const achado = this.agenda.proximoLivre(
      de,
      this.relogio.agora(),
      sentido,
      this.#tamanho(),
      this.movendo.valor,
    );
    if (achado < 0) {
      this.#dizer(t('agenda.sem_livre'));
      return;
    }
    this.escolher(achado);
    this.vista.focar(achado);
  }

  pedirHora() {
    this.campoHora.hidden = false;
    this.campoHora.querySelector('input').focus();
  }

  trocarDia(passo) {
    const agora = this.relogio.agora() ?? Date.now();
    this.aoTrocarDia(passo === 0 ? inicioDoDia(agora) : this.agenda.dia + passo * DIA_MS);
  }

  /** O foco de quem chega pelo teclado é o primeiro livre. */
  #chegou() {
    const dados = this.agenda.dados.valor;
    if (!dados) return;
    if (this.chegado !== `${dados.telescopio.slug} ${dados.dia}`) {
      this.chegado = `${dados.telescopio.slug} ${dados.dia}`;
      const { selecao } = this;
      const daqui = selecao.valor && this.agenda.indices(selecao.valor.inicio, selecao.valor.fim)[0];
      const livre = this.agenda.proximoLivre(-1, this.relogio.agora());
      this.vistas.grade.foco = this.vistas.lista.foco = daqui ?? Math.max(0, livre);
      this.#sugerir();
    }
    this.desenhar();
    // O que se escolheu pode ter mudado de estado enquanto se relia.
    this.#reavaliar();
  }

  /** O que está escolhido pode ter mudado de estado: quem o mostra, mostre de novo. */
  #reavaliar() {
    const { valor } = this.selecao;
    if (valor) this.selecao.valor = { ...valor };
  }

  /** Quanto dura o que se vai escolher: a duração em vigor, em slots inteiros, ou a de quem se move. */
  #tamanho() {
    const { passo } = this.agenda.dados.valor;
    const ag = this.movendo.valor;
    if (ag) return Date.parse(ag.horario_fim_utc) - Date.parse(ag.horario_inicio_utc);
    return Math.max(1, Math.round(this.duracao.valor / passo)) * passo;
  }

  #redimensionar() {
    const escolhido = this.selecao.valor;
    if (!escolhido || this.movendo.valor || !this.agenda.dados.valor) return;
    this.selecao.valor = { ...escolhido, fim: escolhido.inicio + this.#tamanho() };
    this.#repintarTudo();
  }

  /** O bloco escolhido, se é do telescópio que está na tela. */
  get #aqui() {
    const escolhido = this.selecao.valor;
    return escolhido?.telescopio === this.agenda.dados.valor?.telescopio.slug ? escolhido : null;
  }

  get #fantasma() {
    const ag = this.movendo.valor;
    return ag && { inicio: Date.parse(ag.horario_inicio_utc), fim: Date.parse(ag.horario_fim_utc) };
  }

  #repintarTudo() {
    if (!this.agenda.dados.valor || !this.vista.pronta) return;
    this.vista.pintar(this.relogio.agora(), this.#aqui, { fantasma: this.#fantasma });
  }

  #repintar(indices) {
    const dados = this.agenda.dados.valor;
    if (!dados || indices.length === 0 || !this.vista.pronta) return;
    this.vista.pintar(this.relogio.agora(), this.#aqui, {
      fantasma: this.#fantasma,
      indices: indices.filter((i) => i < dados.slots.length),
    });
    if (indices.includes(this.#mirado)) this.#mirar(this.#mirado);
  }

  /** O que se escolheria aqui: o bloco pintado na grade, e o que ele é, escrito ao lado do slot. */
  #mirar(i) {
    const slot = this.agenda.dados.valor.slots[i];
    if (!slot) return;
    this.#mirado = i;
    const agora = this.relogio.agora();
    const estado = this.agenda.estadoDe(slot, agora, this.movendo.valor);
    const fim = slot.inicio + this.#tamanho();
    const { estado: doBloco } = this.agenda.trecho(slot.inicio, fim, agora, this.movendo.valor);
    const livre = estado === 'livre';
    this.vista.prever(livre ? this.agenda.indices(slot.inicio, fim) : [], doBloco === 'livre');
    const partes = [
      intervalo(slot.inicio, livre ? fim : slot.fim),
      aqui(slot.inicio),
      livre && doBloco !== 'livre' ? t('agenda.nao_cabe') : t(`estado.${estado}`),
      estado === 'fechada' && t('agenda.abre_em', { tempo: espera(slot.abre - agora) }),
    ];
    escrever(this.balao, partes.filter(Boolean).join(' · '));
    this.#porBalao(i);
  }

  #porBalao(i) {
    const celula = this.vista.celula(i);
    this.balao.hidden = !celula;
    if (!celula) return;
    const moldura = this.moldura.getBoundingClientRect();
    const onde = celula.getBoundingClientRect();
    const esquerda = Math.min(onde.left - moldura.left, moldura.width - this.balao.offsetWidth);
    this.balao.style.left = `${Math.max(0, esquerda)}px`;
    this.balao.style.top = `${onde.bottom - moldura.top + 4}px`;
  }

  #desmirar() {
    this.#mirado = -1;
    this.balao.hidden = true;
    if (this.vista.pronta) this.vista.prever([], false);
  }

  /** O que precisa ser sabido vai para a tela e para quem ouve. */
  #dizer(texto) {
    escrever(this.mira, texto);
    anunciar(texto);
  }

  #tecla(evento) {
    const dados = this.agenda.dados.valor;
    if (!dados || evento.ctrlKey || evento.metaKey || evento.altKey || !this.vista.contem(evento.target))
      return;
    const i = this.vista.foco;
    const { colunas } = this.vista;
    const passos = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -colunas, ArrowDown: colunas };
    const linha = Math.floor(i / colunas) * colunas;
    const alvos = { Home: linha, End: Math.min(linha + colunas, dados.slots.length) - 1 };
    if (evento.key === 'Enter') {
      evento.preventDefault();
      const { inicio } = dados.slots[i];
      const escolhido = this.#aqui;
      if (!escolhido || inicio < escolhido.inicio || inicio >= escolhido.fim) this.escolher(i);
      this.aoAbrir();
    } else if (this.vista === this.vistas.grade && (evento.key in passos || evento.key in alvos)) {
      evento.preventDefault();
      const para = alvos[evento.key] ?? i + passos[evento.key];
      if (para < 0 || para >= dados.slots.length) return;
      this.escolher(para, evento.shiftKey);
      this.vista.focar(para);
    }
  }

  #irAHora(texto) {
    const achada = /^(\d{1,2})(?::?(\d{2}))?$/.exec(texto.trim());
    const { slots, passo } = this.agenda.dados.valor;
    const i = achada ? Math.floor(((Number(achada[1]) * 60 + Number(achada[2] ?? 0)) * 60_000) / passo) : -1;
    if (i < 0 || i * passo >= DIA_MS || i >= slots.length) {
      this.#dizer(t('agenda.hora_invalida'));
      return;
    }
    this.campoHora.hidden = true;
    this.escolher(i);
    this.vista.focar(i);
  }

  #moldura() {
    this.titulo = el('h2', { id: 't-agenda', class: 'oculto' });
    this.data = el('h3', { class: 'data' });
    this.areaGrade = el('div', {
      role: 'grid',
      class: 'grade',
      'aria-multiselectable': 'true',
      hidden: true,
    });
    this.areaLista = el('div', { role: 'group', class: 'lista', hidden: true });
    this.mira = el('p', { class: 'mira pequeno suave' });
    this.balao = el('span', { class: 'balao num', 'aria-hidden': 'true', hidden: true });
    this.moldura = el('div', { class: 'moldura' }, this.areaGrade, this.areaLista, this.balao);
    this.rotuloHora = el('span', { class: 'oculto' });
    const entrada = el('input', { name: 'hora', class: 'num', placeholder: '03:00', inputmode: 'numeric' });
    this.campoHora = el(
      'form',
      {
        class: 'ir',
        hidden: true,
        ao_submit: (evento) => {
          evento.preventDefault();
          this.#irAHora(entrada.value);
        },
        ao_keydown: (evento) => {
          if (evento.key !== 'Escape') return;
          evento.stopPropagation();
          this.campoHora.hidden = true;
          this.focar();
        },
      },
      el('label', { class: 'linha' }, this.rotuloHora, entrada),
    );
    this.vazio = el('p', { hidden: true });
    this.legenda = el('ul', { class: 'legenda pequeno' });
    this.no.replaceChildren(
      this.titulo,
      el('div', { class: 'linha entre' }, this.data, this.campoHora),
      this.vazio,
      this.moldura,
      el('div', { class: 'rodape' }, this.mira, this.legenda),
    );
  }

  #textos() {
    escrever(this.titulo, t('agenda.titulo'));
    escrever(this.rotuloHora, t('agenda.ir_hora'));
    this.legenda.replaceChildren(
      ...ESTADOS.map((e) => el('li', {}, el('i', { class: 'slot', 'data-e': e }), t(`estado.${e}`))),
    );
    this.legenda.setAttribute('aria-label', t('agenda.legenda'));
    escrever(this.vazio, t('agenda.vazia'));
    escrever(this.mira, t('agenda.dica'));
  }
}
