/** A única ligação entre as partes da página. */
import { Agenda, inicioDoDia, janelaDe } from './agenda.js';
import { Api, Problema } from './api.js';
import { anunciar, avisar } from './avisos.js';
import { Cabecalho } from './cabecalho.js';
import { el, por } from './dom.js';
import { oferecerDesfazer } from './desfazer.js';
import { AoVivo } from './eventos.js';
import { lembrado, lembrar } from './guardado.js';
import { Hora } from './hora.js';
import { espera, t } from './idioma.js';
import { Intencao } from './intencao.js';
import { Minhas } from './minhas.js';
import { Notificacoes } from './notificacoes.js';
import { PainelAgenda } from './painel-agenda.js';
import { PainelAoVivo } from './painel-ao-vivo.js';
import { PainelObservacao } from './observacao.js';
import { PainelRelogio } from './painel-relogio.js';
import { Semana } from './semana.js';
import { Sessao } from './sessao.js';
import { sinal } from './sinais.js';
import { mostrarTeclas, ouvirTeclas } from './teclas.js';
import { interrompida } from './tentativa.js';
import { Vistas } from './vistas.js';

const VOLTAR_MS = [500, 1000, 2000, 4000, 8000];

const api = new Api(document.documentElement.dataset.raiz);
const sessao = new Sessao(api);
const relogio = new Hora();
const telescopios = sinal([]);
let mudando = false;
/** O agendamento que se está movendo, ou nulo. */
const movendo = sinal(null);
/** Os agendamentos de quem está na página. */
const meus = sinal([]);
const nomeDe = (slug) => telescopios.valor.find((tel) => tel.slug === slug)?.nome ?? slug;

const agenda = new Agenda({ api, aoFalhar: falhaDeLeitura });
const vistas = new Vistas({ sessao });
const painelRelogio = new PainelRelogio(por('painel-relogio'), relogio);
const intencao = new Intencao({
  no: por('intencao'),
  api,
  sessao,
  agenda,
  relogio,
  nomeDe,
  meus,
  aoEscolher: escolherJanela,
});
const painelAgenda = new PainelAgenda({
  no: por('painel-agenda'),
  agenda,
  relogio,
  duracao: intencao.duracao,
  movendo,
  aoAbrir: () => observacao.focar(),
  aoTrocarDia: (dia) => abrir({ dia }),
});
const observacao = new PainelObservacao({
  no: por('painel-observacao'),
  api,
  sessao,
  agenda,
  painelAgenda,
  relogio,
  nomeDe,
  movendo,
  alvo: intencao.alvo,
  aoEntrar: entrar,
  aoMudar: atualizarPessoa,
  aoRemarcar: remarcar,
  aoProximoLivre: () => painelAgenda.irAoProximoLivre(),
  aoPedirCancelar: (ag) => notificacoes.canceladas.add(ag.id),
  aoCancelado(ag) {
    oferecerDesfazer(ag, async (corpo, instante) => {
      await escolherJanela(janelaDe(corpo));
      await observacao.agendar(corpo, instante);
    });
  },
  aoEsperar: (vaga) => notificacoes.esperar(vaga),
  aoExplicar: async (problema) => (await outras()).explicar(problema),
});
const minhas = new Minhas({
  no: por('vista-observacoes'),
  api,
  sessao,
  relogio,
  nomeDe,
  aoEntrar: entrar,
  aoLer(lista) {
    agenda.definirMeus(lista);
    meus.valor = lista;
  },
  aoMudar: atualizarPessoa,
  aoRepetir: repetir,
  contexto: () => observacao.contexto,
});
new Semana({ no: por('semana'), api, agenda, relogio, aoTrocarDia: (dia) => abrir({ dia }), meus });
const cabecalho = new Cabecalho({ sessao, meus, aoTeclas: mostrarTeclas, aoEntrar: entrar });
/** O que só se carrega quando alguém abre: a corrida, a operação, a ajuda, e a explicação de uma disputa. */
let abertas = null;
const outras = () =>
  (abertas ??= import('./vistas/todas.js').then(({ Ajuda, Corrida, Entrada, Operacao, explicar }) => ({
    entrada: new Entrada({ sessao }),
    corrida: new Corrida({ no: por('vista-corrida'), api, sessao, agenda, nomeDe }),
    operacao: new Operacao({
      no: por('vista-operacao'),
      api,
      sessao,
      agenda,
      relogio,
      nomeDe,
      telescopios,
      aoMudar: mudouTelescopio,
    }),
    ajuda: new Ajuda(por('vista-ajuda'), sessao),
    explicar: (problema) => explicar(problema, { api, sessao }),
  })));
