/**
 * Custo da ordenação pura, em tempo de CPU: candidatos por segundo, e como cresce com o tamanho da disputa.
 * Imprime um JSON. Uso: node ordem.mjs
 */
import { ordenar } from '../../servico-coordenador/src/arbitragem/ordem.js';
import { sortear } from '../../servico-coordenador/src/arbitragem/sorteio.js';

const SEGREDO = Buffer.alloc(32, 1);
let semente = 1;
/** Gerador congruente: a mesma disputa em toda execução. */
const acaso = (n) => {
    semente = (semente * 1_103_515_245 + 12_345) % 2_147_483_648;
    return semente % n;
};

/** Intervalos sobrepostos: de 1 a 24 slots de um dia, todos no mesmo componente. */
function disputa(n, { slots = 288, duracao = 24, espalhadosUs = 150_000, empatados = false } = {}) {
    return Array.from({ length: n }, (_, i) => {
        const inicio = acaso(slots - duracao + 1);
        return {
            efetivoUs: empatados ? 0 : acaso(espalhadosUs),
            uso: empatados ? 0 : acaso(40),
            codigo: String(i).padStart(8, '0'),
            recursos: Array.from({ length: 1 + acaso(duracao) }, (__, k) => `Hubble-Acad_${inicio + k}`),
        };
    });
}

function medir(n, opcoes) {
    const candidatos = disputa(n, opcoes);
    const sorteio = (recurso, codigo) => sortear(SEGREDO, recurso, '1-1', codigo);
    const tempos = [];
    for (let i = 0; i < 7; i += 1) {
        const antes = process.cpuUsage();
        ordenar(candidatos, { sortear: sorteio });
        const { user, system } = process.cpuUsage(antes);
        tempos.push((user + system) / 1000);
    }
    const ms = tempos.toSorted((a, b) => a - b)[3];
    return { candidatos: n, ms: Number(ms.toFixed(2)), por_segundo: Math.round((n / ms) * 1000) };
}

for (let i = 0; i < 5; i += 1) medir(2000);
const mil = medir(1000);
const dezMil = medir(10_000);
process.stdout.write(
    `${JSON.stringify(
        {
            mil,
            dez_mil: dezMil,
            um_slot: medir(10_000, { slots: 1, duracao: 1 }),
            todos_empatados: medir(10_000, { empatados: true }),
            crescimento_de_mil_a_dez_mil: Number((dezMil.ms / mil.ms).toFixed(1)),
            limite_por_segundo: 100_000,
        },
        null,
        2,
    )}\n`,
);
