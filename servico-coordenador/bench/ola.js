/** A referência: um Express 5 que só diz olá. */
import express from 'express';

const app = express();
app.disable('etag').disable('x-powered-by');
app.get('/', (_req, res) => {
  res.send('olá');
});
const servidor = app.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ porta: servidor.address().port })}\n`);
});
process.on('SIGTERM', () => process.exit(0));
