/** Cancelou sem querer: por dez segundos, um clique agenda o mesmo de novo, se ainda estiver livre. */
import { avisar } from './avisos.js';
import { t } from './idioma.js';

const DESFAZER_MS = 10_000;
let prazo;

/** @param {(corpo: any, instante: number) => Promise<void>} agendar o mesmo horário, alvo e notas */
export function oferecerDesfazer(ag, agendar) {
  const { telescopio, horario_inicio_utc, horario_fim_utc, objeto_celeste, observacoes } = ag;
  const mais = { ...(objeto_celeste && { objeto_celeste }), ...(observacoes && { observacoes }) };
  const fazer = (evento) => {
    avisar('desfazer', null);
    return agendar({ telescopio, horario_inicio_utc, horario_fim_utc, ...mais }, evento.timeStamp);
  };
  const acao = () => ({ texto: t('ficha.desfazer'), fazer });
  avisar('desfazer', () => ({ texto: t('ficha.desfazer_aviso'), tom: 'bom', acao: acao() }));
  clearTimeout(prazo);
  prazo = setTimeout(() => avisar('desfazer', null), DESFAZER_MS);
}
