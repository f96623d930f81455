// “Por que perdi?”: o sorteio que o coordenador fez, refeito pela página só com a recusa e o que se publica.
import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { describe, it } from 'node:test';
import { ordenar } from '../../../servico-coordenador/src/arbitragem/ordem.js';
import { criarDecisao, paraPreterido } from '../../../servico-coordenador/src/arbitragem/registro.js';
import { codigoDe, compromissoDe, sortear } from '../../../servico-coordenador/src/arbitragem/sorteio.js';
import { conferir } from '../../agendamento/web/vistas/sorteio.js';

const DIA = '2026-12-01';
const RECURSOS = ['Hubble-Acad_2026-12-01T03:00:00Z', 'Hubble-Acad_2026-12-01T03:05:00Z', 'Ótico_3'];

/** Uma disputa de verdade, empatada em tudo; quem perdeu para o primeiro do grupo, e o que ouviu. */
function disputar() {
    const segredo = randomBytes(32);
    const janela = randomBytes(6).toString('hex');
    const participantes = Array.from({ length: randomInt(2, 7) }, (_, i) => {
        const primeiro = randomInt(RECURSOS.length);
        return {
            codigo: codigoDe('chave', janela, `pessoa ${i}`),
            recursos: RECURSOS.slice(primeiro).concat(RECURSOS.slice(0, primeiro)).slice(0, randomInt(1, 4)),
            efetivoUs: 1_000_000 + randomInt(8000),
            chegada: 1010,
            uso: 1,
        };
    });
    const grupos = ordenar(participantes, {
        sortear: (recurso, codigo) => sortear(segredo, recurso, janela, codigo),
    });
    const compromisso = compromissoDe(segredo);
    const decisao = criarDecisao({
        janela,
        segredo: { dia: DIA, compromisso },
        participantes,
        grupos,
        maduro: () => true,
        utcMs: Date.UTC(2026, 11, 1),
        agora: 1150,
    });
    const publicado = { revelados: [{ dia: DIA, compromisso, segredo: segredo.toString('hex') }] };
    return grupos
        .flatMap(([vencedor, ...outros]) => outros.map((p) => paraPreterido(decisao, p, vencedor)))
        .map((recusa) => ({ recusa: JSON.parse(JSON.stringify(recusa)), publicado }));
}

const RECUSAS = Array.from({ length: 300 }, disputar).flat();

describe('sorteio refeito na página', () => {
    it('o que foi feito de verdade confere, mesmo quando quem lidera o grupo é um terceiro', async () => {
        assert.ok(RECUSAS.length > 300);
        assert.ok(RECUSAS.some(({ recusa: { recurso, seu } }) => !seu.recursos.includes(recurso)));
        for (const { recusa, publicado } of RECUSAS) {
            assert.equal(recusa.criterio, 'sorteio');
            assert.equal((await conferir(recusa, publicado)).situacao, 'confere', JSON.stringify(recusa));
        }
    });

    it('vencedor trocado, ou segredo que não cumpre o compromisso, não confere', async () => {
        for (const { recusa, publicado } of RECUSAS) {
            const trocada = { ...recusa, seu: recusa.vencedor, vencedor: recusa.seu };
            assert.equal((await conferir(trocada, publicado)).situacao, 'nao_confere');
            // Segredo e compromisso trocados juntos depois: vale o compromisso que a recusa trouxe.
            const outro = randomBytes(32);
            const revelado = { dia: DIA, segredo: outro.toString('hex'), compromisso: compromissoDe(outro) };
            assert.equal((await conferir(recusa, { revelados: [revelado] })).situacao, 'nao_confere');
        }
    });

    it('dois pedidos da mesma pessoa têm o mesmo número, e isso não é acusação', async () => {
        const [{ recusa, publicado }] = RECUSAS;
        const mesma = { ...recusa, seu: { ...recusa.seu, codigo: recusa.vencedor.codigo } };
        assert.equal((await conferir(mesma, publicado)).situacao, 'confere');
    });

    it('sem o segredo, espera; sem um dado da conta, não acusa', async () => {
        const [{ recusa, publicado }] = RECUSAS;
        assert.equal((await conferir(recusa, { revelados: [] })).situacao, 'ainda_nao');
        for (const campo of ['recurso', 'janela', 'dia', 'compromisso', 'seu', 'vencedor']) {
            const incompleta = { ...recusa, [campo]: undefined };
            assert.equal((await conferir(incompleta, publicado)).situacao, 'sem_conta', campo);
        }
    });
});
