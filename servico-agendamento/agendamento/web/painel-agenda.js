/** A agenda na tela: o dia, a grade (ou a lista), o teclado, a seleção e a legenda. */
import { DIA_MS, inicioDoDia } from './agenda.js';
import { el, escrever } from './dom.js';
import { Grade } from './grade.js';
import { dia, espera, hora, horaLocal, idioma, intervalo, t } from './idioma.js';
import { Lista } from './lista.js';
import { sinal } from './sinais.js';

export const ESTADOS = ['livre', 'sua', 'ocupada', 'disputa', 'indisponivel', 'fechada', 'passada'];
export const TECLAS = ['setas', 'estender', 'abrir', 'livre', 'hora', 'dias', 'hoje', 'ajuda'];

export class PainelAgenda {
  /** `{inicio, fim, indices}` em ms, ou nulo. */
  selecao = sinal(null);
  #ancora = null;
  #estreita = matchMedia('(max-width: 44rem)');
  #ultimoMinuto = -1;

  /** @param {{no, agenda, relogio, aoAbrir(), aoTrocarDia(dia), aoAjuda()}} partes */
  constructor({ no, agenda, relogio, aoAbrir, aoTrocarDia, aoAjuda }) {
    Object.assign(this, { no, agenda, relogio, aoAbrir, aoTrocarDia, aoAjuda });
    this.#moldura();
    const acoes = {
      aoMirar: (i) => this.#mirar(i),
      aoEscolher: (i, estender) => this.escolher(i, estender),
      aoAbrir: () => this.aoAbrir(),
    };
    this.vistas = {
      grade: new Grade(this.areaGrade, agenda, acoes),
      lista: new Lista(this.areaLista, agenda, acoes),
    };
    no.addEventListener('keydown', (evento) => this.#tecla(evento));
    this.#estreita.addEventListener('change', () => this.desenhar());
    agenda.dados.assinar(() => this.desenhar());
    agenda.mudancas.assinar((indices) => this.#repintar(indices));
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
    this.vista.pintar(this.relogio.agora(), this.#indices());
    this.vista.marcarAgora(this.relogio.agora());
    escrever(this.data, `${dia(dados.dia)} ▾`);
    this.data.setAttribute('aria-label', `${dia(dados.dia)}, ${t('agenda.dia')}`);
    this.campoDia.value = new Date(dados.dia).toISOString().slice(0, 10);
  }

  /** A cada batida do relógio: a linha do agora anda, e na virada de um slot os estados mudam. */
  bater(agora) {
    if (!this.agenda.dados.valor || this.no.closest('[hidden]')) return;
    this.vista.marcarAgora(agora);
    const segundo = Math.floor(agora / 1000);
    if (segundo === this.#ultimoMinuto) return;
    this.#ultimoMinuto = segundo;
    const { slots } = this.agenda.dados.valor;
    const virou = (instante) => instante !== null && instante <= agora && instante > agora - 2000;
    const tocados = [...slots.keys()].filter((i) => virou(slots[i].inicio) || virou(slots[i].abre));
    if (tocados.length === 0) return;
    this.#repintar(tocados);
    if (this.selecao.valor?.indices.some((i) => tocados.includes(i)))
      this.selecao.valor = { ...this.selecao.valor };
  }

  escolher(i, estender = false) {
    if (!estender || this.#ancora === null) this.#ancora = i;
    const [de, ate] = [Math.min(this.#ancora, i), Math.max(this.#ancora, i)];
    const { slots } = this.agenda.dados.valor;
    const antes = this.#indices();
    this.selecao.valor = {
      inicio: slots[de].inicio,
      fim: slots[ate].fim,
      indices: Array.from({ length: ate - de + 1 }, (_, k) => de + k),
    };
    this.#repintar([...new Set([...antes, ...this.#indices()])]);
    this.vista.focar(i, false);
  }

  /** Seleciona por instante; de outro dia, nada se seleciona. */
  escolherIntervalo(inicio, fim) {
    const indices = this.agenda.dados.valor ? this.agenda.indices(inicio, fim) : [];
    if (indices.length === 0) return;
    this.escolher(indices[0]);
    if (indices.length > 1) this.escolher(indices.at(-1), true);
  }

  limpar() {
    const antes = this.#indices();
    this.#ancora = null;
    this.selecao.valor = null;
    if (this.agenda.dados.valor) this.#repintar([...antes]);
  }

  focar() {
    if (this.agenda.dados.valor) this.vista.focar(this.vista.foco);
  }

  irAoProximoLivre() {
    this.#irAoLivre(this.vista.foco, 1);
  }

  #indices() {
    return new Set(this.selecao.valor?.indices ?? []);
  }

  #repintar(indices) {
    const dados = this.agenda.dados.valor;
    if (!dados || indices.length === 0) return;
    this.vista.pintar(
      this.relogio.agora(),
      this.#indices(),
      indices.filter((i) => i < dados.slots.length),
    );
    if (indices.includes(this.mirado)) this.#mirar(this.mirado);
  }

  #mirar(i) {
    this.mirado = i;
    const slot = this.agenda.dados.valor.slots[i];
    if (!slot) return;
    const estado = this.agenda.estadoDe(slot, this.relogio.agora());
    const abre =
      estado === 'fechada'
        ? ` · ${t('agenda.abre_em', { tempo: espera(slot.abre - this.relogio.agora()) })}`
        : '';
    escrever(
      this.mira,
      `${intervalo(slot.inicio, slot.fim)} UTC · ${t('agenda.aqui', { hora: horaLocal(slot.inicio) })} · `
        + `${t(`estado.${estado}`)}${abre}`,
    );
  }

  #tecla(evento) {
    const dados = this.agenda.dados.valor;
    if (!dados || evento.ctrlKey || evento.metaKey || evento.altKey) return;
    const naGrade = this.vista.contem(evento.target);
    if (!naGrade && evento.target.matches('input, select')) return;
    const i = this.vista.foco;
    const { colunas } = this.vista;
    const passos = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -colunas, ArrowDown: colunas };
    const linha = Math.floor(i / colunas) * colunas;
    const alvos = { Home: linha, End: Math.min(linha + colunas, dados.slots.length) - 1 };
    const acao = {
      n: () => this.#irAoLivre(i, 1),
      N: () => this.#irAoLivre(i, -1),
      '/': () => this.#pedirHora(),
      '?': () => this.aoAjuda(),
      h: () => this.#trocarDia(0),
      PageDown: () => this.#trocarDia(1),
      PageUp: () => this.#trocarDia(-1),
      Escape: () => this.limpar(),
    }[evento.key];
    if (acao) {
      evento.preventDefault();
      acao();
    } else if (naGrade && evento.key === 'Enter') {
      evento.preventDefault();
      if (!this.#indices().has(i)) this.escolher(i);
      this.aoAbrir();
    } else if (naGrade && this.vista === this.vistas.grade && (evento.key in passos || evento.key in alvos)) {
      evento.preventDefault();
      const para = alvos[evento.key] ?? i + passos[evento.key];
      if (para < 0 || para >= dados.slots.length) return;
      this.escolher(para, evento.shiftKey);
      this.vista.focar(para);
    }
  }

  #irAoLivre(i, sentido) {
    const agora = this.relogio.agora();
    const achado = this.agenda.proximoLivre(
      this.selecao.valor ? i : Math.max(-1, i - sentido),
      agora,
      sentido,
    );
    if (achado < 0) {
      escrever(this.mira, t('agenda.sem_livre'));
      return;
    }
    this.escolher(achado);
    this.vista.focar(achado);
  }

  #pedirHora() {
    this.campoHora.hidden = false;
    this.campoHora.querySelector('input').focus();
  }

  #irAHora(texto) {
    const achada = /^(\d{1,2})(?::?(\d{2}))?$/.exec(texto.trim());
    const { slots, dia: inicio, passo } = this.agenda.dados.valor;
    const i = achada ? Math.floor(((Number(achada[1]) * 60 + Number(achada[2] ?? 0)) * 60_000) / passo) : -1;
    if (i < 0 || i >= slots.length) {
      escrever(this.mira, t('agenda.hora_invalida'));
      return;
    }
    this.campoHora.hidden = true;
    this.escolher(i);
    this.vista.focar(i);
    escrever(this.mira, `${hora(inicio + i * passo)} UTC`);
  }

