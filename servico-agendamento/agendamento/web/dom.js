/** Elementos a partir de dados: tudo o que vem de fora entra como texto, nunca como HTML. */
const SVG = 'http://www.w3.org/2000/svg';

const preencher = (no, props, filhos) => {
  for (const [nome, valor] of Object.entries(props)) {
    if (valor === undefined || valor === null || valor === false) continue;
    if (nome.startsWith('ao_')) no.addEventListener(nome.slice(3), valor);
    else if (nome === 'texto') no.textContent = valor;
    else if (nome === 'valor') no.value = valor;
    else no.setAttribute(nome, valor === true ? '' : valor);
  }
  no.append(...filhos.flat(2).filter((f) => f !== null && f !== undefined && f !== false));
  return no;
};

/** `el('button', {class: 'x', ao_click: f, texto: 't'}, filho, …)`; filhos nulos são ignorados. */
export const el = (nome, props = {}, ...filhos) => preencher(document.createElement(nome), props, filhos);
export const svg = (nome, props = {}, ...filhos) =>
  preencher(document.createElementNS(SVG, nome), props, filhos);
export const por = (id) => document.getElementById(id);

/** Escreve só se mudou: o leitor de tela e o desenho agradecem. */
export function escrever(no, texto) {
  if (no.textContent !== texto) no.textContent = texto;
}

export function atributo(no, nome, valor) {
  if (valor === null || valor === undefined || valor === false) no.removeAttribute(nome);
  else if (no.getAttribute(nome) !== String(valor)) no.setAttribute(nome, valor);
}

/** Quem tem id é o id; um botão, o nome dele dentro de quem tem. */
const nomeDe = (no) =>
  no.dataset.id
    ? `${no.localName} ${no.dataset.id}`
    : [
        no.localName,
        no.closest('[data-id]')?.dataset.id,
        no.getAttribute('aria-label') ?? no.textContent,
      ].join();

/** Troca os filhos sem perder o foco: ele volta ao controle de mesmo nome ou, se já não há, ao conteúdo da página. */
export function refazer(no, ...filhos) {
  const nome = no.contains(document.activeElement) && nomeDe(document.activeElement);
  no.replaceChildren(...filhos);
  if (nome)
    (
      [...no.querySelectorAll('a, button, input, summary, [tabindex]')].find(
        (outro) => nomeDe(outro) === nome,
      ) ?? por('principal')
    ).focus();
}

const PAPEIS = [
  ['thead, tbody', 'rowgroup'],
  ['tr', 'row'],
  ['thead th', 'columnheader'],
  ['tbody th', 'rowheader'],
  ['td', 'cell'],
];

/** O CSS que empilha as linhas na tela estreita tira da tabela o papel que ela tem; escrito, ele fica. */
export function comPapeis(tabela) {
  tabela.setAttribute('role', 'table');
  for (const [seletor, papel] of PAPEIS)
    for (const no of tabela.querySelectorAll(seletor)) no.setAttribute('role', papel);
  return tabela;
}

/** Um texto aleatório de 128 bits; `randomUUID` não existe fora de contextos seguros, e isto existe. */
export function aleatorio() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, '0')).join('');
}

/** Campo com rótulo, remédio e erro próprios; `campo.falhar(texto)` marca e descreve, `campo.limpar()` desfaz. */
export function campo(rotulo, props = {}, tipo = 'input', ...opcoes) {
  const id = `c-${aleatorio().slice(0, 8)}`;
  const entrada = el(tipo, { id, ...props }, ...opcoes);
  const erro = el('p', { class: 'erro-campo', id: `${id}-e`, hidden: true });
  const no = el('div', {}, el('label', { for: id, texto: rotulo }), entrada, erro);
  return {
    no,
    entrada,
    get valor() {
      return entrada.value.trim();
    },
    falhar(texto, idioma) {
      erro.textContent = texto;
      atributo(erro, 'lang', idioma);
      erro.hidden = false;
      entrada.setAttribute('aria-invalid', 'true');
      entrada.setAttribute('aria-describedby', erro.id);
    },
    limpar() {
      erro.hidden = true;
      entrada.removeAttribute('aria-invalid');
      entrada.removeAttribute('aria-describedby');
    },
  };
}

/** Um botão que, ocupado, continua com o foco: `aria-disabled` em vez de `disabled`. */
export function botao(texto, acao, props = {}) {
  const no = el('button', { type: 'button', texto, ...props });
  no.addEventListener('click', async (evento) => {
    if (no.getAttribute('aria-disabled') === 'true') return;
    no.setAttribute('aria-disabled', 'true');
    try {
      await acao(evento);
    } finally {
      no.removeAttribute('aria-disabled');
    }
  });
  return no;
}
