/**
 * Desliga uma parte da telemetria do servico-coordenador, só numa medição (NODE_OPTIONS=--import aponta para cá).
 *
 * BRACO_SEM=logs,metricas desliga o que nomeia. O serviço em si não sabe de nada disto.
 */
import { createRequire, registerHooks } from 'node:module';

const require = createRequire(new URL('../../../servico-coordenador/package.json', import.meta.url));
const sem = (process.env.BRACO_SEM ?? '').split(',');
const nada = () => {};

if (sem.includes('logs')) {
    const calado = 'module.exports = () => ({ info() {}, warn() {}, error() {} })';
    registerHooks({
        load: (url, contexto, seguir) =>
            url.endsWith('/node_modules/pino/pino.js')
                ? { format: 'commonjs', source: calado, shortCircuit: true }
                : seguir(url, contexto),
    });
}
if (sem.includes('metricas')) {
    const { Counter, Gauge, Histogram } = require('prom-client');
    // A biblioteca escolhe no construtor entre as formas com e sem exemplar.
    for (const forma of ['WithExemplar', 'WithoutExemplar']) {
        Counter.prototype[`inc${forma}`] = nada;
        Histogram.prototype[`observe${forma}`] = nada;
    }
    Gauge.prototype.set = nada;
}
