"""Os dois serviços juntos, sãos: corridas, cotas, repetição, registro, eventos."""
