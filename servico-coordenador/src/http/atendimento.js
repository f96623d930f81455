/**
 * O que toda requisição tem em comum: contexto, medida, segredo, corpo, caso, resposta ou problema.
 * Não depende de Express: as rotas quentes passam só por aqui.
 */
import { criarContexto } from './contexto.js';
import { lerCorpo } from './corpo.js';
import { escrever, escreverErro } from './resposta.js';

export function criarAtendimento({ autenticar, logs, metricas, relogio }) {
  function medir(req, res, contexto, inicio) {
    metricas.http.observe({
      labels: {
        http_request_method: req.method, http_route: contexto.rota,
        http_response_status_code: res.headersSent ? res.statusCode : 499,
      },
      value: (relogio.agora() - inicio) / 1000,
    });
  }

  /**
   * @param {string} rota rótulo da rota, dos poucos conhecidos
   * @param {object} opcoes
   * @param {boolean} [opcoes.interno] exige o segredo do coordenador
   * @param {(corpo: unknown, contexto: object) => object} [opcoes.caso] devolve a resposta ou lança um problema
   * @param {(req: object, res: object) => void} [opcoes.fluxo] escreve a própria resposta
   */
  return function atender(rota, { interno, caso, fluxo }) {
    return async function atendente(req, res) {
      const inicio = relogio.agora();
      const contexto = criarContexto(req, rota);
      res.once('close', () => {
        medir(req, res, contexto, inicio);
        if (!res.writableFinished) contexto.aoPerderCliente?.();
      });
      try {
        if (interno) autenticar(req);
        if (fluxo) await fluxo(req, res);
        else {
          const corpo = req.method === 'POST' ? await lerCorpo(req) : undefined;
          escrever(res, contexto, await caso(corpo, contexto));
        }
      } catch (erro) {
        escreverErro(res, contexto, erro, logs);
      }
    };
  };
}
