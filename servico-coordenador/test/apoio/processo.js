/** O coordenador de verdade, em processo próprio e porta livre, sobre uma pasta descartável. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const RAIZ = fileURLToPath(new URL('../..', import.meta.url));
export const SEGREDO = 'segredo-so-de-teste-0123';

export function pastaDeDados(t) {
  const pasta = mkdtempSync(path.join(os.tmpdir(), 'sctec-coordenador-'));
  t.after(() => rmSync(pasta, { recursive: true, force: true }));
  return pasta;
}

/** Sobe e espera a linha que diz a porta; `fim` resolve com o código de saída. */
export async function subir(t, { dados = pastaDeDados(t), ambiente = {} } = {}) {
  const processo = spawn(process.execPath, ['src/main.js'], {
    cwd: RAIZ,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      PORTA_COORDENADOR: '0',
      SCTEC_SEGREDO_COORDENADOR: SEGREDO,
      SCTEC_DADOS: dados,
      SCTEC_LOG_FORMATO: 'json',
      SCTEC_JANELA_JUSTICA_MS: '0',
      ...ambiente,
    },
  });
  const linhas = [];
  let erros = '';
  processo.stderr.on('data', (pedaco) => {
    erros += pedaco;
  });
  const fim = new Promise((resolver) => {
    processo.once('close', (codigo) => resolver(codigo));
  });
  t.after(() => {
    if (processo.exitCode === null) processo.kill('SIGKILL');
    return fim;
  });
  const porta = await new Promise((resolver) => {
    createInterface({ input: processo.stdout }).on('line', (linha) => {
      linhas.push(linha);
      const achado = /Coordenador ouvindo em http:\/\/[^:]+:(\d+)/.exec(linha);
      if (achado) resolver(Number(achado[1]));
    });
    fim.then(() => resolver(null));
  });
  return { processo, porta, fim, linhas, dados, erros: () => erros, cliente: cliente(porta) };
}

/** Chamadas por sockets reais; `corpo` texto vai como está, objeto vai como JSON. */
export function cliente(porta) {
  /**
   * @param {string} metodo
   * @param {string} caminho
   * @param {any} [corpo]
   * @param {{segredo?: string|null, cabecalhos?: object, sinal?: AbortSignal}} [opcoes]
   */
  function pedir(metodo, caminho, corpo, { segredo = SEGREDO, cabecalhos = {}, sinal } = {}) {
    return new Promise((resolver, rejeitar) => {
      const texto =
        corpo === undefined || typeof corpo === 'string' || Buffer.isBuffer(corpo)
          ? corpo
          : JSON.stringify(corpo);
      const req = http.request(
        {
          host: '127.0.0.1',
          port: porta,
          method: metodo,
          path: caminho,
          signal: sinal,
          agent: false,
          headers: {
            ...(segredo ? { authorization: `Bearer ${segredo}` } : {}),
            ...(texto === undefined ? {} : { 'content-type': 'application/json' }),
            ...cabecalhos,
          },
        },
        (res) => {
          let recebido = '';
          res
            .setEncoding('utf8')
            .on('data', (pedaco) => {
              recebido += pedaco;
            })
            .on('end', () => {
              const tipo = res.headers['content-type'] ?? '';
              resolver({
                status: res.statusCode,
                cabecalhos: res.headers,
                tipo,
                texto: recebido,
                corpo: tipo.includes('json') && recebido ? JSON.parse(recebido) : recebido,
              });
            })
            .on('error', rejeitar);
        },
      );
      req.on('error', rejeitar);
      req.end(texto);
    });
  }
  return {
    pedir,
    lock: (recurso, extra = {}, opcoes = {}) =>
      pedir(
        'POST',
        '/lock',
        { ...(Array.isArray(recurso) ? { recursos: recurso } : { recurso }), solicitante: 'c1', ...extra },
        opcoes,
      ),
    unlock: (concessao, desfecho, extra = {}) =>
      pedir('POST', '/unlock', { concessao, ...(desfecho ? { desfecho } : {}), ...extra }),
    locks: async () => (await pedir('GET', '/locks')).corpo,
  };
}

/** Consulta até `condicao` valer; é a espera por um estado, nunca por um tempo. */
export async function ate(condicao, oque) {
  for (let i = 0; i < 1000; i += 1) {
    if (await condicao()) return;
    await new Promise((resolver) => {
      setTimeout(resolver, 5);
    });
  }
  throw new Error(`não aconteceu: ${oque}`);
}

/** @param {http.Server} servidor que já ouve */
export function portaDe(servidor) {
  return /** @type {import('node:net').AddressInfo} */ (servidor.address()).port;
}
