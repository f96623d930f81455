"""Um serviço de verdade num processo (e grupo) próprio."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from ferramentas.linhas import Linhas

SEGUNDOS_PARA_PARAR = 15


class NaoIniciou(Exception):
    """O serviço morreu ou não se disse pronto no prazo; a mensagem traz o que ele escreveu por último."""


class Processo:
    """Inicia, sinaliza e reinicia um serviço, na mesma porta e com os mesmos dados.

    Sinais vão ao grupo inteiro (o mestre do gunicorn e o seu trabalhador), que nasceu aqui.
    """

    def __init__(
        self,
        nome: str,
        comando: list[str],
        *,
        pasta: Path,
        porta: int,
        ambiente: Mapping[str, str],
        linhas: Linhas,
        saida: Path | None = None,
        prazo_s: float = 30,
    ) -> None:
        self.nome = nome
        self.porta = porta
        endereco = ambiente.get("SCTEC_ENDERECO", "127.0.0.1")
        # Quem escuta em todas as interfaces atende também na local.
        self._anfitriao = "127.0.0.1" if endereco in ("0.0.0.0", "::") else endereco
        self.url = f"http://{self._anfitriao}:{porta}"
        self.ambiente = dict(ambiente)
        self._comando = comando
        self._pasta = pasta
        self._linhas = linhas
        self._saida = saida
        self._prazo_s = prazo_s
        self._popen: subprocess.Popen[bytes] | None = None
        self._leitor: threading.Thread | None = None
        self._trava = threading.Lock()

    @property
    def pid(self) -> int:
        """Do processo iniciado (no Flask, o mestre do gunicorn)."""
        if self._popen is None:
            raise RuntimeError(f"{self.nome} não foi iniciado")
        return self._popen.pid

    @property
    def vivo(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    def iniciar(self, *, esperar: bool = True) -> None:
        """Inicia e, se ``esperar``, só volta quando ``/saude/pronto`` responde 200."""
        if self.vivo:
            raise RuntimeError(f"{self.nome} já está em execução")
        destino = self._saida.open("ab") if self._saida else subprocess.PIPE
        try:
            self._popen = subprocess.Popen(
                self._comando,
                cwd=self._pasta,
                env=self.ambiente,
                stdin=subprocess.DEVNULL,
                stdout=destino,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        finally:
            if not isinstance(destino, int):
                destino.close()
        if self._popen.stdout is not None:
            self._leitor = threading.Thread(target=self._ler, args=(self._popen,), daemon=True)
            self._leitor.start()
        if esperar:
            self.esperar_pronto()

    def esperar_pronto(
        self, prazo_s: float | None = None, *, desistir: threading.Event | None = None
    ) -> None:
        """Sonda ``/saude/pronto`` até 200, ou até que se desista.

        Raises:
            NaoIniciou: o processo terminou antes, ou o prazo passou.
        """
        fim = time.monotonic() + (prazo_s or self._prazo_s)
        desistir = desistir or threading.Event()
        while not (desistir.is_set() or self.pronto()):
            if not self.vivo:
                raise NaoIniciou(f"{self.nome} terminou antes de ficar pronto.\n{self._fim_da_saida()}")
            if time.monotonic() > fim:
                raise NaoIniciou(f"{self.nome} não ficou pronto a tempo.\n{self._fim_da_saida()}")
            desistir.wait(0.02)

    def pronto(self) -> bool:
        """Uma sonda, sem esperar."""
        conexao = http.client.HTTPConnection(self._anfitriao, self.porta, timeout=2)
        try:
            conexao.request("GET", "/saude/pronto")
            return conexao.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            conexao.close()

    def parar(self) -> int | None:
        """SIGTERM, e SIGKILL se não terminar em 15 s; devolve o código de saída."""
        with self._trava:
            if self._popen is None:
                return None
            if self.vivo:
                self.descongelar()
                # Só ao processo, como o Docker faz: o gunicorn avisa os seus.
                self._popen.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._popen.wait(SEGUNDOS_PARA_PARAR)
            return self._colher()

    def matar(self) -> None:
        """SIGKILL no grupo: a queda sem aviso."""
        with self._trava:
            self._colher()

    def congelar(self) -> None:
        """SIGSTOP no grupo: o processo continua existindo e não responde."""
        self._sinal(signal.SIGSTOP)

    def descongelar(self) -> None:
        self._sinal(signal.SIGCONT)

    def reiniciar(self, ambiente: Mapping[str, str] | None = None, *, matando: bool = False) -> None:
        """Para (ou mata) e inicia de novo na mesma porta, com ``ambiente`` por cima do que tinha."""
        if matando:
            self.matar()
        else:
            self.parar()
        self.ambiente.update(ambiente or {})
        self.iniciar()

    def _sinal(self, qual: signal.Signals) -> None:
        if self._popen is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._popen.pid, qual)

    def _colher(self) -> int | None:
        if self._popen is None:
            return None
        self._sinal(signal.SIGKILL)  # também o trabalhador que tenha sobrado do mestre
        codigo = self._popen.wait()
        if self._leitor is not None:
            self._leitor.join(5)
        return codigo

    def _ler(self, popen: subprocess.Popen[bytes]) -> None:
        assert popen.stdout is not None
        with popen.stdout as saida:
            for linha in saida:
                self._linhas.acrescentar(self.nome, linha.decode(errors="replace").rstrip("\n"))

    def _fim_da_saida(self) -> str:
        if self._saida:
            linhas = self._saida.read_text(errors="replace").splitlines()
        else:
            linhas = [linha.texto for linha in self._linhas.lista(servico=self.nome)]
        return "\n".join(linhas[-30:])
