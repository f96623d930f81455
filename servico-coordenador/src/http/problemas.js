/** Erros de HTTP no formato `application/problem+json` (RFC 9457), e o único lugar em que são escritos. */
import { doContexto } from '../observabilidade/logs.js';

const TITULOS = {
  'requisicao-invalida': 'Requisição inválida',
  'nao-autenticado': 'Não autenticado',
  'nao-encontrado': 'Não encontrado',
  'lock-desconhecido': 'Lock desconhecido',
  'metodo-nao-permitido': 'Método não permitido',
  'recurso-ocupado': 'Recurso ocupado',
  preterido: 'Preterido na disputa',
  'corpo-grande': 'Corpo grande demais',
  'tipo-nao-suportado': 'Tipo de conteúdo não suportado',
  indisponivel: 'Serviço indisponível',
  'erro-interno': 'Erro interno',
};

export class Problema extends Error {
  /**
   * @param {number} status
   * @param {keyof typeof TITULOS} nome
   * @param {string} detalhe o que houve e o que fazer
   * @param {object} [extras] membros adicionais do corpo
   * @param {Record<string, string>} [cabecalhos]
   */
  constructor(status, nome, detalhe, extras = {}, cabecalhos = {}) {
    super(detalhe);
    this.status = status;
    this.nome = nome;
    this.extras = extras;
    this.cabecalhos = cabecalhos;
  }

  corpo() {
    const { status, nome, message: detail } = this;
    return { type: `urn:sctec:erro:${nome}`, title: TITULOS[nome], status, detail, ...this.extras };
  }
}

export const indisponivel = (detalhe, segundos = 1) =>
  new Problema(503, 'indisponivel', detalhe, {}, { 'Retry-After': String(segundos) });

/** @param {import('../validacao.js').Erro[]} erros */
export const invalido = (erros) =>
  new Problema(400, 'requisicao-invalida', `${erros[0].mensagem} ${erros[0].remedio}`, { erros });

export function desconhecido() {
  throw new Problema(404, 'nao-encontrado', 'Endereço desconhecido. Veja a lista em docs/API.md.');
}

/** @param {string} metodos os que o endereço aceita */
export const somente = (metodos) => () => {
  throw new Problema(405, 'metodo-nao-permitido', `Este endereço aceita ${metodos}.`, {}, { Allow: metodos });
};

/** O que `express.json` recusa, pelo `type` de seus erros. */
const DO_CORPO = {
  'entity.too.large': () =>
    new Problema(
      413,
      'corpo-grande',
      'O corpo passa de 64 KiB. Divida a requisição em partes menores.',
      {},
      { Connection: 'close' },
    ),
  'charset.unsupported': () => naoSuportado('Codificação não suportada. Envie JSON em UTF-8.'),
  'encoding.unsupported': () => naoSuportado('Corpo comprimido não é aceito. Envie sem Content-Encoding.'),
};

export const naoSuportado = (detalhe) => new Problema(415, 'tipo-nao-suportado', detalhe);

const malformado = () =>
  invalido([
    { campo: '', mensagem: 'O corpo não é JSON válido.', remedio: 'Envie um objeto JSON em UTF-8.' },
  ]);

/** O que não é esperado vira 500 sem detalhe interno. */
function comoProblema(erro) {
  if (erro instanceof Problema) return erro;
  if (erro.type in DO_CORPO) return DO_CORPO[erro.type]();
  if (erro.status === 400) return malformado();
  return new Problema(
    500,
    'erro-interno',
    'Falha inesperada no coordenador. Informe o request_id a quem o opera.',
  );
}

/** O tratador de erros do Express; os inesperados vão ao log com a pilha, nunca ao cliente. */
export function tratarErros(logs) {
  return (erro, _req, res, _next) => {
    const problema = comoProblema(erro);
    const { contexto } = res.locals;
    if (problema.status === 500) {
      logs.error({ ...doContexto(contexto), erro: erro.stack }, 'Falha inesperada ao atender a requisição');
    }
    if (res.headersSent || res.destroyed) return;
    const { request_id, trace_id } = contexto;
    res.status(problema.status).set(problema.cabecalhos).type('application/problem+json');
    res.json({ ...problema.corpo(), request_id, trace_id });
  };
}

/** Responde a quem nem HTTP falou; é o evento `clientError` do servidor. */
export function recusarMalformada(_erro, soquete) {
  if (!soquete.writable) return;
  const detalhe = 'A requisição não é HTTP válido. Confira cabeçalhos e comprimento do corpo.';
  const corpo = JSON.stringify(new Problema(400, 'requisicao-invalida', detalhe).corpo());
  soquete.end(
    'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: application/problem+json\r\n'
      + `Content-Length: ${Buffer.byteLength(corpo)}\r\n\r\n${corpo}`,
  );
}
