"""``make bench``: mede o sistema contra referências da mesma execução e escreve docs/DESEMPENHO.md.

Só razões são metas: as máquinas diferem. Tudo corre em 127.0.0.1, com número de pedidos fixo.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from datetime import UTC, datetime

from bench import coordenador, crescimento, disputa, vazao
from bench.relatorio import Medida, escrever


def main() -> int:
    """Devolve 0 se toda meta foi alcançada."""
    medidas: list[Medida] = []
    for nome, medir in (
        ("vazão", vazao.medir),
        ("disputa", disputa.medir),
        ("coordenador", coordenador.medir),
        ("crescimento", crescimento.medir),
    ):
        print(f"— {nome}", flush=True)
        novas = medir()
        for medida in novas:
            print(f"  {medida.linha()}", flush=True)
        medidas += novas
    maquina = f"{os.cpu_count()} núcleos, Python {platform.python_version()}, {datetime.now(UTC):%Y-%m-%d}"
    escrever(medidas, maquina)
    print(json.dumps({m.nome: m.razao for m in medidas}, ensure_ascii=False))
    return 0 if all(m.alcancada for m in medidas) else 1


if __name__ == "__main__":
    sys.exit(main())
