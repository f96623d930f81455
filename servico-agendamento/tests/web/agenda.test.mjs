// A agenda sem tela: o que um evento muda já, o que se relê, e o que chega enquanto se lê.
import assert from 'node:assert/strict';
import { beforeEach, describe, it, mock } from 'node:test';
import { Agenda, DIA_MS } from '../../agendamento/web/agenda.js';

const DIA = Date.UTC(2026, 11, 1);
const PASSO = 300_000;
const utc = (i) => new Date(DIA + i * PASSO).toISOString();
const tel = () => ({
    slug: 'hubble-acad',
    duracao_slot_s: 300,
    _links: { agenda: { href: '/a', method: 'GET' } },
});
const criado = (i, id = 1) => ({
    telescopio: 'hubble-acad',
    agendamento_id: id,
    horario_inicio_utc: utc(i),
    horario_fim_utc: utc(i + 1),
});

/** Uma API em que cada leitura espera que o teste a responda. */
class ApiLenta {
    leituras = [];

    seguir() {
        const leitura = Promise.withResolvers();
        this.leituras.push(leitura);
        return leitura.promise;
    }

    async responder(n, ocupados = []) {
        const slots = Array.from({ length: DIA_MS / PASSO }, (_, i) => ({
            inicio_utc: utc(i),
            fim_utc: utc(i + 1),
            estado: ocupados.includes(i) ? 'ocupado' : 'livre',
        }));
        this.leituras[n].resolve({ corpo: { slots } });
        for (let i = 0; i < 5; i += 1) await Promise.resolve();
    }
}

const estado = (agenda, i) => agenda.estadoDe(agenda.dados.valor.slots[i], DIA - 1);

describe('agenda', () => {
    let api;
    let agenda;
    beforeEach(() => {
        mock.timers.reset();
        mock.timers.enable({ apis: ['setTimeout'] });
        api = new ApiLenta();
        agenda = new Agenda({
            api,
            aoFalhar: (erro) => {
                throw erro;
            },
        });
    });

    it('um evento aparece já, sem esperar a releitura que o confere', async () => {
        agenda.abrir(tel(), DIA);
        await api.responder(0);
        agenda.aplicar('agendamento.criado', criado(36));
        assert.equal(estado(agenda, 36), 'ocupada');
        agenda.aplicar('agendamento.remarcado', criado(40));
        assert.equal(estado(agenda, 36), 'livre');
        assert.equal(estado(agenda, 40), 'ocupada');
        agenda.aplicar('agendamento.cancelado', criado(40));
        assert.equal(estado(agenda, 40), 'livre');
    });

    it('o que chega durante a primeira leitura não se perde', async () => {
        agenda.abrir(tel(), DIA);
        agenda.aplicar('agendamento.criado', criado(36));
        await api.responder(0); // partiu antes da reserva: ainda o diz livre
        mock.timers.tick(2000);
        assert.equal(api.leituras.length, 2);
        await api.responder(1, [36]);
        assert.equal(estado(agenda, 36), 'ocupada');
    });

    it('relidos os telescópios, os eventos continuam a valer', async () => {
        agenda.abrir(tel(), DIA);
        await api.responder(0);
        agenda.telescopio = tel();
        agenda.aplicar('agendamento.criado', criado(36));
        assert.equal(estado(agenda, 36), 'ocupada');
    });

    it('cem eventos seguidos custam uma releitura, e os de outro telescópio nenhuma', async () => {
        agenda.abrir(tel(), DIA);
        await api.responder(0);
        for (let i = 0; i < 100; i += 1) agenda.aplicar('agendamento.criado', criado(i, i));
        agenda.aplicar('agendamento.criado', { ...criado(200), telescopio: 'fermi-acad' });
        assert.equal(estado(agenda, 200), 'livre');
        mock.timers.tick(2000);
        assert.equal(api.leituras.length, 2);
    });

    it('trocar de dia abandona a leitura anterior, mesmo que ela chegue depois', async () => {
        agenda.abrir(tel(), DIA);
        agenda.abrir(tel(), DIA + DIA_MS);
        await api.responder(1, [3]);
        await api.responder(0);
        assert.equal(agenda.dados.valor.dia, DIA + DIA_MS);
        assert.equal(estado(agenda, 3), 'ocupada');
    });
});
