/** Rotas de Express: caminho e método levam a um caso; o resto é 404 ou 405. */
import express from 'express';
import { Problema } from './problemas.js';
import { criarContexto } from './contexto.js';
import { escrever, escreverErro } from './resposta.js';

export const LIMITE_CORPO = 65_536;

/**
 * @param {object} casos `{caminho: {METODO: {caso, interno, fluxo}}}`: `interno` exige o segredo; `fluxo` escreve
 *   a própria resposta
 */
export function criarRoteador({ casos, autenticar, logs, metricas, relogio }) {
  const roteador = express.Router({ caseSensitive: true, strict: true });
  const lerJson = express.json({ limit: LIMITE_CORPO, strict: false, type: 'application/json' });

  roteador.use((req, res, proximo) => {
    req.contexto = criarContexto(req);
    medir(req, res, relogio, metricas);
    proximo();
  });
  for (const [caminho, metodos] of Object.entries(casos)) {
    for (const [metodo, opcoes] of Object.entries(metodos)) {
      const passos = [(req) => { req.contexto.rota = caminho; }];
      if (opcoes.interno) passos.push((req) => autenticar(req));
      if (metodo === 'POST') passos.push((req) => exigirJson(req));
      const leitura = metodo === 'POST' ? [lerJson] : [];
      roteador[metodo.toLowerCase()](caminho, encadear(passos), ...leitura, atender(opcoes));
    }
    const permitidos = Object.keys(metodos).flatMap((m) => (m === 'GET' ? ['GET', 'HEAD'] : [m])).join(', ');
    roteador.all(caminho, (req) => {
      req.contexto.rota = caminho;
      throw new Problema(405, 'metodo-nao-permitido', `Este endereço aceita ${permitidos}.`, {}, { Allow: permitidos });
    });
  }
  roteador.use(() => {
    throw new Problema(404, 'nao-encontrado', 'Endereço desconhecido. Veja a lista em docs/API.md.');
  });
  roteador.use((erro, req, res, _proximo) => escreverErro(res, req.contexto, erro, logs));
  return roteador;
}

const encadear = (passos) => (req, _res, proximo) => {
  for (const passo of passos) passo(req);
  proximo();
};

function atender({ caso, fluxo }) {
  if (fluxo) return (req, res) => caso(req, res);
  return async (req, res) => {
    res.once('close', () => {
      if (!res.writableFinished) req.contexto.aoPerderCliente?.();
    });
    escrever(res, req.contexto, await caso(req.body, req.contexto));
  };
}

function exigirJson(req) {
  const tipo = (req.headers['content-type'] ?? '').split(';')[0].trim().toLowerCase();
  if (tipo !== 'application/json') {
    throw new Problema(415, 'tipo-nao-suportado', 'O corpo deve ser JSON. Envie Content-Type: application/json.');
  }
}

function medir(req, res, relogio, metricas) {
  const inicio = relogio.agora();
  res.once('close', () => {
    metricas.http.observe({
      labels: {
        http_request_method: req.method, http_route: req.contexto.rota ?? 'desconhecida',
        http_response_status_code: res.headersSent ? res.statusCode : 499,
      },
      value: (relogio.agora() - inicio) / 1000,
    });
  });
}
