/** O topo: idioma, tema, menu, e a próxima observação de quem está aqui. */
import { atributo, el, escrever, por } from './dom.js';
import { lembrar } from './guardado.js';
import { espera, idioma, t, traduzirPagina, trocarIdioma } from './idioma.js';

export class Cabecalho {
  #proxima = null;
  #segundo = -1;

  /** @param {{sessao, meus, aoTeclas(), aoEntrar()}} partes */
  constructor({ sessao, meus, aoTeclas, aoEntrar }) {
    this.sessao = sessao;
    this.aoTeclas = aoTeclas;
    this.menu = por('menu');
    por('trocar-idioma').addEventListener('click', trocarIdioma);
    por('trocar-tema').addEventListener('click', () => tema(true));
    meus.assinar((lista) => this.#escolher(lista));
    por('conta').addEventListener('click', () => aoEntrar());
    sessao.estado.assinar(() => {
      this.#conta();
      this.#menu();
    });
    idioma.assinar(() => {
      traduzirPagina();
      const [sigla, nome, lingua] =
        idioma.valor === 'pt' ? ['EN', 'EN, English', 'en'] : ['PT', 'PT, português', 'pt-BR'];
      escrever(por('trocar-idioma'), sigla);
      por('trocar-idioma').setAttribute('aria-label', nome);
      por('trocar-idioma').lang = lingua;
      tema();
      this.#conta();
      this.#menu();
    });
  }

  bater(agora) {
    const segundo = Math.floor(agora / 1000);
    if (segundo === this.#segundo) return;
    this.#segundo = segundo;
    const ag = this.#proxima;
    const falta = ag && Date.parse(ag.horario_inicio_utc) - agora;
    const emCurso = falta !== null && falta <= 0;
    if (ag && Date.parse(ag.horario_fim_utc) <= agora) this.#escolher(this.lista);
    const elo = por('proxima');
    elo.hidden = !this.#proxima;
    if (!this.#proxima) return;
    atributo(elo, 'href', `#observacoes/${ag.id}`);
    const alvo = ag.objeto_celeste ?? t('proxima.observacao');
    escrever(elo, t(emCurso ? 'proxima.em_curso' : 'proxima.em', { alvo, tempo: espera(falta) }));
  }

  #escolher(lista) {
    this.lista = lista;
    const agora = this.#segundo * 1000;
    [this.#proxima = null] = lista
      .filter((ag) => ag.estado === 'ATIVO' && Date.parse(ag.horario_fim_utc) > agora)
      .sort((a, b) => a.horario_inicio_utc.localeCompare(b.horario_inicio_utc));
    this.#segundo = -1;
    por('proxima').hidden = !this.#proxima;
  }

  #conta() {
    escrever(por('conta'), this.sessao.eu?.nome ?? t('entrada.entrar'));
  }

  #menu() {
    const fechar = () => this.menu.hidePopover();
    const elo = (href, chave, fora) =>
      el('a', { href, texto: t(chave), target: fora && '_blank', rel: fora && 'noopener', ao_click: fechar });
    const teclas = el('button', {
      type: 'button',
      class: 'discreto',
      texto: t('teclas.titulo'),
      ao_click: () => {
        fechar();
        this.aoTeclas();
      },
    });
    const { documentacao, openapi } = this.sessao.raiz?._links ?? {};
    this.menu.replaceChildren(
      elo('#ajuda', 'menu.regras'),
      elo('#ajuda/palavras', 'menu.palavras'),
      elo('#ajuda/erros', 'menu.erros'),
      ...((documentacao ?? openapi) ? [elo((documentacao ?? openapi).href, 'menu.docs', true)] : []),
      teclas,
    );
  }
}

function tema(trocar = false) {
  const raiz = document.documentElement;
  const { matches } = matchMedia('(prefers-color-scheme: dark)');
  const escuro = raiz.dataset.tema ? raiz.dataset.tema === 'escuro' : matches;
  const atual = trocar ? !escuro : escuro;
  if (trocar) {
    raiz.dataset.tema = atual ? 'escuro' : 'claro';
    lembrar('tema', raiz.dataset.tema);
  }
  escrever(por('trocar-tema'), atual ? '◐' : '◑');
  por('trocar-tema').setAttribute('aria-label', t(atual ? 'geral.tema_claro' : 'geral.tema_escuro'));
}
