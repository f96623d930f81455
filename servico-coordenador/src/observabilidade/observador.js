/** Traduz o que acontece com os locks em linhas de log, métricas e, no traço de cada pedido, atributos e eventos. */
import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { doContexto } from './logs.js';
import { exemplar } from './metricas.js';

/** Um pedido de vários recursos cabe numa linha: a frase nomeia o primeiro, o campo `recursos` traz todos. */
function campos(contexto, recursos, extras) {
  return {
    ...doContexto(contexto),
    recurso: recursos[0],
    ...(recursos.length > 1 ? { recursos } : undefined),
    ...extras,
  };
}

/** @param {{rastreador: import('@opentelemetry/api').Tracer} & Record<string, any>} partes */
export function criarObservador({ logs, metricas, canal, rastreador }) {
  const contagens = { decisoes: { unico: 0, instante: 0, uso: 0, sorteio: 0 }, candidatos: 0, preteridos: 0 };

  /** O único span aberto à mão: a decisão, filha do pedido que venceu e ligada aos demais. */
  function tracar({ registro, entradas }) {
    const attributes = {
      'sctec.arbitragem.janela': registro.janela,
      'sctec.arbitragem.criterio': registro.criterio,
      'sctec.arbitragem.candidatos': registro.candidatos.length,
    };
    let vencedor;
    const links = [];
    for (const [{ contexto }, { publica }] of entradas) {
      if (!contexto.span?.isRecording()) continue;
      contexto.span.addEvent('sctec.arbitragem', {
        ...attributes,
        'sctec.arbitragem.posicao': publica.posicao ?? -1,
      });
      if (publica.posicao === 0) vencedor = contexto.span;
      else links.push({ context: contexto.span.spanContext() });
    }
    if (!vencedor) return;
    const startTime = new Date(registro.aberta_em_utc);
    rastreador
      .startSpan('sctec.arbitragem', { startTime, attributes, links }, trace.setSpan(ROOT_CONTEXT, vencedor))
      .end();
  }

  return {
    /** Contagens desde o início do processo. */
    contagens: () => contagens,

    decidida(decisao) {
      const { registro } = decisao;
      const candidatos = registro.candidatos.length;
      contagens.decisoes[registro.criterio] += 1;
      contagens.candidatos += candidatos;
      metricas.arbitragens.inc({ criterio: registro.criterio });
      metricas.candidatos.observe({ value: candidatos });
      tracar(decisao);
      // Sem disputa não há o que contar a quem assiste.
      if (candidatos > 1) canal.publicar('arbitragem.decidida', registro);
    },

    recebido({ contexto, recursos }) {
      logs.info(campos(contexto, recursos), `Recebido pedido de lock para recurso ${recursos[0]}`);
    },

    respondido({ contexto, recursos }, resultado, duracaoMs) {
      const { tipo, motivo, causa, lock } = resultado;
      if (motivo === 'PRETERIDO') contagens.preteridos += 1;
      const nome = tipo === 'negado' ? motivo.toLowerCase() : tipo;
      metricas.pedidos.inc({ resultado: nome });
      metricas.espera.observe({
        labels: { resultado: nome },
        value: duracaoMs / 1000,
        exemplarLabels: exemplar(contexto),
      });
      contexto.span?.setAttributes({
        'sctec.lock.resultado': nome,
        'sctec.lock.recursos': recursos.length,
        'sctec.fencing.token': lock?.token,
      });
      if (tipo === 'concedido') {
        logs.info(
          campos(contexto, recursos, { token: lock.token }),
          `Lock concedido para recurso ${recursos[0]}`,
        );
      } else if (tipo === 'negado') {
        logs.info(
          campos(contexto, recursos, { motivo }),
          `Recurso ${resultado.recurso} já em uso, negando lock`,
        );
      } else if (tipo === 'desistencia') {
        logs.info(campos(contexto, recursos), `Quem pediu lock para recurso ${recursos[0]} desistiu`);
      } else {
        logs.warn(
          campos(contexto, recursos, { causa }),
          `Pedido de lock para recurso ${recursos[0]} recusado sem decisão`,
        );
      }
    },

    encerrado({ contexto, recursos, token }, fim, duracaoMs) {
      const expirou = fim === 'expirado';
      trace
        .getActiveSpan()
        ?.addEvent('sctec.lock.encerrado', {
          'sctec.lock.fim': fim,
          'sctec.lock.duracao_ms': duracaoMs,
          'sctec.fencing.token': token,
        });
      metricas.duracao.observe({
        labels: { fim },
        value: duracaoMs / 1000,
        exemplarLabels: exemplar(contexto),
      });
      if (expirou) metricas.expiracoes.inc();
      else if (fim !== 'desistencia') metricas.liberacoes.inc({ resultado: fim });
      logs[expirou ? 'warn' : 'info'](
        campos(contexto, recursos, { token, fim }),
        `Lock para o recurso ${recursos[0]} ${expirou ? 'expirado' : 'liberado'}`,
      );
    },

    renovado() {
      metricas.renovacoes.inc();
    },

    liberacaoDesconhecida(contexto) {
      metricas.liberacoes.inc({ resultado: 'desconhecida' });
      logs.warn(doContexto(contexto), 'Liberação de lock desconhecido ou vencido');
    },

    tokensAtrasados(ultimo, visto) {
      logs.error(
        { ultimo, visto },
        `Contador de fencing tokens atrasado: o banco já viu ${visto}, e o último daqui era ${ultimo}`,
      );
    },

    exclusaoViolada(recurso) {
      metricas.violacoes.inc();
      logs.error({ recurso }, `Exclusão violada no recurso ${recurso}`);
    },
  };
}
