/** Início e fim do processo: configuração, porta, sinais. */
import { readFileSync } from 'node:fs';
import { criarApp } from './app.js';
import { CofreIlegivel } from './cofre.js';
import { carregarConfig, ConfiguracaoInvalida } from './config.js';
import { criarLogs } from './observabilidade/logs.js';
import { TokensIndisponiveis } from './travas/tokens.js';

const PRAZO_DE_ENCERRAMENTO_MS = 5000;
const ESPERADOS = [ConfiguracaoInvalida, TokensIndisponiveis, CofreIlegivel];
const { version: versao } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

async function iniciar() {
  const config = carregarConfig();
  const { logs, fechar } = criarLogs(config);
  const app = await criarApp({ config, logs, versao });
  await ouvir(app.servidor, config);
  const { address, port } = app.servidor.address();
  logs.info({ endereco: address, porta: port }, `Coordenador ouvindo em http://${address}:${port}`);

  let parando = false;
  async function parar(sinal) {
    if (parando) return;
    parando = true;
    logs.info({ sinal }, 'Encerrando: recusando o que espera e fechando conexões');
    setTimeout(() => process.exit(1), PRAZO_DE_ENCERRAMENTO_MS).unref();
    await app.encerrar();
    logs.info('Coordenador encerrado');
    await fechar();
    process.exit(0);
  }
  process.on('SIGTERM', parar);
  process.on('SIGINT', parar);
}

function ouvir(servidor, config) {
  return new Promise((resolver, rejeitar) => {
    servidor.once('error', rejeitar);
    servidor.listen(config.porta, config.endereco, () => {
      servidor.off('error', rejeitar);
      resolver();
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
