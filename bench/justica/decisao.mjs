// N disputantes simultâneos no coordenador: quanto leva a decisão. Uso: node decisao.mjs '{"porta":…,"segredo":…}'
import http from 'node:http';

const { porta, segredo, disputantes, aquecimento, rodadas, janelaMs } = JSON.parse(process.argv[2]);
const agent = new http.Agent({ keepAlive: true, maxSockets: disputantes, noDelay: true });
const headers = { Authorization: `Bearer ${segredo}`, 'Content-Type': 'application/json' };

function pedir(path, corpo) {
    return new Promise((resolver, recusar) => {
        const pedido = http.request(
            { port: porta, host: '127.0.0.1', method: 'POST', path, agent, headers },
            (r) => {
                let lido = '';
                r.on('data', (pedaco) => {
                    lido += pedaco;
                });
                r.on('end', () => resolver({ status: r.statusCode, corpo: lido }));
            },
        );
        pedido.on('error', recusar).end(JSON.stringify(corpo));
    });
}

const concedidas = [];
const todas = [];
for (let r = -aquecimento; r < rodadas; r += 1) {
    const inicio = performance.now();
    let vencedores = 0;
    const disputar = async (_, i) => {
        const resposta = await pedir('/lock', {
            recurso: `Disputa_${r}`,
            solicitante: `p${i}`,
            janela_ms: janelaMs,
            idade_ms: (i * 7919) % 200,
            incerteza_ms: 5,
            rtt_ms: 9,
            uso: 0,
        });
        const levou = performance.now() - inicio;
        if (r >= 0) todas.push(levou);
        if (resposta.status !== 200) return;
        vencedores += 1;
        if (r >= 0) concedidas.push(levou);
        await pedir('/unlock', { concessao: JSON.parse(resposta.corpo).concessao, desfecho: 'SALVO' });
    };
    await Promise.all(Array.from({ length: disputantes }, disputar));
    if (vencedores !== 1) throw new Error(`${vencedores} vencedores na rodada ${r}`);
}
agent.destroy();
process.stdout.write(JSON.stringify({ concedidas, todas }));
