/** Os painéis do repositório, e as consultas com o que uma pessoa escreveria nas caixas. */
import { readFileSync, readdirSync } from 'node:fs';

const PASTA = new URL('../../../observability/grafana/dashboards/', import.meta.url);

/** @returns {{onde: string, peca: any}[]} */
export const pecas = readdirSync(PASTA).flatMap((nome) =>
    JSON.parse(readFileSync(new URL(nome, PASTA), 'utf8'))
        .panels.filter((/** @type {any} */ p) => p.type !== 'row')
        .map((/** @type {any} */ peca) => ({ onde: `${nome.replace('.json', '')}: ${peca.title}`, peca })),
);

/** Os exemplos da própria página, e um texto com as aspas que quebravam a consulta. */
export const EXEMPLOS = [
    { agendamento: '', recurso: '', trace: '', request: '' },
    {
        agendamento: '123',
        recurso: 'Hubble-Acad_2026-12-01T03:00:00Z',
        trace: 'a'.repeat(32),
        request: '02-corrida-1',
    },
    { agendamento: '', recurso: `o "Olho de Gato" d'água \\n`, trace: '', request: '' },
];

/**
 * Põe os valores como o Grafana os põe: `:raw` é cru, uma execução escolhida vem como expressão regular.
 * @param {string} consulta
 * @param {Record<string, string>} caixas
 */
export function preencher(consulta, caixas) {
    const fixas = {
        __rate_interval: '1m',
        __interval: '1m',
        __range: '1h',
        testid: '02-corrida-20261126T010203',
        lento_ms: '500',
    };
    /** @type {Record<string, string>} */
    const valores = { ...fixas, ...caixas };
    return consulta.replace(
        /\$\{(\w+):raw\}|\$(\w+)/g,
        (inteiro, cru, simples) => valores[cru ?? simples] ?? inteiro,
    );
}
