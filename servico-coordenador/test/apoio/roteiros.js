import fc from 'fast-check';

const RECURSOS = ['A', 'B', 'C', 'D', '__proto__'];
// Quartos de milissegundo: coincidências frequentes e ordens diferentes no mesmo instante.
const instante = (maximo) => fc.integer({ min: 0, max: maximo * 4 }).map((n) => n / 4);

const pedido = fc.record({
  t: instante(300),
  recursos: fc.subarray(RECURSOS, { minLength: 1, maxLength: 3 }),
  idadeMs: fc.oneof(fc.constant(0), instante(230), fc.constantFrom(6000, 1e7)),
  uso: fc.integer({ min: 0, max: 2 }),
  janelaMs: fc.constantFrom(0, 50, 150, 150, 150),
  leaseMs: fc.integer({ min: 100, max: 300 }),
  dura: instante(400),
  fim: fc.constantFrom('salva', 'falha', 'falha', 'morre'),
  desisteApos: fc.option(instante(400), { freq: 4 }),
});

export const roteiros = fc.record({
  pedidos: fc.array(pedido, { minLength: 1, maxLength: 14 }),
  reinicios: fc.array(instante(500), { maxLength: 2 }),
  limites: fc.option(
    fc.record({
      candidatos: fc.integer({ min: 1, max: 8 }),
      porJanela: fc.integer({ min: 1, max: 5 }),
      janelas: fc.integer({ min: 1, max: 5 }),
    }),
    { nil: undefined, freq: 2 },
  ),
  saltos: fc.array(fc.record({ t: instante(500), ms: fc.constantFrom(-3_600_000, 3_600_000) }), {
    maxLength: 2,
  }),
});
