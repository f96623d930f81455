/** Erros de HTTP no formato `application/problem+json` (RFC 9457). */

const TITULOS = {
  'requisicao-invalida': 'Requisição inválida',
  'nao-autenticado': 'Não autenticado',
  'nao-encontrado': 'Não encontrado',
  'concessao-desconhecida': 'Concessão desconhecida',
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
   * @param {keyof TITULOS} slug página do erro, em `/erros/<slug>`
   * @param {string} detalhe o que houve e o que fazer
   * @param {object} [extras] membros adicionais do corpo
   * @param {object} [cabecalhos]
   */
  constructor(status, slug, detalhe, extras = {}, cabecalhos = {}) {
    super(detalhe);
    this.status = status;
    this.slug = slug;
    this.extras = extras;
    this.cabecalhos = cabecalhos;
  }

  resposta({ request_id: requestId, trace_id: traceId }) {
    return {
      status: this.status,
      tipo: 'application/problem+json',
      cabecalhos: this.cabecalhos,
      corpo: {
        type: `/erros/${this.slug}`,
        title: TITULOS[this.slug],
        status: this.status,
        detail: this.message,
        ...this.extras,
        request_id: requestId,
        trace_id: traceId,
      },
    };
  }
}

export const indisponivel = (detalhe, segundos = 1) =>
  new Problema(503, 'indisponivel', detalhe, {}, { 'Retry-After': String(segundos) });

/** @param {{campo: string, mensagem: string, remedio: string}[]} erros */
export const invalido = (erros) =>
  new Problema(400, 'requisicao-invalida', `${erros[0].mensagem} ${erros[0].remedio}`, { erros });

/** Traduz um erro qualquer; o que não é esperado vira 500 sem detalhe interno. */
export function comoProblema(erro) {
  if (erro instanceof Problema) return erro;
  return new Problema(
    500,
    'erro-interno',
    'Falha inesperada no coordenador. Informe o request_id a quem o opera.',
  );
}
