"""Regras puras: nenhum framework, nenhum relógio próprio, nenhuma entrada ou saída."""
