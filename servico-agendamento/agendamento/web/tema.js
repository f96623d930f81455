/* Antes da primeira pintura: o tema e o idioma que a pessoa escolheu, para que nada pisque. */
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
  if (ler('sctec.idioma') === 'en') document.documentElement.lang = 'en';
}
