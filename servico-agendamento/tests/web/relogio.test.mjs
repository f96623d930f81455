// Com relógios e rede virtuais: o que se afirma do relógio do cliente é conferido contra a hora verdadeira.
import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import {
    CRESCIMENTO_MS,
    DERIVA_COMUM,
    RODADAS,
    Relogio,
    descobrirTempo,
} from '../../agendamento/web/relogio.js';

const VERDADE_0 = Date.UTC(2026, 11, 1, 3, 0, 0);

/** Um mundo em que o tempo só anda quando alguém espera, e em que se sabe a hora verdadeira. */
class Mundo {
    verdade = VERDADE_0;
    deriva = 0;
    parede = -1200;
    salto = 0;
    atrasos = [];
    pedidos = [];
    corrente = 0;
    fora = false;
    recomecarNa = null;

    /** Relógio monotônico do cliente: origem arbitrária, cristal imperfeito. */
    monotonico = () => (this.verdade - VERDADE_0) * (1 + this.deriva) + 777;

    horaDeParede = () => this.monotonico() - 777 + VERDADE_0 + this.parede;

    buscar = async (url) => {
        const { ida = 5, volta = 5 } = this.atrasos[this.pedidos.length] ?? {};
        const bilhete = new URL(url).searchParams.get('bilhete');
        this.pedidos.push(bilhete);
        if (this.fora) throw new TypeError('rede fora');
        this.verdade += ida;
        const recomeca = bilhete === null || this.recomecarNa === this.pedidos.length;
        if (this.recomecarNa === this.pedidos.length) this.salto = 3_600_000;
        this.corrente = recomeca ? 0 : this.corrente + 1;
        const corpo = {
            agora_ms: Math.floor(this.verdade + this.salto),
            bilhete: `b${this.pedidos.length}`,
            amostras: this.corrente,
            rtt_min_ms: null,
        };
        this.verdade += volta;
        return { ok: true, json: async () => corpo };
    };

    relogio(url = 'http://sctec.exemplo/hora') {
        return new Relogio(url, {
            buscar: this.buscar,
            monotonico: this.monotonico,
            parede: this.horaDeParede,
        });
    }
}

const perto = (obtido, esperado, folga) =>
    assert.ok(Math.abs(obtido - esperado) <= folga, `${obtido} ≠ ${esperado} ± ${folga}`);

