/** iCalendar (RFC 5545): um evento por observação, linhas dobradas em 75 octetos, texto escapado (§3.3.11). */
const codificador = new TextEncoder();

const escapar = (texto) =>
  texto
    .replace(/\\/g, '\\\\')
    .replace(/;/g, '\\;')
    .replace(/,/g, '\\,')
    .replace(/\r\n|\r|\n/g, '\\n');
const instante = (ms) => new Date(ms).toISOString().replace(/[-:]|\.\d{3}/g, '');

/** Dobra em octetos, sem partir um caractere ao meio. */
export function dobrar(linha) {
  const partes = [];
  let atual = '';
  let octetos = 0;
  for (const c of linha) {
    const n = codificador.encode(c).length;
    if (octetos + n > 75) {
      partes.push(atual);
      atual = ' ';
      octetos = 1;
    }
    atual += c;
    octetos += n;
  }
  return [...partes, atual].join('\r\n');
}

/**
 * @param {any[]} agendamentos como a API os dá
 * @param {{agora: number, nomeDe(slug): string}} contexto
 * @returns {string} o calendário, com CRLF
 */
export function calendario(agendamentos, { agora, nomeDe }) {
  const eventos = agendamentos.flatMap((ag) => [
    'BEGIN:VEVENT',
    `UID:agendamento-${ag.id}-${Date.parse(ag.criado_em_utc)}@sctec`,
    `DTSTAMP:${instante(agora)}`,
    `LAST-MODIFIED:${instante(Date.parse(ag.atualizado_em_utc))}`,
    `SEQUENCE:${ag.versao}`,
    `DTSTART:${instante(Date.parse(ag.horario_inicio_utc))}`,
    `DTEND:${instante(Date.parse(ag.horario_fim_utc))}`,
    `SUMMARY:${escapar([nomeDe(ag.telescopio), ag.objeto_celeste].filter(Boolean).join(': '))}`,
    ...(ag.observacoes ? [`DESCRIPTION:${escapar(ag.observacoes)}`] : []),
    `STATUS:${ag.estado === 'CANCELADO' ? 'CANCELLED' : 'CONFIRMED'}`,
    'END:VEVENT',
  ]);
  return [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//SCTEC//cliente web//PT',
    'CALSCALE:GREGORIAN',
    ...eventos,
    'END:VCALENDAR',
    '',
  ]
    .map(dobrar)
    .join('\r\n');
}

/** Entrega um arquivo feito aqui mesmo. */
export function baixar(nome, conteudo, tipo = 'text/calendar') {
  const url = URL.createObjectURL(new Blob([conteudo], { type: `${tipo};charset=utf-8` }));
  const elo = document.createElement('a');
  elo.href = url;
  elo.download = nome;
  elo.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
