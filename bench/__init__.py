"""Medições: razões contra referências medidas na mesma execução (``make bench``)."""
