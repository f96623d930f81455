/** O catálogo de palavras e o jeito de escrever números, datas e durações em cada idioma. */
import { lembrar } from './guardado.js';
import { sinal } from './sinais.js';

/** @typedef {Record<string, Record<string, string>>} Catalogo */

/** De onde vêm as palavras de cada idioma; só se busca o que se fala. @type {{pt(): Promise<any>, en(): Promise<any>}[]} */
const fontes = [{ pt: () => import('./textos-pt.js'), en: () => import('./textos-en.js') }];
const inicial = document.documentElement.lang === 'en' ? 'en' : 'pt';
/** @type {Catalogo} */
let catalogo = (await fontes[0][inicial]()).default;
export const idioma = sinal(inicial);

/** O texto da chave `area.nome`, com `{valor}` trocado por `valores.valor`. */
export function t(chave, valores = {}) {
  const corte = chave.indexOf('.');
  const texto = catalogo[chave.slice(0, corte)][chave.slice(corte + 1)];
  return texto.replace(/\{(\w+)\}/g, (_, nome) => valores[nome]);
}

/** As palavras de uma parte que só se carrega quando alguém a abre. */
export async function acrescentar(fonte) {
  fontes.push(fonte);
  catalogo = { ...catalogo, ...(await fonte[idioma.valor]()).default };
}

export async function trocarIdioma() {
  const novo = idioma.valor === 'pt' ? 'en' : 'pt';
  const partes = await Promise.all(fontes.map((fonte) => fonte[novo]()));
  catalogo = Object.assign({}, ...partes.map((parte) => parte.default));
  lembrar('idioma', novo);
  document.documentElement.lang = novo === 'en' ? 'en' : 'pt-BR';
  idioma.valor = novo;
}

/** Traduz o que o HTML já traz: `data-t` é o texto, `data-t-rotulo` o nome acessível. */
export function traduzirPagina(raiz = document) {
  for (const no of /** @type {NodeListOf<HTMLElement>} */ (raiz.querySelectorAll('[data-t]')))
    no.textContent = t(no.dataset.t);
  for (const no of /** @type {NodeListOf<HTMLElement>} */ (raiz.querySelectorAll('[data-t-rotulo]')))
    no.setAttribute('aria-label', t(no.dataset.tRotulo));
}

const local = () => (idioma.valor === 'en' ? 'en' : 'pt-BR');
const dois = (n) => String(n).padStart(2, '0');

export const numero = (valor, casas = 0) =>
  new Intl.NumberFormat(local(), { minimumFractionDigits: casas, maximumFractionDigits: casas })
    .format(valor)
    .replace('-', '−');

/** Milissegundos com a unidade que se lê: `12,3 ms`, `1,24 s`, `3 h 02 min`. */
export function duracao(ms) {
  const tamanho = Math.abs(ms);
  if (tamanho < 10) return `${numero(ms, 1)} ms`;
  if (tamanho < 1000) return `${numero(ms)} ms`;
  if (tamanho < 60_000) return `${numero(ms / 1000, 1)} s`;
  return espera(ms);
}

/** Tempo que falta ou passou, em no máximo duas unidades inteiras. */
export function espera(ms) {
  const s = Math.floor(Math.abs(ms) / 1000);
  const sinalMenos = ms < 0 ? '−' : '';
  if (s < 60) return `${sinalMenos}${s} s`;
  if (s < 3600) return `${sinalMenos}${Math.floor(s / 60)} min ${dois(s % 60)} s`;
  if (s < 86_400) return `${sinalMenos}${Math.floor(s / 3600)} h ${dois(Math.floor(s / 60) % 60)} min`;
  return `${sinalMenos}${Math.floor(s / 86_400)} d ${Math.floor(s / 3600) % 24} h`;
}