const notificacoes = new Notificacoes({ api, sessao, nomeDe, relogio, meus, aoVer: escolherJanela });
const aoVivo = new AoVivo({
  aoEvento(tipo, dados) {
    if (tipo === 'telescopio.estado') {
      aoVivoPainel.receber(tipo, dados);
      mudouTelescopio().catch(falhaDeLeitura);
      return;
    }
    agenda.aplicar(tipo, dados);
    aoVivoPainel.receber(tipo, dados);
    observacao.receber(dados).catch(() => {});
    notificacoes.receber(tipo);
    abertas?.then(({ operacao }) => operacao.receber(tipo));
    if (minhas.toca(dados)) atualizarPessoa();
  },
  aoRecarregar() {
    agenda.relerEmBreve();
    minhas.reler();
  },
  aoSondar: () => {
    if (!document.hidden) agenda.reler();
  },
});
const aoVivoPainel = new PainelAoVivo(por('painel-ao-vivo'), { aoVivo, relogio, telescopios, agenda });

painelRelogio.aCadaDecimo((agora) => {
  painelAgenda.bater(agora);
  observacao.bater(agora);
  cabecalho.bater(agora);
  notificacoes.bater(agora);
});
painelAgenda.selecao.assinar(() => {
  if (mudando || !agenda.dia || !agenda.telescopio || agenda.estado.valor === 'lendo') return;
  vistas.gravar(agenda.telescopio.slug, agenda.dia, escolhido(), false);
});
movendo.assinar((ag) => {
  seletor().disabled = Boolean(ag) || telescopios.valor.length === 0;
  seletor().title = ag ? t('mover.preso') : '';
});
aoVivo.estado.assinar((estado) => {
  const texto = { sondando: 'aviso.sondando', semrede: 'aviso.semrede' }[estado];
  avisar('vivo', texto ? () => ({ texto: t(texto) }) : null);
});
api.viva.assinar((viva) => (viva ? avisar('servidor', null) : esperarServidor()));
sessao.aoRevogar = () => {
  const fazer = () => {
    avisar('chave', null);
    entrar();
  };
  avisar('chave', () => ({
    texto: t('aviso.chave'),
    tom: 'ruim',
    acao: { texto: t('entrada.entrar'), fazer },
  }));
};
relogio.aoAcordar = (dormido) => {
  const fechar = { texto: t('geral.fechar'), fazer: () => avisar('acordou', null) };
  avisar('acordou', () => ({
    texto: t('aviso.acordou', { tempo: espera(dormido) }),
    tom: 'bom',
    acao: fechar,
  }));
  aoVivo.religar();
  relogio.sincronizar();
  agenda.reler();
  minhas.reler();
};
seletor().addEventListener('change', () => abrir({ slug: seletor().value }));
vistas.aoMudar = (vista) => {
  if (vista === 'agenda') painelAgenda.desenhar();
  if (vista === 'observacoes') minhas.desenhar();
  if (['corrida', 'operacao', 'ajuda'].includes(vista)) outras().then((todas) => todas[vista].desenhar());
};
addEventListener('hashchange', seguirEndereco);

const naAgenda = (fazer) => () => {
  vistas.ir('agenda');
  fazer();
};
ouvirTeclas(
  {
    n: naAgenda(() => painelAgenda.irAoProximoLivre(1)),
    N: naAgenda(() => painelAgenda.irAoProximoLivre(-1)),
    '/': naAgenda(() => painelAgenda.pedirHora()),
    h: naAgenda(() => painelAgenda.trocarDia(0)),
    PageDown: naAgenda(() => painelAgenda.trocarDia(1)),
    PageUp: naAgenda(() => painelAgenda.trocarDia(-1)),
    Escape: () => painelAgenda.limpar(),
    '?': mostrarTeclas,
    'g a': naAgenda(() => painelAgenda.focar()),
    'g m': () => vistas.ir('observacoes'),
    'g c': () => vistas.ir('corrida'),
    'g o': () => vistas.ir('operacao'),
  },
  (numero) => {
    vistas.ir('agenda');
    const duracao = intencao.duracaoDaTecla(numero);
    if (duracao) anunciar(t('intencao.duracao', { duracao }));
  },
);

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
    // O primeiro dia que se mostra é o da hora oficial, não o do computador.
    if (vistas.ler().dia === undefined) await relogio.sincronizar();
    await seguirEndereco();
  } catch (erro) {
    falhaDeLeitura(erro);
  }
}

/** @returns {HTMLSelectElement} */
function seletor() {
  return /** @type {HTMLSelectElement} */ (por('telescopio'));
}

async function lerTelescopios() {
  const lidos = await api.todos(sessao.elo('telescopios'), 'telescopios');
  // Quem os mostra se redesenha quando mudam, e perderia o que se está a escrever.
  if (JSON.stringify(lidos) !== JSON.stringify(telescopios.valor)) telescopios.valor = lidos;
  seletor().replaceChildren(
    ...telescopios.valor.map((tel) => el('option', { value: tel.slug, texto: rotulo(tel) })),
  );
  seletor().disabled = Boolean(movendo.valor) || telescopios.valor.length === 0;
  if (agenda.telescopio) {
    agenda.telescopio =
      telescopios.valor.find((tel) => tel.slug === agenda.telescopio.slug) ?? agenda.telescopio;
    seletor().value = agenda.telescopio.slug;
  }
}

