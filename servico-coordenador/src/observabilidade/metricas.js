/** Métricas do coordenador, em unidades de base; nenhum rótulo leva usuário, recurso ou trace. */
import client from 'prom-client';
import { VERSAO } from '../identidade.js';

const LATENCIA = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2.5, 5, 10, 30,
];
/** As mesmas do servico-agendamento: os dois se somam nos painéis. */
const HTTP = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const CANDIDATOS = [1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000, 2000];

const de = (rotulo, ...valores) => valores.map((valor) => ({ [rotulo]: valor }));
const RESPOSTAS = de('resultado', 'concedido', 'recurso_ocupado', 'preterido', 'indisponivel', 'desistencia');
const FINS = de('fim', 'salvo', 'nao_salvo', 'expirado', 'desistencia');
const LIBERACOES = de('resultado', 'salvo', 'nao_salvo', 'desconhecida');
const CRITERIOS = de('criterio', 'unico', 'instante', 'uso', 'sorteio');
const ATENDIDAS = [
  ['/lock', 200, 409, 503],
  ['/unlock', 200, 404],
  ['/renovar', 200, 404],
  ['/eventos', 202],
].flatMap(([http_route, ...status]) =>
  status.map((http_response_status_code) => ({
    http_request_method: 'POST',
    http_route,
    http_response_status_code,
  })),
);

export function criarMetricas() {
  /** @type {client.Registry<any>} */
  const registro = new client.Registry();
  registro.setContentType(client.Registry.OPENMETRICS_CONTENT_TYPE);
  client.collectDefaultMetrics({ register: registro });
  const emTexto = new client.Registry();
  const registers = [registro];

  // Série que só aparecesse na primeira vez não teria o zero de onde medir o aumento: as conhecidas nascem em zero.
  function contador(name, help, series = []) {
    const labelNames = Object.keys(series[0] ?? {});
    const metrica = new client.Counter({ name, help, labelNames, registers });
    for (const rotulos of series) metrica.inc(rotulos, 0);
    return metrica;
  }
  function histograma(name, help, buckets, series = []) {
    const labelNames = Object.keys(series[0] ?? {});
    const metrica = new client.Histogram({
      name,
      help,
      labelNames,
      buckets,
      registers,
      enableExemplars: true,
    });
    for (const rotulos of series) metrica.zero(rotulos);
    return metrica;
  }
  const medidor = (name, help, labelNames = []) => new client.Gauge({ name, help, labelNames, registers });

  medidor('sctec_build_info', 'Versão em execução', ['version']).set({ version: VERSAO }, 1);
  const metricas = {
    http: histograma(
      'http_server_request_duration_seconds',
      'Duração das requisições atendidas',
      HTTP,
      ATENDIDAS,
    ),
    pedidos: contador('sctec_lock_acquire_total', 'Pedidos de lock respondidos', RESPOSTAS),
    espera: histograma('sctec_lock_wait_seconds', 'Do pedido de lock à resposta', LATENCIA, RESPOSTAS),
    duracao: histograma('sctec_lock_hold_seconds', 'Do lock concedido ao fim dele', LATENCIA, FINS),
    liberacoes: contador('sctec_lock_release_total', 'Pedidos de liberação', LIBERACOES),
    renovacoes: contador('sctec_lock_renewed_total', 'Leases renovados'),
    expiracoes: contador('sctec_lock_expired_total', 'Leases vencidos sem liberação'),
    violacoes: contador('sctec_lock_exclusion_violations_total', 'Recursos concedidos a dois ao mesmo tempo'),
    arbitragens: contador('sctec_arbitragem_total', 'Decisões da janela de justiça', CRITERIOS),
    candidatos: histograma('sctec_arbitragem_candidatos', 'Candidatos por decisão', CANDIDATOS),
    linhasPerdidas: contador('sctec_log_lines_dropped_total', 'Linhas de log perdidas: quem as lia parou'),
    vivos: medidor('sctec_locks_held', 'Locks vivos'),
    esperando: medidor('sctec_lock_queue_length', 'Pedidos à espera de decisão ou de desfecho'),
    pico: medidor('sctec_lock_queue_length_peak', 'Maior fila desde a coleta anterior'),
    token: medidor('sctec_lock_fencing_token', 'Último fencing token concedido'),
    assinantes: medidor('sctec_eventos_assinantes', 'Assinantes de /eventos conectados'),

    /** Caso de `GET /metrics`. */
    async expor(req, res) {
      const escolhido = req.get('accept')?.includes('application/openmetrics-text') ? registro : emTexto;
      res.set('Content-Type', escolhido.contentType).send(await escolhido.metrics());
    },
  };
  // As mesmas métricas, sem exemplares, a quem não pede OpenMetrics.
  for (const metrica of registro.getMetricsAsArray()) emTexto.registerMetric(/** @type {any} */ (metrica));
  return metricas;
}

/** Rótulos do exemplar: só aponta para um traço que de fato foi exportado. */
export function exemplar({ span, trace_id, span_id }) {
  return span && span.spanContext().traceFlags & 1 ? { trace_id, span_id } : undefined;
}

/** Liga os medidores ao estado vivo: lidos só quando alguém coleta. */
export function ligarMedidores(metricas, { locks, tokens, canal }) {
  const ao = (medidor, ler) => {
    medidor.collect = () => medidor.set(ler());
  };
  ao(metricas.vivos, () => locks.estado().quantosVivos);
  ao(metricas.esperando, () => locks.estado().esperando);
  ao(metricas.pico, () => locks.picoDaFila());
  ao(metricas.token, () => tokens.ultimo);
  ao(metricas.assinantes, () => canal.assinantes);
}
