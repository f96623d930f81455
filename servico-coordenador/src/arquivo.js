import fs from 'node:fs/promises';
import path from 'node:path';

/** Depósito de um texto num arquivo; `ler` devolve `null` se ele ainda não existe, e `gravar` volta com ele no disco. */
export function abrirDeposito(caminho) {
  return {
    nome: caminho,
    async ler() {
      try {
        return await fs.readFile(caminho, 'utf8');
      } catch (erro) {
        if (erro.code === 'ENOENT') return null;
        throw erro;
      }
    },
    gravar: (texto) => gravarAtomico(caminho, texto),
  };
}

/**
 * Troca o conteúdo de um arquivo de uma vez só e só volta quando ele está no disco: escreve ao lado,
 * fsync, rename e fsync da pasta. Depois de uma queda existe o conteúdo antigo ou o novo, nunca um pedaço.
 */
async function gravarAtomico(caminho, conteudo) {
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
