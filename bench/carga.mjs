/**
 * Manda os pedidos de um plano com o autocannon e conta o que ouviu. Só fala com 127.0.0.1.
 *
 * Uso: node carga.mjs PLANO.json
 * Plano: {porta, conexoes, pedidos: [{metodo, caminho, cabecalhos, corpo?}]}, e cada pedido vai uma vez; ou
 * {porta, conexoes, pares, segredo}: tantos pares de /lock e /unlock no coordenador.
 * Saída: JSON {segundos, por_segundo, p50_ms, p99_ms, max_ms, estados: {"201": n}}, do primeiro envio à última resposta.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const exigir = createRequire(new URL('../servico-coordenador/package.json', import.meta.url));
const autocannon = exigir('autocannon');
const plano = JSON.parse(readFileSync(process.argv[2], 'utf8'));
let proximo = 0;

function daLista(pedidos) {
    const prontos = pedidos.map(({ metodo, caminho, cabecalhos, corpo }) => ({
        method: metodo,
        path: caminho,
        headers: corpo ? { ...cabecalhos, 'Content-Type': 'application/json' } : cabecalhos,
        body: corpo && JSON.stringify(corpo),
    }));
    const setupRequest = (pedido) => ({ ...pedido, ...prontos[proximo++ % prontos.length] });
    return { amount: prontos.length, requests: [{ setupRequest }] };
}

function dePares(pares, segredo) {
    const headers = { Authorization: `Bearer ${segredo}`, 'Content-Type': 'application/json' };
    const pedir = (pedido, path, corpo) => ({
        ...pedido,
        method: 'POST',
        path,
        headers,
        body: JSON.stringify(corpo),
    });
    const trancar = {
        setupRequest: (pedido) => {
            const recurso = `Hubble-Acad_${proximo++}`;
            return pedir(pedido, '/lock', { recurso, solicitante: recurso, janela_ms: 0 });
        },
        onResponse: (_, corpo, contexto) => {
            contexto.concessao = JSON.parse(corpo).concessao;
        },
    };
    const devolver = {
        setupRequest: (pedido, { concessao }) => pedir(pedido, '/unlock', { concessao, desfecho: 'SALVO' }),
    };
    return { amount: 2 * pares, requests: [trancar, devolver] };
}

const latencias = [];
const estados = {};
let inicio = Infinity;
let fim = 0;
const execucao = autocannon({
    url: `http://127.0.0.1:${plano.porta}`,
    connections: plano.conexoes,
    timeout: 120,
    ...(plano.pares ? dePares(plano.pares, plano.segredo) : daLista(plano.pedidos)),
});
execucao.on('response', (_, estado, __, ms) => {
    fim = performance.now();
    inicio = Math.min(inicio, fim - ms);
    latencias.push(ms);
    estados[estado] = (estados[estado] ?? 0) + 1;
});
const { errors } = await execucao;
if (errors) estados['000'] = errors;

const segundos = (fim - inicio) / 1000;
latencias.sort((a, b) => a - b);
const quantil = (q) =>
    Number(latencias[Math.min(latencias.length - 1, Math.floor(q * latencias.length))].toFixed(2));
process.stdout.write(
    `${JSON.stringify({
        segundos: Number(segundos.toFixed(4)),
        por_segundo: Number((latencias.length / segundos).toFixed(1)),
        p50_ms: quantil(0.5),
        p99_ms: quantil(0.99),
        max_ms: quantil(1),
        estados,
    })}\n`,
);
