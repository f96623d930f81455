"""Um servidor PostgreSQL de verdade, numa porta livre e numa pasta sua, que termina com a sessão de testes."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType

import psycopg
import pytest

nos_dois_bancos = pytest.mark.parametrize("banco", ["sqlite", "postgresql"], indirect=True)
"""O teste roda em SQLite e em PostgreSQL."""

so_no_postgresql = pytest.mark.parametrize("banco", ["postgresql"], indirect=True)

_PRAZO_S = 60
_PROGRAMAS = ("initdb", "postgres")


def _programa(nome: str) -> str | None:
    no_caminho = shutil.which(nome)
    if no_caminho:
        return no_caminho
    # O Debian não põe o servidor no PATH.
    achados = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{nome}"))
    return str(achados[-1]) if achados else None


class ServidorPostgreSQL:
    """Inicia ao entrar no ``with``, para ao sair. ``criar`` e ``copiar`` devolvem URLs do SQLAlchemy."""

    @staticmethod
    def o_que_falta() -> str | None:
        """Por que não se pode iniciar um servidor aqui; ``None`` se se pode."""
        faltam = [nome for nome in _PROGRAMAS if _programa(nome) is None]
        if faltam:
            return "sem PostgreSQL: apt-get install postgresql"
        return None

    def __init__(self) -> None:
        self._pasta = Path(tempfile.mkdtemp(prefix="sctec-pg-"))
        self._dono = {}
        if os.getuid() == 0:
            # O servidor se recusa a rodar como root.
            self._dono = {"user": "nobody", "group": "nogroup"}
            shutil.chown(self._pasta, "nobody", "nogroup")
        with socket.socket() as livre:
            livre.bind(("127.0.0.1", 0))
            self._porta = livre.getsockname()[1]
        self._copias = 0

    def __enter__(self) -> ServidorPostgreSQL:
        dados = str(self._pasta / "dados")
        comum = {"cwd": self._pasta, "env": {"PATH": os.environ["PATH"], "LC_ALL": "C"}, **self._dono}
        self._registro = (self._pasta / "saida.log").open("wb")
        initdb = [
            str(_programa("initdb")),
            "-D",
            dados,
            "-U",
            "sctec",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
        ]
        subprocess.run(initdb, check=True, stdout=self._registro, stderr=self._registro, **comum)
        servidor = [str(_programa("postgres")), "-D", dados, "-p", str(self._porta), "-h", "127.0.0.1"]
        servidor += ["-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "max_connections=200"]
        self._processo = subprocess.Popen(servidor, stdout=self._registro, stderr=self._registro, **comum)
        self._esperar()
        return self

    def _conectar(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host="127.0.0.1", port=self._porta, user="sctec", dbname="postgres", autocommit=True
        )

    def _esperar(self) -> None:
        limite = time.monotonic() + _PRAZO_S
        while True:
            try:
                self._conectar().close()
                return
            except psycopg.OperationalError:
                if self._processo.poll() is not None or time.monotonic() > limite:
                    raise
                time.sleep(0.05)

    def criar(self, nome: str, modelo: str = "template0") -> str:
        """Cria o banco ``nome`` e devolve a sua URL."""
        with self._conectar() as con:
            con.execute(f'CREATE DATABASE "{nome}" TEMPLATE "{modelo}"')
        return f"postgresql+psycopg://sctec@127.0.0.1:{self._porta}/{nome}"

    def copiar(self, modelo: str) -> str:
        self._copias += 1
        return self.criar(f"copia{self._copias}_descartavel", modelo)

    def __exit__(
        self, tipo: type[BaseException] | None, erro: BaseException | None, rastro: TracebackType | None
    ) -> None:
        self._processo.send_signal(signal.SIGINT)  # SIGTERM esperaria as conexões abertas
        try:
            self._processo.wait(10)
        except subprocess.TimeoutExpired:
            self._processo.kill()
            self._processo.wait()
        self._registro.close()
        shutil.rmtree(self._pasta, ignore_errors=True)