describe('sincronização', () => {
    it('faz 8 perguntas, cada uma com o bilhete da anterior, e a primeira sem', async () => {
        const mundo = new Mundo();
        await mundo.relogio().sincronizar();
        assert.equal(mundo.pedidos.length, RODADAS);
        assert.deepEqual(mundo.pedidos, [null, 'b1', 'b2', 'b3', 'b4', 'b5', 'b6', 'b7']);
    });

    it('fica com a amostra de menor ida e volta, e o erro verdadeiro cabe no limite', async () => {
        const mundo = new Mundo();
        mundo.atrasos = [
            { ida: 90, volta: 10 },
            { ida: 60, volta: 200 },
            { ida: 8, volta: 4 },
            { ida: 300, volta: 5 },
        ];
        mundo.atrasos.length = 8;
        mundo.atrasos.fill({ ida: 150, volta: 30 }, 4);
        const relogio = mundo.relogio();
        await relogio.sincronizar();
        assert.equal(relogio.estado().ida_e_volta_ms, 12);
        assert.ok(Math.abs(relogio.agora() - mundo.verdade) <= relogio.incerteza());
        assert.ok(relogio.incerteza() < 6.6);
    });

    it('o limite vale para qualquer assimetria do caminho', async () => {
        for (let i = 0; i <= 20; i += 1) {
            const mundo = new Mundo();
            mundo.atrasos = Array(8).fill({ ida: i * 5, volta: 100 - i * 5 });
            const relogio = mundo.relogio();
            await relogio.sincronizar();
            assert.ok(Math.abs(relogio.agora() - mundo.verdade) <= relogio.incerteza(), `ida ${i * 5}`);
        }
    });

    it('mostra offset, ida e volta, limite, idade e amostras', async () => {
        const mundo = new Mundo();
        const relogio = mundo.relogio();
        assert.deepEqual(relogio.estado(), { sincronizado: false, amostras: [] });
        assert.deepEqual(relogio.declarar(), {});
        await relogio.sincronizar();
        mundo.verdade += 5000;
        const estado = relogio.estado();
        perto(estado.offset_ms, 1200, 1);
        perto(estado.idade_ms, 5000, 20 * RODADAS);
        assert.equal(estado.amostras.length, RODADAS);
        assert.ok(estado.incerteza_ms > estado.ida_e_volta_ms / 2);
    });

    it('se o servidor recomeça a corrente, esquece as amostras da base antiga', async () => {
        const mundo = new Mundo();
        mundo.recomecarNa = 5;
        mundo.atrasos = [{ ida: 1, volta: 1 }];
        const relogio = mundo.relogio();
        await relogio.sincronizar();
        perto(relogio.agora(), mundo.verdade + 3_600_000, relogio.incerteza());
        assert.equal(relogio.estado().amostras.length, 4);
    });

    it('uma falha no meio aproveita o que veio; sem nada, rejeita e avisa', async () => {
        const mundo = new Mundo();
        const relogio = mundo.relogio();
        mundo.fora = true;
        let avisos = 0;
        relogio.addEventListener('falhou', () => {
            avisos += 1;
        });
        await assert.rejects(relogio.sincronizar(), /rede fora/);
        assert.equal(avisos, 1);
        mundo.fora = false;
        const { buscar } = mundo;
        let restam = 3;
        mundo.buscar = async (url) => {
            restam -= 1;
            if (restam < 0) throw new TypeError('caiu');
            return buscar(url);
        };
        const outro = mundo.relogio();
        await outro.sincronizar();
        assert.equal(outro.estado().amostras.length, 3);
    });

    it('chamadas simultâneas são uma só', async () => {
        const mundo = new Mundo();
        const relogio = mundo.relogio();
        await Promise.all([relogio.sincronizar(), relogio.sincronizar()]);
        assert.equal(mundo.pedidos.length, RODADAS);
    });
});

describe('declaração do clique', () => {
    it('usa o instante do evento, não o da chamada, e leva o último bilhete', async () => {
        const mundo = new Mundo();
        const relogio = mundo.relogio();
        await relogio.sincronizar();
        const clique = mundo.monotonico();
        const verdadeiro = mundo.verdade;
        mundo.verdade += 40;
        const {
            instante_clique_utc: declarado,
            bilhete_tempo: bilhete,
            incerteza_ms: incerteza,
        } = relogio.declarar(clique);
        perto(Date.parse(declarado), verdadeiro, incerteza + 1);
        assert.equal(bilhete, 'b8');
    });

    it('um acerto do relógio do computador não desloca o clique', async () => {
        const mundo = new Mundo();
        const relogio = mundo.relogio();
        await relogio.sincronizar();
        mundo.parede += 3_600_000;
        perto(relogio.agora(), mundo.verdade, relogio.incerteza());
    });
});

describe('deriva', () => {
    for (const ppm of [-180, 0, 40, 180]) {
        it(`segue um cristal de ${ppm} ppm, sempre dentro do limite`, async () => {
            const mundo = new Mundo();
            mundo.deriva = ppm * 1e-6;
            const relogio = mundo.relogio();
            for (let i = 0; i < 10; i += 1) {
                await relogio.sincronizar();
                mundo.verdade += 30_000;
                if (i > 2)
                    assert.ok(
                        Math.abs(relogio.agora() - mundo.verdade) <= relogio.incerteza(),
                        `rodada ${i}`,
                    );
            }
            if (Math.abs(ppm) > 100) perto(relogio.estado().deriva_ppm, -ppm, 50);
        });
    }

    it('um salto do servidor descarta a deriva medida antes dele', async () => {
        const mundo = new Mundo();
        const relogio = mundo.relogio();
        await relogio.sincronizar();
        mundo.verdade += 30_000;
        mundo.salto = 3_600_000;
        await relogio.sincronizar();
        perto(relogio.agora(), mundo.verdade + 3_600_000, relogio.incerteza());
        assert.equal(relogio.estado().deriva_ppm, null);
    });
});

