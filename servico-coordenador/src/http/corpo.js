/** Lê o corpo JSON de uma requisição, limitado. Serve às rotas de Express e às rotas quentes, de node:http puro. */
import { isUtf8 } from 'node:buffer';
import { Problema, invalido } from './problemas.js';

export const LIMITE_CORPO = 65_536;

const naoSuportado = (detalhe) => new Problema(415, 'tipo-nao-suportado', detalhe);
const grande = () =>
  new Problema(
    413,
    'corpo-grande',
    'O corpo passa de 64 KiB. Divida a requisição em partes menores.',
    {},
    { Connection: 'close' },
  );
const malformado = () =>
  invalido([
    { campo: '', mensagem: 'O corpo não é JSON válido.', remedio: 'Envie um objeto JSON em UTF-8.' },
  ]);

function conferirCabecalhos({ headers }) {
  const tipo = headers['content-type'] ?? '';
  // O caso comum, sem parâmetros, não paga a análise.
  if (tipo !== 'application/json') {
    const [midia, ...parametros] = tipo
      .toLowerCase()
      .split(';')
      .map((parte) => parte.trim());
    if (midia !== 'application/json') {
      throw naoSuportado('O corpo deve ser JSON. Envie Content-Type: application/json.');
    }
    if (parametros.some((p) => p.startsWith('charset=') && !/^charset="?utf-?8"?$/.test(p))) {
      throw naoSuportado('Codificação não suportada. Envie JSON em UTF-8.');
    }
  }
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw naoSuportado('Corpo comprimido não é aceito. Envie sem Content-Encoding.');
  }
  if (Number(headers['content-length'] ?? 0) > LIMITE_CORPO) throw grande();
}

function interpretar(bytes) {
  if (!isUtf8(bytes)) throw malformado();
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw malformado();
  }
}

/**
 * @param {import('node:http').IncomingMessage} req
 * @param {(erro: Error|null, valor?: unknown) => void} concluir chamado uma vez, se o corpo chegar ao fim
 * @throws {Problema} 413 ou 415, pelos cabeçalhos; pelo corpo, 400 e 413 vão a `concluir`
 */
export function lerCorpo(req, concluir) {
  conferirCabecalhos(req);
  const pedacos = [];
  let total = 0;
  req.on('data', (pedaco) => {
    total += pedaco.length;
    if (total <= LIMITE_CORPO) pedacos.push(pedaco);
    else if (total - pedaco.length <= LIMITE_CORPO) concluir(grande());
  });
  req.on('end', () => {
    if (total > LIMITE_CORPO) return;
    let valor;
    try {
      valor = interpretar(pedacos.length === 1 ? pedacos[0] : Buffer.concat(pedacos));
    } catch (erro) {
      concluir(erro);
      return;
    }
    concluir(null, valor);
  });
}
