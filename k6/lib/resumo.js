/** Resumo em pt-BR na tela e JSON completo em resultados/; cada roteiro o liga com `handleSummary`. */

const LINHAS = [
  ['iterations', 'Iterações', (m) => inteiro(m.values.count)],
  ['http_reqs', 'Requisições', (m) => `${inteiro(m.values.count)} (${decimal(m.values.rate)}/s)`],
  ['sctec_criados', 'Agendamentos criados (201)', (m) => inteiro(m.values.count)],
  ['sctec_recusados', 'Recusas por disputa (409)', (m) => inteiro(m.values.count)],
  ['sctec_inesperados', 'Outras respostas 4xx', (m) => inteiro(m.values.count)],
  ['sctec_falhas_do_servidor', 'Falhas do servidor (5xx ou sem resposta)', (m) => inteiro(m.values.count)],
  ['sctec_interrompidas', 'Iterações interrompidas', (m) => inteiro(m.values.count)],
  ['sctec_duracao_agendar', 'Demora para agendar', duracao],
  ['http_req_duration', 'Demora de todas as requisições', duracao],
  [
    'checks',
    'Verificações que passaram',
    (m) => `${inteiro(m.values.passes)} de ${inteiro(m.values.passes + m.values.fails)}`,
  ],
];

const inteiro = (n) => String(Math.round(n || 0)).replace(/\B(?=(\d{3})+$)/g, '.');
const decimal = (n) => (n || 0).toFixed(1).replace('.', ',');

function duracao(m) {
  const em = (nome) => (m.values[nome] === undefined ? null : `${decimal(m.values[nome])} ms`);
  return [
    ['mediana', 'med'],
    ['p95', 'p(95)'],
    ['p99', 'p(99)'],
    ['máximo', 'max'],
  ]
    .map(([rotulo, nome]) => [rotulo, em(nome)])
    .filter(([, v]) => v)
    .map(([r, v]) => `${r} ${v}`)
    .join(', ');
}

function limiares(dados) {
  const linhas = [];
  for (const [nome, metrica] of Object.entries(dados.metrics)) {
    for (const [regra, { ok }] of Object.entries(metrica.thresholds || {})) {
      linhas.push(`  ${ok ? 'passou' : 'FALHOU'}  ${nome}: ${regra}`);
    }
  }
  return linhas;
}

/**
 * @param {string} roteiro nome do roteiro, também o do arquivo JSON
 * @param {string} pergunta o que este roteiro responde
 */
export function resumo(roteiro, pergunta) {
  return (dados) => {
    const linhas = LINHAS.filter(([nome]) => dados.metrics[nome]).map(
      ([nome, rotulo, formatar]) => `  ${`${rotulo} `.padEnd(44, '.')} ${formatar(dados.metrics[nome])}`,
    );
    const exames = limiares(dados);
    const falhou = exames.some((linha) => linha.includes('FALHOU'));
    const arquivo = `${__ENV.RESULTADOS || 'resultados'}/${__ENV.TESTID || roteiro}.json`;
    const tela = [
      '',
      `${roteiro}: ${pergunta}`,
      ...linhas,
      ...(exames.length ? ['', 'O que precisava valer:', ...exames] : []),
      '',
      falhou ? 'Resultado: FALHOU' : 'Resultado: passou',
      `Números completos: k6/${arquivo}`,
      '',
    ];
    return { stdout: tela.join('\n'), [arquivo]: JSON.stringify(dados, null, 1) };
  };
}
