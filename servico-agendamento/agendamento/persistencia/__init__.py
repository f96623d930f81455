"""O banco: modelos, leituras, a única thread que escreve e a trilha de auditoria."""
