/** Início e fim do processo: configuração, porta, sinais. */
import { setFlagsFromString } from 'node:v8';
import { encerrarTracos } from './observabilidade/tracos.js';
import { CofreIlegivel } from './cofre.js';
import { carregarConfig, ConfiguracaoInvalida } from './config.js';
import { TokensIndisponiveis } from './travas/tokens.js';

const PRAZO_DE_ENCERRAMENTO_MS = 5000;
const ESPERADOS = [ConfiguracaoInvalida, TokensIndisponiveis, CofreIlegivel];

// A memória nova fica no tamanho inicial: crescendo, o lixo que a carga deixa nela vale mais de 100 MB.
setFlagsFromString('--semi-space-growth-factor=1');

async function iniciar() {
  const config = carregarConfig();
  // Carregada depois de `tracos.js`, que só instrumenta o que vem em seguida.
  const { criarApp } = await import('./app.js');
  const { servidor, logs, encerrar } = await criarApp(config);
  const { address, port } = await ouvir(servidor, config);
  let parando = false;
  async function parar(sinal) {
    if (parando) return;
    parando = true;
    logs.info({ sinal }, 'Encerrando: recusando o que espera e fechando conexões');
    setTimeout(() => process.exit(1), PRAZO_DE_ENCERRAMENTO_MS).unref();
    await encerrar();
    await encerrarTracos();
    logs.info('Coordenador encerrado');
    process.exit(0);
  }
  process.on('SIGTERM', parar);
  process.on('SIGINT', parar);
  logs.info({ endereco: address, porta: port }, `Coordenador ouvindo em http://${address}:${port}`);
}

/** @returns {Promise<import('node:net').AddressInfo>} */
function ouvir(servidor, { porta, endereco }) {
  return new Promise((resolver, rejeitar) => {
    servidor.once('error', rejeitar);
    servidor.listen(porta, endereco, () => {
      servidor.off('error', rejeitar);
      resolver(servidor.address());
    });
  });
}

function explicar(erro) {
  if (ESPERADOS.some((tipo) => erro instanceof tipo)) return erro.message;
  if (erro.code === 'EADDRINUSE') {
    return `A porta ${erro.port} está ocupada. Pare o outro processo ou escolha outra em PORTA_COORDENADOR.`;
  }
  if (erro.code === 'EADDRNOTAVAIL') {
    return `O endereço ${erro.address} não é desta máquina. Confira SCTEC_ENDERECO.`;
  }
  return erro.stack;
}

try {
  await iniciar();
} catch (erro) {
  process.stderr.write(`${explicar(erro)}\n`);
  process.exit(1);
}
