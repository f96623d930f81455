// O catálogo de palavras: nos dois idiomas, inteiro, sem sobra; e o código não usa palavra que não exista.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { describe, it } from 'node:test';

const WEB = new URL('../../agendamento/web/', import.meta.url);
const PARTES = ['', 'vistas/'];
const ler = async (idioma) =>
    Promise.all(
        PARTES.map(async (pasta) => (await import(new URL(`${pasta}textos-${idioma}.js`, WEB))).default),
    );
const [pt, en] = await Promise.all([ler('pt'), ler('en')]);
const fontes = readdirSync(WEB, { recursive: true })
    .filter((nome) => /\.(js|html)$/.test(nome) && !nome.includes('textos-'))
    .map((nome) => readFileSync(new URL(nome, WEB), 'utf8'))
    .join('\n');
const daPrimeiraVista = readdirSync(WEB)
    .filter((nome) => /\.(js|html)$/.test(nome) && !nome.startsWith('textos-'))
    .map((nome) => readFileSync(new URL(nome, WEB), 'utf8'))
    .join('\n');
const palavrasDe = (partes) =>
    new Map(
        partes.flatMap((parte) =>
            Object.entries(parte).flatMap(([area, nomes]) =>
                Object.entries(nomes).map(([nome, texto]) => [`${area}.${nome}`, texto]),
            ),
        ),
    );
const [emPt, emEn] = [palavrasDe(pt), palavrasDe(en)];
const lugares = (texto) => [...texto.matchAll(/\{(\w+)\}/g)].map((achado) => achado[1]).sort();

/** As chaves escritas por inteiro no código, e as montadas, em que cada `${…}` vale qualquer coisa. */
function usadas(codigo) {
    const inteiras = [...codigo.matchAll(/'([a-z]+\.[\w.]+)'|data-t(?:-rotulo)?="([\w.]+)"/g)]
        .map((achado) => achado[1] ?? achado[2])
        .filter((chave) => !emPt.has(`vivo.${chave}`)) // nome de um acontecimento, não de palavra
        .filter((chave) => [...emPt.keys()].some((outra) => outra.startsWith(`${chave.split('.')[0]}.`)));
    const montadas = [...codigo.matchAll(/\bt\(\s*`([^`]+)`/g)].map(
        (achado) => new RegExp(`^${achado[1].replaceAll('.', '\\.').replace(/\$\{.*?\}/g, '.+')}$`),
    );
    return { inteiras: new Set(inteiras), montadas };
}

/** O que falta ou sobra num catálogo para este código. */
function conferir(chaves, codigo) {
    const { inteiras, montadas } = usadas(codigo);
    const faltam = [...inteiras].filter((chave) => !chaves.has(chave));
    const semPar = montadas.filter((m) => ![...chaves].some((chave) => m.test(chave)));
    return {
        faltam: faltam.concat(semPar.map(String)),
        sobram: [...chaves].filter((chave) => !inteiras.has(chave) && !montadas.some((m) => m.test(chave))),
    };
}

describe('catálogo', () => {
    it('cada palavra existe nos dois idiomas, com os mesmos lugares a preencher', () => {
        assert.ok(emPt.size > 200);
        assert.deepEqual([...emPt.keys()], [...emEn.keys()]);
        for (const [chave, texto] of emPt) {
            for (const um of [texto, emEn.get(chave)])
                assert.ok(typeof um === 'string' && um.trim() !== '', chave);
            assert.deepEqual(lugares(texto), lugares(emEn.get(chave)), chave);
        }
    });

    it('o inglês não ficou em português', () => {
        for (const [chave, texto] of emEn) assert.doesNotMatch(texto, /[ãõçáéíóúâêô]/, chave);
    });

    it('as partes não se atropelam', () => {
        const areas = pt.flatMap((parte) => Object.keys(parte));
        assert.equal(new Set(areas).size, areas.length);
    });

    it('nada falta e nada sobra', () => {
        assert.deepEqual(conferir(new Set(emPt.keys()), fontes), { faltam: [], sobram: [] });
    });

    it('a primeira vista não usa palavra que só chega depois', () => {
        const deJa = new Set(palavrasDe([pt[0]]).keys());
        assert.deepEqual(conferir(deJa, daPrimeiraVista).faltam, []);
    });

    it('controle: uma palavra a menos e uma a mais são vistas', () => {
        const chaves = new Set([...emPt.keys(), 'geral.ninguem_usa']);
        chaves.delete('obs.agendar');
        assert.deepEqual(conferir(chaves, fontes), {
            faltam: ['obs.agendar'],
            sobram: ['geral.ninguem_usa'],
        });
    });
});
