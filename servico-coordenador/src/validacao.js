/**
 * Validação pelo Ajv. Nos esquemas, `title` diz o que se espera e `description`, o remédio: é o que a resposta, ou
 * a recusa em iniciar, mostra a quem errou.
 */
import { Ajv } from 'ajv';

/** @typedef {{campo: string, mensagem: string, remedio: string}} Erro */

const MAXIMO_DE_ERROS = 20;
const opcoes = { allErrors: true, verbose: true, useDefaults: true, ownProperties: true };
const deJson = new Ajv(opcoes);
const deTextos = new Ajv({ ...opcoes, coerceTypes: true });

export const texto = (maximo) => ({
  type: 'string',
  minLength: 1,
  maxLength: maximo,
  pattern: '^(?!\\s)[^\\p{C}\\p{Zl}\\p{Zp}]*(?<!\\s)$',
  title: `Deve ser um texto de 1 a ${maximo} caracteres visíveis.`,
  description: 'Sem caracteres de controle e sem espaços nas pontas.',
});

const faixa = (tipo, nome) => (minimum, maximum, extras) => ({
  type: tipo,
  minimum,
  maximum,
  title: `Deve ser um número ${nome}de ${minimum} a ${maximum}.`,
  description: 'Envie um número JSON, sem aspas, ou omita o campo.',
  ...extras,
});
export const numero = faixa('number', '');
export const inteiro = faixa('integer', 'inteiro ');

export const escolha = (opcoes, extras) => ({ type: 'string', enum: opcoes, ...extras });

export const lista = (maximo, items) => ({
  type: 'array',
  minItems: 1,
  maxItems: maximo,
  items,
  title: `Deve ser uma lista de 1 a ${maximo} itens.`,
  description: 'Envie uma lista JSON.',
});

export const objeto = (properties, extras) => ({
  type: 'object',
  properties,
  additionalProperties: false,
  title: 'Deve ser um objeto JSON.',
  description: `Envie um objeto com: ${Object.keys(properties).join(', ')}.`,
  ...extras,
});

/**
 * @param {object} esquema
 * @param {{textos?: boolean}} [como] `textos`: os valores vêm escritos, como os do ambiente, e são convertidos
 * @returns {(valor: unknown) => Erro[]} põe os padrões que faltam e diz, um por campo, os erros
 */
export function compilar(esquema, { textos = false } = {}) {
  const conferir = (textos ? deTextos : deJson).compile(esquema);
  return (valor) => {
    if (conferir(valor)) return [];
    const porCampo = new Map();
    for (const erro of conferir.errors ?? []) {
      // Um `oneOf` que falha traz também os erros de cada ramo, que só confundem.
      if (erro.schemaPath.includes('/oneOf/')) continue;
      const explicado = explicar(erro);
      if (!porCampo.has(explicado.campo)) porCampo.set(explicado.campo, explicado);
    }
    return [...porCampo.values()].slice(0, MAXIMO_DE_ERROS);
  };
}

/** @param {any} erro */
function explicar({ instancePath, keyword, params, parentSchema = {} }) {
  const onde = instancePath
    .replace(/\/(\d+)/g, '[$1]')
    .replaceAll('/', '.')
    .replace(/^\./, '');
  const dentro = (nome) => `${onde && `${onde}.`}${nome.slice(0, 64)}`;
  const { title, description } = parentSchema;
  switch (keyword) {
    case 'required': {
      const remedio = parentSchema.properties[params.missingProperty].description ?? description;
      return { campo: dentro(params.missingProperty), mensagem: 'Campo obrigatório.', remedio };
    }
    case 'additionalProperties': {
      const remedio = `Nomes aceitos: ${Object.keys(parentSchema.properties).join(', ')}.`;
      return { campo: dentro(params.additionalProperty), mensagem: 'Nome desconhecido.', remedio };
    }
    case 'oneOf': {
      const nomes = parentSchema.oneOf.flatMap(({ required }) => required);
      const mensagem = `Informe ${nomes.join(' ou ')}.`;
      return { campo: dentro(nomes[0]), mensagem, remedio: 'Um deles, e só um.' };
    }
    case 'enum': {
      return {
        campo: onde,
        mensagem: 'Valor desconhecido.',
        remedio: `Use um de: ${params.allowedValues.join(', ')}.`,
      };
    }
    default:
      return { campo: onde, mensagem: title, remedio: description };
  }
}
