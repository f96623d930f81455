"""Apaga os dados locais, depois de dizer o que vai sumir. Recusa-se enquanto o SCTEC os usa."""

from __future__ import annotations

import shutil
import sys

from ferramentas.ambiente import DadosEmUso, pasta_dos_dados, uso_exclusivo
from ferramentas.caminhos import RAIZ


def principal() -> int:
    """Ponto de entrada da linha de comando."""
    dados = pasta_dos_dados(RAIZ)
    itens = sorted(dados.iterdir()) if dados.is_dir() else []
    if not itens:
        print(f"Nada a apagar: {dados} não existe ou está vazia.")
        return 0
    try:
        with uso_exclusivo(dados):
            print(f"Apagando os dados locais em {dados}:")
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
