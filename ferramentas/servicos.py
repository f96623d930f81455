"""Os dois serviços de verdade (gunicorn e node) em 127.0.0.1, para executar, provar, testar e medir.

    with Servicos() as s:                           # banco e segredo só desta vez, portas livres, já prontos
        requests.get(f"{s.agendamento.url}/time")
        s.coordenador.congelar()                    # SIGSTOP; descongelar(), matar(), reiniciar(), parar()
        s.esperar_linha(lambda l: "Lock concedido" in l.mensagem)
        outra = s.nova_replica()                    # segundo Flask no mesmo banco
        s.cli("auditoria", "verificar")

Só processos iniciados aqui recebem sinal, cada um no próprio grupo; ao sair do ``with`` nenhum fica.
"""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from ferramentas.caminhos import AGENDAMENTO, COORDENADOR, NODE, PYTHON, VENV
from ferramentas.linhas import Linha, Linhas
from ferramentas.portas import porta_livre
from ferramentas.processo import Processo

__all__ = ["Linha", "MigracaoFalhou", "Processo", "Servicos"]


class MigracaoFalhou(Exception):
    """``migrar`` ou ``semear`` terminou com erro; a mensagem traz o que disse."""


def ambiente_limpo() -> dict[str, str]:
    """O ambiente de quem chama sem o que muda o comportamento dos serviços (SCTEC_*, PORTA_*, OTEL_*).

    Nem a proibição de guardar bytecode: sem ele cada início do Flask leva o triplo do tempo.
    """
    dos_servicos = ("SCTEC_", "PORTA_", "OTEL_", "PYTHONDONTWRITEBYTECODE")
    return {nome: valor for nome, valor in os.environ.items() if not nome.startswith(dos_servicos)}


