// Decide disputas ao acaso com o código do coordenador e as escreve, uma por linha, com o segredo de cada dia.
import { randomBytes } from 'node:crypto';
import { ordenar } from '../../../servico-coordenador/src/arbitragem/ordem.js';
import { criarDecisao } from '../../../servico-coordenador/src/arbitragem/registro.js';
import { codigoDe, compromissoDe, sortear } from '../../../servico-coordenador/src/arbitragem/sorteio.js';

let estado = Number(process.argv[3]);
const acaso = () => {
    estado = (Math.imul(estado, 1664525) + 1013904223) >>> 0;
    return estado / 2 ** 32;
};
const inteiro = (n) => Math.floor(acaso() * n);

for (let i = 0; i < Number(process.argv[2]); i += 1) {
    const segredo = { dia: `2026-11-${String(1 + inteiro(28)).padStart(2, '0')}`, segredo: randomBytes(32) };
    segredo.compromisso = compromissoDe(segredo.segredo);
    const janela = `${1 + inteiro(9)}-${i}`;
    const recursos = 1 + inteiro(4);
    const participantes = Array.from({ length: 1 + inteiro(12) }, (_, n) => {
        const de = inteiro(recursos);
        const ate = de + 1 + inteiro(recursos - de);
        return {
            // A mesma pessoa pode pedir duas vezes.
            solicitante: `p${inteiro(10)}`,
            chegada: 1000 + n,
            efetivoUs: 1_000_000 + inteiro(40_000),
            uso: inteiro(3) / 2,
            recursos: Array.from({ length: ate - de }, (__, k) => `Télescope_${de + k}`),
            incertezaMs: null,
            rttMs: acaso() * 300,
            imaturo: acaso() < 0.1,
        };
    });
    for (const p of participantes) p.codigo = codigoDe('chave', janela, p.solicitante);
    const imaturos = participantes.filter((p) => p.imaturo).map((p) => p.efetivoUs);
    const grupos = ordenar(participantes, {
        ateUs: Math.min(Infinity, ...imaturos),
        sortear: (r, c) => sortear(segredo.segredo, r, janela, c),
    });
    if (grupos.length === 0) continue;
    const { registro } = criarDecisao({
        janela,
        segredo,
        participantes,
        grupos,
        maduro: (p) => !p.imaturo,
        utcMs: Date.UTC(2026, 10, 20),
        agora: 1200,
    });
    process.stdout.write(`${JSON.stringify({ registro, segredo: segredo.segredo.toString('hex') })}\n`);
}
