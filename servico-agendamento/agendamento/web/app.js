/** A única ligação entre as partes da página. */
import { Agenda, inicioDoDia } from './agenda.js';
import { Api, Problema } from './api.js';
import { anunciar, avisar } from './avisos.js';
import { Corrida } from './corrida.js';
import { el, escrever, por } from './dom.js';
import { Entrada } from './entrada.js';
import { AoVivo } from './eventos.js';
import { Hora } from './hora.js';
import { espera, idioma, t, traduzirPagina, trocarIdioma } from './idioma.js';
import { Minhas } from './minhas.js';
import { Operacao } from './operacao.js';
import { PainelAgenda, TECLAS } from './painel-agenda.js';
import { PainelAoVivo } from './painel-ao-vivo.js';
import { PainelObservacao } from './observacao.js';
import { PainelRelogio } from './painel-relogio.js';
import { Sessao } from './sessao.js';
import { sinal } from './sinais.js';
import { interrompida } from './tentativa.js';
import { Vistas } from './vistas.js';

const VOLTAR_MS = [500, 1000, 2000, 4000, 8000];

const api = new Api(document.documentElement.dataset.raiz);
const sessao = new Sessao(api);
const relogio = new Hora();
const telescopios = sinal([]);
const movendo = sinal(null);
const nomeDe = (slug) => telescopios.valor.find((tel) => tel.slug === slug)?.nome ?? slug;

const agenda = new Agenda({ api, aoFalhar: falhaDeLeitura });
const vistas = new Vistas({ sessao });
const painelRelogio = new PainelRelogio(por('painel-relogio'), relogio);
const entrada = new Entrada({ sessao, anunciar });
const painelAgenda = new PainelAgenda({
  no: por('painel-agenda'),
  agenda,
  relogio,
  aoAbrir: () => observacao.focar(),
  aoTrocarDia: (dia) => abrir({ dia }),
  aoAjuda: mostrarTeclas,
});
const observacao = new PainelObservacao({
  no: por('painel-observacao'),
  api,
  sessao,
  agenda,
  painelAgenda,
  relogio,
  nomeDe,
  anunciar,
  movendo,
  aoEntrar: () => entrada.abrir(),
  aoMudar: () => atualizarPessoa(),
  aoRemarcar: remarcar,
  aoProximoLivre: () => painelAgenda.irAoProximoLivre(),
});
const minhas = new Minhas({
  no: por('vista-observacoes'),
  api,
  sessao,
  relogio,
  nomeDe,
  aoEntrar: () => entrada.abrir(),
  aoLer: (lista) => agenda.definirMeus(lista),
  contexto: () => ({
    ...observacao.contexto,
    aoCancelar: (ag) => {
      observacao.contexto.aoCancelar(ag);
      por('principal').focus();
    },
  }),
});
const corrida = new Corrida({ no: por('vista-corrida'), api, sessao, agenda, nomeDe, anunciar });
const operacao = new Operacao({
  no: por('vista-operacao'),
  api,
  sessao,
  agenda,
  relogio,
  nomeDe,
  anunciar,
  telescopios,
  async aoMudar() {
    await lerTelescopios();
    await (agenda.telescopio ? agenda.reler() : abrir({}));
  },
});
const aoVivo = new AoVivo({
  aoEvento(tipo, dados) {
    agenda.aplicar(tipo, dados);
    aoVivoPainel.receber(tipo, dados);
    if (minhas.toca(dados)) atualizarPessoa();
  },
  aoRecarregar: () => {
    agenda.relerEmBreve();
    minhas.reler();
  },
  aoSondar: () => {
    if (!document.hidden) agenda.reler();
  },
});
const aoVivoPainel = new PainelAoVivo(por('painel-ao-vivo'), {
  aoVivo,
  relogio,
  telescopios: () => telescopios.valor,
});