class Servicos:
    """Coordenador e agendamento ligados um ao outro, com dados próprios.

    Args:
        ambiente: variáveis dos dois serviços, por cima dos padrões (demonstração ligada, log JSON).
            ``PORTA_AGENDAMENTO`` e ``PORTA_COORDENADOR`` fixam as portas; sem elas são escolhidas livres.
        do_agendamento, do_coordenador: variáveis de um só, por cima de ``ambiente``.
        dados: pasta dos dados, que fica; sem ela usa-se uma temporária, apagada ao sair.
        semear: cria os telescópios e cientistas de demonstração depois de migrar o banco.
        agenda: e uma semana de observações, para que a página não abra vazia.
        capturar: ``False`` manda a saída a ``dados/<nome>.saida`` sem passar por este processo (medições).
        ao_ler: chamada com cada linha, na thread que a leu.
        prazo_s: quanto esperar que cada serviço diga que está pronto.
    """

    def __init__(
        self,
        ambiente: Mapping[str, str] | None = None,
        *,
        do_agendamento: Mapping[str, str] | None = None,
        do_coordenador: Mapping[str, str] | None = None,
        dados: Path | None = None,
        semear: bool = True,
        agenda: bool = False,
        capturar: bool = True,
        ao_ler: Callable[[Linha], None] | None = None,
        prazo_s: float = 30,
    ) -> None:
        self._temporaria = None if dados else Path(tempfile.mkdtemp(prefix="sctec-"))
        self.dados = dados or self._temporaria or Path()
        self.dados.mkdir(parents=True, exist_ok=True)
        comum = dict(ambiente or {})
        self.segredo = comum.get("SCTEC_SEGREDO_COORDENADOR") or secrets.token_urlsafe(32)
        porta_agendamento = int(comum.pop("PORTA_AGENDAMENTO", 0) or porta_livre())
        porta_coordenador = int(comum.pop("PORTA_COORDENADOR", 0) or porta_livre())
        self._comum = {
            **ambiente_limpo(),
            "SCTEC_ENDERECO": "127.0.0.1",
            "SCTEC_DADOS": str(self.dados.resolve()),
            "SCTEC_DEMO": "1",
            "SCTEC_LOG_FORMATO": "json",
            "SCTEC_COORDENADOR_URL": f"http://127.0.0.1:{porta_coordenador}",
            "PYTHONUNBUFFERED": "1",
            **comum,
            "SCTEC_SEGREDO_COORDENADOR": self.segredo,
        }
        self._do_agendamento = dict(do_agendamento or {})
        self._semear = ["semear", *(["--agenda"] if agenda else [])] if semear else None
        self._capturar = capturar
        self._prazo_s = prazo_s
        self._linhas = Linhas(ao_ler)
        self.coordenador = self._processo(
            "servico-coordenador",
            [str(NODE), "src/main.js"],
            COORDENADOR,
            porta_coordenador,
            {"PORTA_COORDENADOR": str(porta_coordenador), **(do_coordenador or {})},
        )
        self.agendamentos = [self._novo_agendamento("servico-agendamento", porta_agendamento)]

    @property
    def agendamento(self) -> Processo:
        """A primeira (quase sempre única) réplica do Flask."""
        return self.agendamentos[0]

    @property
    def processos(self) -> list[Processo]:
        """Todos, o coordenador primeiro."""
        return [self.coordenador, *self.agendamentos]

    def iniciar(self, desistir: threading.Event | None = None) -> Self:
        """Migra, semeia, inicia os dois e espera que ambos se digam prontos (ou que se desista).

        Raises:
            MigracaoFalhou, NaoIniciou: com o que o programa que falhou disse.
        """
        desistir = desistir or threading.Event()
        atexit.register(self.encerrar)
        try:
            self.coordenador.iniciar(esperar=False)
            self._cli_ou_falha("migrar")
            if self._semear:
                self._cli_ou_falha(*self._semear)
            if not desistir.is_set():
                self.agendamento.iniciar(esperar=False)
            for processo in self.processos:
                processo.esperar_pronto(desistir=desistir)
        except BaseException:
            self.encerrar()
            raise
        return self

    def nova_replica(self) -> Processo:
        """Mais um Flask sobre o mesmo banco e o mesmo coordenador, já pronto."""
        nome = f"servico-agendamento-{len(self.agendamentos) + 1}"
        replica = self._novo_agendamento(nome, porta_livre())
        self.agendamentos.append(replica)
        replica.iniciar()
        return replica

    def cli(self, *argumentos: str) -> subprocess.CompletedProcess[str]:
        """Executa ``python -m agendamento.cli …`` no ambiente do Flask, sem exigir sucesso."""
        return subprocess.run(
            [str(PYTHON), "-m", "agendamento.cli", *argumentos],
            cwd=AGENDAMENTO,
            env={**self._comum, **self._do_agendamento},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def marca(self) -> int:
        """O ponto atual do registro, para pedir depois só o que veio dele em diante."""
        return self._linhas.marca()

    def linhas(self, desde: int = 0, servico: str | None = None) -> list[Linha]:
        """As linhas guardadas (as últimas 200 mil), dos dois serviços, na ordem em que ocorreram."""
        return self._linhas.lista(desde, servico)

    def esperar_linha(
        self, predicado: Callable[[Linha], bool], *, desde: int = 0, prazo_s: float = 10
    ) -> Linha:
        """A primeira linha, já lida ou ainda por vir, que satisfaz o predicado.

        Raises:
            TimeoutError: nenhuma em ``prazo_s`` segundos.
        """
        return self._linhas.esperar(predicado, desde, prazo_s)

    def encerrar(self) -> None:
        """Para tudo (SIGTERM, depois SIGKILL), e apaga a pasta temporária. Pode ser chamado de novo."""
        paradas = [threading.Thread(target=p.parar) for p in self.agendamentos]
        for parada in paradas:
            parada.start()
        for parada in paradas:
            parada.join()
        self.coordenador.parar()
        if self._temporaria:
            shutil.rmtree(self._temporaria, ignore_errors=True)
        atexit.unregister(self.encerrar)

    def __enter__(self) -> Self:
        return self.iniciar()

    def __exit__(
        self, tipo: type[BaseException] | None, erro: BaseException | None, rastro: TracebackType | None
    ) -> None:
        self.encerrar()

    def _novo_agendamento(self, nome: str, porta: int) -> Processo:
        return self._processo(
            nome,
            [str(VENV / "bin" / "gunicorn"), "-c", "gunicorn.conf.py", "agendamento.app:create_app()"],
            AGENDAMENTO,
            porta,
            {"PORTA_AGENDAMENTO": str(porta), **self._do_agendamento},
        )

    def _processo(
        self, nome: str, comando: list[str], pasta: Path, porta: int, ambiente: Mapping[str, str]
    ) -> Processo:
        return Processo(
            nome,
            comando,
            pasta=pasta,
            porta=porta,
            ambiente={**self._comum, **ambiente},
            linhas=self._linhas,
            saida=None if self._capturar else self.dados / f"{nome}.saida",
            prazo_s=self._prazo_s,
        )

    def _cli_ou_falha(self, *argumentos: str) -> None:
        feito = self.cli(*argumentos)
        if feito.returncode:
            raise MigracaoFalhou(
                f"`agendamento.cli {' '.join(argumentos)}` falhou:\n{feito.stdout}{feito.stderr}"
            )
