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
import { criarAtendimento } from './http/atendimento.js';
import { criarAutenticacao } from './http/autenticacao.js';
import { rotasDeEventos } from './http/eventos.js';
import { rotaDeJustica } from './http/justica.js';
import { indisponivel } from './http/problemas.js';
import { recusarMalformada } from './http/resposta.js';
import { criarExpress } from './http/rotas.js';
import { rotasDeTravas } from './http/travas.js';
import { criarMetricas, ligarMedidores } from './observabilidade/metricas.js';
import { criarObservador } from './observabilidade/observador.js';
import { criarTracos } from './observabilidade/tracos.js';
import { relogioDoProcesso } from './relogio.js';
import { Tokens } from './travas/tokens.js';
import { Travas } from './travas/travas.js';

const ROTAS_QUENTES = ['/lock', '/unlock', '/renovar'];
const REVER_SEGREDOS_MS = 600_000;
const FECHAR_OCIOSAS_MS = 50;

/**
 * @param {ReturnType<import('./config.js').carregarConfig>} config
 * @returns {Promise<{servidor: http.Server, encerrar: () => Promise<void>}>} servidor ainda sem porta
 */
export async function criarApp({ config, logs, versao }) {
  const tracos = await criarTracos({ versao });
  const relogio = relogioDoProcesso;
  await fs.mkdir(config.dados, { recursive: true });
  const metricas = criarMetricas({ versao });
  const doSorteio = abrirDeposito(path.join(config.dados, 'coordenador-segredos'));
  const tokens = await Tokens.abrir({
    deposito: abrirDeposito(path.join(config.dados, 'coordenador-tokens')),
    relogio,
    jaServiu: (await doSorteio.ler()) !== null,
    aoFalhar: (erro) =>
      logs.error({ erro: erro.message }, 'Não foi possível reservar fencing tokens no disco'),
  });
  const segredos = await Segredos.abrir({
    cofre: abrirCofre(doSorteio),
    novoSegredo: () => randomBytes(32),
    utcMs: relogio.utcMs(),
    aoFalhar: (erro) =>
      logs.error({ erro: erro.message }, 'Não foi possível guardar os segredos do sorteio no disco'),
  });
  const renovacao = setInterval(() => segredos.garantir(relogio.utcMs()), REVER_SEGREDOS_MS);
  const canal = new Canal({ anel: new Anel({ epoca: tokens.epoca }) });
  const observador = criarObservador({ logs, metricas, canal, tracos });
  let janelas = 0;
  const travas = new Travas({
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
  ligarMedidores(metricas, { travas, tokens, canal });
  let encerrando = false;

  const deTravas = rotasDeTravas({ travas, config, relogio, observador });
  const deEventos = rotasDeEventos({ canal, tracos });
  const casos = {
    '/lock': { POST: { interno: true, caso: deTravas.lock } },
    '/unlock': { POST: { interno: true, caso: deTravas.unlock } },
    '/renovar': { POST: { interno: true, caso: deTravas.renovar } },
    '/locks': { GET: { interno: true, caso: deTravas.locks } },
    '/eventos': { POST: { interno: true, caso: deEventos.publicar }, GET: { fluxo: deEventos.assinar } },
    '/justica': {
      GET: { caso: rotaDeJustica({ segredos, contagens: observador.contagens, config, relogio }) },
    },
    '/saude/vivo': { GET: { caso: () => ({ status: 200, corpo: { estado: 'vivo', versao } }) } },
    '/saude/pronto': { GET: { caso: pronto } },
    '/metrics': { GET: { fluxo: expor } },
  };

  function pronto() {
    if (encerrando) throw indisponivel('O coordenador está encerrando.');
    if (!tokens.disponivel) throw indisponivel('Sem fencing tokens reservados: confira o espaço em disco.');
    return { status: 200, corpo: { estado: 'pronto', versao } };
  }

  async function expor(_req, res) {
    const texto = await metricas.registro.metrics();
    res.writeHead(200, { 'Content-Type': metricas.registro.contentType }).end(texto);
  }

  const autenticar = criarAutenticacao(config.segredo);
  const atender = criarAtendimento({ autenticar, logs, metricas, relogio, tracos });
  const app = criarExpress({ casos, atender });
  // Express custa mais que a trava inteira; por isso as rotas quentes não passam por ele (decisão 0002).
  const quentes = new Map(ROTAS_QUENTES.map((rota) => [rota, atender(rota, casos[rota].POST)]));
  function rotear(req, res) {
    // Uma conexão que não para de pedir manteria o processo de pé: a resposta de agora é a última dela.
    if (encerrando) res.shouldKeepAlive = false;
    return ((req.method === 'POST' && quentes.get(req.url)) || app)(req, res);
  }

  // Mais longo que o das conexões ociosas de quem chama: é ele quem as fecha, nunca no meio de um envio.
  const prazos = { keepAliveTimeout: 75_000, headersTimeout: 10_000, requestTimeout: 15_000 };
  const servidor = http.createServer(prazos, rotear).on('clientError', recusarMalformada);

  return {
    servidor,
    /** Recusa o que espera, fecha os fluxos de eventos e volta quando a última resposta saiu. */
    async encerrar() {
      encerrando = true;
      clearInterval(renovacao);
      const fechado = new Promise((resolver) => {
        servidor.close(resolver);
      });
      travas.encerrar();
      canal.encerrar();
      const fechamento = setInterval(() => servidor.closeIdleConnections(), FECHAR_OCIOSAS_MS);
      await fechado;
      clearInterval(fechamento);
      await tracos.encerrar();
    },
  };
}
