/** “Quero 15 min de M31 a partir de agora”: as primeiras janelas livres, como botões. */
import { DIA_MS, inicioDoDia } from './agenda.js';
import { botao, el, escrever, refazer } from './dom.js';
import { lembrado, lembrar } from './guardado.js';
import { diaCurto, duracaoCheia, hora, idioma, quando, t } from './idioma.js';
import { sinal } from './sinais.js';

const MINUTO_MS = 60_000;
const DURACOES_MIN = [5, 10, 15, 20, 30, 45, 60, 90, 120];
const QUANTAS = 3;
const RELER_MS = 400;

export class Intencao {
  /** Quanto se quer observar, em ms; vale em toda a página e de uma visita a outra. */
  duracao = sinal((Number(lembrado('duracao_min')) || 15) * MINUTO_MS);
  /** O alvo já escrito, que o painel também mostra. */
  alvo = sinal('');
  #vez = 0;
  #relerEm = null;
  #janelas = [];

  /** @param {{no, api, sessao, agenda, relogio, nomeDe(slug), aoEscolher(janela), meus: any}} partes */
  constructor(partes) {
    const { no, api, sessao, agenda, relogio, nomeDe } = partes;
    this.no = no;
    this.api = api;
    this.sessao = sessao;
    this.agenda = agenda;
    this.relogio = relogio;
    this.nomeDe = nomeDe;
    this.partes = partes;
    this.#moldura();
    agenda.estado.assinar(() => this.#textos());
    partes.meus.assinar(() => this.#textos());
    agenda.dados.assinar(() => this.procurarEmBreve());
    agenda.mudancas.assinar(() => this.procurarEmBreve());
    sessao.estado.assinar(() => this.procurarEmBreve());
    this.alvo.assinar((texto) => {
      if (this.campoAlvo.value !== texto) this.campoAlvo.value = texto;
    });
    idioma.assinar(() => this.#textos());
  }

  /** A n-ésima duração da lista, pelas teclas 1 a 9. */
  duracaoDaTecla(n) {
    const opcao = this.campoDuracao.options[n - 1];
    if (!opcao) return null;
    this.campoDuracao.value = opcao.value;
    this.#mudouDuracao();
    return opcao.textContent;
  }

  /** Muitas mudanças seguidas custam uma pergunta. */
  procurarEmBreve() {
    clearTimeout(this.#relerEm);
    this.#relerEm = setTimeout(() => this.#procurar(), RELER_MS);
  }

  async #procurar() {
    const elo = this.sessao.elo('livres');
    const { telescopio } = this.agenda;
    if (!elo || !telescopio || document.hidden) return;
    const vez = (this.#vez += 1);
    const qualquer = this.campoOnde.value === 'qualquer';
    const parametros = {
      minutos: this.duracao.valor / MINUTO_MS,
      telescopio: qualquer ? undefined : telescopio.slug,
      de: this.#desde(),
      limite: QUANTAS,
    };
    try {
      const { corpo } = await this.api.seguir(elo, { parametros });
      if (vez !== this.#vez) return;
      this.#janelas = corpo._embedded.livres.map((livre) => ({
        telescopio: livre.telescopio,
        inicio: Date.parse(livre.horario_inicio_utc),
        fim: Date.parse(livre.horario_fim_utc),
      }));
      this.#mostrar();
    } catch {
      if (vez === this.#vez) this.janelas.replaceChildren(); // a agenda continua a dizer o que está livre
    }
  }

  /** Sempre da hora oficial: a do computador pode ser outra. */
  #desde() {
    const agora = this.relogio.agora() ?? Date.now();
    const desde = { agora, dia: Math.max(agora, this.agenda.dia), amanha: inicioDoDia(agora) + DIA_MS }[
      this.campoDesde.value
    ];
    return new Date(desde).toISOString();
  }

  #mostrar() {
    const hoje = inicioDoDia(this.relogio.agora() ?? Date.now());
    const qualquer = this.campoOnde.value === 'qualquer';
    const qualDia = (ms) =>
      ({ [hoje]: t('agenda.hoje'), [hoje + DIA_MS]: t('intencao.amanha') })[inicioDoDia(ms)] ?? diaCurto(ms);
    const botoes = this.#janelas.map((janela) => {
      const onde = qualquer ? `${this.nomeDe(janela.telescopio)} ` : '';
      return botao(
        `${onde}${qualDia(janela.inicio)} ${hora(janela.inicio)}`,
        () => this.partes.aoEscolher(janela),
        {
          class: 'janela num',
          'aria-label': t('intencao.escolher', {
            telescopio: this.nomeDe(janela.telescopio),
            quando: quando(janela.inicio, janela.fim),
          }),
        },
      );
    });
    refazer(
      this.janelas,
      ...(botoes.length > 0 ? botoes : [el('span', { class: 'suave', texto: t('intencao.nenhuma') })]),
    );
  }

  #mudouDuracao() {
    this.duracao.valor = Number(this.campoDuracao.value);
    lembrar('duracao_min', String(this.duracao.valor / MINUTO_MS));
    this.procurarEmBreve();
  }

  #moldura() {
    this.campoDuracao = el('select', { id: 'duracao', ao_change: () => this.#mudouDuracao() });
    this.campoAlvo = el('input', {
      id: 'alvo',
      list: 'alvos',
      maxlength: 120,
      autocomplete: 'off',
      placeholder: 'M31',
    });
    this.campoAlvo.addEventListener('input', () => {
      this.alvo.valor = this.campoAlvo.value;
    });
    const procurar = () => this.procurarEmBreve();
    this.campoOnde = el('select', { id: 'onde', ao_change: procurar });
    this.campoDesde = el('select', { id: 'desde', ao_change: procurar });
    this.alvos = el('datalist', { id: 'alvos' });
    this.janelas = el('div', { class: 'janelas', role: 'group' });
    this.palavras = Object.fromEntries(
      ['quero', 'de', 'no', 'desde'].map((nome) => [
        nome,
        el('label', { for: { quero: 'duracao', de: 'alvo', no: 'onde', desde: 'desde' }[nome] }),
      ]),
    );
    const { quero, de, no, desde } = this.palavras;
    this.no.replaceChildren(
      el(
        'div',
        { class: 'frase-intencao' },
        quero,
        this.campoDuracao,
        de,
        this.campoAlvo,
        no,
        this.campoOnde,
        desde,
        this.campoDesde,
      ),
      this.janelas,
      this.alvos,
    );
  }

  #textos() {
    for (const [nome, no] of Object.entries(this.palavras)) escrever(no, t(`intencao.${nome}`));
    this.janelas.setAttribute('aria-label', t('intencao.janelas'));
    const { telescopio } = this.agenda;
    const passo = telescopio ? telescopio.duracao_slot_s * 1000 : 5 * MINUTO_MS;
    const cabem = DURACOES_MIN.map((min) => min * MINUTO_MS).filter((ms) => ms % passo === 0);
    const opcoes = cabem.length > 2 ? cabem : [1, 2, 3, 4, 6, 8, 12].map((n) => n * passo);
    const atual = opcoes.includes(this.duracao.valor)
      ? this.duracao.valor
      : (opcoes.find((ms) => ms >= this.duracao.valor) ?? opcoes[0]);
    trocarOpcoes(
      this.campoDuracao,
      opcoes.map((ms) => [String(ms), duracaoCheia(ms)]),
      String(atual),
    );
    if (atual !== this.duracao.valor) this.duracao.valor = atual;
    const onde = [
      ['este', telescopio?.nome ?? '…'],
      ['qualquer', t('intencao.qualquer')],
    ];
    trocarOpcoes(this.campoOnde, onde, this.campoOnde.value || 'este');
    const desde = [
      ['agora', t('intencao.agora')],
      ['dia', t('intencao.dia')],
      ['amanha', t('intencao.amanha')],
    ];
    trocarOpcoes(this.campoDesde, desde, this.campoDesde.value || 'agora');
    trocarOpcoes(
      this.alvos,
      [...new Set(this.partes.meus.valor.map((ag) => ag.objeto_celeste).filter(Boolean))].map((nome) => [
        nome,
        nome,
      ]),
    );
    this.#mostrar();
  }
}

function trocarOpcoes(no, pares, valor) {
  const marca = JSON.stringify(pares);
  if (no.dataset.marca !== marca) {
    no.dataset.marca = marca;
    no.replaceChildren(...pares.map(([value, texto]) => el('option', { value, texto })));
  }
  if (valor !== undefined) no.value = valor;
}
