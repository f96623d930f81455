"""HTTP na entrada, HTTP na saída: um substantivo por arquivo, nenhuma regra de negócio."""
