import pacote from '../package.json' with { type: 'json' };

export const SERVICO = pacote.name;
export const VERSAO = pacote.version;
