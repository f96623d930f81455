"""Logs, traços e métricas: folha do grafo de imports, usada por todas as camadas, que não usa nenhuma."""
