/**
 * Configuração tipada: lida do ambiente uma vez, validada no início e congelada.
 *
 * Um nome `SCTEC_…` que ninguém conhece ou um valor inválido impede o início, e a mensagem diz qual é.
 * Os dois serviços leem o mesmo `.env`: os nomes que só os outros usam são conhecidos e ignorados.
 */
import path from 'node:path';

const DOS_OUTROS = [
  'SCTEC_BANCO_URL',
  'SCTEC_CADASTRO',
  'SCTEC_COORDENADOR_URL',
  'SCTEC_CREDITO_FOLGA_MS',
  'SCTEC_CREDITO_MAX_MS',
  'SCTEC_CREDITO_REPOSICAO_MS_H',
  'SCTEC_CREDITO_RESERVA_MS',
  'SCTEC_DEMO',
  'SCTEC_DEMO_PUBLICA',
  'SCTEC_EVENTOS_URL',
  'SCTEC_FALHAS',
  'SCTEC_GRAFANA_URL',
  'SCTEC_HORIZONTE_DIAS',
  'SCTEC_LIMITE_ATIVOS',
  'SCTEC_LIMITE_HORAS_CICLO',
  'SCTEC_LIMITE_REQUISICOES_S',
  'SCTEC_PROXIES',
  'SCTEC_SEM_FENCING',
  'SCTEC_SEM_TRAVA',
  'SCTEC_SEM_UNICIDADE',
  'SCTEC_THREADS',
];

/** O padrão do docker-compose.yml: qualquer um o lê, e por isso só serve a quem não sai desta máquina. */
const SEGREDO_DE_DESENVOLVIMENTO = 'segredo-de-desenvolvimento';

export class ConfiguracaoInvalida extends Error {}

class Leitor {
  #ambiente;
  #lidas = new Set(DOS_OUTROS);

  constructor(ambiente) {
    this.#ambiente = ambiente;
  }

  texto(nome, padrao) {
    this.#lidas.add(nome);
    return this.#ambiente[nome] || padrao;
  }

  inteiro(nome, padrao, minimo, maximo) {
    const bruto = this.texto(nome, String(padrao));
    const numero = Number(bruto);
    if (!/^\d+$/.test(bruto) || numero < minimo || numero > maximo) {
      throw new ConfiguracaoInvalida(
        `${nome}=${JSON.stringify(bruto)}: esperado um inteiro de ${minimo} a ${maximo}.`,
      );
    }
    return numero;
  }

  escolha(nome, padrao, opcoes) {
    const bruto = this.texto(nome, padrao);
    if (!opcoes.includes(bruto)) {
      throw new ConfiguracaoInvalida(
        `${nome}=${JSON.stringify(bruto)}: esperado um de: ${opcoes.join(', ')}.`,
      );
    }
    return bruto;
  }

  recusarDesconhecidas() {
    const alheias = Object.keys(this.#ambiente).filter((n) => n.startsWith('SCTEC_') && !this.#lidas.has(n));
    if (alheias.length > 0) {
      throw new ConfiguracaoInvalida(
        `Variável desconhecida: ${alheias.join(', ')}. Confira o nome em .env.example ou remova-a.`,
      );
    }
  }
}

/**
 * @param {Record<string, string|undefined>} ambiente normalmente `process.env`
 * @param {boolean} terminal verdadeiro se a saída padrão é um terminal (escolhe o formato do log)
 * @returns configuração congelada; durações em milissegundos
 * @throws {ConfiguracaoInvalida} com o nome da variável e o que se espera dela
 */
export function carregarConfig(ambiente = process.env, terminal = process.stdout.isTTY === true) {
  const leitor = new Leitor(ambiente);
  const segredo = leitor.texto('SCTEC_SEGREDO_COORDENADOR', '');
  if (segredo.length < 16) {
    throw new ConfiguracaoInvalida(
      'SCTEC_SEGREDO_COORDENADOR: obrigatória, com ao menos 16 caracteres; a mesma nos dois serviços.',
    );
  }
  if (!/^[\x21-\x7e]+$/.test(segredo)) {
    throw new ConfiguracaoInvalida(
      'SCTEC_SEGREDO_COORDENADOR: use só caracteres ASCII visíveis, sem espaços.',
    );
  }
  const endereco = leitor.texto('SCTEC_ENDERECO', '127.0.0.1');
  // Num contêiner escuta-se em todas as interfaces; quem diz até onde se alcança é onde a porta foi publicada.
  const alcance = leitor.texto('SCTEC_PUBLICAR', endereco);
  if (segredo === SEGREDO_DE_DESENVOLVIMENTO && enderecoPublico(alcance)) {
    throw new ConfiguracaoInvalida(
      `SCTEC_SEGREDO_COORDENADOR: o de desenvolvimento é conhecido de todos e não serve em ${alcance}. Escolha outro.`,
    );
  }
  const arquivo = leitor.texto('SCTEC_LOG_ARQUIVO', '');
  const config = Object.freeze({
    endereco,
    porta: leitor.inteiro('PORTA_COORDENADOR', 3000, 0, 65535),
    segredo,
    dados: path.resolve(leitor.texto('SCTEC_DADOS', 'var')),
    leaseMs: leitor.inteiro('SCTEC_LEASE_MS', 2000, 100, 60_000),
    janelaMs: leitor.inteiro('SCTEC_JANELA_JUSTICA_MS', 150, 0, 5000),
    logFormato: leitor.escolha('SCTEC_LOG_FORMATO', terminal ? 'texto' : 'json', ['json', 'texto']),
    logArquivo: arquivo ? path.resolve(arquivo) : null,
  });
  leitor.recusarDesconhecidas();
  return config;
}

function enderecoPublico(endereco) {
  return !(['localhost', '::1'].includes(endereco) || endereco.startsWith('127.'));
}
