/** As rotas do coordenador. */
import express from 'express';
import { desconhecido, somente, tratarErros } from './problemas.js';
import { contextualizar, exigirSegredo, lerJson } from './requisicao.js';

/** @param {Record<string, any>} partes */
export function criarExpress({ config, logs, metricas, relogio, locks, eventos, justica, saude }) {
  const app = express();
  app.disable('x-powered-by').disable('etag').enable('case sensitive routing').enable('strict routing');
  const segredo = exigirSegredo(config.segredo);
  app.use(contextualizar({ metricas, relogio }));

  app.route('/lock').post(segredo, lerJson, locks.lock).all(somente('POST'));
  app.route('/unlock').post(segredo, lerJson, locks.unlock).all(somente('POST'));
  app.route('/renovar').post(segredo, lerJson, locks.renovar).all(somente('POST'));
  app.route('/locks').get(segredo, locks.listar).all(somente('GET, HEAD'));
  app
    .route('/eventos')
    .post(segredo, lerJson, eventos.publicar)
    .get(eventos.assinar)
    .all(somente('POST, GET, HEAD'));
  app.route('/justica').get(justica).all(somente('GET, HEAD'));
  app.route('/saude/vivo').get(saude.vivo).all(somente('GET, HEAD'));
  app.route('/saude/pronto').get(saude.pronto).all(somente('GET, HEAD'));
  app.route('/metrics').get(metricas.expor).all(somente('GET, HEAD'));

  return app.use(desconhecido).use(tratarErros(logs));
}
