/** `GET /justica`: regra, parâmetros, compromissos, segredos revelados e contagens; público. */
import { IDADE_MAXIMA_MS, LIMITES } from '../arbitragem/janelas.js';
import { TAU_US } from '../arbitragem/ordem.js';

export function rotaDeJustica({ segredos, contagens, config, relogio }) {
  return (_req, res) => {
    const utcMs = relogio.utcMs();
    res
      .set('Access-Control-Allow-Origin', '*')
      .json({
        versao: 1,
        agora_utc: new Date(utcMs).toISOString(),
        parametros: {
          tau_ms: TAU_US / 1000,
          janela_ms: config.janelaMs,
          idade_maxima_ms: IDADE_MAXIMA_MS,
          candidatos_por_janela: LIMITES.porJanela,
        },
        sorteio: {
          resumo: 'SHA-256',
          vence: 'menor',
          campos: ['segredo', 'recurso', 'janela', 'codigo'],
          enquadramento: 'cada campo precedido de seu comprimento em bytes, inteiro de 32 bits big-endian',
          compromisso: 'SHA-256(segredo)',
        },
        contagens: contagens(),
        ...segredos.publicos(utcMs),
      });
  };
}
