/** Traduz o que acontece com as travas em linhas de log, métricas e trechos de traço. */
import { doContexto } from './logs.js';
import { exemplar } from './metricas.js';

const FRASES_DE_FIM = {
  salvo: (r) => `Lock para o recurso ${r} liberado`,
  nao_salvo: (r) => `Lock para o recurso ${r} liberado`,
  desistencia: (r) => `Lock para o recurso ${r} liberado`,
  expirado: (r) => `Lock para o recurso ${r} expirado`,
};

/** Um pedido de vários recursos cabe numa linha: a frase nomeia o primeiro, o campo `recursos` traz todos. */
function campos(contexto, recursos, extras) {
  return {
    trace_id: contexto.trace_id,
    span_id: contexto.span_id,
    request_id: contexto.request_id,
    recurso: recursos[0],
    ...(recursos.length > 1 ? { recursos } : undefined),
    ...extras,
  };
}

export function criarObservador({ logs, metricas, canal, tracos }) {
  const contagens = { decisoes: { unico: 0, instante: 0, uso: 0, sorteio: 0 }, candidatos: 0, preteridos: 0 };
  return {
    /** Contagens desde o início do processo. */
    contagens: () => contagens,

    decidida({ registro, entradas }, agora) {
      const candidatos = registro.candidatos.length;
      contagens.decisoes[registro.criterio] += 1;
      contagens.candidatos += candidatos;
      metricas.arbitragens.inc({ criterio: registro.criterio });
      metricas.candidatos.observe({ value: candidatos });
      for (const pedido of entradas.keys()) {
        tracos.etapa(pedido.contexto, 'sctec.arbitragem', agora - pedido.chegada, {
          'sctec.arbitragem.janela': registro.janela,
          'sctec.arbitragem.criterio': registro.criterio,
          'sctec.arbitragem.candidatos': candidatos,
        });
      }
      // Sem disputa não há o que contar a quem assiste.
      if (candidatos > 1) canal.publicar('arbitragem.decidida', registro);
    },

    recebido({ contexto, recursos }) {
      logs.info(campos(contexto, recursos), `Recebido pedido de lock para recurso ${recursos[0]}`);
    },

    respondido({ contexto, recursos }, resultado, duracaoMs) {
      if (resultado.motivo === 'PRETERIDO') contagens.preteridos += 1;
      const nome = resultado.tipo === 'negado' ? resultado.motivo.toLowerCase() : resultado.tipo;
      metricas.pedidos.inc({ resultado: nome });
      metricas.espera.observe({
        labels: { resultado: nome },
        value: duracaoMs / 1000,
        exemplarLabels: exemplar(contexto),
      });
      tracos.etapa(contexto, 'sctec.lock.espera', duracaoMs, {
        'sctec.lock.resultado': nome,
        'sctec.lock.recursos': recursos.length,
      });
      if (resultado.tipo === 'concedido') {
        logs.info(
          campos(contexto, recursos, { token: resultado.concessao.token }),
          `Lock concedido para recurso ${recursos[0]}`,
        );
      } else if (resultado.tipo === 'negado') {
        logs.info(
          campos(contexto, recursos, { motivo: resultado.motivo }),
          `Recurso ${resultado.recurso} já em uso, negando lock`,
        );
      } else if (resultado.tipo === 'desistencia') {
        logs.info(campos(contexto, recursos), `Quem pediu lock para recurso ${recursos[0]} desistiu`);
      } else {
        logs.warn(
          campos(contexto, recursos, { causa: resultado.causa }),
          `Pedido de lock para recurso ${recursos[0]} recusado sem decisão`,
        );
      }
    },

    encerrada({ contexto, recursos, token }, fim, duracaoMs) {
      tracos.etapa(contexto, 'sctec.lock.posse', duracaoMs, {
        'sctec.lock.fim': fim,
        'sctec.fencing.token': token,
      });
      metricas.posse.observe({
        labels: { fim },
        value: duracaoMs / 1000,
        exemplarLabels: exemplar(contexto),
      });
      if (fim === 'expirado') metricas.expiracoes.inc();
      else if (fim !== 'desistencia') metricas.liberacoes.inc({ resultado: fim });
      logs[fim === 'expirado' ? 'warn' : 'info'](
        campos(contexto, recursos, { token, fim }),
        FRASES_DE_FIM[fim](recursos[0]),
      );
    },

    renovado() {
      metricas.renovacoes.inc();
    },

    liberacaoDesconhecida(contexto) {
      metricas.liberacoes.inc({ resultado: 'desconhecida' });
      logs.warn(doContexto(contexto), 'Liberação de concessão desconhecida ou vencida');
    },

    exclusaoViolada(recurso) {
      metricas.violacoes.inc();
      logs.error({ recurso }, `Exclusão violada no recurso ${recurso}`);
    },
  };
}
