/**
 * O que toda requisição tem em comum: contexto, medida, segredo, corpo, caso, resposta ou problema.
 * Não depende de Express: as rotas quentes passam só por aqui.
 */
import { exemplar } from '../observabilidade/metricas.js';
import { criarContexto } from './contexto.js';
import { lerCorpo } from './corpo.js';
import { escrever, escreverErro } from './resposta.js';

export function criarAtendimento({ autenticar, logs, metricas, relogio, tracos }) {
  function medir(req, res, contexto, inicio) {
    const status = res.headersSent ? res.statusCode : 499;
    tracos.responder(contexto, status);
    metricas.http.observe({
      labels: {
        http_request_method: req.method,
        http_route: contexto.rota,
        http_response_status_code: status,
      },
      exemplarLabels: exemplar(contexto),
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
    // Coletas, sondas e fluxos longos não contam história nenhuma: só as chamadas internas têm span.
    const rastrear = interno ? tracos.receber : tracos.identificar;
    return function atendente(req, res) {
      const inicio = relogio.agora();
      const contexto = criarContexto(req, rota, rastrear(rota, req));
      res.once('close', () => {
        medir(req, res, contexto, inicio);
        if (!res.writableFinished) contexto.aoPerderCliente?.();
      });
      const falhar = (erro) => escreverErro(res, contexto, erro, logs);
      const entregar = (resposta) => escrever(res, contexto, resposta);
      // O caminho comum não cria promessas: elas e suas voltas pesavam mais que a trava.
      const atenderCorpo = (erro, corpo) => {
        if (erro) return falhar(erro);
        try {
          const resposta = fluxo ? fluxo(req, res) : caso(corpo, contexto);
          if (typeof resposta?.then === 'function') resposta.then(fluxo ? undefined : entregar).catch(falhar);
          else if (!fluxo) entregar(resposta);
        } catch (inesperado) {
          falhar(inesperado);
        }
      };
      try {
        if (interno) autenticar(req);
        if (req.method === 'POST' && !fluxo) lerCorpo(req, atenderCorpo);
        else atenderCorpo(null);
      } catch (erro) {
        falhar(erro);
      }
    };
  };
}
