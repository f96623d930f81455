/** O que todo roteiro usa para falar com o SCTEC: cientistas, horários livres, agendar e cancelar. */
import exec from 'k6/execution';
import http from 'k6/http';
import { fail, sleep } from 'k6';
import { Counter, Gauge, Trend } from 'k6/metrics';

export const URL = (__ENV.SCTEC_URL || 'http://127.0.0.1:5000').replace(/\/$/, '');
/** Acima disto, em ms, o pedido é dito lento e o seu trace_id vai para a tela. */
const LENTO_MS = Number(__ENV.LENTO_MS || 2000);
/** Quem não responde em tanto tempo (s) não respondeu: um serviço congelado reprova, e não se espera por ele. */
const PRAZO = `${Number(__ENV.PRAZO_S || 10)}s`;
const DIA_MS = 86_400_000;
export const TELESCOPIO = __ENV.TELESCOPIO || 'hubble-acad';

export const criados = new Counter('sctec_criados');
export const recusados = new Counter('sctec_recusados');
export const falhas = new Counter('sctec_falhas_do_servidor');
export const inesperados = new Counter('sctec_inesperados');
export const duracaoAgendar = new Trend('sctec_duracao_agendar', true);
/** Instante em que a execução começou, em s: diz ao painel qual é a última. */
const inicio = new Gauge('sctec_inicio');
/** Sobe quando uma iteração começa e desce quando termina: o que sobra ficou pelo meio. */
const interrompidas = new Counter('sctec_interrompidas');
/** O que todo roteiro exige, além dos seus `limiares`; a execução se chama TESTID, ou roteiro e hora. */
export function opcoes(roteiro, limiares, outras) {
  const quando = new Date().toISOString().replace(/[-:]|\..*/g, '');
  return {
    tags: { testid: __ENV.TESTID || `${roteiro}-${quando}` },
    summaryTrendStats: ['med', 'p(95)', 'p(99)', 'max', 'avg', 'min'],
    setupTimeout: '120s',
    thresholds: {
      sctec_falhas_do_servidor: ['count==0'],
      sctec_inesperados: ['count==0'],
      sctec_interrompidas: ['count==0'],
      ...limiares,
    },
    ...outras,
  };
}

/** A função padrão do roteiro: `passos`, contados como interrompidos se não chegam ao fim. */
export function iteracao(passos) {
  return (dados) => {
    interrompidas.add(1);
    passos(dados);
    interrompidas.add(-1);
  };
}

// 409 e 422 são respostas certas a uma disputa: só 5xx e falta de resposta contam como falha de HTTP.
http.setResponseCallback(http.expectedStatuses({ min: 200, max: 499 }));

/** Lê um número de uma variável de ambiente do roteiro; recusa o que não for número positivo. */
export function numero(nome, padrao) {
  const valor = Number(__ENV[nome] || padrao);
  if (!(valor > 0)) fail(`${nome}=${__ENV[nome]}: esperado um número maior que zero`);
  return valor;
}

function aleatorio(algarismos) {
  let texto = '';
  while (texto.length < algarismos) texto += Math.floor(Math.random() * 16).toString(16);
  return texto;
}

function cabecalhos(chave, extras) {
  return {
    ...(chave ? { Authorization: `Bearer ${chave}` } : undefined),
    'Content-Type': 'application/json',
    Accept: 'application/json',
    // Começa pela execução: as linhas de log dela se acham por ele.
    'X-Request-Id': `${exec.test.options.tags.testid}-${__VU}-${aleatorio(6)}`.slice(0, 64),
    ...extras,
  };
}

/** GET com nome fixo nas métricas (nunca o caminho com identificadores). */
export function obter(caminho, nome, chave) {
  return http.get(`${URL}${caminho}`, { headers: cabecalhos(chave), tags: { name: nome }, timeout: PRAZO });
}

