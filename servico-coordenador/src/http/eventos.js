import { Leitura } from './validacao.js';
import { indisponivel } from './problemas.js';

const TIPOS = [
  'agendamento.criado',
  'agendamento.cancelado',
  'agendamento.remarcado',
  'agenda.indisponivel',
  'arbitragem.decidida',
];

function lerEvento(corpo, prefixo = '') {
  const leitura = new Leitura(corpo, ['tipo', 'dados', 'traceparent'], prefixo);
  const tipo = leitura.escolha('tipo', TIPOS);
  if (!leitura.tem('tipo')) leitura.anotar('tipo', 'Campo obrigatório.', `Use um de: ${TIPOS.join(', ')}.`);
  const dados = leitura.valor('dados');
  if (dados === null || typeof dados !== 'object' || Array.isArray(dados)) {
    leitura.anotar('dados', 'Deve ser um objeto JSON.', 'Envie os dados do evento, sem dados pessoais.');
  }
  const traceparent = leitura.tem('traceparent') ? leitura.texto('traceparent', 55) : undefined;
  leitura.concluir();
  return { tipo, dados, traceparent };
}

export function rotasDeEventos({ canal, tracos }) {
  return {
    publicar(corpo) {
      const emLote = corpo !== null && typeof corpo === 'object' && Object.hasOwn(corpo, 'eventos');
      let eventos;
      if (emLote) {
        const leitura = new Leitura(corpo, ['eventos']);
        const itens = leitura.lista('eventos', 1000);
        leitura.concluir();
        eventos = itens.map((item, i) => lerEvento(item, `eventos[${i}].`));
      } else eventos = [lerEvento(corpo)];
      let id;
      for (const { tipo, dados, traceparent } of eventos) {
        id = canal.publicar(tipo, dados);
        tracos.publicado(traceparent, {
          'sctec.evento.tipo': tipo,
          'sctec.evento.assinantes': canal.assinantes,
        });
      }
      return { status: 202, corpo: { id } };
    },

    async assinar(req, res) {
      if (canal.cheio) throw indisponivel('Há assinantes demais. Tente de novo em instantes.', 5);
      await canal.assinar(req, res);
    },
  };
}
