/** Entrar, criar uma chave, sair. Criada, a chave aparece uma única vez, e não some sem que a pessoa saiba. */
import { Problema } from '../api.js';
import { anunciar } from '../avisos.js';
import { cartaoDeErro, fraseDoErro } from '../desfecho.js';
import { botao, campo, el, escrever, por } from '../dom.js';
import { baixar } from '../ics.js';
import { numero, t } from '../idioma.js';

const iniciais = (papel) => t(papel === 'OPERADOR' ? 'papel.operador' : 'papel.cientista');

export class Entrada {
  /** A chave recém-criada que ninguém guardou ainda. */
  #porGuardar = false;

  /** @param {{sessao}} partes */
  constructor({ sessao }) {
    this.sessao = sessao;
    this.conta = por('conta');
    this.dialogo = /** @type {HTMLDialogElement} */ (por('dialogo'));
    // Esc também fecha diálogos por conta própria; a tecla se segura antes, e o gesto de voltar, no cancel.
    for (const tipo of ['keydown', 'cancel']) {
      this.dialogo.addEventListener(tipo, (evento) => {
        if (
          !this.#porGuardar
          || (tipo === 'keydown' && /** @type {KeyboardEvent} */ (evento).key !== 'Escape')
        )
          return;
        evento.preventDefault();
        this.#confirmarSaida();
      });
    }
    this.dialogo.addEventListener('close', () => {
      this.#porGuardar = false;
      this.dialogo.replaceChildren();
      // Quem abriu o diálogo pode já não estar na página.
      if (document.activeElement === document.body) this.conta.focus();
    });
  }

  async abrir() {
    if (!this.sessao.eu)
      await this.sessao.demonstracao().catch(() => {
        /* quem tem chave entra mesmo assim */
      });
    if (this.dialogo.open) return;
    this.dialogo.setAttribute('aria-label', t(this.sessao.eu ? 'entrada.conta' : 'entrada.titulo'));
    this.#conteudo(this.sessao.eu ? this.#minhaConta() : this.#portas());
    this.dialogo.showModal();
  }

  #conteudo(nos) {
    const fechar = el('button', {
      type: 'button',
      class: 'discreto fechar',
      texto: '✕',
      'aria-label': t('geral.fechar'),
      ao_click: () => (this.#porGuardar ? this.#confirmarSaida() : this.dialogo.close()),
    });
    this.dialogo.replaceChildren(fechar, ...nos);
  }