const rotulo = (tel) => (tel.estado === 'ATIVO' ? tel.nome : `${tel.nome} (${t('agenda.fora_de_servico')})`);

/** O que o endereço pede; o que ele tem de errado é dito, nunca trocado em silêncio. */
async function seguirEndereco() {
  const destino = vistas.ler();
  if (telescopios.valor.length === 0) {
    if (sessao.raiz) agenda.estado.valor = 'vazia';
    return;
  }
  const existe = !destino.slug || telescopios.valor.some((tel) => tel.slug === destino.slug);
  const fechar = { texto: t('geral.fechar'), fazer: () => avisar('endereco', null) };
  const errado = existe ? destino.ruim : destino.slug;
  const chave = existe ? 'aviso.endereco' : 'aviso.telescopio';
  avisar('endereco', errado ? () => ({ texto: t(chave, { errado }), tom: 'ruim', acao: fechar }) : null);
  if (destino.id) minhas.destacar(destino.id);
  if (!errado) await abrir(destino);
  else if (existe) await abrir({ slug: destino.slug, dia: destino.dia });
  else await abrir({ dia: destino.dia });
}

/** Mostra um dia de um telescópio e, se houver, escolhe o trecho; o que faltar fica como está. */
async function abrir({ slug = undefined, dia = undefined, trecho = undefined }) {
  if (movendo.valor && slug && slug !== movendo.valor.telescopio) {
    avisar('preso', () => ({
      texto: t('mover.preso'),
      acao: { texto: t('geral.fechar'), fazer: () => avisar('preso', null) },
    }));
    slug = movendo.valor.telescopio;
  }
  const doSlug = (qual) => telescopios.valor.find((tel) => tel.slug === qual);
  const telescopio =
    doSlug(slug) ?? agenda.telescopio ?? doSlug(lembrado('telescopio')) ?? telescopios.valor[0];
  const novo = dia ?? agenda.dia ?? inicioDoDia(relogio.agora() ?? Date.now());
  seletor().value = telescopio.slug;
  const mesmo = agenda.telescopio?.slug === telescopio.slug;
  if (!mesmo) lembrar('telescopio', telescopio.slug);
  const outroDia = !mesmo || agenda.dia !== novo;
  // O endereço muda uma vez só, para onde se vai: limpar a escolha não é um lugar na história.
  mudando = outroDia;
  if (outroDia) painelAgenda.limpar();
  mudando = false;
  vistas.gravar(telescopio.slug, novo, trecho ?? (outroDia ? null : escolhido()), agenda.dia !== null);
  if (outroDia || !agenda.dados.valor) await agenda.abrir(telescopio, novo);
  if (trecho && agenda.dados.valor?.dia === novo) painelAgenda.escolherIntervalo(trecho.inicio, trecho.fim);
  abertas?.then(({ operacao }) => operacao.desenhar());
}

/** O que a pessoa escolheu; uma sugestão não é escolha. */
function escolhido() {
  const { valor } = painelAgenda.selecao;
  return valor && !valor.sugerido ? valor : null;
}

async function escolherJanela({ telescopio, inicio, fim }) {
  vistas.ir('agenda');
  await abrir({ slug: telescopio, dia: inicioDoDia(inicio), trecho: { inicio, fim } });
  observacao.focar();
}

/** O mesmo alvo e as mesmas notas, num horário que se escolhe de novo. */
async function repetir(ag) {
  intencao.alvo.valor = ag.objeto_celeste ?? '';
  vistas.ir('agenda');
  await abrir({ slug: ag.telescopio });
  painelAgenda.irAoProximoLivre();
}

async function entrar() {
  await (await outras()).entrada.abrir();
}

async function mudouTelescopio() {
  await lerTelescopios();
  await (agenda.telescopio ? agenda.reler() : abrir({}));
}

async function atualizarPessoa() {
  await Promise.allSettled([sessao.recarregarPessoa(), minhas.reler()]);
}

/** Um recarregar no meio de uma disputa acha o desfecho: repete o mesmo pedido, com a mesma Idempotency-Key. */
async function retomar() {
  const tentativa = sessao.eu && interrompida(sessao.eu.id);
  if (!tentativa) return;
  const { corpo } = tentativa;
  await lerTelescopios();
  await escolherJanela(janelaDe(corpo));
  await observacao.concluir(tentativa);
}

async function remarcar(ag) {
  painelAgenda.limpar();
  movendo.valor = ag;
  observacao.dizer();
  vistas.ir('agenda');
  await abrir({ slug: ag.telescopio, dia: inicioDoDia(Date.parse(ag.horario_inicio_utc)) });
  painelAgenda.focar();
  anunciar(t('mover.escolha'));
}

function falhaDeLeitura(erro) {
  if (!(erro instanceof Problema)) return;
  const texto = () => `${erro.corpo.detail} (${t('desfecho.pedido')} ${erro.pedido})`;
  avisar('leitura', () => ({ texto: texto(), tom: 'ruim' }));
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
