/** O que há no painel de ação: o resumo do que se fará, os campos, os botões, o lugar do desfecho. */
import { botao, campo, el } from './dom.js';

/**
 * As partes do painel de ação, na ordem em que se leem; quem decide o que aparece é o painel.
 * @param {any} painel
 * @returns cada parte, pelo nome
 */
export function montar(painel, { aoEnviar, aoAjustar }) {
  const ver = {};
  ver.titulo = el('h2', { id: 't-obs', tabindex: '-1' });
  ver.fechar = el('button', { type: 'button', class: 'discreto fechar so-dedo', texto: '✕' });
  ver.fechar.addEventListener('click', () => {
    painel.dizer();
    painel.painelAgenda.limpar();
    painel.painelAgenda.focar();
  });
  ver.onde = el('strong', { class: 'quebra' });
  ver.quando = el('p', { class: 'quando' });
  ver.quanto = el('span', { class: 'num quanto' });
  ver.local = el('p', { class: 'pequeno suave' });
  ver.menos = botao('−', () => aoAjustar(-1));
  ver.mais = botao('+', () => aoAjustar(1));
  ver.alongar = el('span', { class: 'alongar' }, ver.menos, ver.mais);
  const duracao = el('div', { class: 'linha entre' }, ver.quanto, ver.alongar);
  ver.cabeca = el('div', { class: 'resumo' }, ver.onde, ver.quando, ver.local, duracao);
  ver.explicacao = el('p', { class: 'suave' });
  ver.alvo = campo('', {
    name: 'objeto_celeste',
    maxlength: 120,
    autocomplete: 'off',
    placeholder: 'M31',
    list: 'alvos',
  });
  ver.notas = campo('', { name: 'observacoes', maxlength: 2000, rows: 2 }, 'textarea');
  ver.resumoNotas = el('summary', { class: 'pequeno' });
  ver.campos = el(
    'div',
    { class: 'pilha campos' },
    ver.alvo.no,
    el('details', {}, ver.resumoNotas, ver.notas.no),
  );
  ver.cota = el('p', { class: 'pequeno suave num' });
  ver.enviar = botao('', (evento) => aoEnviar(evento), { class: 'principal' });
  const ao_submit = (evento) => {
    evento.preventDefault();
    ver.enviar.click();
  };
  ver.formulario = el(
    'form',
    { class: 'pilha nao-imprime', hidden: true, ao_submit },
    ver.campos,
    ver.cota,
    ver.enviar,
  );
  ver.entrar = botao('', () => painel.partes.aoEntrar(), { class: 'principal', hidden: true });
  ver.irAoLivre = botao('', () => painel.partes.aoProximoLivre(), { hidden: true });
  ver.avisar = botao('', () => painel.partes.aoEsperar(painel.vaga), { hidden: true });
  ver.textoMover = el('p', {});
  ver.sairDeMover = botao('', () => {
    painel.movendo.valor = null;
    painel.painelAgenda.limpar();
    painel.painelAgenda.focar();
  });
  ver.faixaMover = el(
    'div',
    { class: 'desfecho', 'data-tom': 'disputa', hidden: true },
    ver.textoMover,
    ver.sairDeMover,
  );
  ver.meu = el('div', {});
  ver.desfecho = el('section', { class: 'area-desfecho', tabindex: '-1' });
  painel.no.replaceChildren(
    el('div', { class: 'linha entre' }, ver.titulo, ver.fechar),
    ver.faixaMover,
    ver.cabeca,
    ver.explicacao,
    ver.formulario,
    ver.entrar,
    el('div', { class: 'linha' }, ver.irAoLivre, ver.avisar),
    ver.meu,
    ver.desfecho,
  );
  return ver;
}
