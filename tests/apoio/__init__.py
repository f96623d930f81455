"""Apoio dos testes com serviços reais: conexões cruas, leitura direta do banco, o sistema de cada módulo."""
