/** `/lock`, `/unlock`, `/renovar` e `/locks`. */
import { paraConcedido, paraPreterido } from '../arbitragem/registro.js';
import { compilar, escolha, inteiro, lista, numero, objeto, texto } from '../validacao.js';
import { Problema, indisponivel } from './problemas.js';
import { exigir } from './requisicao.js';

const DIA_MS = 86_400_000;
const MAXIMO_LISTADO = 1000;
const MAIOR_TOKEN_VISTO = 2 ** 49;
const CAUSAS = {
  ENCERRANDO: 'O coordenador está encerrando. Tente de novo em instantes.',
  CHEIO: 'Há pedidos demais em espera. Tente de novo em instantes.',
  SEM_TOKENS:
    'O coordenador não consegue gravar o contador de tokens. Tente de novo; quem opera deve ver o disco.',
  ESPERA_ESGOTADA: 'O desfecho de quem tem o recurso demorou demais. Tente de novo.',
};

const recursos = lista(512, texto(256));
const leaseMs = (padrao) => inteiro(100, 60_000, { default: padrao });

const deLock = (config) =>
  objeto(
    {
      recurso: texto(256),
      recursos,
      solicitante: texto(128),
      lease_ms: leaseMs(config.leaseMs),
      janela_ms: inteiro(0, 5000, { default: config.janelaMs }),
      idade_ms: numero(0, DIA_MS, { default: 0 }),
      incerteza_ms: numero(0, DIA_MS),
      rtt_ms: numero(0, DIA_MS),
      uso: numero(0, 1e9, { default: 0 }),
      tokens_acima_de: inteiro(0, MAIOR_TOKEN_VISTO, { default: 0 }),
    },
    { required: ['solicitante'], oneOf: [{ required: ['recurso'] }, { required: ['recursos'] }] },
  );

const deUnlock = objeto(
  {
    concessao: texto(128),
    desfecho: escolha(['SALVO', 'NAO_SALVO'], { default: 'NAO_SALVO' }),
    ocupados: recursos,
  },
  { required: ['concessao'] },
);
const deUnlockEmLote = objeto({ concessoes: lista(1000, deUnlock) }, { required: ['concessoes'] });

const desconhecido = () =>
  new Problema(404, 'lock-desconhecido', 'O lock não existe ou já venceu. Peça-o de novo antes de gravar.');

export function rotasDeLocks({ locks, config, relogio, observador }) {
  const conferirLock = compilar(deLock(config));
  const conferirUnlock = compilar(deUnlock);
  const conferirLote = compilar(deUnlockEmLote);
  const conferirRenovacao = compilar(
    objeto({ concessao: texto(128), lease_ms: leaseMs(config.leaseMs) }, { required: ['concessao'] }),
  );
  const utcDe = (expiraEm) => new Date(relogio.utcMs() + expiraEm - relogio.agora()).toISOString();

  function concedido(pedido, lock) {
    return {
      concessao: lock.id,
      token: lock.token,
      expira_em_utc: utcDe(lock.expiraEm),
      recursos: lock.recursos,
      arbitragem: pedido.decisao ? paraConcedido(pedido.decisao, pedido) : undefined,
    };
  }

  function recusa(pedido, { tipo, motivo, recurso, vencedor, causa }) {
    if (tipo !== 'negado') return indisponivel(CAUSAS[causa]);
    if (motivo !== 'PRETERIDO') {
      return new Problema(409, 'recurso-ocupado', 'O recurso já é de outro pedido.', { motivo, recurso });
    }
    const arbitragem = paraPreterido(vencedor.decisao, pedido, vencedor);
    const detalhe = 'Outro pedido da mesma disputa ficou com o recurso.';
    return new Problema(409, 'preterido', detalhe, { motivo, recurso, arbitragem });
  }

  function liberar({ concessao, desfecho, ocupados }, contexto) {
    const achou = locks.liberar(concessao, desfecho, ocupados);
    if (!achou) observador.liberacaoDesconhecida(contexto);
    return achou;
  }

  return {
    lock(req, res, next) {
      const corpo = exigir(conferirLock, req.body);
      const pedido = {
        recursos: [...new Set(corpo.recursos ?? [corpo.recurso])],
        solicitante: corpo.solicitante,
        leaseMs: corpo.lease_ms,
        janelaMs: corpo.janela_ms,
        idadeMs: corpo.idade_ms,
        incertezaMs: corpo.incerteza_ms ?? null,
        rttMs: corpo.rtt_ms ?? null,
        uso: corpo.uso,
        tokensAcimaDe: corpo.tokens_acima_de,
        contexto: res.locals.contexto,
        responder(resultado) {
          if (resultado.tipo === 'concedido') res.json(concedido(pedido, resultado.lock));
          else if (resultado.tipo !== 'desistencia') next(recusa(pedido, resultado));
        },
      };
      res.once('close', () => {
        if (!res.writableFinished) locks.desistir(pedido);
      });
      observador.recebido(pedido);
      locks.pedir(pedido);
    },

    unlock({ body }, res) {
      const { contexto } = res.locals;
      if (!Object.hasOwn(body, 'concessoes')) {
        if (!liberar(exigir(conferirUnlock, body), contexto)) throw desconhecido();
        res.json({ liberada: true });
        return;
      }
      const { concessoes } = exigir(conferirLote, body);
      const desconhecidas = concessoes
        .filter((item) => !liberar(item, contexto))
        .map((item) => item.concessao);
      res.json({ liberadas: concessoes.length - desconhecidas.length, desconhecidas });
    },

    renovar({ body }, res) {
      const { concessao, lease_ms: novoLeaseMs } = exigir(conferirRenovacao, body);
      const lock = locks.renovar(concessao, novoLeaseMs);
      if (!lock) throw desconhecido();
      res.json({ expira_em_utc: utcDe(lock.expiraEm) });
    },

    listar(_req, res) {
      const estado = locks.estado();
      const concessoes = estado.vivos
        .take(MAXIMO_LISTADO)
        .map((lock) => ({
          recursos: lock.recursos,
          token: lock.token,
          expira_em_utc: utcDe(lock.expiraEm),
          fila: Math.max(...lock.recursos.map(estado.fila)),
        }));
      res.json({
        total: estado.quantosVivos,
        esperando: estado.esperando,
        janelas_abertas: estado.arbitro.janelas,
        candidatos: estado.arbitro.candidatos,
        concessoes: concessoes.toArray(),
      });
    },
  };
}