painelRelogio.aCadaDecimo((agora) => {
  painelAgenda.bater(agora);
  observacao.bater(agora);
});
aoVivo.estado.assinar((estado) =>
  avisar('vivo', estado === 'sondando' ? () => ({ texto: t('aviso.sondando') }) : null),
);
api.viva.assinar((viva) => (viva ? avisar('servidor', null) : esperarServidor()));
sessao.aoRevogar = () => {
  avisar('chave', () => ({
    texto: t('aviso.chave'),
    tom: 'ruim',
    acao: {
      texto: t('entrada.entrar'),
      fazer: () => {
        avisar('chave', null);
        entrada.abrir();
      },
    },
  }));
};
relogio.aoAcordar = (dormido) => {
  avisar('acordou', () => ({
    texto: t('aviso.acordou', { tempo: espera(dormido) }),
    tom: 'bom',
    acao: { texto: t('geral.fechar'), fazer: () => avisar('acordou', null) },
  }));
  aoVivo.religar();
  relogio.sincronizar();
  agenda.reler();
  minhas.reler();
};
idioma.assinar(() => {
  traduzirPagina();
  const [sigla, nome, lingua] =
    idioma.valor === 'pt' ? ['EN', 'EN, English', 'en'] : ['PT', 'PT, português', 'pt-BR'];
  escrever(por('trocar-idioma'), sigla);
  por('trocar-idioma').setAttribute('aria-label', nome);
  por('trocar-idioma').lang = lingua;
  tema();
});
por('trocar-idioma').addEventListener('click', trocarIdioma);
por('trocar-tema').addEventListener('click', () => tema(true));
por('telescopio').addEventListener('change', () => abrir({ slug: por('telescopio').value }));
vistas.aoMudar = (vista) => {
  if (vista === 'agenda') painelAgenda.desenhar();
  if (vista === 'observacoes') minhas.desenhar();
  if (vista === 'corrida') corrida.desenhar();
  if (vista === 'operacao') operacao.abrir();
};
addEventListener('hashchange', () => {
  const destino = vistas.ler();
  if (destino.slug && telescopios.valor.length > 0) abrir(destino);
});

let pessoa;
sessao.estado.assinar(({ eu, raiz }) => {
  if (!raiz || (eu?.id ?? null) === pessoa) return;
  const primeira = pessoa === undefined;
  pessoa = eu?.id ?? null;
  if (eu) avisar('chave', null);
  movendo.valor = null;
  if (!primeira) lerTelescopios().then(() => agenda.reler());
  minhas.reler().then(retomar);
});

comecar();

async function comecar() {
  try {
    await sessao.carregar();
    relogio.iniciar(sessao.elo('tempo'));
    if (sessao.elo('eventos')) aoVivo.ligar(sessao.elo('eventos'));
    await lerTelescopios();
    await abrir(vistas.ler());
  } catch (erro) {
    falhaDeLeitura(erro);
  }
}

async function lerTelescopios() {
  telescopios.valor = await api.todos(sessao.elo('telescopios'), 'telescopios');
  const seletor = por('telescopio');
  seletor.replaceChildren(
    ...telescopios.valor.map((tel) => el('option', { value: tel.slug, texto: tel.nome })),
  );
  seletor.disabled = false;
  if (agenda.telescopio) {
    agenda.telescopio =
      telescopios.valor.find((tel) => tel.slug === agenda.telescopio.slug) ?? agenda.telescopio;
    seletor.value = agenda.telescopio.slug;
  }
}

/** Mostra um dia de um telescópio; o que faltar fica como está. */
async function abrir({ slug, dia }) {
  const telescopio =
    telescopios.valor.find((tel) => tel.slug === slug) ?? agenda.telescopio ?? telescopios.valor[0];
  if (!telescopio) {
    agenda.estado.valor = 'vazia';
    return;
  }
  const novo = dia ?? agenda.dia ?? inicioDoDia(relogio.agora() ?? Date.now());
  por('telescopio').value = telescopio.slug;
  if (agenda.telescopio?.slug === telescopio.slug && agenda.dia === novo && agenda.dados.valor) return;
  painelAgenda.limpar();
  vistas.gravar(telescopio.slug, novo);
  await agenda.abrir(telescopio, novo);
  operacao.abrir();
}

