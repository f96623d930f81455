/** Sobe e encerra os processos das medições; nada aqui sobrevive ao fim do script. */
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, openSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const RAIZ = fileURLToPath(new URL('..', import.meta.url));
export const SEGREDO = 'segredo-so-da-medicao';
const executar = promisify(execFile);

async function parar(processo) {
  if (processo.exitCode !== null) return;
  const fim = new Promise((resolver) => {
    processo.once('exit', resolver);
  });
  processo.kill('SIGTERM');
  await fim;
}

export async function subirOla() {
  const processo = spawn(process.execPath, [path.join(RAIZ, 'bench/ola.js')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const linha = await new Promise((resolver) => {
    processo.stdout.once('data', resolver);
  });
  return { porta: JSON.parse(linha).porta, processo, parar: () => parar(processo) };
}

/** Sobe o coordenador real, com o log num arquivo, e espera que responda. */
export async function subirCoordenador({ ambiente = {}, argumentos = [] } = {}) {
  const pasta = mkdtempSync(path.join(os.tmpdir(), 'sctec-medicao-'));
  const saida = openSync(path.join(pasta, 'saida.log'), 'w');
  const porta = await portaLivre();
  const processo = spawn(process.execPath, ['--max-semi-space-size=4', ...argumentos, 'src/main.js'], {
    cwd: RAIZ,
    stdio: ['ignore', saida, 'inherit'],
    env: {
      PATH: process.env.PATH,
      PORTA_COORDENADOR: String(porta),
      SCTEC_SEGREDO_COORDENADOR: SEGREDO,
      SCTEC_DADOS: pasta,
      SCTEC_LOG_FORMATO: 'json',
      ...ambiente,
    },
  });
  await pronto(porta, processo);
  return {
    porta,
    processo,
    pasta,
    async parar() {
      await parar(processo);
      rmSync(pasta, { recursive: true });
    },
  };
}

async function portaLivre() {
  const { createServer } = await import('node:net');
  const servidor = createServer();
  await new Promise((resolver) => {
    servidor.listen(0, '127.0.0.1', resolver);
  });
  const { port } = servidor.address();
  await new Promise((resolver) => {
    servidor.close(resolver);
  });
  return port;
}

async function pronto(porta, processo) {
  for (let i = 0; i < 200 && processo.exitCode === null; i += 1) {
    const resposta = await fetch(`http://127.0.0.1:${porta}/saude/pronto`).catch(() => null);
    if (resposta?.ok) return;
    await new Promise((resolver) => {
      setTimeout(resolver, 50);
    });
  }
  throw new Error('o coordenador não ficou pronto');
}

export async function medir(opcoes) {
  const { stdout } = await executar(process.execPath, [
    path.join(RAIZ, 'bench/motor.js'),
    JSON.stringify(opcoes),
  ]);
  return JSON.parse(stdout);
}
