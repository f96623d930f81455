/**
 * Configuração tipada: lida do ambiente uma vez, validada no início e congelada.
 *
 * Um nome `SCTEC_…` que ninguém conhece ou um valor inválido impede o início, e a mensagem diz qual é.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isatty } from 'node:tty';
import { compilar, escolha, inteiro, objeto } from './validacao.js';

/** O padrão do docker-compose.yml: qualquer um o lê, e por isso só serve a quem não sai desta máquina. */
const SEGREDO_DE_DESENVOLVIMENTO = 'segredo-de-desenvolvimento';

export class ConfiguracaoInvalida extends Error {}

const algarismos = (minimo, maximo, padrao) =>
  inteiro(minimo, maximo, { default: padrao, description: 'Escreva só algarismos.' });
const VAZIO = { type: 'string', default: '' };

/** @param {boolean} terminal se a saída padrão é um terminal (escolhe o formato do log) */
const esquema = (terminal) =>
  objeto(
    {
      SCTEC_SEGREDO_COORDENADOR: {
        type: 'string',
        pattern: '^[\\x21-\\x7e]{16,}$',
        title: 'Deve ter 16 caracteres ou mais, ASCII visíveis e sem espaços.',
        description: 'Use o mesmo nos dois serviços.',
      },
      SCTEC_ENDERECO: { type: 'string', default: '127.0.0.1' },
      SCTEC_PUBLICAR: VAZIO,
      PORTA_COORDENADOR: algarismos(0, 65_535, 3000),
      SCTEC_DADOS: { type: 'string', default: 'var' },
      SCTEC_LEASE_MS: algarismos(100, 60_000, 2000),
      SCTEC_JANELA_JUSTICA_MS: algarismos(0, 5000, 150),
      SCTEC_LOG_FORMATO: escolha(['json', 'texto'], { default: terminal ? 'texto' : 'json' }),
      SCTEC_LOG_ARQUIVO: VAZIO,
    },
    { required: ['SCTEC_SEGREDO_COORDENADOR'] },
  );

/**
 * Os dois serviços leem o mesmo `.env`, e a lista dos nomes é `.env.example`. Num contêiner ela não existe, e só
 * chegam os nomes deste serviço.
 *
 * @returns {string[]}
 */
function doOutroServico() {
  try {
    return (
      readFileSync(new URL('../../.env.example', import.meta.url), 'utf8').match(/\bSCTEC_[A-Z_]+/g) ?? []
    );
  } catch {
    return [];
  }
}

/**
 * @param {Record<string, string|undefined>} ambiente normalmente `process.env`
 * @param {boolean} terminal se a saída padrão é um terminal (escolhe o formato do log)
 * @returns configuração congelada; durações em milissegundos
 * @throws {ConfiguracaoInvalida} com o nome da variável e o que se espera dela
 */
export function carregarConfig(ambiente = process.env, terminal = isatty(1)) {
  const esperado = esquema(terminal);
  const doOutro = doOutroServico();
  // Como no shell, variável vazia é variável ausente.
  /** @type {Record<string, any>} */
  const lido = Object.fromEntries(
    Object.entries(ambiente).filter(
      ([nome, valor]) =>
        valor && (nome in esperado.properties || (nome.startsWith('SCTEC_') && !doOutro.includes(nome))),
    ),
  );
  const erros = compilar(esperado, { textos: true })(lido);
  if (erros.length > 0) {
    throw new ConfiguracaoInvalida(erros.map((e) => `${e.campo}: ${e.mensagem} ${e.remedio}`).join('\n'));
  }
  const { SCTEC_ENDERECO: endereco, SCTEC_SEGREDO_COORDENADOR: segredo } = lido;
  // Num contêiner escuta-se em todas as interfaces; quem diz até onde se alcança é onde a porta foi publicada.
  const alcance = lido.SCTEC_PUBLICAR || endereco;
  if (segredo === SEGREDO_DE_DESENVOLVIMENTO && !/^(localhost|::1|127\..*)$/.test(alcance)) {
    throw new ConfiguracaoInvalida(
      `SCTEC_SEGREDO_COORDENADOR: o de desenvolvimento é conhecido de todos e não serve em ${alcance}. Escolha outro.`,
    );
  }
  return Object.freeze({
    endereco,
    porta: lido.PORTA_COORDENADOR,
    segredo,
    dados: path.resolve(lido.SCTEC_DADOS),
    leaseMs: lido.SCTEC_LEASE_MS,
    janelaMs: lido.SCTEC_JANELA_JUSTICA_MS,
    logFormato: lido.SCTEC_LOG_FORMATO,
    logArquivo: lido.SCTEC_LOG_ARQUIVO && path.resolve(lido.SCTEC_LOG_ARQUIVO),
  });
}
