/** A única ligação entre as partes do coordenador. */
import { randomBytes, randomUUID } from 'node:crypto';
import fs from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { Janelas } from './arbitragem/janelas.js';
import { Segredos } from './arbitragem/segredos.js';
import { abrirDeposito } from './arquivo.js';
import { abrirCofre } from './cofre.js';
import { Anel } from './eventos/anel.js';
import { Canal } from './eventos/canal.js';
import { rotasDeEventos } from './http/eventos.js';
import { rotaDeJustica } from './http/justica.js';
import { rotasDeLocks } from './http/locks.js';
import { recusarMalformada } from './http/problemas.js';
import { criarExpress } from './http/rotas.js';
import { rotasDeSaude } from './http/saude.js';
import { criarLogs } from './observabilidade/logs.js';
import { criarMetricas, ligarMedidores } from './observabilidade/metricas.js';
import { criarObservador } from './observabilidade/observador.js';
import { rastreador } from './observabilidade/tracos.js';
import { relogioDoProcesso as relogio } from './relogio.js';
import { Locks } from './travas/locks.js';
import { Tokens } from './travas/tokens.js';

const REVER_SEGREDOS_MS = 600_000;
const FECHAR_OCIOSAS_MS = 50;
// Mais longo que o das conexões ociosas de quem chama: é ele quem as fecha, nunca no meio de um envio.
const PRAZOS = { keepAliveTimeout: 75_000, headersTimeout: 10_000, requestTimeout: 15_000 };

/**
 * @param {ReturnType<typeof import('./config.js').carregarConfig>} config
 * @returns {Promise<{servidor: http.Server, logs: import('pino').Logger, encerrar: () => Promise<void>}>} servidor ainda
 *   sem porta
 */
export async function criarApp(config) {
  const metricas = criarMetricas();
  const logs = criarLogs(config, () => metricas.linhasPerdidas.inc());
  await fs.mkdir(config.dados, { recursive: true });
  const naPasta = (nome) => abrirDeposito(path.join(config.dados, nome));
  const aoFalhar = (mensagem) => (erro) => logs.error({ erro: erro.message }, mensagem);
  const doSorteio = naPasta('coordenador-segredos');
  const tokens = await Tokens.abrir({
    deposito: naPasta('coordenador-tokens'),
    relogio,
    jaServiu: (await doSorteio.ler()) !== null,
    aoFalhar: aoFalhar('Não foi possível reservar fencing tokens no disco'),
  });
  const segredos = await Segredos.abrir({
    cofre: abrirCofre(doSorteio),
    novoSegredo: () => randomBytes(32),
    utcMs: relogio.utcMs(),
    aoFalhar: aoFalhar('Não foi possível guardar os segredos do sorteio no disco'),
  });
  const renovacao = setInterval(() => segredos.garantir(relogio.utcMs()), REVER_SEGREDOS_MS);

  const canal = new Canal({ anel: new Anel({ epoca: tokens.epoca }) });
  const observador = criarObservador({ logs, metricas, canal, rastreador });
  let janelas = 0;
  const locks = new Locks({
    relogio,
    tokens,
    novoId: randomUUID,
    observador,
    criarArbitro: (aoDecidir) =>
      new Janelas(aoDecidir, {
        relogio,
        segredoDe: (utcMs) => segredos.doDia(utcMs),
        chaveDosCodigos: randomBytes(32).toString('hex'),
        novaJanela: () => `${tokens.epoca}-${(janelas += 1)}`,
      }),
  });
  ligarMedidores(metricas, { locks, tokens, canal });

  let encerrando = false;
  const app = criarExpress({
    config,
    logs,
    metricas,
    relogio,
    locks: rotasDeLocks({ locks, config, relogio, observador }),
    eventos: rotasDeEventos({ canal }),
    justica: rotaDeJustica({ segredos, contagens: observador.contagens, config, relogio }),
    saude: rotasDeSaude({ tokens, encerrando: () => encerrando }),
  });
  const servidor = http
    .createServer(PRAZOS, (req, res) => {
      // Uma conexão que não para de pedir manteria o processo de pé: a resposta de agora é a última dela.
      if (encerrando) res.shouldKeepAlive = false;
      app(req, res);
    })
    .on('clientError', recusarMalformada);

  return {
    servidor,
    logs,
    /** Recusa o que espera, fecha os fluxos de eventos e volta quando a última resposta saiu. */
    async encerrar() {
      encerrando = true;
      clearInterval(renovacao);
      const fechado = new Promise((resolver) => servidor.close(resolver));
      locks.encerrar();
      canal.encerrar();
      const fechamento = setInterval(() => servidor.closeIdleConnections(), FECHAR_OCIOSAS_MS);
      await fechado;
      clearInterval(fechamento);
    },
  };
}
