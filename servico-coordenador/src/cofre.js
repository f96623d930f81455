/** Formato dos segredos do sorteio num depósito de texto. */

export class CofreIlegivel extends Error {}

const legivel = (d) =>
  /^\d{4}-\d{2}-\d{2}$/.test(d?.dia)
  && /^[0-9a-f]{64}$/.test(d.segredo)
  && Number.isFinite(Date.parse(d.publicado_em_utc));

export function abrirCofre(deposito) {
  return {
    async ler() {
      let texto;
      try {
        texto = await deposito.ler();
      } catch (erro) {
        throw new CofreIlegivel(
          `Não foi possível ler os segredos do sorteio em ${deposito.nome}: ${erro.message}.`,
        );
      }
      if (texto === null) return [];
      const dias = interpretar(texto);
      if (!Array.isArray(dias) || !dias.every(legivel)) {
        throw new CofreIlegivel(
          `O arquivo de segredos do sorteio em ${deposito.nome} está corrompido. Sem ele, os compromissos já `
            + 'publicados não se cumprem. Restaure a cópia de segurança ou, se aceitar publicar outros, remova o arquivo.',
        );
      }
      return dias.map((d) => ({ ...d, gravado: true }));
    },
    gravar: (dias) => deposito.gravar(`${JSON.stringify({ versao: 1, dias })}\n`),
  };
}

function interpretar(texto) {
  try {
    return JSON.parse(texto).dias;
  } catch {
    return null;
  }
}
