/** Métricas do coordenador, em unidades de base; nenhum rótulo leva usuário, recurso ou trace. */
import client from 'prom-client';

const LATENCIA = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2.5, 5, 10, 30,
];
/** As mesmas do servico-agendamento: os dois se somam nos painéis. */
const HTTP = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const CANDIDATOS = [1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000, 2000];

export function criarMetricas({ versao }) {
  const registro = new client.Registry();
  registro.setContentType(client.Registry.OPENMETRICS_CONTENT_TYPE);
  client.collectDefaultMetrics({ register: registro });
  const registers = [registro];
  const contador = (name, help, labelNames = []) => new client.Counter({ name, help, labelNames, registers });
  const medidor = (name, help) => new client.Gauge({ name, help, registers });
  const histograma = (name, help, labelNames, buckets) =>
    new client.Histogram({ name, help, labelNames, buckets, registers, enableExemplars: true });
  const metricas = {
    registro,
    http: histograma(
      'http_server_request_duration_seconds',
      'Duração das requisições atendidas',
      ['http_request_method', 'http_route', 'http_response_status_code'],
      HTTP,
    ),
    pedidos: contador('sctec_lock_acquire_total', 'Pedidos de lock respondidos', ['resultado']),
    espera: histograma('sctec_lock_wait_seconds', 'Do pedido de lock à resposta', ['resultado'], LATENCIA),
    posse: histograma('sctec_lock_hold_seconds', 'Da concessão ao fim dela', ['fim'], LATENCIA),
    liberacoes: contador('sctec_lock_release_total', 'Pedidos de liberação', ['resultado']),
    renovacoes: contador('sctec_lock_renewed_total', 'Leases renovados'),
    expiracoes: contador('sctec_lock_expired_total', 'Leases vencidos sem liberação'),
    violacoes: contador('sctec_lock_exclusion_violations_total', 'Recursos concedidos a dois ao mesmo tempo'),
    arbitragens: contador('sctec_arbitragem_total', 'Decisões da janela de justiça', ['criterio']),
    candidatos: histograma('sctec_arbitragem_candidatos', 'Candidatos por decisão', [], CANDIDATOS),
    concessoes: medidor('sctec_locks_held', 'Concessões vivas'),
    esperando: medidor('sctec_lock_queue_length', 'Pedidos à espera de decisão ou de desfecho'),
    token: medidor('sctec_lock_fencing_token', 'Último fencing token concedido'),
    assinantes: medidor('sctec_eventos_assinantes', 'Assinantes de /eventos conectados'),
  };
  new client.Gauge({
    name: 'sctec_build_info',
    help: 'Versão em execução',
    labelNames: ['version'],
    registers,
  }).set({ version: versao }, 1);
  return metricas;
}

/** Rótulos do exemplar: só aponta para um traço que de fato foi exportado. */
export function exemplar(contexto) {
  return contexto.span ? { trace_id: contexto.trace_id, span_id: contexto.span_id } : undefined;
}

/** Liga os medidores ao estado vivo: lidos só quando alguém coleta. */
export function ligarMedidores(metricas, { travas, tokens, canal }) {
  const ao = (medidor, ler) => {
    medidor.collect = () => medidor.set(ler());
  };
  ao(metricas.concessoes, () => travas.estado().quantasConcessoes);
  ao(metricas.esperando, () => travas.estado().esperando);
  ao(metricas.token, () => tokens.ultimo);
  ao(metricas.assinantes, () => canal.assinantes);
}
