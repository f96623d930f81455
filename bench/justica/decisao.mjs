// N disputantes simultâneos no coordenador: quanto leva a decisão. Uso: node decisao.mjs '{"porta":…,"segredo":…}'
import net from 'node:net';

const { porta, segredo, disputantes, aquecimento, rodadas, janelaMs } = JSON.parse(process.argv[2]);
const quadro = (caminho, corpo) =>
    `POST ${caminho} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${segredo}\r\n`
    + `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(corpo)}\r\n\r\n${corpo}`;

function conectar() {
    const soquete = net.connect({ port: porta, host: '127.0.0.1', noDelay: true });
    let recebido = '';
    let aoResponder = null;
    soquete.on('data', (pedaco) => {
        recebido += pedaco;
        const corte = recebido.indexOf('\r\n\r\n');
        if (corte < 0) return;
        const fim = corte + 4 + Number(/content-length: (\d+)/i.exec(recebido)[1]);
        if (recebido.length < fim) return;
        const resposta = { status: Number(recebido.slice(9, 12)), corpo: recebido.slice(corte + 4, fim) };
        recebido = '';
        aoResponder(resposta);
    });
    const pedir = (caminho, corpo) =>
        new Promise((resolver) => {
            aoResponder = resolver;
            soquete.write(quadro(caminho, JSON.stringify(corpo)));
        });
    return new Promise((resolver) => {
        soquete.on('connect', () => resolver({ pedir, fechar: () => soquete.destroy() }));
    });
}

const conexoes = await Promise.all(Array.from({ length: disputantes }, conectar));
const concedidas = [];
const todas = [];
for (let r = -aquecimento; r < rodadas; r += 1) {
    const inicio = performance.now();
    let vencedores = 0;
    await Promise.all(
        conexoes.map(async (conexao, i) => {
            const resposta = await conexao.pedir('/lock', {
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
            await conexao.pedir('/unlock', {
                concessao: JSON.parse(resposta.corpo).concessao,
                desfecho: 'SALVO',
            });
        }),
    );
    if (vencedores !== 1) throw new Error(`${vencedores} vencedores na rodada ${r}`);
}
conexoes.forEach((c) => c.fechar());
process.stdout.write(JSON.stringify({ concedidas, todas }));
