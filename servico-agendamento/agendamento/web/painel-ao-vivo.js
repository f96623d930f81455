/** As últimas novidades de todos, e se a página está mesmo ouvindo. */
import { anunciar } from './avisos.js';
import { atributo, el, escrever } from './dom.js';
import { diaCurto, hora, idioma, intervalo, t } from './idioma.js';

const GUARDADOS = 8;

export class PainelAoVivo {
  #itens = [];

  constructor(no, { aoVivo, relogio, telescopios, agenda }) {
    this.no = no;
    this.aoVivo = aoVivo;
    this.relogio = relogio;
    this.telescopios = telescopios;
    this.agenda = agenda;
    this.titulo = el('h2', { id: 't-vivo', class: 'oculto' });
    this.selo = el('span', { class: 'estado-relogio' });
    this.lista = el('ol', { class: 'novidades pequeno' });
    this.vazio = el('p', { class: 'pequeno suave' });
    no.replaceChildren(this.titulo, this.selo, this.lista, this.vazio);
    aoVivo.estado.assinar(() => this.#cabeca());
    idioma.assinar(() => {
      this.#cabeca();
      this.#redesenhar();
    });
  }

  receber(tipo, dados) {
    const item = { tipo, dados, quando: this.relogio.agora() };
    this.#itens.unshift(item);
    this.lista.prepend(this.#linha(item));
    if (this.#itens.length > GUARDADOS) {
      this.#itens.pop();
      this.lista.lastChild.remove();
    }
    this.vazio.hidden = true;
    // O telescópio que se olha deixa de servir, ou volta: isso se diz também a quem só ouve.
    const deste = dados.telescopio === this.agenda.telescopio?.slug;
    if (tipo === 'telescopio.estado' && deste) anunciar(this.#frase(tipo, dados));
  }

  #cabeca() {
    const estado = this.aoVivo.estado.valor;
    escrever(this.titulo, t('vivo.titulo'));
    escrever(this.selo, t(`vivo.${estado}`));
    atributo(
      this.selo,
      'data-estado',
      { aovivo: 'sincronizado', sondando: 'incerto', conectando: 'sincronizando', semrede: 'incerto' }[
        estado
      ],
    );
    escrever(this.vazio, t('vivo.vazio'));
  }

  #redesenhar() {
    this.lista.replaceChildren(...this.#itens.map((item) => this.#linha(item)));
    this.vazio.hidden = this.#itens.length > 0;
  }

  #linha({ tipo, dados, quando }) {
    const relogio = quando === null ? '' : hora(quando);
    return el('li', {}, el('span', { class: 'num suave', texto: relogio }), ' ', this.#frase(tipo, dados));
  }

  #frase(tipo, dados) {
    if (tipo === 'arbitragem.decidida') {
      const { nome, inicio } = this.#recurso(dados.recursos[0]);
      return t('vivo.arbitragem', {
        telescopio: nome,
        hora: inicio,
        n: dados.candidatos.length,
        regra: t(`criterio.${dados.criterio}`),
      });
    }
    if (tipo === 'telescopio.estado') {
      return t(`vivo.${dados.estado}`, { telescopio: this.#nome(dados.telescopio) });
    }
    const [de, ate] = [
      Date.parse(dados.horario_inicio_utc ?? dados.inicio_utc),
      Date.parse(dados.horario_fim_utc ?? dados.fim_utc),
    ];
    const chave = dados.removida ? 'agenda.reaberta' : tipo;
    return t(`vivo.${chave}`, {
      telescopio: this.#nome(dados.telescopio),
      quando: `${diaCurto(de)}, ${intervalo(de, ate)}`,
    });
  }

  #nome(slug) {
    return this.telescopios.valor.find((tel) => tel.slug === slug)?.nome ?? slug;
  }

  #recurso(texto) {
    const corte = texto.lastIndexOf('_');
    const nome =
      this.telescopios.valor.find((tel) => tel.prefixo_recurso === texto.slice(0, corte))?.nome
      ?? texto.slice(0, corte);
    const inicio = Date.parse(texto.slice(corte + 1));
    return { nome, inicio: `${diaCurto(inicio)}, ${hora(inicio)}` };
  }
}
