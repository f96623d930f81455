/** A referência do coordenador: um Express 5 que só diz olá. Uso: node ola.mjs PORTA */
import { createRequire } from 'node:module';

const express = createRequire(new URL('../servico-coordenador/package.json', import.meta.url))('express');
const app = express().disable('etag').disable('x-powered-by');
app.get('/', (_req, res) => {
    res.send('olá');
});
app.listen(Number(process.argv[2]), '127.0.0.1');
