import fs from 'node:fs/promises';
import path from 'node:path';

/**
 * Troca o conteúdo de um arquivo de uma vez só e só volta quando ele está no disco: escreve ao lado,
 * fsync, rename e fsync da pasta. Depois de uma queda existe o conteúdo antigo ou o novo, nunca um pedaço.
 */
export async function gravarAtomico(caminho, conteudo) {
  const provisorio = `${caminho}.novo`;
  const arquivo = await fs.open(provisorio, 'w', 0o600);
  try {
    await arquivo.writeFile(conteudo);
    await arquivo.sync();
  } finally {
    await arquivo.close();
  }
  await fs.rename(provisorio, caminho);
  const pasta = await fs.open(path.dirname(caminho), 'r');
  try {
    await pasta.sync();
  } finally {
    await pasta.close();
  }
}
