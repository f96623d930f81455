/** Um agendamento na tela, com o que os links dele deixam fazer agora. */
import { botao, campo, el } from './dom.js';
import { cartaoDeErro } from './desfecho.js';
import { aqui, diaCurto, hora, quando, t } from './idioma.js';
import { baixar, calendario } from './ics.js';
import { trocar } from './remarcar.js';

const trecho = (ag) => [Date.parse(ag.horario_inicio_utc), Date.parse(ag.horario_fim_utc)];

/**
 * @param {any} ag como a API o dá
 * @param {any} contexto api, relogio, nomeDe(slug), aoRemarcar(ag), aoCancelar(ag), aoEditar?(ag), aoRepetir?(ag);
 *   `semTitulo` quando o horário já está escrito logo acima
 */
export function ficha(ag, contexto) {
  const area = el('div', {});
  const [inicio, fim] = trecho(ag);
  const onde = contexto.nomeDe(ag.telescopio);
  return el(
    'article',
    { class: 'ficha', 'data-estado': ag.estado, 'data-id': ag.id },
    !contexto.semTitulo
      && el(
        'p',
        {},
        el('strong', { class: 'num', texto: quando(inicio, fim) }),
        ' ',
        el('span', { class: 'pequeno suave', texto: aqui(inicio) }),
      ),
    el(
      'p',
      { class: 'quebra' },
      onde,
      ag.objeto_celeste && [' · ', el('strong', { texto: ag.objeto_celeste })],
    ),
    ag.observacoes && el('p', { class: 'suave quebra pre', texto: ag.observacoes }),
    fraseDoEstado(ag),
    acoesDe(ag, contexto, area),
    area,
    el('p', { class: 'miudo num', texto: miudos(ag) }),
  );
}

export function fraseDoEstado(ag) {
  if (ag.estado !== 'CANCELADO') return null;
  const motivo = ag.motivo_cancelamento;
  return el('p', {
    class: 'suave',
    texto: motivo ? t('ficha.cancelada_motivo', { motivo }) : t('ficha.cancelada'),
  });
}

const EVENTOS = [
  'AGENDAMENTO_CRIADO',
  'AGENDAMENTO_ALTERADO',
  'AGENDAMENTO_REMARCADO',
  'AGENDAMENTO_CANCELADO',
];
const QUEM = { dona: 'hist.dona', operacao: 'hist.operacao' };

/** O que já aconteceu com ela, e por quem; lido quando alguém abre. */
export function historico(ag, { api }) {
  if (!ag._links.historico) return null;
  const lista = el('ol', { class: 'pequeno' });
  const ler = async () => {
    const { corpo } = await api.seguir(ag._links.historico);
    lista.replaceChildren(
      ...corpo._embedded.fatos.map((fato) => {
        const ms = Date.parse(fato.quando_utc);
        const partes = [
          EVENTOS.includes(fato.evento) ? t(`hist.${fato.evento}`) : fato.evento,
          fato.por && t(QUEM[fato.por]),
          fato.horario_inicio_utc
            && quando(Date.parse(fato.horario_inicio_utc), Date.parse(fato.horario_fim_utc)),
          fato.motivo,
        ];
        return el(
          'li',
          { class: 'quebra' },
          el('span', { class: 'num suave', texto: `${diaCurto(ms)}, ${hora(ms)} UTC ` }),
          partes.filter(Boolean).join(' · '),
        );
      }),
    );
  };
  return el(
    'details',
    {
      class: 'nao-imprime',
      ao_toggle: (evento) => {
        if (evento.target.open)
          ler().catch((erro) => lista.replaceChildren(el('li', {}, cartaoDeErro(erro))));
      },
    },
    el('summary', { class: 'pequeno', texto: t('hist.titulo') }),
    lista,
  );
}

export const miudos = (ag) =>
  `${t('ficha.numero')} ${ag.id} · ${t('ficha.criada')} ${hora(Date.parse(ag.criado_em_utc), 'decimo')} UTC`;

