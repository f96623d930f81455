/** O sorteio de uma disputa, refeito só com o que a recusa traz e o que `GET /justica` publica. */
const codificador = new TextEncoder();

/**
 * Só acusa quem tem todos os dados da conta: faltando um, diz que não dá para conferir.
 *
 * @param {any} a a `arbitragem` de um 409 decidido por sorteio
 * @param {any} publicado a resposta de `GET /justica`
 * @returns {Promise<{situacao: 'confere'|'nao_confere'|'ainda_nao'|'sem_conta', meu?: string, outro?: string}>}
 */
export async function conferir(a, publicado) {
  const [meuCodigo, outroCodigo] = [a.seu?.codigo, a.vencedor?.codigo];
  if (![a.dia, a.compromisso, a.recurso, a.janela, meuCodigo, outroCodigo].every(Boolean)) {
    return { situacao: 'sem_conta' };
  }
  const revelado = publicado.revelados?.find(({ dia }) => dia === a.dia);
  if (!revelado) return { situacao: 'ainda_nao' };
  // Sem contexto seguro (HTTP fora de localhost) o navegador não oferece SHA-256.
  if (!globalThis.crypto?.subtle) return { situacao: 'sem_conta' };
  const segredo = bytesDe(revelado.segredo);
  const cumpre = hexa(await crypto.subtle.digest('SHA-256', segredo)) === a.compromisso;
  const [meu, outro] = await Promise.all(
    [meuCodigo, outroCodigo].map((codigo) => sortear([segredo, a.recurso, a.janela, codigo])),
  );
  // Dois pedidos da mesma pessoa têm o mesmo número: entre eles decide o instante.
  return { situacao: cumpre && outro <= meu ? 'confere' : 'nao_confere', meu, outro };
}

/** SHA-256 dos campos, cada um precedido do comprimento em 32 bits, em hexadecimal. */
async function sortear(campos) {
  const partes = campos.flatMap((campo) => {
    const bytes = typeof campo === 'string' ? codificador.encode(campo) : campo;
    const tamanho = new Uint8Array(4);
    new DataView(tamanho.buffer).setUint32(0, bytes.length);
    return [...tamanho, ...bytes];
  });
  return hexa(await crypto.subtle.digest('SHA-256', new Uint8Array(partes)));
}

const bytesDe = (texto) => Uint8Array.from(texto.match(/../g) ?? [], (par) => parseInt(par, 16));
const hexa = (resumo) =>
  Array.from(new Uint8Array(resumo), (byte) => byte.toString(16).padStart(2, '0')).join('');
