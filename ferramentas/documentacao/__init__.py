"""O que docs/API.md precisa para ser gerada dos serviços em execução, e conferida contra eles."""
