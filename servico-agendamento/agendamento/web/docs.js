/* Abre o leitor do OpenAPI com os arquivos servidos daqui: funciona sem internet. */
const leitor = document.getElementById('leitor');
/** @type {any} */ (window).SwaggerUIBundle({
  url: leitor.dataset.openapi,
  domNode: leitor,
  deepLinking: true,
  tryItOutEnabled: true,
});
