/** O texto que uma pessoa veria: a configuração de cada peça e os valores, pelo próprio `@grafana/data`. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { JSDOM } from 'jsdom';
import { pecas } from './paineis.mjs';

const janela = new JSDOM('<!doctype html>', { url: 'http://localhost/' }).window;
for (const nome of [
    'window',
    'document',
    'navigator',
    'localStorage',
    'HTMLElement',
    'Element',
    'Node',
    'DOMParser',
]) {
    const valor = nome === 'window' ? janela : Reflect.get(janela, nome);
    Object.defineProperty(globalThis, nome, { value: valor, configurable: true, writable: true });
}
// A forma ESM do pacote não carrega no Node (moment-timezone só exporta por omissão).
const grafana = createRequire(import.meta.url)('@grafana/data');
const { FieldType, createTheme, toDataFrame } = grafana;
grafana.standardTransformersRegistry.setInit(() => [
    // joinByField vem duas vezes, com o nome antigo.
    ...new Map(
        Object.values(grafana.standardTransformers).map((/** @type {any} */ t) => [
            t.id,
            { id: t.id, name: t.name, transformation: async () => t },
        ]),
    ).values(),
]);
// As propriedades que o Grafana registra no @grafana/ui; aqui, as que os painéis usam.
grafana.standardFieldConfigEditorRegistry.setInit(() =>
    ['unit', 'decimals', 'noValue', 'links', 'thresholds', 'color', 'min'].map((id) => ({
        id,
        path: id,
        name: id,
        process: grafana.identityOverrideProcessor,
        override: grafana.identityOverrideProcessor,
        shouldApply: () => true,
    })),
);

/** @param {any} peca @param {any[]} quadros */
function vistos(peca, quadros) {
    return grafana.applyFieldOverrides({
        data: quadros,
        fieldConfig: peca.fieldConfig,
        fieldConfigRegistry: grafana.standardFieldConfigEditorRegistry,
        replaceVariables: (/** @type {string} */ texto) => texto,
        theme: createTheme(),
        timeZone: 'utc',
    });
}

/** @param {any} peca @param {unknown} valor */
function texto(peca, valor) {
    const nome = peca.targets[0].legendFormat ?? 'valor';
    const [quadro] = vistos(peca, [
        toDataFrame({ fields: [{ name: nome, type: FieldType.number, values: [valor] }] }),
    ]);
    return grafana.formattedValueToString(quadro.fields[0].display(valor));
}

const numeros = pecas.filter(({ peca }) => peca.type === 'stat');
const contagens = numeros.filter(({ peca }) => peca.fieldConfig.defaults.decimals === 0);

test('há o que conferir', () => {
    assert.ok(numeros.length > 15);
    assert.ok(contagens.length > 10);
});

for (const { onde, peca } of contagens) {
    test(`${onde}: contagem é inteira`, () => {
        for (const [valor, visto] of [
            [0, '0'],
            [1.06, '1'],
            [49.0002, '49'],
            [1440, '1440'],
        ]) {
            assert.equal(texto(peca, valor), visto);
        }
    });
}

