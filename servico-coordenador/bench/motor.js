/**
 * Motor de carga em processo próprio: conexões persistentes, cada uma com um pedido no ar por vez.
 * Uso: node motor.js '{"porta":…,"modo":"ola|pares|lotes","conexoes":50,"segundos":5,"segredo":"…"}'
 * Em `pares`, cada conexão devolve o que pediu, numa requisição; em `lotes`, como faz o agendamento, as devoluções vão
 * juntas, a cada `RITMO_MS`.
 */
import { readFileSync } from 'node:fs';
import net from 'node:net';

const {
  porta,
  modo,
  conexoes = 50,
  segundos = 5,
  aquecimento = 2,
  segredo = '',
  janelaMs = 0,
  pid = null,
} = JSON.parse(process.argv[2]);
const quadro = (caminho, corpo) =>
  `POST ${caminho} HTTP/1.1\r\nHost: 127.0.0.1\r\n`
  + `Authorization: Bearer ${segredo}\r\nContent-Type: application/json\r\n`
  + `Content-Length: ${corpo.length}\r\n\r\n${corpo}`;
const OLA = 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';

/** CPU já gasta pelo servidor, em µs (só em Linux): diz o custo mesmo com a máquina ocupada por outros. */
function cpuUs() {
  try {
    const campos = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(campos[11]) + Number(campos[12])) * 10_000;
  } catch {
    return NaN;
  }
}

/** Os de coordenador/cliente.py, no agendamento. */
const RITMO_MS = 15;
const MAIOR_LOTE = 500;
const devolver = [];
let ultimoLote = 0;
let recurso = 0;
let cpuAntes = 0;
let feitos = 0;
let pares = 0;
let erros = 0;
let contando = false;
let latencias = [];

function pedir(caminho) {
  recurso += 1;
  return quadro(
    caminho,
    `{"recurso":"Hubble-Acad_${recurso}","solicitante":"c${recurso}","janela_ms":${janelaMs},`
      + '"idade_ms":3,"uso":1}',
  );
}

function conectar() {
  const soquete = net.connect({ port: porta, host: '127.0.0.1', noDelay: true });
  let recebido = '';
  let liberando = 0;
  let inicio = 0;
  const proximo = (resposta) => {
    if (modo === 'ola') return OLA;
    const devolvidas = liberando && resposta ? liberando : 0;
    if (contando) pares += devolvidas;
    if (resposta && !liberando) devolver.push(`{"concessao":${resposta.slice(13, 51)},"desfecho":"SALVO"}`);
    liberando = 0;
    if (modo === 'pares' ? devolver.length === 0 : performance.now() - ultimoLote < RITMO_MS)
      return pedir('/lock');
    const lote = devolver.splice(0, modo === 'pares' ? 1 : MAIOR_LOTE);
    ultimoLote = performance.now();
    liberando = lote.length;
    if (liberando === 0) return pedir('/lock');
    return quadro('/unlock', modo === 'pares' ? lote[0] : `{"concessoes":[${lote.join()}]}`);
  };
  const enviar = (texto) => {
    inicio = performance.now();
    soquete.write(texto);
  };
  soquete.on('connect', () => enviar(proximo()));
  soquete.on('data', (pedaco) => {
    recebido += pedaco.latin1Slice();
    const corte = recebido.indexOf('\r\n\r\n');
    if (corte < 0) return;
    const marca = recebido.indexOf('Content-Length: ') + 16;
    const tamanho = Number(recebido.slice(marca, recebido.indexOf('\r', marca)));
    if (recebido.length < corte + 4 + tamanho) return;
    const corpo = recebido.slice(corte + 4, corte + 4 + tamanho);
    if (contando) {
      feitos += 1;
      if (!recebido.startsWith('HTTP/1.1 200')) erros += 1;
      latencias.push(performance.now() - inicio);
    }
    const ok = recebido.startsWith('HTTP/1.1 200');
    recebido = '';
    enviar(proximo(ok ? corpo : null));
  });
  soquete.on('error', () => {
    erros += 1;
  });
  return soquete;
}

const soquetes = Array.from({ length: conexoes }, conectar);
setTimeout(() => {
  contando = true;
  cpuAntes = cpuUs();
}, aquecimento * 1000);
setTimeout(
  () => {
    contando = false;
    const cpu = cpuUs() - cpuAntes;
    soquetes.forEach((s) => s.destroy());
    latencias = latencias.sort((a, b) => a - b);
    const p = (q) => Number((latencias[Math.floor(latencias.length * q)] ?? 0).toFixed(3));
    process.stdout.write(
      `${JSON.stringify({
        por_segundo: Math.round((modo === 'ola' ? feitos : pares) / segundos),
        erros,
        p50_ms: p(0.5),
        p99_ms: p(0.99),
        cpu_us: Number((cpu / (modo === 'ola' ? feitos : pares)).toFixed(1)),
      })}\n`,
    );
  },
  (aquecimento + segundos) * 1000,
);
