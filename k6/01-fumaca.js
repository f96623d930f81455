/** Lição 1: tudo responde? Uma pessoa segue os links do início ao cancelamento. */
import { check } from 'k6';
import { agendar, cancelar, cientistas, horariosLivres, iteracao, obter, opcoes } from './lib/sctec.js';
import { resumo } from './lib/resumo.js';

export const options = opcoes(
  '01-fumaca',
  { checks: ['rate==1'], sctec_criados: ['count==1'], sctec_recusados: ['count==1'] },
  { vus: 1, iterations: 1 },
);

export default iteracao(function fumaca() {
  const inicio = obter('/', 'GET /');
  check(inicio, { 'a raiz oferece links': (r) => r.status === 200 && r.json('_links') !== undefined });
  check(obter('/time', 'GET /time'), {
    'a hora oficial é UTC com Z': (r) => r.json('agora_utc').endsWith('Z'),
  });
  check(obter('/saude/pronto', 'GET /saude/pronto'), { 'o serviço está pronto': (r) => r.status === 200 });
  check(obter('/telescopios', 'GET /telescopios'), {
    'há telescópios': (r) => r.json('_embedded.telescopios').length > 0,
  });

  const [chave] = cientistas(1);
  const [horario] = horariosLivres(1);
  const pedido = { horario_inicio_utc: horario };
  const agendado = agendar(chave, pedido);
  check(agendado, { 'o agendamento foi criado': (r) => r.status === 201 });
  check(agendar(chave, pedido), {
    'o mesmo horário é recusado com alternativas': (r) =>
      r.status === 409 && r.json('_links.alternativas').length > 0,
  });
  check(obter(agendado.json('_links.self.href'), 'GET /agendamentos/{id}', chave), {
    'o agendamento pode ser lido': (r) => r.status === 200 && r.json('estado') === 'ATIVO',
  });
  check(cancelar(chave, agendado), { 'o cancelamento funciona pelo link': (r) => r.status === 200 });
});

export const handleSummary = resumo('01-fumaca', 'tudo responde?');
