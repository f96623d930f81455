"""Uma aba do navegador e o que uma pessoa faz nela. O que a página não devia dizer ou pedir é guardado."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, expect

REDE_MUDOU = "ERR_NETWORK_CHANGED"
"""Outro programa desta máquina mexeu nas interfaces de rede: o Chromium derruba o que estava em voo."""
MOVER = re.compile("^Mover para ")
"""O botão que move diz para quando."""
_RECUSA = re.compile(r"the server responded with a status of (\d+)")


@dataclass(frozen=True)
class Dia:
    """Um dia só deste teste."""

    inicio: datetime

    @property
    def texto(self) -> str:
        return self.inicio.strftime("%Y-%m-%d")

    @property
    def por_extenso(self) -> str:
        """Como a página o escreve: ``1 dez 2026``."""
        meses = ["jan", "fev", "mar", "abr", "mai", "jun", "jul", "ago", "set", "out", "nov", "dez"]
        return f"{self.inicio.day} {meses[self.inicio.month - 1]} {self.inicio.year}"

    def as_(self, hora: str) -> datetime:
        horas, minutos = hora.split(":")
        return self.inicio + timedelta(hours=int(horas), minutes=int(minutos))


class Aba:
    """
    Args:
        base: de onde a página é servida.
        eventos: a origem dos eventos ao vivo, a única outra que a página pode procurar.
    """

    def __init__(self, contexto: BrowserContext, base: str, eventos: str) -> None:
        self.contexto = contexto
        self.base = base
        self.pagina: Page = contexto.new_page()
        self.problemas: list[str] = []
        self.pedidos: list[str] = []
        self._recusas: set[int] = set()
        self._sem_rede = False
        self._rede_mudou = False
        self._origens = {_origem(base), _origem(eventos)}
        self.pagina.on("console", self._console)
        self.pagina.on("pageerror", lambda erro: self.problemas.append(f"exceção: {erro}"))
        self.pagina.on("request", self._pedido)
        self.pagina.on("requestfailed", self._falhou)

    def permitir(self, *status: int) -> Self:
        """As recusas que este teste provoca de propósito: o próprio navegador as escreve no console."""
        self._recusas |= set(status)
        return self

    def permitir_sem_rede(self) -> Self:
        """Este teste derruba a rede de propósito."""
        self._sem_rede = True
        return self

    def conferir(self) -> None:
        """Nada no console, nada lançado, nada pedido a outra origem."""
        assert not self.problemas, "\n".join(self.problemas)

    def abrir(self, dia: Dia | None = None, telescopio: str = "hubble-acad", vista: str = "agenda") -> Self:
        endereco = f"{self.base}/#{vista}/{telescopio}/{dia.texto}" if dia else f"{self.base}/#{vista}"
        for _ in range(5):
            self._rede_mudou = False
            self.pagina.goto("about:blank")
            self.pagina.goto(endereco)
            if not self._rede_mudou:
                break
        self.esperar_pronta()
        return self

    def esperar_pronta(self) -> None:
        """A agenda desenhada, o relógio com hora, os eventos ao vivo: a página inteira de pé."""
        self.esperar_hora()
        expect(self.painel_agenda).to_have_attribute("aria-busy", "false")
        expect(self.selo_ao_vivo).to_have_attribute("data-estado", "sincronizado")

    def esperar_hora(self) -> None:
        estado = re.compile("sincronizado|incerto")
        expect(self.pagina.locator("#hora-estado")).to_have_attribute("data-estado", estado)

    @property
    def painel_agenda(self) -> Locator:
        return self.pagina.locator("#painel-agenda")

    @property
    def selo_ao_vivo(self) -> Locator:
        return self.pagina.locator("#painel-ao-vivo [data-estado]")

    @property
    def novidades(self) -> Locator:
        return self.pagina.locator(".novidades li")

    def entrar(self, nome: str) -> Self:
        """Com a chave de demonstração, a um clique."""
        self.pagina.locator("#conta").click()
        self.pagina.get_by_role("button", name=nome, exact=True).click()
        expect(self.pagina.locator("#conta")).to_have_text(nome)
        expect(self.painel_agenda).to_have_attribute("aria-busy", "false")
        return self

    def slot(self, hora: str) -> Locator:
        """O botão do slot que começa a esta hora UTC, na grade."""
        return self.pagina.locator(f'.grade [data-i][aria-label^="{hora}–"]')

    def ver(self, hora: str, estado: str) -> None:
        """Espera que o slot esteja neste estado."""
        expect(self.slot(hora)).to_have_attribute("data-e", estado)

    def escolher(self, hora: str) -> Self:
        self.slot(hora).click()
        return self

    @property
    def botao_agendar(self) -> Locator:
        return self.pagina.locator("#painel-observacao form button.principal")

    def agendar(self, hora: str, alvo: str = "") -> Self:
        """Escolhe, preenche, clica; não espera o desfecho."""
        self.escolher(hora)
        if alvo:
            self.pagina.locator("[name=objeto_celeste]").fill(alvo)
        self.botao_agendar.click()
        return self

    @property
    def desfecho(self) -> Locator:
        return self.pagina.locator(".area-desfecho")

    @property
    def aviso(self) -> Locator:
        return self.pagina.locator(".aviso")

    def ir(self, vista: str) -> Self:
        self.pagina.locator(f'#vistas a[href^="#{vista}"]').click()
        expect(self.pagina.locator(f"#vista-{vista}")).to_be_visible()
        return self

    def aba_da_operacao(self, nome: str) -> Locator:
        """Abre uma das abas da operação, e dá o painel dela."""
        self.pagina.locator("#vista-operacao").get_by_role("tab", name=nome, exact=True).click()
        painel = self.pagina.locator("#vista-operacao [role=tabpanel]:visible")
        expect(painel).to_have_accessible_name(nome)
        return painel

    def escrever_notas(self, texto: str) -> Self:
        self.pagina.locator("#painel-observacao summary").click()
        self.pagina.locator("[name=observacoes]").fill(texto)
        return self

    def _console(self, mensagem: ConsoleMessage) -> None:
        if mensagem.type not in ("error", "warning"):
            return
        achado = _RECUSA.search(mensagem.text)
        if achado and int(achado[1]) in self._recusas:
            return
        if REDE_MUDOU in mensagem.text or (self._sem_rede and "net::ERR" in mensagem.text):
            return
        self.problemas.append(f"console {mensagem.type}: {mensagem.text}")

    def _pedido(self, pedido: Request) -> None:
        self.pedidos.append(f"{pedido.method} {pedido.url}")
        if not pedido.url.startswith(("about:", "blob:")) and _origem(pedido.url) not in self._origens:
            self.problemas.append(f"pedido a outra origem: {pedido.url}")

    def _falhou(self, pedido: Request) -> None:
        if pedido.failure and REDE_MUDOU in pedido.failure:
            self._rede_mudou = True


def _origem(url: str) -> str:
    partes = urlsplit(url)
    return f"{partes.scheme}://{partes.netloc}"
