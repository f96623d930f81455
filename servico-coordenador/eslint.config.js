import js from '@eslint/js';
import globals from 'globals';
import { importX } from 'eslint-plugin-import-x';

const RELOGIOS = ['performance', 'setTimeout', 'setInterval', 'setImmediate', 'process'];

export default [
  { ignores: ['node_modules/'] },
  js.configs.recommended,
  {
    plugins: { 'import-x': importX },
    languageOptions: { globals: globals.node },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'import-x/no-cycle': 'error',
      'import-x/no-unresolved': 'error',
      'import-x/named': 'error',
      'import-x/no-extraneous-dependencies': 'error',
      'no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'no-console': 'error',
      eqeqeq: 'error',
      'prefer-const': 'error',
      'no-var': 'error',
      'max-lines': ['error', 300],
    },
  },
  {
    // O núcleo decide; quem lê relógio, disco e rede é quem o chama.
    files: ['src/travas/**', 'src/arbitragem/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['**/http/**', '**/eventos/**', '**/observabilidade/**', '**/app.js', '**/relogio.js'],
              message: 'O núcleo não conhece as bordas.',
            },
            {
              group: [
                'express',
                'better-sse',
                'pino',
                'prom-client',
                '@opentelemetry/*',
                'node:http',
                'node:timers*',
                'node:perf_hooks',
              ],
              message: 'O núcleo não conhece rede nem relógio.',
            },
          ],
        },
      ],
      'no-restricted-globals': ['error', ...RELOGIOS],
      'no-restricted-syntax': [
        'error',
        {
          selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
          message: 'Use o relógio dado.',
        },
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Use o relógio dado.' },
        {
          selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
          message: 'Receba o acaso.',
        },
      ],
    },
  },
  { files: ['test/**'], rules: { 'no-console': 'off' } },
];
