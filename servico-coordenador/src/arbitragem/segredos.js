/**
 * Segredos do sorteio, um por dia UTC: criados dias antes, com o compromisso publicado; usados no dia;
 * revelados depois dele. Sobrevivem a reinícios; quem os guarda é `cofre`.
 */
import { compromissoDe } from './sorteio.js';

const DIA_MS = 86_400_000;
export const DIAS_ADIANTE = 7;
const DIAS_GUARDADOS = 400;
/** Folga depois do fim do dia: um ajuste de relógio de até uma hora não revela o segredo em uso. */
const FOLGA_MS = 3_600_000;

const diaDe = (utcMs) => new Date(utcMs).toISOString().slice(0, 10);
const inicioDe = (dia) => Date.parse(`${dia}T00:00:00Z`);

export class Segredos {
  #dias;
  #cofre;
  #novoSegredo;
  #aoFalhar;
  #gravacao = Promise.resolve();

  /**
   * @param {object} portas
   * @param {{ler: () => Promise<any[]>, gravar: (dias: object[]) => Promise<void>}} portas.cofre
   * @param {() => Buffer} portas.novoSegredo 32 bytes imprevisíveis
   * @param {(erro: Error) => void} portas.aoFalhar avisado se um segredo novo não chega ao disco
   * @param {number} portas.utcMs
   */
  static async abrir({ cofre, novoSegredo, aoFalhar, utcMs }) {
    const lidos = (await cofre.ler()).map((d) => ({ ...d, segredo: Buffer.from(d.segredo, 'hex') }));
    const segredos = new Segredos({ cofre, novoSegredo, aoFalhar, lidos });
    await segredos.garantir(utcMs);
    return segredos;
  }

  constructor({ cofre, novoSegredo, aoFalhar, lidos }) {
    this.#cofre = cofre;
    this.#novoSegredo = novoSegredo;
    this.#aoFalhar = aoFalhar;
    this.#dias = new Map(lidos.map((d) => [d.dia, d]));
  }

  /** Cria os que faltam de hoje a `DIAS_ADIANTE`; um compromisso só é publicado depois de gravado. */
  garantir(utcMs) {
    const novos = [];
    for (let i = 0; i <= DIAS_ADIANTE; i += 1) {
      const dia = diaDe(utcMs + i * DIA_MS);
      if (this.#dias.has(dia)) continue;
      const criado = {
        dia,
        segredo: this.#novoSegredo(),
        publicado_em_utc: new Date(utcMs).toISOString(),
        gravado: false,
      };
      this.#dias.set(dia, criado);
      novos.push(criado);
    }
    for (const dia of this.#dias.keys()) {
      if (inicioDe(dia) < utcMs - DIAS_GUARDADOS * DIA_MS) this.#dias.delete(dia);
    }
    if (novos.length > 0 || [...this.#dias.values()].some((d) => !d.gravado)) this.#gravar();
    return this.#gravacao;
  }

  /** @returns {{dia: string, segredo: Buffer, compromisso: string}} o segredo do dia UTC de `utcMs` */
  doDia(utcMs) {
    const dia = diaDe(utcMs);
    if (!this.#dias.has(dia)) this.garantir(utcMs);
    const guardado = this.#dias.get(dia);
    guardado.compromisso ??= compromissoDe(guardado.segredo);
    return guardado;
  }

  /** Compromissos de todos os dias guardados e segredos dos dias já encerrados. */
  publicos(utcMs) {
    const compromissos = [];
    const revelados = [];
    for (const { dia, segredo, publicado_em_utc: publicado, gravado } of this.#dias.values()) {
      if (!gravado) continue;
      const publico = {
        dia,
        compromisso: compromissoDe(segredo),
        publicado_em_utc: publicado,
        antecipado: Date.parse(publicado) < inicioDe(dia),
      };
      compromissos.push(publico);
      if (utcMs >= inicioDe(dia) + DIA_MS + FOLGA_MS)
        revelados.push({ ...publico, segredo: segredo.toString('hex') });
    }
    return { compromissos, revelados };
  }

  #gravar() {
    const dias = [...this.#dias.values()];
    const guardar = dias.map((d) => ({
      dia: d.dia,
      segredo: d.segredo.toString('hex'),
      publicado_em_utc: d.publicado_em_utc,
    }));
    this.#gravacao = this.#gravacao
      .then(() => this.#cofre.gravar(guardar))
      .then(() =>
        dias.forEach((d) => {
          d.gravado = true;
        }),
      )
      .catch(this.#aoFalhar);
  }
}