/** Os botões que os links permitem; o que pergunta algo pergunta em `area`. */
export function acoesDe(ag, contexto, area) {
  const { cancelar, remarcar } = ag._links;
  const acoes = el('div', { class: 'linha nao-imprime' });
  const abrir = (montar) => {
    const fechar = () => {
      area.replaceChildren();
      acoes.hidden = false;
      /** @type {HTMLElement} */ (acoes.querySelector('[data-abriu]'))?.focus();
    };
    acoes.hidden = true;
    area.replaceChildren(montar(fechar));
    area.querySelector('input')?.focus();
  };
  const marcando = (nome, montar, classe) => {
    const no = botao(
      nome,
      () => {
        for (const outro of acoes.children) outro.removeAttribute('data-abriu');
        no.dataset.abriu = '';
        abrir(montar);
      },
      { class: classe },
    );
    return no;
  };
  if (remarcar) acoes.append(botao(t('ficha.remarcar'), () => contexto.aoRemarcar(ag)));
  if (remarcar && contexto.aoEditar)
    acoes.append(marcando(t('ficha.editar'), (fechar) => formularioDeEdicao(ag, contexto, fechar)));
  if (contexto.aoRepetir) acoes.append(botao(t('ficha.repetir'), () => contexto.aoRepetir(ag)));
  if (cancelar)
    acoes.append(marcando(t('ficha.cancelar'), (fechar) => perguntar(ag, contexto, fechar), 'perigo'));
  acoes.append(botao('.ics', () => exportar([ag], contexto), { 'aria-label': t('ficha.ics') }));
  return acoes;
}

export function exportar(agendamentos, { relogio, nomeDe }) {
  const texto = calendario(agendamentos, { agora: relogio.agora() ?? Date.now(), nomeDe });
  baixar(agendamentos.length === 1 ? `sctec-${agendamentos[0].id}.ics` : 'sctec.ics', texto);
}

/** Um formulário que Enter envia, Esc fecha, e que diz embaixo o que deu errado. */
function formulario(campos, rotulo, { desistir, classe, fazer, fechar }) {
  const erro = el('div', {});
  const enviar = botao(
    rotulo,
    async () => {
      try {
        await fazer();
      } catch (falha) {
        erro.replaceChildren(cartaoDeErro(falha));
      }
    },
    { class: classe },
  );
  return el(
    'form',
    {
      class: 'pilha',
      ao_submit: (evento) => {
        evento.preventDefault();
        enviar.click();
      },
      ao_keydown: (evento) => {
        if (evento.key === 'Escape') fechar();
      },
    },
    ...campos.map((c) => c.no),
    el('div', { class: 'linha' }, enviar, botao(desistir, fechar)),
    erro,
  );
}

function perguntar(ag, contexto, fechar) {
  const motivo = campo(t('ficha.motivo'), { maxlength: 500, name: 'motivo' });
  return formulario([motivo], t('ficha.confirmar_cancelar'), {
    desistir: t('ficha.manter'),
    classe: 'perigo',
    fechar,
    async fazer() {
      contexto.aoPedirCancelar(ag);
      const corpo = motivo.valor ? { motivo: motivo.valor } : {};
      const { corpo: cancelado } = await contexto.api.seguir(ag._links.cancelar, { corpo });
      contexto.aoCancelar(cancelado);
    },
  });
}

/** Alvo e notas mudam sem que a observação saia do lugar. */
function formularioDeEdicao(ag, contexto, fechar) {
  const alvo = campo(t('obs.alvo'), {
    maxlength: 120,
    valor: ag.objeto_celeste ?? '',
    name: 'objeto_celeste',
  });
  const notas = campo(
    t('obs.notas'),
    { maxlength: 2000, valor: ag.observacoes ?? '', name: 'observacoes', rows: 2 },
    'textarea',
  );
  return formulario([alvo, notas], t('ficha.gravar'), {
    desistir: t('ficha.desistir'),
    classe: 'principal',
    fechar,
    async fazer() {
      const { corpo: atual, etag } = await contexto.api.seguir(ag._links.self);
      const novo = { objeto_celeste: alvo.valor || null, observacoes: notas.valor || null };
      contexto.aoEditar(await trocar(contexto.api, atual, etag, novo));
    },
  });
}
