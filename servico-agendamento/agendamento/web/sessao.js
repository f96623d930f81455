/** Quem está aqui: a chave (em sessionStorage; em localStorage só a pedido), a raiz com os links que ela permite, e a pessoa. */
import { sinal } from './sinais.js';

const CHAVE = 'sctec.chave';

/** Só esta aba, ou, se a pessoa pediu, este navegador. */
const guardado = {
  ler: () => tentar(() => sessionStorage.getItem(CHAVE) ?? localStorage.getItem(CHAVE)),
  gravar(valor, ficar) {
    tentar(() => sessionStorage.setItem(CHAVE, valor));
    if (ficar) tentar(() => localStorage.setItem(CHAVE, valor));
  },
  apagar() {
    tentar(() => sessionStorage.removeItem(CHAVE));
    tentar(() => localStorage.removeItem(CHAVE));
  },
};

/** Sem armazenamento, a chave vale até fechar. */
function tentar(fazer) {
  try {
    return fazer() ?? null;
  } catch {
    return null;
  }
}

export class Sessao {
  /** `{raiz, eu, demo}`; `eu` é nulo para quem não entrou. */
  estado = sinal({ raiz: null, eu: null, demo: null });
  /** Chamada quando a chave que valia deixou de valer. */
  aoRevogar = () => {};

  constructor(api) {
    this.api = api;
    api.chave = guardado.ler();
    api.aoPerderChave = () => this.#perder();
  }

  get raiz() {
    return this.estado.valor.raiz;
  }
  get eu() {
    return this.estado.valor.eu;
  }
  elo(nome) {
    return this.raiz?._links[nome];
  }

  /** Lê a raiz e a pessoa. @throws {import('./api.js').SemResposta} se o servidor não responde */
  async carregar() {
    const { corpo: raiz } = await this.api.raiz();
    const eu = raiz._links.eu ? (await this.api.seguir(raiz._links.eu)).corpo : null;
    const demo = raiz._links.demo ? this.estado.valor.demo : null;
    this.estado.valor = { raiz, eu, demo };
  }

  /** Lê as pessoas de demonstração, se é esse o modo; só quando alguém vai entrar. */
  async demonstracao() {
    const elo = this.elo('demo');
    if (!elo || this.estado.valor.demo) return;
    const { corpo: demo } = await this.api.seguir(elo, { prazoMs: 2000 });
    this.estado.valor = { ...this.estado.valor, demo };
  }

  /** Atualiza só a pessoa (o uso da cota muda a cada reserva). */
  async recarregarPessoa() {
    if (!this.elo('eu')) return;
    const { corpo: eu } = await this.api.seguir(this.elo('eu'));
    this.estado.valor = { ...this.estado.valor, eu };
  }

  /** @throws {import('./api.js').Problema} 401 se a chave não vale; a sessão anterior fica como estava */
  async entrar(chave, ficar = false) {
    await this.api.raiz({ chave });
    this.api.chave = chave;
    guardado.gravar(chave, ficar);
    await this.carregar();
  }

  async sair() {
    this.api.chave = null;
    guardado.apagar();
    await this.carregar();
  }

  #perder() {
    this.api.chave = null;
    guardado.apagar();
    this.estado.valor = { ...this.estado.valor, eu: null };
    this.aoRevogar();
    this.carregar().catch(() => {
      /* o aviso de servidor ausente já está à vista, e quem volta recarrega */
    });
  }
}
