// Compara, símbolo a símbolo, os módulos de uma pasta com os de mesmo nome em outra; termina com 1 se algum difere.
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const espree = createRequire(
    createRequire(new URL('../../../servico-coordenador/package.json', import.meta.url)).resolve('eslint'),
)('espree');
const [antes, depois] = process.argv.slice(2);
const simbolos = (pasta, nome) =>
    espree
        .tokenize(readFileSync(join(pasta, nome), 'utf8'), { ecmaVersion: 'latest', sourceType: 'module' })
        .map(({ type, value }) => `${type} ${value}`);

for (const nome of readdirSync(depois)) {
    const [a, b] = [simbolos(antes, nome), simbolos(depois, nome)];
    const i = a.findIndex((simbolo, k) => simbolo !== b[k]);
    if (i < 0 && a.length === b.length) continue;
    console.log(`${nome}: símbolo ${i < 0 ? a.length : i}: ${a[i]} ≠ ${b[i]}`);
    process.exitCode = 1;
}
