"""``make run``: os dois serviços em primeiro plano, com tudo o que se precisa para o primeiro pedido na tela.

Ctrl-C (ou SIGTERM) para ambos e termina com 0.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from ferramentas import boas_vindas
from ferramentas.ambiente import DadosEmUso, dos_servicos, pasta_dos_dados, segredo_guardado, uso_exclusivo
from ferramentas.caminhos import RAIZ
from ferramentas.linhas import Linha
from ferramentas.portas import livre, quem_ocupa
from ferramentas.processo import NaoIniciou
from ferramentas.servicos import MigracaoFalhou, Servicos

PADROES = {"PORTA_AGENDAMENTO": "5000", "PORTA_COORDENADOR": "3000"}
_CORES = {"servico-agendamento": "36", "servico-coordenador": "33"}


class NaoDeu(Exception):
    """Não se pode executar; a mensagem diz o motivo e o remédio."""


def ambiente_da_execucao() -> dict[str, str]:
    """O que quem executa escolheu, sobre os padrões de ``make run``."""
    escolhido = dos_servicos(RAIZ)
    escolhido.pop("SCTEC_PUBLICAR", None)  # do docker-compose: aqui o alcance é o endereço em que se escuta
    dados = pasta_dos_dados(RAIZ)
    ambiente = {"SCTEC_DEMO": "1", "SCTEC_LOG_FORMATO": "texto", **PADROES, **escolhido}
    ambiente["SCTEC_DADOS"] = str(dados)
    ambiente.setdefault("SCTEC_SEGREDO_COORDENADOR", segredo_guardado(dados))
    return ambiente


def conferir_portas(ambiente: Mapping[str, str]) -> None:
    """
    Raises:
        NaoDeu: uma porta não é um número ou está ocupada.
    """
    endereco = ambiente.get("SCTEC_ENDERECO", "127.0.0.1")
    for variavel in PADROES:
        if not ambiente[variavel].isdecimal() or not 0 < int(ambiente[variavel]) < 65536:
            raise NaoDeu(f"{variavel}={ambiente[variavel]}: esperado um número de 1 a 65535.")
        porta = int(ambiente[variavel])
        if not livre(porta, endereco):
            quem = quem_ocupa(porta) or "outro processo"
            raise NaoDeu(
                f"a porta {porta} está ocupada por {quem}. Pare-o, ou escolha outra porta:\n\n"
                f"    make run {variavel}={porta + 1}\n"
            )


@contextlib.contextmanager
def _ctrl_c_so_nosso() -> Iterator[threading.Event]:
    """Os pedidos de parada viram um evento, e o Ctrl-C não chega ao make que nos chamou.

    Se chegasse, o make terminaria com erro e uma linha assustadora depois de uma parada limpa.
    """
    parar = threading.Event()
    sinais = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    anteriores = {sinal: signal.signal(sinal, lambda *_: parar.set()) for sinal in sinais}
    grupo_do_make = None
    if sys.stdin.isatty() and os.tcgetpgrp(0) == os.getpgrp() != os.getpid():
        grupo_do_make = os.getpgrp()
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        os.setpgid(0, 0)
        os.tcsetpgrp(0, os.getpgrp())
    try:
        yield parar
    finally:
        if grupo_do_make is not None:
            with contextlib.suppress(OSError):
                os.tcsetpgrp(0, grupo_do_make)
        for sinal, anterior in anteriores.items():
            signal.signal(sinal, anterior)


def _imprimir(linha: Linha) -> None:
    texto = linha.texto
    if sys.stdout.isatty() and not os.environ.get("NO_COLOR"):
        texto = f"\x1b[{_CORES.get(linha.servico, '0')}m{texto}\x1b[0m"
    with contextlib.suppress(OSError):
        print(texto, flush=True)


def executar() -> int:
    """Inicia, mostra as boas-vindas, espera o pedido de parada e para.

    Raises:
        NaoDeu, NaoIniciou, MigracaoFalhou, DadosEmUso: com o motivo e o remédio.
    """
    inicio = time.monotonic()
    ambiente = ambiente_da_execucao()
    with uso_exclusivo(Path(ambiente["SCTEC_DADOS"])), _ctrl_c_so_nosso() as parar:
        conferir_portas(ambiente)
        print("  migrando, semeando e iniciando os serviços …", flush=True)
        # As linhas do início não empurram as boas-vindas para fora da tela; se algo falhar, o erro as traz.
        na_tela = threading.Event()
        servicos = Servicos(
            ambiente,
            dados=Path(ambiente["SCTEC_DADOS"]),
            agenda=True,
            ao_ler=lambda linha: _imprimir(linha) if na_tela.is_set() else None,
        )
        try:
            servicos.iniciar(desistir=parar)
            if not parar.is_set():
                print(boas_vindas.texto(servicos, ambiente, time.monotonic() - inicio), flush=True)
            na_tela.set()
            codigo = _esperar(servicos, parar)
        finally:
            print("\nParando os dois serviços …", flush=True)
            servicos.encerrar()
    print("Parados. Os dados ficam; `make reset` os apaga.")
    return codigo


def _esperar(servicos: Servicos, parar: threading.Event) -> int:
    """Até o pedido de parada (0) ou a queda de um serviço (1). Órfão do make, também para."""
    pai = os.getppid()
    while not parar.wait(0.5):
        if os.getppid() != pai:
            return 0
        for processo in servicos.processos:
            if not processo.vivo:
                print(f"\n{processo.nome} terminou sozinho; veja as últimas linhas acima.", file=sys.stderr)
                return 1
    return 0


def principal() -> int:
    """Ponto de entrada da linha de comando."""
    try:
        return executar()
    except (NaoDeu, NaoIniciou, MigracaoFalhou, DadosEmUso) as erro:
        print(f"\nNão deu: {erro}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(principal())