  #trocarDia(passo) {
    const agora = this.relogio.agora() ?? Date.now();
    this.aoTrocarDia(passo === 0 ? inicioDoDia(agora) : this.agenda.dia + passo * DIA_MS);
  }

  #moldura() {
    this.titulo = el('h2', { id: 't-agenda' });
    this.data = el('button', {
      type: 'button',
      class: 'discreto num data',
      ao_click: () => this.campoDia.showPicker(),
    });
    this.botoes = [-1, 0, 1].map((passo) =>
      el('button', { type: 'button', ao_click: () => this.#trocarDia(passo) }),
    );
    this.campoDia = el('input', {
      type: 'date',
      class: 'calendario',
      tabindex: '-1',
      'aria-hidden': 'true',
      ao_change: () => {
        const novo = Date.parse(`${this.campoDia.value}T00:00:00Z`);
        if (!Number.isNaN(novo)) this.aoTrocarDia(novo);
      },
    });
    this.ajuda = el('button', {
      type: 'button',
      class: 'discreto so-teclado',
      texto: '?',
      ao_click: () => this.aoAjuda(),
    });
    this.areaGrade = el('div', {
      role: 'grid',
      class: 'grade',
      'aria-multiselectable': 'true',
      hidden: true,
    });
    this.areaLista = el('div', { role: 'group', class: 'lista', hidden: true });
    this.mira = el('p', { class: 'mira pequeno suave', 'aria-hidden': 'true' });
    this.rotuloHora = el('span', { class: 'oculto' });
    this.campoHora = el(
      'form',
      {
        class: 'ir',
        hidden: true,
        ao_submit: (evento) => {
          evento.preventDefault();
          this.#irAHora(evento.target.elements.hora.value);
        },
        ao_keydown: (evento) => {
          if (evento.key !== 'Escape') return;
          evento.stopPropagation();
          this.campoHora.hidden = true;
          this.focar();
        },
      },
      el(
        'label',
        { class: 'linha' },
        this.rotuloHora,
        el('input', { name: 'hora', class: 'num', placeholder: '03:00', inputmode: 'numeric' }),
      ),
    );
    this.vazio = el('p', { hidden: true });
    this.legenda = el('ul', { class: 'legenda pequeno' });
    this.no.replaceChildren(
      el(
        'div',
        { class: 'linha entre' },
        el('div', { class: 'linha' }, this.titulo, el('span', { class: 'dia' }, this.data, this.campoDia)),
        el('div', { class: 'linha nao-imprime' }, this.campoHora, ...this.botoes, this.ajuda),
      ),
      this.vazio,
      this.areaGrade,
      this.areaLista,
      this.mira,
      this.legenda,
    );
  }

  #textos() {
    escrever(this.titulo, t('agenda.titulo'));
    ['◂', t('agenda.hoje'), '▸'].forEach((texto, i) => escrever(this.botoes[i], texto));
    this.botoes[0].setAttribute('aria-label', t('agenda.anterior'));
    this.botoes[2].setAttribute('aria-label', t('agenda.proximo'));
    this.ajuda.setAttribute('aria-label', t('teclas.titulo'));
    escrever(this.rotuloHora, t('agenda.ir_hora'));
    this.legenda.replaceChildren(
      ...ESTADOS.map((e) => el('li', {}, el('i', { class: 'slot', 'data-e': e }), t(`estado.${e}`))),
    );
    this.legenda.setAttribute('aria-label', t('agenda.legenda'));
    escrever(this.vazio, t('agenda.vazia'));
    escrever(this.mira, t('agenda.dica'));
  }
}
