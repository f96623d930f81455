/** Casos de `/lock`, `/unlock`, `/renovar` e `/locks`: corpo já lido entra, resposta sai; sem Express aqui. */
import { paraConcedido, paraPreterido } from '../arbitragem/registro.js';
import { criarIso } from '../relogio.js';
import { Leitura } from './validacao.js';
import { Problema, indisponivel } from './problemas.js';

const CAMPOS_LOCK = [
  'recurso',
  'recursos',
  'solicitante',
  'lease_ms',
  'idade_ms',
  'incerteza_ms',
  'rtt_ms',
  'uso',
  'janela_ms',
  'instante_utc',
];
const LEASE = { minimo: 100, maximo: 60_000, inteiro: true };
const MAXIMO_LISTADO = 1000;
const CAUSAS = {
  ENCERRANDO: 'O coordenador está encerrando. Tente de novo em instantes.',
  CHEIO: 'Há pedidos demais em espera. Tente de novo em instantes.',
  SEM_TOKENS:
    'O coordenador não consegue gravar o contador de tokens. Tente de novo; quem opera deve ver o disco.',
  ESPERA_ESGOTADA: 'O desfecho de quem tem o recurso demorou demais. Tente de novo.',
};

function lerPedido(corpo, config) {
  const leitura = new Leitura(corpo, CAMPOS_LOCK);
  let recursos = [];
  if (leitura.tem('recurso') === leitura.tem('recursos')) {
    leitura.anotar(
      'recurso',
      'Informe recurso ou recursos, um dos dois.',
      'recurso é um texto; recursos, uma lista.',
    );
  } else if (leitura.tem('recurso')) recursos = [leitura.texto('recurso', 256)];
  else recursos = leitura.textos('recursos', 512, 256);
  const pedido = {
    recursos,
    solicitante: leitura.texto('solicitante', 128),
    leaseMs: leitura.numero('lease_ms', { ...LEASE, padrao: config.leaseMs }),
    janelaMs: leitura.numero('janela_ms', {
      minimo: 0,
      maximo: 5000,
      inteiro: true,
      padrao: config.janelaMs,
    }),
    idadeMs: leitura.numero('idade_ms', { minimo: 0, maximo: 86_400_000, padrao: 0 }),
    incertezaMs: leitura.numero('incerteza_ms', { minimo: 0, maximo: 86_400_000, padrao: null }),
    rttMs: leitura.numero('rtt_ms', { minimo: 0, maximo: 86_400_000, padrao: null }),
    uso: leitura.numero('uso', { minimo: 0, maximo: 1e9, padrao: 0 }),
    instanteUtc: leitura.tem('instante_utc') ? leitura.texto('instante_utc', 64) : undefined,
  };
  leitura.concluir();
  return pedido;
}

export function rotasDeTravas({ travas, config, relogio, observador }) {
  const iso = criarIso();
  const utcDe = (expiraEm) => iso(relogio.utcMs() + expiraEm - relogio.agora());

  function traduzir(pedido, resultado) {
    switch (resultado.tipo) {
      case 'concedido': {
        const { id, token, expiraEm, recursos } = resultado.concessao;
        return {
          status: 200,
          corpo: {
            concessao: id,
            token,
            expira_em_utc: utcDe(expiraEm),
            recursos,
            arbitragem: pedido.decisao ? paraConcedido(pedido.decisao, pedido) : undefined,
          },
        };
      }
      case 'negado': {
        const { motivo, recurso, vencedor } = resultado;
        if (motivo === 'PRETERIDO') {
          throw new Problema(409, 'preterido', 'Outro pedido da mesma disputa ficou com o recurso.', {
            motivo,
            recurso,
            arbitragem: paraPreterido(vencedor.decisao, pedido, vencedor),
          });
        }
        throw new Problema(409, 'recurso-ocupado', 'O recurso já é de outro pedido.', { motivo, recurso });
      }
      default:
        throw indisponivel(CAUSAS[resultado.causa] ?? CAUSAS.ENCERRANDO);
    }
  }

  return {
    lock(corpo, contexto) {
      const pedido = lerPedido(corpo, config);
      pedido.contexto = contexto;
      observador.recebido(pedido);
      let imediato;
      pedido.responder = (resultado) => {
        imediato = resultado;
      };
      contexto.aoPerderCliente = () => travas.desistir(pedido);
      travas.pedir(pedido);
      if (imediato) return traduzir(pedido, imediato);
      return new Promise((resolver) => {
        pedido.responder = resolver;
      }).then((resultado) => traduzir(pedido, resultado));
    },

    unlock(corpo, contexto) {
      const emLote = corpo !== null && typeof corpo === 'object' && Object.hasOwn(corpo, 'concessoes');
      if (emLote) return unlockEmLote(corpo, contexto);
      const item = lerLiberacao(corpo);
      if (!liberar(item, contexto)) throw desconhecida();
      return { status: 200, corpo: { liberada: true } };
    },

    renovar(corpo) {
      const leitura = new Leitura(corpo, ['concessao', 'lease_ms']);
      const id = leitura.texto('concessao', 128);
      const leaseMs = leitura.numero('lease_ms', { ...LEASE, padrao: config.leaseMs });
      leitura.concluir();
      const concessao = travas.renovar(id, leaseMs);
      if (!concessao) throw desconhecida();
      return { status: 200, corpo: { expira_em_utc: utcDe(concessao.expiraEm) } };
    },

    locks() {
      const estado = travas.estado();
      const concessoes = estado.concessoes
        .take(MAXIMO_LISTADO)
        .map((c) => ({
          recursos: c.recursos,
          token: c.token,
          expira_em_utc: utcDe(c.expiraEm),
          fila: c.recursos.reduce((maior, r) => Math.max(maior, estado.fila(r)), 0),
        }))
        .toArray();
      return {
        status: 200,
        corpo: {
          total: estado.quantasConcessoes,
          esperando: estado.esperando,
          janelas_abertas: estado.arbitro.janelas,
          candidatos: estado.arbitro.candidatos,
          concessoes,
        },
      };
    },
  };

  function unlockEmLote(corpo, contexto) {
    const leitura = new Leitura(corpo, ['concessoes']);
    const itens = leitura.lista('concessoes', 1000);
    leitura.concluir();
    const lidos = itens.map((item, i) => lerLiberacao(item, `concessoes[${i}].`));
    const desconhecidas = lidos.filter((item) => !liberar(item, contexto)).map((item) => item.id);
    return { status: 200, corpo: { liberadas: lidos.length - desconhecidas.length, desconhecidas } };
  }

  function liberar({ id, desfecho, ocupados }, contexto) {
    const achou = travas.liberar(id, desfecho, ocupados);
    if (!achou) observador.liberacaoDesconhecida(contexto);
    return achou;
  }
}

function lerLiberacao(corpo, prefixo = '') {
  const leitura = new Leitura(corpo, ['concessao', 'desfecho', 'ocupados'], prefixo);
  const item = {
    id: leitura.texto('concessao', 128),
    desfecho: leitura.escolha('desfecho', ['SALVO', 'NAO_SALVO'], 'NAO_SALVO'),
    ocupados: leitura.tem('ocupados') ? leitura.textos('ocupados', 512, 256) : undefined,
  };
  leitura.concluir();
  return item;
}

const desconhecida = () =>
  new Problema(
    404,
    'concessao-desconhecida',
    'A concessão não existe ou já venceu. Peça a trava de novo antes de gravar.',
  );