describe('manutenção', () => {
    function ambiente() {
        const alvo = new EventTarget();
        alvo.document = Object.assign(new EventTarget(), { visibilityState: 'visible' });
        alvo.navigator = { connection: new EventTarget() };
        return alvo;
    }

    async function emPe(testar) {
        mock.timers.enable({ apis: ['setInterval'] });
        const mundo = new Mundo();
        const relogio = mundo.relogio();
        const janela = ambiente();
        try {
            relogio.iniciar(janela);
            await relogio.sincronizar();
            await testar({ mundo, relogio, janela });
        } finally {
            relogio.parar();
            mock.timers.reset();
        }
    }

    const sincronizacoes = (mundo) => mundo.pedidos.filter((p) => p === null).length;

    it('pergunta de novo quando o limite cresceu, e não antes', () =>
        emPe(async ({ mundo, relogio }) => {
            const quando = CRESCIMENTO_MS / DERIVA_COMUM;
            mundo.verdade += quando - 2000;
            mock.timers.tick(1000);
            assert.equal(sincronizacoes(mundo), 1);
            mundo.verdade += 3000;
            mock.timers.tick(1000);
            await relogio.sincronizar();
            assert.equal(sincronizacoes(mundo), 2);
            perto(quando, 30_000, 1000);
        }));

    for (const [nome, disparar] of Object.entries({
        'a página volta a ser vista': (j) => j.document.dispatchEvent(new Event('visibilitychange')),
        'a rede muda': (j) => j.navigator.connection.dispatchEvent(new Event('change')),
        'a rede volta': (j) => j.dispatchEvent(new Event('online')),
    })) {
        it(`pergunta de novo quando ${nome}`, () =>
            emPe(async ({ mundo, relogio, janela }) => {
                disparar(janela);
                await relogio.sincronizar();
                assert.equal(sincronizacoes(mundo), 2);
            }));
    }

    it('esconder a página não pergunta nada', () =>
        emPe(async ({ mundo, janela }) => {
            janela.document.visibilityState = 'hidden';
            janela.document.dispatchEvent(new Event('visibilitychange'));
            assert.equal(sincronizacoes(mundo), 1);
        }));

    it('pergunta de novo depois de a máquina dormir', () =>
        emPe(async ({ mundo, relogio }) => {
            mundo.parede += 600_000;
            mock.timers.tick(1000);
            await relogio.sincronizar();
            assert.equal(sincronizacoes(mundo), 2);
        }));

    it('sem rede, recua em vez de insistir a cada segundo', () =>
        emPe(async ({ mundo }) => {
            mundo.fora = true;
            mundo.verdade += 60_000;
            const antes = mundo.pedidos.length;
            for (let i = 0; i < 120; i += 1) {
                mock.timers.tick(1000);
                mundo.verdade += 1000;
                await new Promise(setImmediate);
            }
            const tentativas = mundo.pedidos.length - antes;
            assert.ok(tentativas >= 5 && tentativas <= 9, `${tentativas} tentativas em 2 min`);
        }));

    it('depois de parar, nada mais acontece', () =>
        emPe(async ({ mundo, relogio, janela }) => {
            relogio.parar();
            mundo.verdade += 600_000;
            mock.timers.tick(5000);
            janela.document.dispatchEvent(new Event('visibilitychange'));
            assert.equal(sincronizacoes(mundo), 1);
        }));
});

describe('descoberta', () => {
    it('segue o link tempo da raiz', async () => {
        const buscar = async (url, { headers }) => {
            assert.equal(headers.Accept, 'application/json');
            return {
                ok: true,
                url: 'http://sctec.exemplo/base/',
                json: async () => ({ _links: { tempo: { href: '/base/time' } } }),
            };
        };
        assert.equal(
            await descobrirTempo('http://sctec.exemplo/base/', buscar),
            'http://sctec.exemplo/base/time',
        );
    });

    it('diz quando a raiz não responde', async () => {
        await assert.rejects(
            descobrirTempo('http://sctec.exemplo/', async () => ({ ok: false, status: 503 })),
            /503/,
        );
    });
});
