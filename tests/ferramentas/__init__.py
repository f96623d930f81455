"""O que inicia, prepara e prova o SCTEC também se prova."""
