"""Adaptadores da porta ``Coordenador``: o real, por HTTP, e o que não tranca (só para a prova)."""
