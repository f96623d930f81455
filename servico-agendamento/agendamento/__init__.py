"""SCTEC, servico-agendamento: quem observa com o telescópio espacial compartilhado."""

__version__ = "1.0.0"
