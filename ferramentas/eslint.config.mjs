// O JavaScript fora do coordenador: a página, o k6 e as ferramentas. Usa o eslint que o coordenador já traz.
import { createRequire } from 'node:module';

const exigir = createRequire(new URL('../servico-coordenador/package.json', import.meta.url));
const js = exigir('@eslint/js');
const globals = exigir('globals');

const regras = {
    ...js.configs.recommended.rules,
    'no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    eqeqeq: 'error',
    'prefer-const': 'error',
    'no-var': 'error',
    'max-lines': ['error', 400],
};

export default [
    { ignores: ['servico-coordenador/', '.venv/', 'var/'] },
    {
        files: ['servico-agendamento/agendamento/web/**/*.js'],
        languageOptions: { globals: globals.browser },
        rules: regras,
    },
    {
        files: ['k6/**/*.js'],
        languageOptions: {
            globals: {
                __ENV: 'readonly',
                __VU: 'readonly',
                __ITER: 'readonly',
                open: 'readonly',
                console: 'readonly',
            },
        },
        rules: regras,
    },
    { files: ['**/*.mjs'], languageOptions: { globals: globals.node }, rules: regras },
];
