/** Rotas de Express: caminho e método levam a um caso; o resto é 404 ou 405. */
import express from 'express';
import { Problema } from './problemas.js';

function desconhecido() {
  throw new Problema(404, 'nao-encontrado', 'Endereço desconhecido. Veja a lista em docs/API.md.');
}

function naoPermitido(metodos) {
  const permitidos = metodos.flatMap((m) => (m === 'GET' ? ['GET', 'HEAD'] : [m])).join(', ');
  const recusar = () => {
    throw new Problema(
      405,
      'metodo-nao-permitido',
      `Este endereço aceita ${permitidos}.`,
      {},
      { Allow: permitidos },
    );
  };
  return { fluxo: recusar };
}

/** @param {object} casos `{caminho: {METODO: opções do atendimento}}` */
export function criarExpress({ casos, atender }) {
  const app = express();
  app.disable('x-powered-by').disable('etag').enable('case sensitive routing').enable('strict routing');
  for (const [caminho, metodos] of Object.entries(casos)) {
    for (const [metodo, opcoes] of Object.entries(metodos)) {
      app[metodo.toLowerCase()](caminho, atender(caminho, opcoes));
    }
    app.all(caminho, atender(caminho, naoPermitido(Object.keys(metodos))));
  }
  app.use(atender('desconhecida', { fluxo: desconhecido }));
  return app;
}
