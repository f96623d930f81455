"""``make bench``: mede o sistema contra referências da mesma execução e escreve docs/DESEMPENHO.md.

Só razões são metas: as máquinas diferem. Tudo corre em 127.0.0.1, com número de pedidos fixo. Com nomes,
mede só essas partes e não escreve: ``python -m bench vazao telemetria``.
"""

from __future__ import annotations

import os
import platform
import sys
from datetime import UTC, datetime

from bench import coordenador, crescimento, disputa, pagina, telemetria, vazao
from bench.relatorio import Medida, escrever

PARTES = {
    "vazao": vazao.medir,
    "telemetria": telemetria.medir,
    "disputa": disputa.medir,
    "coordenador": coordenador.medir,
    "crescimento": crescimento.medir,
}


def main(nomes: list[str]) -> int:
    """Devolve 0 se toda meta foi alcançada."""
    if desconhecidos := set(nomes) - set(PARTES):
        sys.exit(f"não há {', '.join(sorted(desconhecidos))}; há {', '.join(PARTES)}")
    medidas: list[Medida] = []
    for nome in nomes or PARTES:
        print(f"— {nome}", flush=True)
        novas = PARTES[nome]()
        for medida in novas:
            print(f"  {medida.linha()}", flush=True)
        medidas += novas
    if not nomes:
        maquina = (
            f"{os.cpu_count()} núcleos, Python {platform.python_version()}, {datetime.now(UTC):%Y-%m-%d}"
        )
        escrever(medidas, maquina)
        pagina.main()
    return 0 if all(m.alcancada for m in medidas) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
