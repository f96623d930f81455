/** As vistas e os diálogos que só se carregam quando alguém as abre, com as palavras delas. */
import { acrescentar } from '../idioma.js';

await acrescentar({ pt: () => import('./textos-pt.js'), en: () => import('./textos-en.js') });

export { Ajuda } from './ajuda.js';
export { Corrida } from './corrida.js';
export { Entrada } from './entrada.js';
export { Operacao } from './operacao.js';
export { explicar } from './por-que.js';
