/** Um agendamento na tela, com o que os links dele deixam fazer agora. */
import { botao, campo, el } from './dom.js';
import { cartaoDeErro } from './desfecho.js';
import { dia, hora, horaLocal, intervalo, t } from './idioma.js';
import { baixar, calendario } from './ics.js';

/**
 * @param {object} ag como a API o dá
 * @param {{api, relogio, nomeDe(slug), aoRemarcar(ag), aoCancelar(ag), titulo?: string}} contexto
 */
export function ficha(ag, contexto) {
  const inicio = Date.parse(ag.horario_inicio_utc);
  const fim = Date.parse(ag.horario_fim_utc);
  const area = el('div', {});
  const acoes = el('div', { class: 'linha nao-imprime' });
  const { cancelar, remarcar } = ag._links;
  if (remarcar) acoes.append(botao(t('ficha.remarcar'), () => contexto.aoRemarcar(ag)));
  if (cancelar)
    acoes.append(botao(t('ficha.cancelar'), () => perguntar(ag, contexto, area, acoes), { class: 'perigo' }));
  acoes.append(botao('.ics', () => exportar([ag], contexto), { 'aria-label': t('ficha.ics') }));
  return el(
    'article',
    { class: 'ficha', 'data-estado': ag.estado, 'data-id': ag.id },
    !contexto.semTitulo
      && el(
        'p',
        { class: 'linha entre' },
        el('strong', { class: 'num', texto: `${dia(inicio)} · ${intervalo(inicio, fim)} UTC` }),
        el('span', { class: 'pequeno suave', texto: t('agenda.aqui', { hora: horaLocal(inicio) }) }),
      ),
    !(contexto.semTitulo && !ag.objeto_celeste)
      && el(
        'p',
        { class: 'quebra' },
        `${contexto.nomeDe(ag.telescopio)}${ag.objeto_celeste ? ' · ' : ''}`,
        ag.objeto_celeste && el('strong', { texto: ag.objeto_celeste }),
      ),
    ag.observacoes && el('p', { class: 'suave quebra pre', texto: ag.observacoes }),
    ag.estado === 'CANCELADO'
      && el('p', {
        class: 'suave',
        texto: ag.motivo_cancelamento
          ? t('ficha.cancelada_motivo', { motivo: ag.motivo_cancelamento })
          : t('ficha.cancelada'),
      }),
    acoes,
    area,
    el('p', {
      class: 'miudo num',
      texto: `${t('ficha.numero')} ${ag.id} · ${t('ficha.criada')} ${hora(Date.parse(ag.criado_em_utc), 'decimo')} UTC`,
    }),
  );
}

export function exportar(agendamentos, { relogio, nomeDe }) {
  const texto = calendario(agendamentos, { agora: relogio.agora() ?? Date.now(), nomeDe });
  baixar(agendamentos.length === 1 ? `sctec-${agendamentos[0].id}.ics` : 'sctec.ics', texto);
}

function perguntar(ag, contexto, area, acoes) {
  const motivo = campo(t('ficha.motivo'), { maxlength: 500, name: 'motivo' });
  const erro = el('div', {});
  const fechar = () => {
    area.replaceChildren();
    acoes.hidden = false;
    acoes.querySelector('.perigo')?.focus();
  };
  const confirmar = async () => {
    try {
      const { corpo } = await contexto.api.seguir(ag._links.cancelar, {
        corpo: motivo.valor ? { motivo: motivo.valor } : {},
      });
      contexto.aoCancelar(corpo);
    } catch (falha) {
      erro.replaceChildren(cartaoDeErro(falha));
    }
  };
  acoes.hidden = true;
  const enviar = botao(t('ficha.confirmar_cancelar'), confirmar, { class: 'perigo' });
  area.replaceChildren(
    el(
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
      motivo.no,
      el('div', { class: 'linha' }, enviar, botao(t('ficha.manter'), fechar)),
      erro,
    ),
  );
  motivo.entrada.focus();
}
