/** Operação, em abas: agora, indisponibilidade, telescópios, auditoria. Cada parte cuida de si. */
import { Abas } from './abas.js';
import { Auditoria } from './auditoria.js';
import { el } from '../dom.js';
import { idioma } from '../idioma.js';
import { Paradas } from './paradas.js';
import { Telescopios } from './telescopios.js';
import { Travas } from './travas.js';

export class Operacao {
  /** @param {any} partes no, api, sessao, agenda, relogio, nomeDe, telescopios (sinal), aoMudar() */
  constructor(partes) {
    this.no = partes.no;
    this.sessao = partes.sessao;
    const area = () => el('section', { class: 'cartao' });
    const nos = { agora: area(), paradas: area(), telescopios: area(), auditoria: area() };
    const visivel = () => !this.no.hidden && !nos.agora.hidden;
    this.travas = new Travas({ ...partes, no: nos.agora, visivel });
    const paradas = new Paradas({ ...partes, no: nos.paradas });
    const telescopios = new Telescopios({ ...partes, no: nos.telescopios });
    const auditoria = new Auditoria({ ...partes, no: nos.auditoria });
    this.abas = new Abas([
      { nome: 'agora', titulo: 'op.agora', no: nos.agora, abrir: () => this.travas.abrir() },
      { nome: 'paradas', titulo: 'op.paradas', no: nos.paradas, abrir: () => paradas.abrir(idioma.valor) },
      {
        nome: 'telescopios',
        titulo: 'op.telescopios',
        no: nos.telescopios,
        abrir: () => telescopios.abrir(),
      },
      { nome: 'auditoria', titulo: 'aud.titulo', no: nos.auditoria, abrir: () => auditoria.abrir() },
    ]);
    this.no.replaceChildren(this.abas.no, ...Object.values(nos));
    idioma.assinar(() => this.desenhar());
  }

  /** Chamada ao entrar na vista, e quando o telescópio muda. */
  desenhar() {
    if (this.no.hidden || !this.sessao.elo('auditoria')) return;
    this.abas.mostrar();
  }

  /** Um acontecimento ao vivo: o que está em vigor agora mudou. */
  receber() {
    if (!this.no.hidden) this.travas.relerJa();
  }
}