  #minhaConta() {
    const { eu } = this.sessao;
    const limite = (n) => (n ? numero(n) : t('entrada.sem_limite'));
    return [
      el('h2', { class: 'quebra', texto: eu.nome }),
      el(
        'dl',
        { class: 'pares' },
        ...[
          [t('entrada.papel'), iniciais(eu.papel)],
          [t('entrada.de'), eu.instituicao],
          [
            t('uso.ativas'),
            eu.uso && t('uso.de', { n: eu.uso.ativos, limite: limite(eu.uso.limite_ativos) }),
          ],
          [
            t('uso.horas'),
            eu.uso
              && t('uso.de', { n: numero(eu.uso.horas_ciclo, 1), limite: limite(eu.uso.limite_horas_ciclo) }),
          ],
        ]
          .filter(([, v]) => v)
          .map(([k, v]) => el('div', {}, el('dt', { texto: k }), el('dd', { class: 'quebra', texto: v }))),
      ),
      el('p', { class: 'pequeno suave', texto: t('entrada.onde_fica') }),
      botao(t('entrada.sair'), async () => {
        await this.sessao.sair();
        this.dialogo.close();
        this.conta.focus();
      }),
    ];
  }

  #portas() {
    const { demo } = this.sessao.estado.valor;
    this.ficar = el('input', { type: 'checkbox' });
    return [
      el('h2', { texto: t('entrada.titulo') }),
      demo
        && el(
          'section',
          { class: 'pilha' },
          el('h3', { texto: t('entrada.demo') }),
          el('p', { class: 'pequeno suave', texto: t('entrada.demo_aviso') }),
          el(
            'div',
            { class: 'linha pessoas' },
            ...demo.cientistas.map((c) =>
              botao(c.nome, () => this.#entrar(c.chave), { 'data-papel': c.papel, title: iniciais(c.papel) }),
            ),
          ),
        ),
      this.#comChave(),
      el('label', { class: 'ligar' }, this.ficar, t('entrada.ficar')),
      this.sessao.elo('cadastrar') && this.#criar(),
    ].filter(Boolean);
  }

  #comChave() {
    const chave = campo(t('entrada.chave'), {
      type: 'password',
      autocomplete: 'off',
      spellcheck: 'false',
      placeholder: 'sctec_…',
      maxlength: 200,
    });
    const enviar = botao(t('entrada.entrar'), () => this.#entrar(chave.valor, chave), { class: 'principal' });
    return el(
      'form',
      {
        class: 'pilha',
        ao_submit: (e) => {
          e.preventDefault();
          enviar.click();
        },
      },
      el('h3', { texto: t('entrada.com_chave') }),
      chave.no,
      el('div', {}, enviar),
    );
  }

  async #entrar(valor, noCampo) {
    if (!valor) {
      noCampo.falhar(t('entrada.cole'));
      noCampo.entrada.focus();
      return;
    }
    try {
      await this.sessao.entrar(valor, this.ficar.checked);
      this.#porGuardar = false;
      anunciar(t('entrada.ola', { nome: this.sessao.eu.nome }));
      this.dialogo.close();
      this.conta.focus();
    } catch (erro) {
      const texto =
        erro instanceof Problema && erro.status === 401
          ? t('entrada.chave_invalida')
          : fraseDoErro(erro).texto;
      if (noCampo) {
        noCampo.falhar(texto);
        noCampo.entrada.focus();
      } else this.dialogo.append(cartaoDeErro(erro));
    }
  }

  #criar() {
    const campos = {
      nome: campo(t('entrada.nome'), { maxlength: 120, autocomplete: 'name' }),
      email: campo(t('entrada.email'), { type: 'email', maxlength: 254, autocomplete: 'email' }),
      instituicao: campo(t('entrada.instituicao'), { maxlength: 120, autocomplete: 'organization' }),
      pais: campo(t('entrada.pais'), { maxlength: 60, autocomplete: 'country-name' }),
    };
    const geral = el('div', {});
    const enviar = botao(t('entrada.criar'), async () => {
      geral.replaceChildren();
      Object.values(campos).forEach((c) => c.limpar());
      const corpo = Object.fromEntries(
        Object.entries(campos)
          .map(([k, c]) => [k, c.valor])
          .filter(([, v]) => v),
      );
      try {
        const { corpo: nova } = await this.sessao.api.seguir(this.sessao.elo('cadastrar'), { corpo });
        this.#conteudo(this.#chaveNova(nova.chave));
        /** @type {HTMLElement} */ (this.dialogo.querySelector('.copiar')).focus();
      } catch (erro) {
        const erros = (erro.corpo?.erros ?? []).filter((e) => campos[e.campo]);
        for (const e of erros) campos[e.campo].falhar(`${e.mensagem} ${e.remedio}`, 'pt-BR');
        if (erros.length > 0) campos[erros[0].campo].entrada.focus();
        else geral.replaceChildren(cartaoDeErro(erro));
      }
    });
    return el(
      'details',
      {},
      el('summary', { texto: t('entrada.criar_titulo') }),
      el(
        'form',
        {
          class: 'pilha',
          novalidate: true,
          ao_submit: (e) => {
            e.preventDefault();
            enviar.click();
          },
        },
        ...Object.values(campos).map((c) => c.no),
        geral,
        el('div', {}, enviar),
      ),
    );
  }

  #chaveNova(chave) {
    this.#porGuardar = true;
    const mostrada = el('output', { class: 'num quebra chave', texto: chave });
    const guardada = el('p', { role: 'status', class: 'pequeno' });
    this.saida = el('div', { class: 'desfecho', 'data-tom': 'ruim', hidden: true });
    const copiar = async () => {
      try {
        await navigator.clipboard.writeText(chave);
        escrever(guardada, t('entrada.copiada'));
        this.#porGuardar = false;
      } catch {
        getSelection().selectAllChildren(mostrada);
        escrever(guardada, t('entrada.copie'));
      }
    };
    const descer = () => {
      baixar('sctec-chave.txt', `${chave}\n`, 'text/plain');
      escrever(guardada, t('entrada.descida'));
      this.#porGuardar = false;
    };
    return [
      el('h2', { texto: t('entrada.nova') }),
      el('p', { texto: t('entrada.nova_aviso') }),
      mostrada,
      el(
        'div',
        { class: 'linha' },
        botao(t('entrada.copiar'), copiar, { class: 'copiar' }),
        botao(t('entrada.descer'), descer),
        botao(t('entrada.entrar'), () => this.#entrar(chave), { class: 'principal' }),
      ),
      guardada,
      this.saida,
    ];
  }

  #confirmarSaida() {
    const sair = botao(
      t('entrada.fechar_assim'),
      () => {
        this.#porGuardar = false;
        this.dialogo.close();
      },
      { class: 'perigo' },
    );
    const voltar = botao(t('entrada.ainda_nao'), () => {
      this.saida.hidden = true;
      /** @type {HTMLElement} */ (this.dialogo.querySelector('.copiar')).focus();
    });
    this.saida.hidden = false;
    this.saida.replaceChildren(
      el('p', { class: 'frase', role: 'alert', texto: t('entrada.sem_guardar') }),
      el('div', { class: 'linha' }, voltar, sair),
    );
    voltar.focus();
  }
}
