"""Os dois serviços juntos, feridos: mortos, congelados, sem disco, parados no meio."""
