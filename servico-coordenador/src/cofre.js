/** Arquivo dos segredos do sorteio: JSON, só o dono lê, trocado de forma atômica. */
import { readFile } from 'node:fs/promises';
import { gravarAtomico } from './arquivo.js';

export class CofreIlegivel extends Error {}

const legivel = (d) => /^\d{4}-\d{2}-\d{2}$/.test(d?.dia) && /^[0-9a-f]{64}$/.test(d.segredo)
  && Number.isFinite(Date.parse(d.publicado_em_utc));

export function abrirCofre(caminho) {
  return {
    async ler() {
      let texto;
      try {
        texto = await readFile(caminho, 'utf8');
      } catch (erro) {
        if (erro.code === 'ENOENT') return [];
        throw new CofreIlegivel(`Não foi possível ler os segredos do sorteio em ${caminho}: ${erro.message}.`);
      }
      const dias = interpretar(texto);
      if (!Array.isArray(dias) || !dias.every(legivel)) {
        throw new CofreIlegivel(
          `O arquivo de segredos do sorteio em ${caminho} está corrompido. Sem ele os compromissos publicados não se ` +
          'cumprem. Restaure a cópia de segurança ou, se aceitar publicar compromissos novos, remova o arquivo.');
      }
      return dias.map((d) => ({ ...d, gravado: true }));
    },
    gravar: (dias) => gravarAtomico(caminho, `${JSON.stringify({ versao: 1, dias })}\n`),
  };
}

function interpretar(texto) {
  try {
    return JSON.parse(texto).dias;
  } catch {
    return null;
  }
}
