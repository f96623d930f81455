/** Toda consulta é lida pela gramática com que o Grafana a lê, com os exemplos da página postos nela. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parser as logql } from '@grafana/lezer-logql';
import { parser as promql } from '@prometheus-io/lezer-promql';
import { EXEMPLOS, pecas, preencher } from './paineis.mjs';

/** @param {any} gramatica @param {string} texto */
function erros(gramatica, texto) {
    /** @type {string[]} */
    const achados = [];
    gramatica.parse(texto).iterate({
        enter(/** @type {any} */ no) {
            if (no.type.isError) achados.push(texto.slice(Math.max(0, no.from - 20), no.from + 20));
        },
    });
    return achados;
}

for (const { onde, peca } of pecas) {
    for (const alvo of peca.targets ?? []) {
        const gramatica = { prometheus: promql, loki: logql }[/** @type {string} */ (alvo.datasource.type)];
        if (!gramatica) continue;
        test(`${onde}, ${alvo.refId}`, () => {
            for (const caixas of EXEMPLOS) {
                const texto = preencher(alvo.expr, caixas);
                assert.doesNotMatch(texto, /\$\{?[a-z_]/, 'sobrou variável');
                assert.deepEqual(erros(gramatica, texto), [], texto);
            }
        });
    }
}

test('controle: entre aspas, o mesmo texto quebraria a consulta', () => {
    const texto = preencher('{service_name="x"} |= "${recurso:raw}"', EXEMPLOS[2]);
    assert.notDeepEqual(erros(logql, texto), []);
});
