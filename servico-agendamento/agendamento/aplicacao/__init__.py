"""Casos de uso: um arquivo por verbo, sobre as portas de ``portas.py``."""
