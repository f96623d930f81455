/**
 * O que acontece, ao vivo: SSE com repetição do que se perdeu (o navegador manda Last-Event-ID sozinho).
 * Sem o fluxo, sonda-se a cada poucos segundos, e a tela diz que está assim.
 */
import { sinal } from './sinais.js';

const TIPOS = [
  'agendamento.criado',
  'agendamento.cancelado',
  'agendamento.remarcado',
  'agenda.indisponivel',
  'telescopio.estado',
  'espera.oferecida',
  'arbitragem.decidida',
];
const TOLERANCIA_MS = 1500;
const SONDAR_MS = 3000;
/** O coordenador manda um pulso a cada 5 s: dois que faltem, e a conexão é tida por morta. */
const SILENCIO_MS = 12_000;
const RECRIAR_MS = [1000, 2000, 5000, 10_000];

export class AoVivo {
  /** 'conectando' | 'aovivo' | 'sondando' | 'semrede' */
  estado = sinal('conectando');
  #fonte = null;
  #ultimo = null;
  #tentativas = 0;
  #sondagem = null;
  #espera = null;
  #silencio = null;
  /** O que aconteceu antes da primeira conexão, ou entre duas, o fluxo não conta: ao abrir, relê-se. */
  #lacuna = true;

  /** @param {{aoEvento(tipo, dados), aoRecarregar(), aoSondar()}} ouvinte */
  constructor(ouvinte) {
    this.ouvinte = ouvinte;
    addEventListener('offline', () => {
      this.estado.valor = 'semrede';
    });
    addEventListener('online', () => this.religar());
  }

  ligar(elo) {
    this.elo = elo;
    this.#abrir();
  }

  /** Depois de dormir, uma conexão pode estar morta sem que ninguém tenha sido avisado. */
  religar() {
    if (!this.elo) return;
    this.#lacuna = true;
    this.#abrir();
  }

  #abrir() {
    clearTimeout(this.#espera);
    this.#fonte?.close();
    const fonte = new EventSource(this.elo.href);
    this.#fonte = fonte;
    this.#vigiar();
    fonte.onopen = () => {
      this.#vigiar();
      this.#tentativas = 0;
      this.#pararSondagem();
      this.estado.valor = 'aovivo';
      if (this.#lacuna) this.ouvinte.aoRecarregar();
      this.#lacuna = false;
    };
    fonte.onerror = () => this.#cair(fonte);
    fonte.addEventListener('pulso', () => this.#vigiar());
    fonte.addEventListener('recarregar', (evento) => {
      this.#vigiar();
      this.#ultimo = evento.lastEventId;
      this.ouvinte.aoRecarregar();
    });
    for (const tipo of TIPOS) fonte.addEventListener(tipo, (evento) => this.#receber(tipo, evento));
  }

  /** Uma conexão pode morrer sem que ninguém a feche: calada por tempo demais, diz-se e abre-se outra. */
  #vigiar() {
    clearTimeout(this.#silencio);
    this.#silencio = setTimeout(() => {
      this.#pararSondagem();
      this.#sondar();
      this.religar();
    }, SILENCIO_MS);
  }

  #receber(tipo, evento) {
    this.#vigiar();
    if (this.#repetido(evento.lastEventId)) return;
    this.#ultimo = evento.lastEventId;
    this.ouvinte.aoEvento(tipo, JSON.parse(evento.data));
  }

  #repetido(id) {
    if (!this.#ultimo) return false;
    const [epoca, n] = partes(id);
    const [epocaUltima, nUltimo] = partes(this.#ultimo);
    return epoca === epocaUltima && n <= nUltimo;
  }

  #cair(fonte) {
    if (fonte !== this.#fonte) return;
    if (this.estado.valor === 'aovivo') this.estado.valor = 'conectando';
    this.#sondagem ??= setTimeout(() => this.#sondar(), TOLERANCIA_MS);
    if (fonte.readyState !== EventSource.CLOSED) return;
    this.#lacuna = true;
    const espera = RECRIAR_MS[Math.min(this.#tentativas, RECRIAR_MS.length - 1)];
    this.#tentativas += 1;
    this.#espera = setTimeout(() => this.#abrir(), espera);
  }

  #sondar() {
    this.estado.valor = navigator.onLine ? 'sondando' : 'semrede';
    this.ouvinte.aoSondar();
    this.#sondagem = setTimeout(() => this.#sondar(), SONDAR_MS);
  }

  #pararSondagem() {
    clearTimeout(this.#sondagem);
    this.#sondagem = null;
  }
}

function partes(id) {
  const corte = id.lastIndexOf('-');
  return [id.slice(0, corte), Number(id.slice(corte + 1))];
}
