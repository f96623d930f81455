/** O relógio: o número grande no topo, a margem sempre ao lado, e no painel de onde ela vem. */
import { atributo, botao, el, escrever, por, svg } from './dom.js';
import { lembrado, lembrar } from './guardado.js';
import { aqui, duracao, espera, hora, idioma, numero, t } from './idioma.js';

const LARGURA = 240;
const ALTURA = 44;

export class PainelRelogio {
  #batidas = [];
  #local = lembrado('hora_local') === '1';
  #ultimo = -1;

  constructor(no, relogio) {
    this.no = no;
    this.relogio = relogio;
    this.#moldura();
    idioma.assinar(() => {
      this.#textos();
      this.#desenhar(relogio.estado.valor);
    });
    relogio.estado.assinar((estado) => this.#desenhar(estado));
    this.#bater();
  }

  /** Chama `ouvinte(agora)` a cada décimo, na virada dele. */
  aCadaDecimo(ouvinte) {
    this.#batidas.push(ouvinte);
  }

  #bater() {
    const agora = this.relogio.agora();
    if (agora !== null && Math.floor(agora / 100) !== this.#ultimo) {
      this.#ultimo = Math.floor(agora / 100);
      escrever(por('hora'), hora(agora, 'decimo'));
      if (this.#local) escrever(por('hora-local'), aqui(agora, true));
      for (const ouvinte of this.#batidas) ouvinte(agora);
    }
    setTimeout(() => this.#bater(), agora === null ? 20 : 100 - (agora % 100) + 1);
  }

  #desenhar(estado) {
    const { fase } = estado;
    const selo = por('hora-estado');
    escrever(selo, t(`relogio.${fase}`));
    atributo(selo, 'data-estado', fase);
    escrever(por('hora-erro'), estado.sincronizado ? `±${duracao(estado.incerteza_ms)}` : '');
    escrever(this.conselho, t(`relogio.${fase}_conselho`));
    if (!estado.sincronizado) return;
    escrever(
      this.valores.desvio,
      t(estado.offset_ms < 0 ? 'relogio.adianta' : 'relogio.atrasa', {
        tempo: duracao(Math.abs(estado.offset_ms)),
      }),
    );
    escrever(this.valores.ida, duracao(estado.ida_e_volta_ms));
    escrever(this.valores.erro, `±${duracao(estado.incerteza_ms)}`);
    escrever(this.valores.idade, t('relogio.ha', { tempo: espera(estado.idade_ms) }));
    escrever(
      this.valores.deriva,
      estado.deriva_ppm === null ? t('relogio.medindo') : `${numero(estado.deriva_ppm, 1)} ppm`,
    );
    const menor = Math.min(...estado.amostras);
    const marca = `${idioma.valor} ${estado.amostras.join()}`;
    if (marca !== this.desenhado) {
      this.desenhado = marca;
      this.grafico.replaceChildren(
        desenharAmostras(estado.amostras, menor),
        el('figcaption', {
          class: 'pequeno suave',
          texto: t('relogio.amostras', { n: estado.amostras.length, menor: duracao(menor) }),
        }),
      );
    }
  }

  #moldura() {
    this.titulo = el('h2', { id: 't-relogio' });
    this.conselho = el('p', { class: 'pequeno suave' });
    this.grafico = el('figure', { class: 'amostras' });
    const nomes = ['desvio', 'ida', 'erro', 'idade', 'deriva'];
    this.valores = Object.fromEntries(nomes.map((n) => [n, el('dd', { class: 'num', texto: '—' })]));
    this.nomes = Object.fromEntries(nomes.map((n) => [n, el('dt', {})]));
    this.ligar = el('input', {
      type: 'checkbox',
      checked: this.#local,
      ao_change: () => {
        this.#local = this.ligar.checked;
        lembrar('hora_local', this.#local ? '1' : '0');
        if (!this.#local) escrever(por('hora-local'), '');
        this.#ultimo = -1;
      },
    });
    this.rotuloLocal = el('span', {});
    this.de_novo = botao('', () => this.relogio.sincronizar());
    this.no.replaceChildren(
      this.titulo,
      this.grafico,
      el('dl', { class: 'pares' }, ...nomes.map((n) => el('div', {}, this.nomes[n], this.valores[n]))),
      this.conselho,
      el(
        'div',
        { class: 'linha entre nao-imprime' },
        el('label', { class: 'ligar' }, this.ligar, this.rotuloLocal),
        this.de_novo,
      ),
    );
  }

  #textos() {
    escrever(this.titulo, t('relogio.titulo'));
    for (const [nome, no] of Object.entries(this.nomes)) escrever(no, t(`relogio.${nome}`));
    escrever(this.rotuloLocal, t('relogio.mostrar_local'));
    escrever(this.de_novo, t('relogio.sincronizar'));
    this.#ultimo = -1;
  }
}

/** Uma barra por rodada; a escolhida, a de menor ida e volta, é a cheia. */
function desenharAmostras(amostras, menor) {
  const maior = Math.max(...amostras);
  const passo = LARGURA / Math.max(8, amostras.length);
  return svg(
    'svg',
    {
      viewBox: `0 0 ${LARGURA} ${ALTURA}`,
      role: 'img',
      'aria-label': t('relogio.grafico', { lista: amostras.map((a) => duracao(a)).join(', ') }),
    },
    svg('line', { x1: 0, x2: LARGURA, y1: ALTURA - 0.5, y2: ALTURA - 0.5, class: 'eixo' }),
    ...amostras.map((a, i) => {
      const altura = Math.max(3, (a / maior) * (ALTURA - 4));
      return svg('rect', {
        x: i * passo + 2,
        y: ALTURA - altura,
        width: passo - 4,
        height: altura,
        rx: 1.5,
        class: i === amostras.indexOf(menor) ? 'escolhida' : 'amostra',
      });
    }),
  );
}