/** Hora UTC: `03:05`; com segundos `14:03:27`; com décimos `14:03:27,4`. */
export function hora(ms, precisao = 'minuto') {
  const d = new Date(ms);
  const base = `${dois(d.getUTCHours())}:${dois(d.getUTCMinutes())}`;
  if (precisao === 'minuto') return base;
  const comSegundos = `${base}:${dois(d.getUTCSeconds())}`;
  if (precisao === 'segundo') return comSegundos;
  const virgula = idioma.valor === 'en' ? '.' : ',';
  return `${comSegundos}${virgula}${Math.floor(d.getUTCMilliseconds() / 100)}`;
}

/** Um formatador custa mais a fazer do que a usar: fica o primeiro de cada jeito. */
const formatos = new Map();
function formato(lingua, opcoes) {
  const chave = lingua + JSON.stringify(opcoes);
  if (!formatos.has(chave)) formatos.set(chave, new Intl.DateTimeFormat(lingua, opcoes));
  return formatos.get(chave);
}

/** A mesma hora no fuso da pessoa, sempre como anotação ao lado da UTC. */
const horaLocal = (ms, comSegundos) =>
  formato(local(), {
    hour: '2-digit',
    minute: '2-digit',
    second: comSegundos ? '2-digit' : undefined,
    hourCycle: 'h23',
  }).format(ms);

const mes = (indice) => t('geral.meses').split(' ')[indice];
const semana = (indice) => t('geral.dias').split(' ')[indice];

/** Dia UTC: `1 dez 2026`. */
export const dia = (ms) => `${diaEMes(ms)} ${new Date(ms).getUTCFullYear()}`;

const diaEMes = (ms) => `${new Date(ms).getUTCDate()} ${mes(new Date(ms).getUTCMonth())}`;

export const diaDaSemana = (ms) => semana(new Date(ms).getUTCDay());
/** `ter, 1 dez` */
export const diaCurto = (ms) => `${diaDaSemana(ms)}, ${diaEMes(ms)}`;
/** `ter, 1 dez 2026` */
export const diaInteiro = (ms) => `${diaDaSemana(ms)}, ${dia(ms)}`;

/** A diferença do fuso da pessoa naquele instante (o horário de verão conta): `UTC−3`. */
export function fuso(ms) {
  const partes = formato('en', { timeZoneName: 'shortOffset' }).formatToParts(ms);
  return partes
    .find((parte) => parte.type === 'timeZoneName')
    .value.replace('GMT', 'UTC')
    .replace('-', '−');
}

/** O instante no fuso da pessoa, com a data dele e o fuso: `30 nov, 23:00 aqui (UTC−3)`. */
export function aqui(ms, comSegundos = false) {
  const d = new Date(ms);
  const hora = `${d.getDate()} ${mes(d.getMonth())}, ${horaLocal(ms, comSegundos)}`;
  return t('agenda.aqui', { hora, fuso: fuso(ms) });
}

export const intervalo = (inicio, fim) => `${hora(inicio)}–${hora(fim)}`;

/** O intervalo inteiro, sem nada por adivinhar: `ter, 1 dez 2026, 23:50 – qua, 2 dez, 00:05 UTC`. */
export function quando(inicio, fim) {
  const mesmoDia = dia(inicio) === dia(fim) || (fim - inicio <= 86_400_000 && hora(fim) === '00:00');
  const ate = mesmoDia ? intervalo(inicio, fim) : `${hora(inicio)} – ${diaCurto(fim)}, ${hora(fim)}`;
  return `${diaInteiro(inicio)}, ${ate} UTC`;
}

/** `5 min`, `1 h`, `1 h 30 min`, `90 s`. */
export function duracaoCheia(ms) {
  const s = Math.round(ms / 1000);
  if (s % 60) return `${s} s`;
  const [h, min] = [Math.floor(s / 3600), (s / 60) % 60];
  return [h && `${h} h`, (min || !h) && `${min} min`].filter(Boolean).join(' ');
}
