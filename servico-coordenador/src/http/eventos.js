/** `/eventos`: publicar, só com o segredo, e assistir, público. */
import { compilar, escolha, lista, objeto } from '../validacao.js';
import { indisponivel } from './problemas.js';
import { exigir } from './requisicao.js';

const deEvento = objeto(
  {
    tipo: escolha([
      'agendamento.criado',
      'agendamento.cancelado',
      'agendamento.remarcado',
      'agenda.indisponivel',
      'espera.oferecida',
      'telescopio.estado',
      'arbitragem.decidida',
    ]),
    dados: {
      type: 'object',
      title: 'Deve ser um objeto JSON.',
      description: 'Envie os dados do evento, sem dados pessoais.',
    },
  },
  { required: ['tipo', 'dados'] },
);
const conferirEvento = compilar(deEvento);
const conferirLote = compilar(objeto({ eventos: lista(1000, deEvento) }, { required: ['eventos'] }));

export function rotasDeEventos({ canal }) {
  return {
    publicar({ body }, res) {
      const eventos = Object.hasOwn(body, 'eventos')
        ? exigir(conferirLote, body).eventos
        : [exigir(conferirEvento, body)];
      const ids = eventos.map(({ tipo, dados }) => canal.publicar(tipo, dados));
      res.status(202).json({ id: ids.at(-1) });
    },

    async assinar(req, res) {
      if (canal.cheio) throw indisponivel('Há assinantes demais. Tente de novo em instantes.', 5);
      await canal.assinar(req, res);
    },
  };
}
