"""Apaga os dados locais, depois de dizer o que vai sumir. Recusa-se enquanto o SCTEC os usa."""

from __future__ import annotations

import shutil
import sys

from ferramentas.ambiente import DadosEmUso, uso_exclusivo
from ferramentas.caminhos import RAIZ


def principal() -> int:
    """Ponto de entrada da linha de comando."""
    dados = RAIZ / "var"
    itens = sorted(dados.iterdir()) if dados.is_dir() else []
    if not itens:
        print("Nada a apagar: var/ não existe ou está vazia.")
        return 0
    try:
        with uso_exclusivo(dados):
            print("Apagando os dados locais em var/:")
            for item in itens:
                print(f"  {item.name}")
            shutil.rmtree(dados)
    except DadosEmUso as erro:
        print(f"Não deu: {erro}. Pare-o (Ctrl-C no `make run`) e repita.", file=sys.stderr)
        return 1
    print("Pronto. O próximo `make run` começa com um banco novo.")
    return 0


if __name__ == "__main__":
    sys.exit(principal())
