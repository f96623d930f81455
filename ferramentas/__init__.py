"""Ferramentas que preparam, executam e provam o SCTEC; nenhuma delas vai para a imagem dos serviços."""
