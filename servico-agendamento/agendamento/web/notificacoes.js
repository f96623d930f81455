/** O que se avisa a quem está aqui: vagou o que esperava, a operação cancelou, faltam dez minutos. */
import { janelaDe } from './agenda.js';
import { avisar } from './avisos.js';
import { hora, quando, t } from './idioma.js';

const ANTES_MS = 600_000;

export class Notificacoes {
  #avisadas = new Set();
  #minuto = -1;
  #pessoa = null;
  #antes = new Map();

  /** @param {{api, sessao, nomeDe(slug), relogio, meus, aoVer(janela)}} partes */
  constructor({ api, sessao, nomeDe, relogio, meus, aoVer }) {
    this.api = api;
    this.sessao = sessao;
    this.nomeDe = nomeDe;
    this.relogio = relogio;
    this.meus = meus;
    this.aoVer = aoVer;
    meus.assinar((lista) => this.#comparar(lista));
    // O que se ofereceu com a página fechada também se diz.
    sessao.estado.assinar(({ eu }) => {
      if ((eu?.id ?? null) === this.#pessoa) return;
      this.#pessoa = eu?.id ?? null;
      this.conferirEsperas().catch(() => {});
    });
  }

  /** Entra na fila de quem quer este horário, se ele vagar. */
  async esperar({ telescopio, inicio, fim }) {
    const corpo = {
      telescopio,
      horario_inicio_utc: new Date(inicio).toISOString(),
      horario_fim_utc: new Date(fim).toISOString(),
    };
    if ('Notification' in globalThis && Notification.permission === 'default')
      Notification.requestPermission();
    let frase = 'espera.feita';
    try {
      await this.api.seguir(this.sessao.elo('esperar'), { corpo });
    } catch (erro) {
      if (erro.motivo !== 'JA_ESPERA') throw erro;
      frase = 'espera.ja';
    }
    const texto = () => t(frase, { telescopio: this.nomeDe(telescopio), quando: quando(inicio, fim) });
    this.#faixa('espera', texto, 'bom');
  }

  receber(tipo) {
    if (tipo === 'espera.oferecida') this.conferirEsperas().catch(() => {});
  }

  /** O evento não diz a quem se ofereceu: cada um pergunta pelas suas. */
  async conferirEsperas() {
    const elo = this.sessao.elo('esperas');
    if (!elo) return;
    for (const oferta of await this.api.todos(elo, 'esperas')) {
      if (!oferta._links.agendar || this.#avisadas.has(`espera-${oferta.id}`)) continue;
      this.#avisadas.add(`espera-${oferta.id}`);
      const janela = janelaDe(oferta);
      const lugares = () => ({
        telescopio: this.nomeDe(janela.telescopio),
        quando: quando(janela.inicio, janela.fim),
        ate: hora(Date.parse(oferta.oferecida_ate_utc), 'segundo'),
      });
      const ver = { texto: t('espera.ver'), fazer: () => this.aoVer(janela) };
      this.#faixa('espera', () => t('espera.vagou', lugares()), 'bom', ver);
    }
  }

  /** Dez minutos antes de cada observação, uma vez. */
  bater(agora) {
    const minuto = Math.floor(agora / 10_000);
    if (minuto === this.#minuto) return;
    this.#minuto = minuto;
    for (const ag of this.meus.valor) {
      const falta = Date.parse(ag.horario_inicio_utc) - agora;
      if (ag.estado !== 'ATIVO' || falta <= 0 || falta > ANTES_MS || this.#avisadas.has(ag.id)) continue;
      this.#avisadas.add(ag.id);
      const lugares = {
        alvo: ag.objeto_celeste ?? t('proxima.observacao'),
        telescopio: this.nomeDe(ag.telescopio),
      };
      this.#faixa(
        `antes-${ag.id}`,
        () => t('proxima.dez_minutos', { ...lugares, min: Math.ceil(falta / 60_000) }),
        'bom',
      );
    }
  }

  /** O que estava ativo e a operação cancelou enquanto a página estava aberta. */
  #comparar(lista) {
    for (const ag of lista) {
      const antes = this.#antes.get(ag.id);
      if (antes?.estado === 'ATIVO' && ag.estado === 'CANCELADO' && !this.#fuiEu(ag)) {
        const lugares = {
          telescopio: this.nomeDe(ag.telescopio),
          quando: quando(Date.parse(ag.horario_inicio_utc), Date.parse(ag.horario_fim_utc)),
          motivo: ag.motivo_cancelamento ?? '',
        };
        this.#faixa(`cancelada-${ag.id}`, () => t('desfecho.foi_cancelada_motivo', lugares), 'ruim');
      }
    }
    this.#antes = new Map(lista.map((ag) => [ag.id, ag]));
  }

  #fuiEu(ag) {
    return this.canceladas.delete(ag.id);
  }

  /** Os que esta página mesma cancelou: deles não se avisa. */
  canceladas = new Set();

  #faixa(nome, texto, tom, acao) {
    const fechar = { texto: t('geral.fechar'), fazer: () => avisar(nome, null) };
    const fazer = acao && { texto: acao.texto, fazer: () => (avisar(nome, null), acao.fazer()) };
    avisar(nome, () => ({ texto: texto(), tom, acao: fazer ?? fechar }));
    if ('Notification' in globalThis && Notification.permission === 'granted' && document.hidden) {
      new Notification('SCTEC', { body: texto(), tag: nome });
    }
  }
}
