/** As linhas no processo real: saem antes da resposta de que falam, e quem lê e para não trava nem esgota nada. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ate, cliente, pastaDeDados, RAIZ, SEGREDO } from './apoio/processo.js';

/** O coordenador com a saída num FIFO que só se lê quando o teste quer. */
async function subirNumFifo(t, opcoesDoNode = []) {
  const dados = pastaDeDados(t);
  const fifo = path.join(dados, 'fifo');
  execFileSync('mkfifo', [fifo]);
  const fd = fs.openSync(fifo, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  // Pelo shell, que abre o FIFO em modo bloqueante, como o Docker o faz.
  const processo = spawn(
    'sh',
    ['-c', 'exec "$@" > "$FIFO"', 'sh', process.execPath, ...opcoesDoNode, 'src/main.js'],
    {
      cwd: RAIZ,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        PATH: process.env.PATH,
        FIFO: fifo,
        PORTA_COORDENADOR: '0',
        SCTEC_SEGREDO_COORDENADOR: SEGREDO,
        SCTEC_DADOS: dados,
        SCTEC_LOG_FORMATO: 'json',
        SCTEC_JANELA_JUSTICA_MS: '0',
      },
    },
  );
  const fim = new Promise((resolver) => processo.once('close', resolver));
  t.after(async () => {
    processo.kill('SIGKILL');
    await fim;
    fs.closeSync(fd);
  });
  const pedaco = Buffer.alloc(1 << 16);
  let texto = '';
  /** Lê o que já está no cano, sem esperar; devolve tudo o que se leu até agora. */
  function ler() {
    for (;;) {
      try {
        const lidos = fs.readSync(fd, pedaco);
        if (lidos === 0) return texto;
        texto += pedaco.toString('latin1', 0, lidos);
      } catch (erro) {
        if (erro.code !== 'EAGAIN') throw erro;
        return texto;
      }
    }
  }
  let porta;
  await ate(() => (porta = /http:\/\/[^:]+:(\d+)/.exec(ler())?.[1]), 'o coordenador ouvir');
  return { cliente: cliente(Number(porta)), ler };
}

/** @returns {Promise<number>} em quantos de 20 locks a linha do concedido já estava no cano quando a resposta chegou */
async function linhasAntesDaResposta(t, opcoesDoNode) {
  const { cliente: c, ler } = await subirNumFifo(t, opcoesDoNode);
  let antes = 0;
  for (let i = 0; i < 20; i += 1) {
    await c.lock(`slot-${i}`, { lease_ms: 60_000 });
    if (ler().includes(`Lock concedido para recurso slot-${i}"`)) antes += 1;
  }
  return antes;
}

test('a linha de um lock concedido sai antes da resposta; retida num lote, sairia depois', async (t) => {
  assert.equal(await linhasAntesDaResposta(t, []), 20);
  const emLotes = `import fs from 'node:fs'; const escrever = fs.writeSync; let lote = '';
  fs.writeSync = (fd, texto, ...resto) => {
    if (fd !== 1) return escrever(fd, texto, ...resto);
    lote += texto;
    if (!texto.includes('Lock concedido')) lote = escrever(fd, lote) && '';
    return Buffer.byteLength(texto);
  };`;
  assert.equal(
    await linhasAntesDaResposta(t, ['--import', `data:text/javascript,${encodeURIComponent(emLotes)}`]),
    0,
  );
});

test('quem lê para: os locks seguem, o excesso se perde e é contado, e o resto sai inteiro e na ordem', async (t) => {
  const { cliente: c, ler } = await subirNumFifo(t);
  const perdidas = async () => {
    const { texto } = await c.pedir('GET', '/metrics');
    return Number(/^sctec_log_lines_dropped_total (\d+)$/m.exec(texto)?.[1]);
  };
  assert.equal(await perdidas(), 0);
  const enchimento = 'x'.repeat(200);
  let pedidos = 0;
  while ((await perdidas()) === 0) {
    pedidos += 1;
    assert.ok(pedidos < 500, 'a memória das linhas não tem limite');
    const recursos = Array.from({ length: 250 }, (_, i) => `${pedidos}-${i}-${enchimento}`);
    assert.equal((await c.lock(recursos, { lease_ms: 60_000 })).status, 200);
  }
  const contadas = await perdidas();
  const doPedido = () =>
    ler()
      .split('\n')
      .slice(0, -1)
      .map((linha) => JSON.parse(linha))
      .filter((l) => l.recurso);
  // Cada pedido tem duas linhas: a dele e a do lock concedido.
  await ate(() => doPedido().length === 2 * pedidos - contadas, 'sair tudo o que não se perdeu');
  const tokens = doPedido().flatMap(({ token }) => token ?? []);
  assert.ok(tokens.length > 0);
  assert.deepEqual(
    tokens,
    tokens.toSorted((a, b) => a - b),
    'fora de ordem',
  );
});
