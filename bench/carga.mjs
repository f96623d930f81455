/**
 * Gerador de carga: N conexões persistentes, um pedido por vez em cada uma, sem biblioteca no caminho.
 *
 * Uso: node carga.mjs PLANO.json   (só aceita 127.0.0.1)
 * Plano: {porta, conexoes, pedidos: [{metodo, caminho, cabecalhos, corpo?}], simultaneo?}
 * Com `simultaneo`, abre uma conexão por pedido e só então os envia todos juntos.
 * Saída: JSON {segundos, por_segundo, p50_ms, p95_ms, p99_ms, max_ms, estados: {"201": n}}
 */
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { performance } from 'node:perf_hooks';

const plano = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const prontos = plano.pedidos.map((p) => {
    const corpo = p.corpo === undefined ? '' : JSON.stringify(p.corpo);
    const cabecalhos = { Host: `127.0.0.1:${plano.porta}`, ...p.cabecalhos };
    if (corpo)
        Object.assign(cabecalhos, {
            'Content-Type': 'application/json',
            'Content-Length': Buffer.byteLength(corpo),
        });
    const linhas = Object.entries(cabecalhos).map(([nome, valor]) => `${nome}: ${valor}\r\n`);
    return Buffer.from(`${p.metodo} ${p.caminho} HTTP/1.1\r\n${linhas.join('')}\r\n${corpo}`);
});

const latencias = [];
const estados = {};

function abrir() {
    return new Promise((feito, falha) => {
        const socket = net.connect(plano.porta, '127.0.0.1', () => feito(socket));
        socket.setNoDelay(true);
        socket.once('error', falha);
    });
}

/** Espera uma resposta inteira (Content-Length) e devolve o estado. */
function responder(socket) {
    return new Promise((feito, falha) => {
        let recebido = Buffer.alloc(0);
        const ler = (pedaco) => {
            recebido = recebido.length ? Buffer.concat([recebido, pedaco]) : pedaco;
            const fim = recebido.indexOf('\r\n\r\n');
            if (fim < 0) return;
            const cabeca = recebido.toString('latin1', 0, fim);
            const tamanho = Number(/content-length: *(\d+)/i.exec(cabeca)?.[1] ?? 0);
            if (recebido.length < fim + 4 + tamanho) return;
            soltar();
            feito(cabeca.slice(9, 12));
        };
        const fechar = () => {
            soltar();
            falha(new Error('conexão fechada no meio da resposta'));
        };
        const soltar = () => {
            socket.off('data', ler);
            socket.off('close', fechar);
        };
        socket.on('data', ler);
        socket.on('close', fechar);
    });
}

async function pedir(socket, pedido) {
    const inicio = performance.now();
    const resposta = responder(socket);
    socket.write(pedido);
    const estado = await resposta.catch(() => '000');
    latencias.push(performance.now() - inicio);
    estados[estado] = (estados[estado] ?? 0) + 1;
    return estado;
}

const quantas = plano.simultaneo ? prontos.length : plano.conexoes;
const sockets = await Promise.all(Array.from({ length: quantas }, abrir));
const inicio = performance.now();
let proximo = 0;
await Promise.all(
    sockets.map(async (socket) => {
        do {
            const meu = proximo++;
            if (meu >= prontos.length) break;
            if ((await pedir(socket, prontos[meu])) === '000') socket = await abrir();
        } while (!plano.simultaneo);
        socket.destroy();
    }),
);
const segundos = (performance.now() - inicio) / 1000;
latencias.sort((a, b) => a - b);
const quantil = (q) =>
    Number(latencias[Math.min(latencias.length - 1, Math.floor(q * latencias.length))].toFixed(2));
process.stdout.write(
    JSON.stringify({
        segundos: Number(segundos.toFixed(4)),
        por_segundo: Number((prontos.length / segundos).toFixed(1)),
        p50_ms: quantil(0.5),
        p95_ms: quantil(0.95),
        p99_ms: quantil(0.99),
        max_ms: quantil(1),
        estados,
    }) + '\n',
);
