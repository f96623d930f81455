/** `/saude/vivo` e `/saude/pronto`: o processo anda; o coordenador pode conceder. */
import { VERSAO } from '../identidade.js';
import { indisponivel } from './problemas.js';

export function rotasDeSaude({ tokens, encerrando }) {
  return {
    vivo(_req, res) {
      res.json({ estado: 'vivo', versao: VERSAO });
    },

    pronto(_req, res) {
      if (encerrando()) throw indisponivel('O coordenador está encerrando.');
      if (!tokens.disponivel) throw indisponivel('Sem fencing tokens reservados: confira o espaço em disco.');
      res.json({ estado: 'pronto', versao: VERSAO });
    },
  };
}
