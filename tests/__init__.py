"""O que precisa dos dois serviços de pé."""
