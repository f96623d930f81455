/**
 * A ordem de uma disputa, pura: quem clicou antes passa antes; dentro de τ ninguém sabe quem foi antes.
 *
 * Candidatos em ordem de instante efetivo (e de código, se iguais). O mais antigo ainda sem grupo lidera um
 * grupo: ele e os que disputam algum recurso com ele a até τ de distância. No grupo, passa antes o menor
 * uso e, no empate, o menor sorteio. Assim ninguém passa à frente de um concorrente mais antigo por mais de
 * τ, e quem não disputa nada com um par não influi na ordem dele. Custo: O(n log n + soma dos recursos).
 */

/** Abaixo desta distância, em µs, dois instantes efetivos são um empate. */
export const TAU_US = 5000;

const porInstante = (a, b) => a.efetivoUs - b.efetivoUs || comparar(a.codigo, b.codigo);
const comparar = (a, b) => (a < b ? -1 : Number(a > b));

/**
 * @typedef {object} Candidato
 * @property {number} efetivoUs instante efetivo, em µs inteiros de um relógio monotônico
 * @property {number} uso horas reservadas nos últimos 30 dias
 * @property {string} codigo
 * @property {string[]} recursos
 *
 * @param {Candidato[]} candidatos
 * @param {object} opcoes
 * @param {(recurso: string, codigo: string) => string} opcoes.sortear menor vence
 * @param {number} [opcoes.tauUs]
 * @param {number} [opcoes.ateUs] só se decidem grupos que ninguém de instante `ateUs` ou maior pode mudar
 * @returns {Candidato[][]} grupos na ordem; a concatenação deles é a ordem dos candidatos decididos
 */
export function ordenar(candidatos, { sortear, ateUs = Infinity, tauUs = TAU_US }) {
  const fila = [...candidatos].sort(porInstante);
  const porRecurso = indexar(fila);
  const agrupados = new Set();
  const grupos = [];
  for (const lider of fila) {
    if (agrupados.has(lider)) continue;
    const limite = lider.efetivoUs + tauUs;
    if (limite >= ateUs) break;
    const grupo = [];
    for (const recurso of lider.recursos) {
      const lista = porRecurso.get(recurso);
      while (lista.proximo < lista.itens.length && lista.itens[lista.proximo].efetivoUs <= limite) {
        const candidato = lista.itens[lista.proximo];
        lista.proximo += 1;
        if (agrupados.has(candidato)) continue;
        agrupados.add(candidato);
        grupo.push(candidato);
      }
    }
    grupos.push(grupo.length > 1 ? desempatar(grupo, lider.recursos[0], sortear) : grupo);
  }
  return grupos;
}

/** Quem lidera um grupo já desempatado: o mais antigo. */
export const liderDe = (grupo) => grupo.reduce((lider, c) => (porInstante(c, lider) < 0 ? c : lider));

function indexar(fila) {
  const porRecurso = new Map();
  for (const candidato of fila) {
    for (const recurso of candidato.recursos) {
      const lista = porRecurso.get(recurso);
      if (lista) lista.itens.push(candidato);
      else porRecurso.set(recurso, { itens: [candidato], proximo: 0 });
    }
  }
  return porRecurso;
}

function desempatar(grupo, recurso, sortear) {
  const sorteios = new Map();
  const sorteio = (candidato) => {
    if (!sorteios.has(candidato)) sorteios.set(candidato, sortear(recurso, candidato.codigo));
    return sorteios.get(candidato);
  };
  return grupo.sort((a, b) => a.uso - b.uso || comparar(sorteio(a), sorteio(b)) || porInstante(a, b));
}
