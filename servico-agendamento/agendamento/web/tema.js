/* Antes da primeira pintura: o tema e o idioma da pessoa, para que nada pisque. */
{
  const ler = (nome) => {
    try {
      return localStorage.getItem(nome);
    } catch {
      return null;
    }
  };
  const tema = ler('sctec.tema');
  if (tema) document.documentElement.dataset.tema = tema;
  const idioma = ler('sctec.idioma') ?? (navigator.language.startsWith('pt') ? 'pt' : 'en');
  if (idioma === 'en') document.documentElement.lang = 'en';
  // As palavras do idioma vêm junto com o resto, sem esperar que o código as peça.
  const { src } = /** @type {HTMLScriptElement} */ (document.currentScript);
  const href = new URL(`textos-${idioma === 'en' ? 'en' : 'pt'}.js`, src).href;
  document.head.append(Object.assign(document.createElement('link'), { rel: 'modulepreload', href }));
}