/** Cria cientistas de uma vez e devolve as suas chaves. Cada um pode ter 10 agendamentos ativos. */
export function cientistas(quantos) {
  inicio.add(Date.now() / 1000);
  const marca = `${Date.now().toString(36)}${aleatorio(4)}`;
  const chaves = [];
  while (chaves.length < quantos) {
    const lote = Array.from({ length: Math.min(20, quantos - chaves.length) }, (_, i) => ({
      method: 'POST',
      url: `${URL}/cientistas`,
      body: JSON.stringify({
        nome: `Cientista ${chaves.length + i + 1}`,
        email: `k6-${marca}-${chaves.length + i + 1}@exemplo.org`,
      }),
      params: { headers: cabecalhos(), tags: { name: 'POST /cientistas' }, timeout: PRAZO },
    }));
    for (const resposta of http.batch(lote)) {
      if (resposta.status !== 201) fail(`POST /cientistas respondeu ${resposta.status}: ${resposta.body}`);
      chaves.push(resposta.json('chave'));
    }
  }
  return chaves;
}

/**
 * Horários livres do telescópio, em ordem, a partir de um dia sorteado do horizonte.
 * @param {number} quantos
 * @param {{seguidos?: boolean}} [opcoes] `seguidos`: um trecho contínuo
 * @returns {string[]} inícios em RFC 3339
 */
export function horariosLivres(quantos, { seguidos = false } = {}) {
  const primeiroDia = Math.floor(Date.now() / DIA_MS) + 2 + Math.floor(Math.random() * 100);
  let livres = [];
  for (let dia = primeiroDia; dia < primeiroDia + 60; dia += 1) {
    const de = new Date(dia * DIA_MS).toISOString();
    const ate = new Date((dia + 1) * DIA_MS).toISOString();
    const resposta = obter(
      `/telescopios/${TELESCOPIO}/agenda?de=${de}&ate=${ate}`,
      'GET /telescopios/{slug}/agenda',
    );
    if (resposta.status !== 200) fail(`a agenda respondeu ${resposta.status}: ${resposta.body}`);
    for (const slot of resposta.json('slots')) {
      if (slot.estado === 'livre') livres.push(slot.inicio_utc);
      else if (seguidos) livres = [];
      if (livres.length === quantos) return livres;
    }
  }
  return fail(`não há ${quantos} horários livres em ${TELESCOPIO} a partir de ${primeiroDia}`);
}

/** POST /agendamentos com traceparent próprio; conta o desfecho e mostra o trace_id de quem demorou. */
export function agendar(chave, corpo) {
  const trace = aleatorio(32);
  const resposta = http.post(
    `${URL}/agendamentos`,
    JSON.stringify({ telescopio: TELESCOPIO, objeto_celeste: 'M31', ...corpo }),
    {
      headers: cabecalhos(chave, { traceparent: `00-${trace}-${aleatorio(16)}-01` }),
      tags: { name: 'POST /agendamentos' },
      timeout: PRAZO,
    },
  );
  duracaoAgendar.add(resposta.timings.duration);
  if (resposta.status === 201) criados.add(1);
  else if (resposta.status === 409) recusados.add(1);
  else if (resposta.status === 0 || resposta.status >= 500) falhas.add(1);
  else inesperados.add(1);
  if (resposta.timings.duration > LENTO_MS || resposta.status === 0 || resposta.status >= 500) {
    console.warn(`${resposta.status} em ${Math.round(resposta.timings.duration)} ms, trace_id=${trace}`);
  } else if (resposta.status !== 201 && resposta.status !== 409) {
    console.warn(`resposta inesperada ${resposta.status}, trace_id=${trace}: ${resposta.body}`);
  }
  return resposta;
}

/** Segue o link `cancelar` que a própria resposta do agendamento traz. */
export function cancelar(chave, agendamento) {
  const { href, method } = agendamento.json('_links.cancelar');
  return http.request(method, `${URL}${href}`, null, {
    headers: cabecalhos(chave),
    tags: { name: 'DELETE /agendamentos/{id}' },
    timeout: PRAZO,
  });
}

/** Faz todos os cientistas virtuais partirem no mesmo instante (`partida`, em ms do relógio local). */
export function esperarPartida(partida) {
  sleep(Math.max(0, (partida - Date.now()) / 1000));
}

/** Qual cientista esta iteração é: cada chave serve a, no máximo, 9 agendamentos ativos. */
export function chaveDaVez(chaves) {
  return chaves[Math.floor(exec.scenario.iterationInTest / 9) % chaves.length];
}
