// O catálogo de palavras: nos dois idiomas, inteiro, sem sobra; e o código não usa palavra que não exista.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import observar from '../../agendamento/web/textos-observar.js';
import textos from '../../agendamento/web/textos.js';

const WEB = new URL('../../agendamento/web/', import.meta.url);
const fontes = readdirSync(WEB)
    .filter((nome) => /\.(js|html)$/.test(nome) && !nome.startsWith('textos'))
    .map((nome) => readFileSync(new URL(nome, WEB), 'utf8'))
    .join('\n');
const catalogo = { ...textos, ...observar };
const palavras = Object.entries(catalogo).flatMap(([area, nomes]) =>
    Object.entries(nomes).map(([nome, par]) => [`${area}.${nome}`, par]),
);
const lugares = (texto) => [...texto.matchAll(/\{(\w+)\}/g)].map((achado) => achado[1]).sort();

/** As chaves escritas por inteiro no código, e as montadas, em que cada `${…}` vale qualquer coisa. */
function usadas(codigo) {
    const inteiras = [...codigo.matchAll(/\bt\('([\w.]+)'|data-t(?:-rotulo)?="([\w.]+)"/g)].map(
        (achado) => achado[1] ?? achado[2],
    );
    const escolhidas = [...codigo.matchAll(/\bt\((?!['`])[^()]*?\? '([\w.]+)' : '([\w.]+)'/g)].flatMap(
        (achado) => [achado[1], achado[2]],
    );
    const montadas = [...codigo.matchAll(/\bt\(`([^`]+)`/g)].map(
        (achado) => new RegExp(`^${achado[1].replaceAll('.', '\\.').replace(/\$\{.*?\}/g, '.+')}$`),
    );
    return { inteiras: new Set([...inteiras, ...escolhidas]), montadas };
}

/** O que falta ou sobra num catálogo para este código. */
function conferir(chaves, codigo) {
    const { inteiras, montadas } = usadas(codigo);
    return {
        faltam: [...inteiras]
            .filter((chave) => !chaves.has(chave))
            .concat(montadas.filter((m) => ![...chaves].some((c) => m.test(c))).map(String)),
        sobram: [...chaves].filter((chave) => !inteiras.has(chave) && !montadas.some((m) => m.test(chave))),
    };
}

describe('catálogo', () => {
    it('cada palavra existe nos dois idiomas, com os mesmos lugares a preencher', () => {
        assert.ok(palavras.length > 200);
        for (const [chave, par] of palavras) {
            assert.equal(par.length, 2, chave);
            for (const texto of par) assert.ok(typeof texto === 'string' && texto.trim() !== '', chave);
            assert.deepEqual(lugares(par[0]), lugares(par[1]), chave);
        }
    });

    it('o inglês não ficou em português', () => {
        for (const [chave, [, en]] of palavras) assert.doesNotMatch(en, /[ãõçáéíóúâêô]/, chave);
    });

    it('as duas metades não se atropelam', () => {
        assert.deepEqual(
            Object.keys(textos).filter((area) => area in observar),
            [],
        );
    });

    it('nada falta e nada sobra', () => {
        assert.deepEqual(conferir(new Set(palavras.map(([chave]) => chave)), fontes), {
            faltam: [],
            sobram: [],
        });
    });

    it('controle: uma palavra a menos e uma a mais são vistas', () => {
        const chaves = new Set([...palavras.map(([chave]) => chave), 'geral.ninguem_usa']);
        chaves.delete('obs.agendar');
        assert.deepEqual(conferir(chaves, fontes), {
            faltam: ['obs.agendar'],
            sobram: ['geral.ninguem_usa'],
        });
    });
});
