"""Medição da justiça com os serviços de verdade: contendores atrás de atrasos, disputas e as contas."""
