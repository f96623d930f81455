/**
 * Refaz uma decisão só com o registro público e o segredo revelado, da forma mais direta, em tempo
 * quadrático e sem nada do código que decidiu: é contra ela que a ordem do produto é conferida.
 */
import { createHash } from 'node:crypto';

function sortear(segredo, ...textos) {
  const partes = [segredo, ...textos.map((t) => Buffer.from(t, 'utf8'))];
  const quadro = Buffer.concat(
    partes.flatMap((p) => {
      const n = Buffer.alloc(4);
      n.writeUInt32BE(p.length);
      return [n, p];
    }),
  );
  return createHash('sha256').update(quadro).digest('hex');
}

const us = (ms) => Math.round(ms * 1000);
const compara = (a, b) => (a < b ? -1 : Number(a > b));

/** @returns {string[]} códigos dos decididos, na ordem */
export function recalcular({ candidatos, recursos, janela, tau_ms: tauMs }, segredo) {
  const tau = us(tauMs);
  const ate = Math.min(Infinity, ...candidatos.filter((c) => !c.maduro).map((c) => us(c.efetivo_ms)));
  let restam = candidatos
    .map((c) => ({ ...c, us: us(c.efetivo_ms) }))
    .sort((a, b) => a.us - b.us || compara(a.codigo, b.codigo));
  const ordem = [];
  while (restam.length > 0 && restam[0].us + tau < ate) {
    const [lider] = restam;
    const grupo = restam.filter(
      (c) => c.us <= lider.us + tau && c.recursos.some((r) => lider.recursos.includes(r)),
    );
    const sorteio = (c) => sortear(segredo, recursos[lider.recursos[0]], janela, c.codigo);
    grupo.sort((a, b) => a.uso - b.uso || compara(sorteio(a), sorteio(b)) || a.us - b.us);
    ordem.push(...grupo.map((c) => c.codigo));
    restam = restam.filter((c) => !grupo.includes(c));
  }
  return ordem;
}
