// iCalendar (RFC 5545): o que se escreve se lê de volta igual, linha a linha e octeto a octeto.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { calendario, dobrar } from '../../agendamento/web/ics.js';

const octetos = (texto) => new TextEncoder().encode(texto).length;
const desdobrar = (texto) => texto.replaceAll('\r\n ', '');
const soltar = (valor) => valor.replace(/\\([\\;,nN])/g, (_, c) => (c === 'n' || c === 'N' ? '\n' : c));

const AGORA = Date.UTC(2026, 10, 30, 12);
const base = {
    id: 7,
    telescopio: 'hubble-acad',
    horario_inicio_utc: '2026-12-01T03:00:00.000Z',
    horario_fim_utc: '2026-12-01T03:05:00.000Z',
    criado_em_utc: '2026-11-29T10:00:00.000Z',
    atualizado_em_utc: '2026-11-29T11:00:00.000Z',
    versao: 2,
    estado: 'ATIVO',
    objeto_celeste: 'M31',
    observacoes: null,
};
const escrever = (...ags) =>
    calendario(
        ags.map((ag) => ({ ...base, ...ag })),
        { agora: AGORA, nomeDe: () => 'Hubble, o “Acadêmico”' },
    );

/** As propriedades de cada VEVENT, já desdobradas e desescapadas. */
function ler(texto) {
    const eventos = [];
    for (const linha of desdobrar(texto).split('\r\n')) {
        if (linha === 'BEGIN:VEVENT') eventos.push({});
        const corte = linha.indexOf(':');
        if (eventos.length > 0 && corte > 0)
            eventos.at(-1)[linha.slice(0, corte)] ??= soltar(linha.slice(corte + 1));
    }
    return eventos;
}

const DIFICEIS = [
    '<img src=x onerror=alert(1)>',
    'a;b,c\\d',
    'linha\nnova',
    'linha\r\nnova',
    '\\n não é quebra',
    '🔭'.repeat(60),
    'ç'.repeat(200),
    `${'x'.repeat(66)}é`,
    'BEGIN:VEVENT\r\nUID:falso',
    ':;,"\\',
];

describe('iCalendar', () => {
    it('dobra em até 75 octetos sem partir caractere, e desdobra igual', () => {
        for (const texto of DIFICEIS) {
            const dobrado = dobrar(`SUMMARY:${texto.replaceAll(/[\r\n]+/g, ' ')}`);
            for (const linha of dobrado.split('\r\n')) assert.ok(octetos(linha) <= 75, linha);
            assert.ok(!dobrado.includes('\uFFFD'));
            assert.equal(desdobrar(dobrado), `SUMMARY:${texto.replaceAll(/[\r\n]+/g, ' ')}`);
        }
    });

    it('todo texto volta igual, e nenhum cria propriedade ou evento', () => {
        for (const texto of DIFICEIS) {
            const saida = escrever({ objeto_celeste: texto, observacoes: texto });
            const eventos = ler(saida);
            assert.equal(eventos.length, 1, texto);
            const esperado = texto.replaceAll('\r\n', '\n');
            assert.equal(eventos[0].DESCRIPTION, esperado);
            assert.equal(eventos[0].SUMMARY, `Hubble, o “Acadêmico”: ${esperado}`);
        }
    });

    it('CRLF em todas as linhas, o obrigatório presente, instantes em UTC', () => {
        const saida = escrever({}, { id: 8, estado: 'CANCELADO' });
        assert.equal(saida.replaceAll('\r\n', '').match(/[\r\n]/), null);
        assert.ok(
            saida.startsWith('BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:')
                && saida.endsWith('END:VCALENDAR\r\n'),
        );
        const [um, dois] = ler(saida);
        assert.equal(um.DTSTART, '20261201T030000Z');
        assert.equal(um.DTEND, '20261201T030500Z');
        assert.equal(um.DTSTAMP, '20261130T120000Z');
        assert.equal(um.SEQUENCE, '2');
        assert.equal(um.STATUS, 'CONFIRMED');
        assert.equal(dois.STATUS, 'CANCELLED');
        assert.notEqual(um.UID, dois.UID);
        assert.equal(saida.match(/^BEGIN:/gm).length, saida.match(/^END:/gm).length);
    });
});