for (const { onde, peca } of numeros) {
    test(`${onde}: sem dado diz que não há, e nunca NaN`, () => {
        const vazio = texto(peca, null);
        assert.equal(vazio, peca.fieldConfig.defaults.noValue);
        assert.doesNotMatch(vazio, /NaN|undefined|null/);
    });
    test(`${onde}: toda divisão guarda o zero`, () => {
        // 0/0 é NaN, e o Grafana o mostraria: o divisor se exige positivo, e o percentil, um número.
        for (const { expr } of peca.targets) {
            assert.doesNotMatch(expr, /\/ sum\(/, expr);
            if (expr.includes('histogram_quantile')) assert.match(expr, />= 0$/);
        }
    });
}

test('parcelas e durações trazem unidade', () => {
    const ver = (/** @type {string} */ nome, /** @type {number} */ valor) =>
        texto(pecas.find(({ onde }) => onde === nome)?.peca, valor);
    assert.match(ver('visao-geral: Parcela de 409', 0.98), /^98(\.0)?%$/);
    assert.match(ver('relogios: Erro no percentil 90', 0.0123), /^12(\.3)? ms$/);
});

/** @param {string} nome @param {any[]} quadros */
async function tabela(nome, quadros) {
    const peca = pecas.find(({ onde }) => onde === nome)?.peca;
    const conhecidas = peca.transformations.filter((/** @type {any} */ t) => t.id !== 'extractFields');
    const [quadro] = await new Promise((resolver) =>
        grafana.transformDataFrame(conhecidas, quadros.map(toDataFrame)).subscribe(resolver),
    );
    const [pronto] = vistos(peca, [quadro]);
    const linhas = Array.from({ length: pronto.length }, (_, i) =>
        pronto.fields.map((/** @type {any} */ f) => grafana.formattedValueToString(f.display(f.values[i]))),
    );
    return {
        nomes: pronto.fields.map((/** @type {any} */ f) => grafana.getFieldDisplayName(f, pronto)),
        linhas,
        pronto,
    };
}

test('tabela de alertas: nome, gravidade, há quanto, e o clique para o roteiro', async () => {
    const { nomes, linhas, pronto } = await tabela('visao-geral: Alertas disparados', [
        {
            fields: [
                { name: 'Time', type: FieldType.time, values: [1] },
                { name: 'alertname', type: FieldType.string, values: ['SctecServicoFora'] },
                { name: 'gravidade', type: FieldType.string, values: ['critica'] },
                { name: 'job', type: FieldType.string, values: ['servico-coordenador'] },
                { name: 'roteiro', type: FieldType.string, values: ['11'] },
                { name: 'Value', type: FieldType.number, values: [95] },
            ],
        },
    ]);
    assert.deepEqual(nomes, ['Alerta', 'Gravidade', 'Onde', 'Há', 'Roteiro']);
    assert.deepEqual(linhas[0].slice(0, 3), ['SctecServicoFora', 'critica', 'servico-coordenador']);
    assert.match(linhas[0][3], /1 ?m|min/);
    assert.match(pronto.fields[0].config.links[0].url, /viewPanel=panel-\$\{__data\.fields\.Roteiro\}/);
});

test('carga: k6 e serviço lado a lado, cada resposta numa linha', async () => {
    const contagem = (/** @type {string} */ ref, /** @type {[string, number][]} */ pares) => ({
        refId: ref,
        fields: [
            { name: 'Time', type: FieldType.time, values: pares.map(() => 1) },
            { name: 'status', type: FieldType.string, values: pares.map(([s]) => s) },
            { name: `Value #${ref}`, type: FieldType.number, values: pares.map(([, v]) => v) },
        ],
    });
    const { nomes, linhas } = await tabela('carga: Pedidos de agendamento, contados pelos dois lados', [
        contagem('A', [
            ['201', 1],
            ['409', 49],
        ]),
        contagem('B', [
            ['201', 1],
            ['409', 49],
        ]),
    ]);
    assert.deepEqual(nomes, ['Resposta', 'k6', 'serviço']);
    assert.deepEqual(linhas, [
        ['201', '1', '1'],
        ['409', '49', '49'],
    ]);
});

test('pedidos demorados: o mais demorado primeiro', async () => {
    const { nomes, linhas } = await tabela('investigar: Os mais demorados', [
        {
            fields: [
                { name: 'Time', type: FieldType.time, values: [1, 2] },
                { name: 'status', type: FieldType.string, values: ['201', '503'] },
                { name: 'motivo', type: FieldType.string, values: ['', ''] },
                { name: 'ms', type: FieldType.string, values: ['612.5', '3004'] },
                { name: 'trace_id', type: FieldType.string, values: ['a', 'b'] },
                { name: 'Line', type: FieldType.string, values: ['{}', '{}'] },
            ],
        },
    ]);
    assert.deepEqual(nomes, ['Quando', 'Resposta', 'Motivo', 'Demora', 'Traço']);
    assert.deepEqual(
        linhas.map((l) => l[4]),
        ['b', 'a'],
    );
});
