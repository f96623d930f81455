/** O catálogo de palavras e o jeito de escrever números, datas e durações em cada idioma. */
import { sinal } from './sinais.js';
import observar from './textos-observar.js';
import textos from './textos.js';

/** `{area: {nome: [português, inglês]}}`. */
export const CATALOGO = { ...textos, ...observar };
export const idioma = sinal(document.documentElement.lang === 'en' ? 'en' : 'pt');

/** O texto da chave `area.nome`, com `{valor}` trocado por `valores.valor`. */
export function t(chave, valores = {}) {
  const corte = chave.indexOf('.');
  const [pt, en] = CATALOGO[chave.slice(0, corte)][chave.slice(corte + 1)];
  return (idioma.valor === 'en' ? en : pt).replace(/\{(\w+)\}/g, (_, nome) => valores[nome]);
}

export function trocarIdioma() {
  const novo = idioma.valor === 'pt' ? 'en' : 'pt';
  try {
    localStorage.setItem('sctec.idioma', novo);
  } catch {
    /* sem armazenamento, vale até fechar */
  }
  document.documentElement.lang = novo === 'en' ? 'en' : 'pt-BR';
  idioma.valor = novo;
}

/** Traduz o que o HTML já traz: `data-t` é o texto, `data-t-rotulo` o nome acessível. */
export function traduzirPagina(raiz = document) {
  for (const no of raiz.querySelectorAll('[data-t]')) no.textContent = t(no.dataset.t);
  for (const no of raiz.querySelectorAll('[data-t-rotulo]'))
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

/** A mesma hora no fuso da pessoa, sempre como anotação ao lado da UTC. */
export function horaLocal(ms, comSegundos = false) {
  return new Intl.DateTimeFormat(local(), {
    hour: '2-digit',
    minute: '2-digit',
    second: comSegundos ? '2-digit' : undefined,
    hour12: false,
  }).format(ms);
}

/** Dia UTC: `1 dez 2026`. */
export function dia(ms) {
  const d = new Date(ms);
  return `${d.getUTCDate()} ${t('geral.meses').split(' ')[d.getUTCMonth()]} ${d.getUTCFullYear()}`;
}

export const intervalo = (inicio, fim) => `${hora(inicio)}–${hora(fim)}`;