async function atualizarPessoa() {
  await Promise.allSettled([sessao.recarregarPessoa(), minhas.reler()]);
}

/** Um recarregar no meio de uma disputa acha o desfecho: repete o mesmo pedido, com a mesma Idempotency-Key. */
async function retomar() {
  const tentativa = sessao.eu && interrompida(sessao.eu.id);
  if (!tentativa) return;
  const inicio = Date.parse(tentativa.corpo.horario_inicio_utc);
  await lerTelescopios();
  vistas.ir('agenda');
  await abrir({ slug: tentativa.corpo.telescopio, dia: inicioDoDia(inicio) });
  painelAgenda.escolherIntervalo(inicio, Date.parse(tentativa.corpo.horario_fim_utc));
  await observacao.concluir(tentativa);
}

async function remarcar(ag) {
  movendo.valor = ag;
  vistas.ir('agenda');
  await abrir({ slug: ag.telescopio, dia: inicioDoDia(Date.parse(ag.horario_inicio_utc)) });
  painelAgenda.limpar();
  painelAgenda.focar();
  anunciar(t('mover.escolha'));
}

function falhaDeLeitura(erro) {
  if (!(erro instanceof Problema)) return;
  avisar('leitura', () => ({
    texto: `${erro.corpo.detail} (${t('desfecho.pedido')} ${erro.pedido})`,
    tom: 'ruim',
  }));
  setTimeout(
    () => {
      avisar('leitura', null);
      agenda.reler();
    },
    Math.max(2000, erro.esperarMs),
  );
}

/** O servidor não responde: diz-se, e pergunta-se de novo até que volte; então tudo é relido. */
async function esperarServidor() {
  // Uma faixa só, que não muda: cada troca seria dita de novo a quem ouve.
  avisar('servidor', () => ({ texto: t('aviso.servidor'), tom: 'ruim' }));
  for (let i = 0; !api.viva.valor; i += 1) {
    await new Promise((resolver) => {
      setTimeout(resolver, VOLTAR_MS[Math.min(i, VOLTAR_MS.length - 1)]);
    });
    await api.raiz().catch(() => {});
  }
  avisar('servidor', null);
  anunciar(t('aviso.voltou'));
  await comecar();
  agenda.reler();
  minhas.reler();
}

function tema(trocar = false) {
  const raiz = document.documentElement;
  const escuro = raiz.dataset.tema
    ? raiz.dataset.tema === 'escuro'
    : matchMedia('(prefers-color-scheme: dark)').matches;
  const atual = trocar ? !escuro : escuro;
  if (trocar) {
    raiz.dataset.tema = atual ? 'escuro' : 'claro';
    try {
      localStorage.setItem('sctec.tema', raiz.dataset.tema);
    } catch {
      /* vale até fechar */
    }
  }
  escrever(por('trocar-tema'), atual ? '◐' : '◑');
  por('trocar-tema').setAttribute('aria-label', t(atual ? 'geral.tema_claro' : 'geral.tema_escuro'));
}

function mostrarTeclas() {
  const dialogo = por('dialogo');
  dialogo.setAttribute('aria-label', t('teclas.titulo'));
  dialogo.replaceChildren(
    el('button', {
      type: 'button',
      class: 'discreto fechar',
      texto: '✕',
      'aria-label': t('geral.fechar'),
      ao_click: () => dialogo.close(),
    }),
    el('h2', { texto: t('teclas.titulo') }),
    el(
      'dl',
      { class: 'teclas' },
      ...TECLAS.map((nome) =>
        el(
          'div',
          {},
          el('dt', {}, el('kbd', { texto: t(`tecla.${nome}`) })),
          el('dd', { texto: t(`teclas.${nome}`) }),
        ),
      ),
    ),
  );
  dialogo.showModal();
}
